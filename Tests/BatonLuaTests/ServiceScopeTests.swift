import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md: the scope of a service.
@Suite struct ServiceScopeReading {
  private func load(_ scope: String, _ steps: String) throws -> Script {
    try Lua.load(
      """
      local db = service "db" {
        run = "serve", ports = "sql", scope = "\(scope)", outputs = { url = "x:" .. service.port.sql },
      }
      \(steps)
      """)
  }

  private func names(_ script: Script) -> [String] { script.plan.nodes.map(\.name) }

  private func refs(_ script: Script, _ name: String) throws -> [String] {
    guard case .shell(.dynamic(let expr))? = try script.node(name).command else { return [] }
    var found: [String] = []
    expr.forEachRef { found.append($0.step) }
    return found
  }

  @Test func `each step has its own, and what it says of the service means that`() throws {
    let script = try load(
      "step",
      "step \"a\" { run = \"use \" .. db.out.url }\nstep \"b\" { run = \"true\", depends = db }\nstep \"c\" \"true\"")
    #expect(names(script) == ["db@a", "a", "b", "c", "db@b"])
    #expect(try script.dependencies("a") == ["db@a"])
    #expect(try script.dependencies("b") == ["db@b"])
    #expect(try refs(script, "a") == ["db@a"])
    let own = try #require(try script.node("db@b").service)
    #expect(own.declared == "db")
    var said: Set<String> = []
    for expr in own.expressions { expr.forEachRef { said.insert($0.step) } }
    #expect(said == ["db@b"], "its own address is its own")
  }

  @Test func `steps of one group share one, and steps in no group another`() throws {
    let script = try load(
      "group",
      """
      parallel "g" { step "a" { run = "use " .. db.out.url }, step "b" { depends = db, run = "true" } }
      parallel "h" { depends = db, sequence "i" { step "c" { run = "use " .. db.out.url }, step "d" "true" } }
      step "e" { run = "use " .. db.out.url }
      """)
    #expect(try script.dependencies("a") == ["db@g"])
    #expect(try script.dependencies("b") == ["db@g"])
    #expect(try script.dependencies("h") == ["db@h"])
    #expect(try script.dependencies("c") == ["db@h"], "the group that depends on it is whose it is")
    #expect(try script.dependencies("e") == ["db"])
    #expect(Set(names(script).filter { $0.hasPrefix("db") }) == ["db", "db@g", "db@h"])
  }

  @Test func `each cell of a matrix has its own, whatever its steps are`() throws {
    let script = try load(
      "group",
      """
      matrix "m" { depends = db, axes = { x = { 1, 2 } }, step = { run = "use " .. db.out.url } }
      matrix "n" { axes = { y = { 1, 2 } }, step = function(cell)
        step "first" { run = "use " .. db.out.url }
        return { depends = "first", run = "use " .. db.out.url }
      end }
      """)
    #expect(try script.dependencies("m") == [])
    #expect(try script.dependencies("m[x=1]") == ["db@m[x=1]"])
    #expect(try script.dependencies("m[x=2]") == ["db@m[x=2]"])
    #expect(try script.dependencies("n[y=1]/first") == ["db@n[y=1]"])
    #expect(try script.dependencies("n[y=1]").contains("db@n[y=1]"))
    #expect(try script.dependencies("n[y=2]/first") == ["db@n[y=2]"])
  }

  @Test func `what a group depends on for each step is each step's`() throws {
    let script = try load("step", "parallel \"g\" { depends = db, step \"a\" \"true\", step \"b\" \"true\" }")
    #expect(try script.dependencies("g") == [])
    #expect(try script.dependencies("a") == ["db@a"])
    #expect(try script.dependencies("b") == ["db@b"])
  }

  @Test func `a service that another needs is that one's user's`() throws {
    let script = try load(
      "step",
      """
      local web = service "web" { run = "serve " .. db.out.url, ports = "http", scope = "step" }
      local hub = service "hub" { run = "serve " .. db.out.url }
      step "a" { run = "use " .. web.out.port.http .. db.out.url, depends = hub }
      step "b" { run = "use " .. web.out.port.http }
      """)
    #expect(Set(try script.dependencies("a")) == ["web@a", "db@a", "hub"])
    #expect(try script.dependencies("web@a") == ["db@a"])
    #expect(try script.dependencies("web@b") == ["db@b"])
    #expect(try script.dependencies("hub") == ["db@hub"])
  }

  @Test func `cells that are made at run time have theirs`() throws {
    let script = try load(
      "group",
      """
      local list = step "list" "true"
      matrix "m" { axes = { x = list.out.items }, step = { run = "use " .. db.out.url } }
      """)
    let group = try #require(script.plan.nodes.firstIndex { $0.name == "m" })
    let pending = try #require(script.plan.nodes[group].group?.pending)
    let first = script.plan.nodes.count
    for _ in 0..<2 {
      let made = try script.expand(pending, group: group, first: first, axes: ["x": ["p", "q"]])
      #expect(made.nodes.map(\.name) == ["m[x=p]", "m[x=q]", "db@m[x=p]", "db@m[x=q]"])
      #expect(made.members == [first, first + 1], "what is theirs is no cell")
      #expect(made.nodes[0].dependencies == [first + 2])
      #expect(made.nodes[1].dependencies == [first + 3])
    }
  }

  @Test func `a scope that is none, a gate and a message are told`() throws {
    #expect(Lua.mistakes("service \"db\" { run = \"x\", scope = \"cell\" }").contains("scope"))
    let script = "local db = service \"db\" { run = \"x\", scope = \"step\", outputs = { v = \"1\" } }\n"
    let gate = Lua.mistakes(script + "gate \"g\" { depends = db, check = function() return true end }")
    #expect(gate.contains("gate \"g\": a gate can't depend on service \"db\""), "\(gate)")
    let message = Lua.mistakes(
      script + "notify \"n\" { on = \"failed\", to = command \"cat\", message = \"at \" .. db.out.v }")
    #expect(message.contains("which one is meant?"), "\(message)")
    let axes = Lua.mistakes(script + "matrix \"m\" { axes = { x = db.out.v }, step = { run = \"x\" } }")
    #expect(axes.contains("its axes can't come from service \"db\""), "\(axes)")
  }
}
