import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 3, "Values".
@Suite struct RefTests {
  private func command(_ expression: String) throws -> Command? {
    try Lua.load("local build = step \"build\" { run = \"make\" }\nstep \"b\" { run = \(expression) }").node("b")
      .command
  }

  private let version = Expr.ref(Ref(step: "build", path: [.name("version")]))

  @Test("refs are joined with ..") func concat() throws {
    #expect(
      try command(#""deploy --version " .. build.out.version .. " --now""#)
        == .shell(.dynamic(.concat([.literal("deploy --version "), version, .literal(" --now")]))))
    #expect(
      try command("build.out.version .. 5 .. build.out.version")
        == .shell(.dynamic(.concat([version, .literal(5), version]))))
  }

  @Test("refs are indexed further, by name and by number") func indexing() throws {
    #expect(
      try command("{ build.out.image.digest, build.out.list[1], build.out[\"odd name\"] }")
        == .program([
          .dynamic(.ref(Ref(step: "build", path: [.name("image"), .name("digest")]))),
          .dynamic(.ref(Ref(step: "build", path: [.name("list"), .index(1)]))),
          .dynamic(.ref(Ref(step: "build", path: [.name("odd name")]))),
        ]))
  }

  @Test("refs are mapped, also once more and when joined") func mapping() throws {
    let script = try Lua.load(
      """
      local build = step "build" { run = "make" }
      step "b" { run = { "x", build.out.n:map(function(v) return v * 2 end):map(function(v) return v + 1 end) } }
      step "c" { run = ("v" .. build.out.n):map(function(v) return v:upper() end) }
      step "d" { run = { build.out.map } }
      """)
    guard case .program(let words)? = try script.node("b").command,
      case .dynamic(.map(.map(let inner, let first), let second)) = words[1]
    else {
      Issue.record("not mapped twice")
      return
    }
    #expect(inner == .ref(Ref(step: "build", path: [.name("n")])))
    #expect(script.call(first, [21], limit: Span(seconds: 1)) == .returned([42]))
    #expect(script.call(second, [42], limit: Span(seconds: 1)) == .returned([43]))
    guard case .shell(.dynamic(.map(.concat, let upper)))? = try script.node("c").command else {
      Issue.record("a joined string is not mapped")
      return
    }
    #expect(script.call(upper, ["v1"], limit: Span(seconds: 1)) == .returned(["V1"]))
    #expect(try script.node("d").command == .program([.dynamic(.ref(Ref(step: "build", path: [.name("map")])))]))
  }

  @Test("raw opts out of quoting") func raw() throws {
    #expect(
      try command("\"make \" .. raw(build.out.version)")
        == .shell(.dynamic(.concat([.literal("make "), .raw(version)]))))
    #expect(try command(#""make " .. raw("plain")"#) == .shell(.plain("make plain")))
  }

  @Test("a long chain of joins stays flat") func flat() throws {
    let script = try Lua.load(
      """
      local build = step "build" { run = "make" }
      local all = "echo"
      for i = 1, 500 do all = all .. " " .. build.out["v" .. i] end
      step "b" { run = all }
      """)
    guard case .shell(.dynamic(.concat(let parts)))? = try script.node("b").command else {
      Issue.record("no concat")
      return
    }
    #expect(parts.count == 1000)
  }

  @Test(
    "using a ref where a value is needed now names the step and map",
    arguments: [
      "build.out.n + 1", "1 - build.out.n", "build.out.n * 2", "-build.out.n", "build.out.n < 5", "build.out.n >= 5",
      "#build.out.n", "tostring(build.out.n)", "string.format('%s', build.out.n)", "build.out.n()",
      "tonumber(build.out.n)",
      "build.out.n // 2", "build.out.n % 2", "build.out.n ^ 2", "build.out.n & 1",
    ]
  ) func neededNow(expression: String) {
    #expect(
      Lua.mistakes("local build = step \"build\" { run = \"make\" }\nlocal x = \(expression)")
        == """
        test.lua:2: error: "build.out.n" is known only when step "build" has succeeded; use ref:map(function(v) … end)
        """)
  }

  @Test(
    "going through a ref is refused instead of looping for ever",
    arguments: ["for _ in ipairs(build.out.n) do end", "for _ in pairs(build.out.n) do end"])
  func iteration(statement: String) {
    let text = Lua.mistakes("local build = step \"build\" { run = \"make\" }\n\(statement)")
    #expect(text.contains("\"build.out.n\" is known only when step \"build\" has succeeded"))
    #expect(text.hasPrefix("test.lua:2: "))
  }

  @Test("secrets, cells and handles say why they are no values") func others() {
    #expect(
      Lua.mistakes("local s = #secret \"TOKEN\"")
        == """
        test.lua:1: error: the secret "TOKEN" never enters the script: it can only stand in a field
        """)
    #expect(
      Lua.mistakes("local s = cell.x + 1")
        == """
        test.lua:1: error: "cell.x" is known only when the cells are made; use step = function(cell) … end
        """)
    #expect(
      Lua.mistakes("local a = step \"a\" { run = \"true\" }\nstep \"b\" { run = \"echo \" .. a }")
        == """
        test.lua:2: error: step "a" is no value: what it emits stands in its field out, such as out.version
        """)
    #expect(
      Lua.mistakes("local a = step \"a\" { run = \"true\" }\nlocal x = a.version")
        == """
        test.lua:2: error: step "a" has no field "version": what it emits is a.out.version
        """)
  }

  @Test("refs and handles can't be changed") func sealed() {
    #expect(
      Lua.mistakes("local a = step \"a\" { run = \"true\" }\na.out.x.y = 1")
        == """
        test.lua:2: error: a ref can't be changed ("y")
        """)
    #expect(
      Lua.mistakes("local a = step \"a\" { run = \"true\" }\na.timeout = 1")
        == """
        test.lua:2: error: a handle can't be changed ("timeout")
        """)
  }

  @Test("a ref to a group, a gate or nothing is a mistake") func wrongTargets() {
    #expect(
      Lua.mistakes(
        """
        local g = parallel "g" { step "m" { run = "true" } }
        step "a" { run = "echo " .. g.out.x }
        step "b" { run = "echo " .. depends("nowhere", "a").out.x }
        """)
          == """
          test.lua:2: error: step "a": g.out.x: a parallel emits no values
            values come from steps
          test.lua:3: error: depends "nowhere": there is no step, gate or group "nowhere"
          test.lua:3: error: step "b": nowhere.out.x: there is no step "nowhere"
          """)
  }
}
