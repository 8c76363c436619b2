import BatonCore
import BatonLua
import BatonModel
import Testing

/// `shards`, `prioritized`, and the `tests` of a step.
@Suite struct TestListTests {
  private static let list = #"local list = step "list" [[echo]] "#

  @Test("primitive: shards deals out a ref's tests once they are known") func shards() throws {
    let script = try Lua.load(
      Self.list + """
        matrix "unit" {
          axes = { shard = shards(4, list.out.tests, { critical = { "*pay*" }, smoke = "login" }) },
          step = function(cell) return { run = "run " .. cell.shard.index } end,
        }
        """)
    let pending = try #require(try script.node("unit").group?.pending)
    let tests = Expr.ref(Ref(step: "list", path: [.name("tests")]))
    #expect(
      pending.axes["shard"]
        == .tests(TestList(tests: tests, shards: .literal(4), critical: ["*pay*"], smoke: ["login"])))
    #expect(try script.dependencies("unit") == ["list"])
  }

  @Test func `the cells know their shard, and run its tests unless they say otherwise`() throws {
    let script = try Lua.load(
      """
      matrix "unit" {
        axes = { shard = shards(2, { "a", "b", "c" }), os = { "linux" } },
        step = function(cell)
          local fields = { run = { "run", cell.shard.index .. "/" .. cell.shard.count, table.unpack(cell.shard.tests) } }
          if cell.shard.index == 2 then fields.tests = { "own" } end
          return fields
        end,
      }
      matrix "table" { axes = { part = shards(1, { "a" }) }, step = { run = "run " .. cell.part.index } }
      """)
    let dealt = TestArrangement(["a", "b", "c"]).shards(2)
    var index = try #require(script.plan.nodes.firstIndex { $0.name == "unit" })
    var pending = try #require(script.plan.nodes[index].group?.pending)
    let made = try script.expand(
      pending, group: index, first: script.plan.nodes.count, axes: ["shard": dealt, "os": ["linux"]])
    #expect(made.nodes.map(\.name) == ["unit[os=linux,shard=1of2]", "unit[os=linux,shard=2of2]"])
    #expect(made.nodes.map(\.options.value.tests) == [.literal(["a", "c"]), .literal(["own"])])
    #expect(made.nodes[0].command == .program(["run", "1/2", "a", "c"].map(Template.plain)))
    index = try #require(script.plan.nodes.firstIndex { $0.name == "table" })
    pending = try #require(script.plan.nodes[index].group?.pending)
    let cells = try script.expand(
      pending, group: index, first: script.plan.nodes.count + 2, axes: ["part": TestArrangement(["a"]).shards(1)])
    #expect(cells.nodes.map(\.options.value.tests) == [.literal(["a"])])
    #expect(cells.nodes.map(\.command) == [.shell(.plain("run 1"))])
  }

  @Test("primitive: prioritized puts a list in order") func prioritized() throws {
    let script = try Lua.load(
      Self.list + #"""
        step "unit" { run = "run", tests = prioritized(list.out.tests, { smoke = "login" }) }
        step "some" { run = "run", tests = { "a", list.out.first } }
        parallel "group" { tests = { "x" }, step "member" { run = "run" } }
        """#)
    let tests = Expr.ref(Ref(step: "list", path: [.name("tests")]))
    #expect(try script.options("unit").tests == .tests(TestList(tests: tests, smoke: ["login"])))
    #expect(try script.dependencies("unit") == ["list"])
    #expect(
      try script.options("some").tests
        == .list([.literal("a"), .ref(Ref(step: "list", path: [.name("first")]))]))
    #expect(try script.dependencies("some") == ["list"])
    #expect(try script.options("member").tests == .literal(["x"]))
  }

  @Test(arguments: [
    ("shards()", "shards needs a number and a list of tests"),
    ("shards(2)", "shards needs a list of tests"),
    ("shards(0, { \"a\" })", "from 1 to 1000"),
    ("shards(1001, { \"a\" })", "from 1 to 1000"),
    ("shards(\"2\", { \"a\" })", "shards takes a number from 1 to 1000 first, not a string"),
    ("shards(2, \"a\")", "shards takes a list of names of tests or a ref to one, not a string"),
    ("shards(2, { 1 })", "not a list with an integer in it"),
    (
      "shards(2, { \"a\" }, \"x\")", "shards takes a table such as { critical = { \"*checkout*\" } } last, not a string"
    ),
    ("shards(2, { \"a\" }, { critcal = \"x\" })", "did you mean \"critical\"?"),
    ("prioritized()", "prioritized needs a list of tests"),
    ("prioritized({ \"a\" }, { fast = \"x\" })", "known: critical, smoke"),
  ])
  func `mistakes are told with their cure`(call: String, message: String) {
    let mistakes = Lua.mistakes("matrix \"m\" { axes = { shard = \(call) }, step = { run = \"x\" } }")
    #expect(mistakes.contains(message), "\(mistakes)")
  }

  @Test(arguments: [
    (
      #"step "x" { run = "x", tests = "one" }"#,
      #""tests" must be a list of names of tests or a ref to one, not a string"#
    ),
    (#"step "x" { run = "x", tests = 5 }"#, "not an integer"),
    (#"step "x" { tests = { "a" }, function(ctx) end }"#, "a durable body has no \"tests\""),
    (#"call "x" { tests = { "a" }, workflow = "b.lua" }"#, "a call has no \"tests\""),
  ])
  func `the tests of a step are names`(script: String, message: String) {
    let mistakes = Lua.mistakes(script)
    #expect(mistakes.contains(message), "\(mistakes)")
  }
}
