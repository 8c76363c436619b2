import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 2.
@Suite struct PrimitivesTests {
  @Test("primitive: workflow gives the name, the description and the defaults") func workflow() throws {
    let script = try Lua.load(
      """
      workflow "release" {
        description = "Ship it", env = { CC = "clang" }, timeout = "5m", retry = 1, cwd = "src", deadline = "1h",
        resources = { cpu = 8, memory = "16G", browser = 2 }, fail_fast = true, shell = { "/bin/bash", "-c" },
      }
      step "a" { run = "true" }
      step "b" { run = "true", timeout = "1m" }
      """)
    let workflow = script.plan.workflow
    #expect(workflow.name == "release")
    #expect(workflow.description == "Ship it")
    #expect(workflow.file == "/work/test.lua")
    #expect(workflow.env == ["CC": .plain("clang")])
    #expect(workflow.pool == ["cpu": 8, "memory": 17_179_869_184, "browser": 2])
    #expect(workflow.deadline == Span(seconds: 3600))
    #expect(workflow.failFast)
    let options = try script.options("a")
    #expect(options.timeout == Span(seconds: 300))
    #expect(options.retry == RetryPolicy(attempts: 2))
    #expect(options.cwd == .plain("src"))
    #expect(options.shell == ["/bin/bash", "-c"])
    #expect(options.env == [:])
    #expect(try script.options("b").timeout == Span(seconds: 60))
  }

  @Test("a script without workflow is named after its file") func noWorkflow() throws {
    #expect(try Lua.load(#"step "a" { run = "true" }"#).plan.workflow.name == "test")
  }

  @Test("primitive: step with fields, with a command, and as a plain call") func step() throws {
    let script = try Lua.load(
      """
      step "a" { run = "make" }
      step "b" "make all"
      step("c", { run = { "make", "c" } })
      step("d", "make d")
      step(5) { run = "make five" }
      """)
    #expect(script.plan.nodes.map(\.name) == ["a", "b", "c", "d", "5"])
    #expect(try script.node("a").command == .shell(.plain("make")))
    #expect(try script.node("b").command == .shell(.plain("make all")))
    #expect(try script.node("c").command == .program([.plain("make"), .plain("c")]))
    #expect(try script.node("d").command == .shell(.plain("make d")))
    #expect(try script.node("c").place == SourcePlace(file: "test.lua", line: 3))
  }

  @Test("steps that say nothing special share their options") func sharing() throws {
    let script = try Lua.load(
      """
      step "a" { run = "true" }
      step "b" { run = "false" }
      step "c" { run = "c", timeout = "1s" }
      step "d" { run = "d", timeout = "1s" }
      """)
    let nodes = script.plan.nodes
    #expect(nodes[0].options === nodes[1].options)
    #expect(nodes[2].options === nodes[3].options)
    #expect(nodes[0].options !== nodes[2].options)
  }

  @Test("primitive: depends adds to a step that is declared anywhere, and returns its handle") func depends() throws {
    let script = try Lua.load(
      """
      depends "late" { "early" }
      local early = step "early" { run = "true" }
      local late = step "late" { run = "true" }
      local same = depends(late, { step "middle" { run = "true" } })
      step "last" { run = "echo " .. same.out.x }
      """)
    #expect(try script.dependencies("late") == ["early", "middle"])
    #expect(try script.dependencies("last") == ["late"])
  }

  @Test("primitive: parallel") func parallel() throws {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      local group = parallel "g" { a, step "b" { run = "true" }, "c", depends = "d", max = 2, fail_fast = true }
      step "c" { run = "true" }
      step "d" { run = "true" }
      step "e" { run = "true", depends = group }
      """)
    #expect(try script.members("g") == ["a", "b", "c"])
    let group = try #require(try script.node("g").group)
    #expect(group.style == .parallel)
    #expect(group.max == 2)
    #expect(group.failFast)
    #expect(try script.dependencies("g") == ["d"])
    #expect(try script.dependencies("a") == [])
    #expect(try script.dependencies("e") == ["g"])
    #expect(try script.node("a").parent.map { script.plan.nodes[$0].name } == "g")
  }

  @Test("primitive: sequence, with an inner list that runs side by side") func sequence() throws {
    let script = try Lua.load(
      """
      sequence "s" {
        step "a" { run = "true" },
        { step "b" { run = "true" }, step "c" { run = "true" } },
        parallel "g" { step "d" { run = "true" } },
        gate "q" { require = { failed = 0 } },
      }
      """)
    #expect(try script.members("s") == ["a", "s/2", "g", "q"])
    #expect(try script.members("s/2") == ["b", "c"])
    #expect(try script.dependencies("s/2") == ["a"])
    #expect(try script.dependencies("b") == [])
    #expect(try script.dependencies("g") == ["s/2"])
    #expect(try script.dependencies("q") == ["g"])
    #expect(try script.node("s/2").group?.style == .parallel)
  }

  @Test("primitive: secret stands in fields and never becomes text") func secret() throws {
    let script = try Lua.load(#"step "a" { run = "curl", env = { TOKEN = secret "API_TOKEN" } }"#)
    #expect(try script.options("a").env == ["TOKEN": .dynamic(.secret("API_TOKEN"))])
  }

  @Test("primitive: env is what the environment holds, and is recorded") func env() throws {
    let script = try Lua.load(
      """
      step "a" { run = "echo " .. env.HOME .. (env.NOTHING or "none") .. os.getenv "HOME" }
      """, env: ["HOME": "/home/me", "OTHER": "x"])
    #expect(try script.node("a").command == .shell(.plain("echo /home/menone/home/me")))
    #expect(script.observations.env == ["HOME": "/home/me", "NOTHING": nil])
  }

  @Test("a resumed run sees the environment, the time and the random numbers that were recorded") func recorded() throws
  {
    let source = """
      step "a" { run = env.V .. os.time() .. os.date("%Y") .. "-" .. math.random(1000000) }
      """
    let first = try Lua.load(source, env: ["V": "one"])
    var request = Lua.request(source)
    request.observations = first.observations
    request.environment = { _ in "two" }
    let second = try Script.load(request)
    #expect(try first.node("a").command == second.node("a").command)
    #expect(second.observations == first.observations)
    request.observations.seed = 99
    #expect(try Script.load(request).node("a").command != first.node("a").command)
  }

  @Test("handles tell their name") func handleName() throws {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      step "b" { run = "echo " .. a.name, description = tostring(a) }
      """)
    #expect(try script.node("b").command == .shell(.plain("echo a")))
    #expect(try script.options("b").description == "step \"a\"")
  }

  @Test("print goes to the host") func printing() throws {
    var request = Lua.request(#"print("hello", 1, true) step "a" { run = "true" }"#)
    var printed: [String] = []
    request.onPrint = { printed.append($0) }
    _ = try Script.load(request)
    #expect(printed == ["hello\t1\ttrue"])
  }

  @Test("the same script gives the same plan") func deterministic() throws {
    let source = """
      local t = { z = 1, a = 2, m = 3 }
      for k, v in pairs(t) do step(k .. v .. math.random(100)) { run = tostring({}) .. tostring(print) } end
      """
    let (first, second) = (try Lua.load(source), try Lua.load(source))
    #expect(first.plan.nodes.map(\.name) == second.plan.nodes.map(\.name))
    #expect(first.plan.nodes.map(\.command) == second.plan.nodes.map(\.command))
    #expect(first.plan.nodes.map { $0.name.prefix(1) } == ["a", "m", "z"])
  }
}
