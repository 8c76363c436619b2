import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md: networks of services and steps.
@Suite struct NetworkReading {
  @Test func `a service has a network of its own, and others are in it`() throws {
    let script = try Lua.load(
      """
      local db = service "db" { run = "x", network = "private" }
      local web = service "web" { run = "x", network = db }
      step "a" { run = "x", network = web }
      parallel "g" { network = db, step "b" "x", step "c" { run = "x", network = "host" } }
      """)
    #expect(try script.options("db").network == .own)
    #expect(try script.options("web").network == .of("db"))
    #expect(try script.dependencies("web") == ["db"], "it starts first")
    #expect(try script.options("a").network == .of("web"))
    #expect(try script.dependencies("a") == ["web"])
    #expect(try script.options("b").network == .of("db"))
    #expect(try script.dependencies("b") == ["db"])
    #expect(try script.options("c").network == .host)
    #expect(try script.dependencies("c") == [])
  }

  @Test func `each user is in the network of its own service`() throws {
    let script = try Lua.load(
      """
      local db = service "db" { run = "x", network = "private", scope = "step" }
      step "a" { run = "x", network = db }
      """)
    #expect(try script.options("a").network == .of("db@a"))
    #expect(try script.dependencies("a") == ["db@a"])
  }

  @Test func `what is no service, and what is no process of this machine, has no such network`() {
    let step = Lua.mistakes("local a = step \"a\" \"x\"\nstep \"b\" { run = \"x\", network = a }")
    #expect(step.contains("\"a\" is no service"), "\(step)")
    #expect(
      Lua.mistakes("step \"b\" { run = \"x\", network = \"mine\" }").contains("\"private\", \"host\" or a service"))
    let container = Lua.mistakes(
      "service \"s\" { run = \"x\", network = \"private\", executor = container { image = \"i\" } }")
    #expect(container.contains("this one runs by container"), "\(container)")
    #expect(container.contains("container { network = \"none\" }"), "\(container)")
  }

  @Test func `nobody is in the network of a service that runs elsewhere, or may come to`() throws {
    for place in ["executor = container \"i\"", "failover = { { executor = ssh \"h\" } }"] {
      let shared = Lua.mistakes(
        "local s = service \"s\" { run = \"x\", \(place) }\nstep \"a\" { run = \"x\", network = s }")
      #expect(
        shared.hasPrefix("test.lua:2:") && shared.contains("step \"a\": \"network\" is that of the service \"s\""),
        "\(shared)")
      #expect(shared.contains("its executor publishes"), "\(shared)")
    }
    let alternative = Lua.mistakes(
      "step \"a\" { run = \"x\", network = \"private\", failover = { { executor = pod \"p.yaml\" } } }")
    #expect(alternative.contains("this one runs by pod") && alternative.contains("hostNetwork"), "\(alternative)")
    let host = Lua.mistakes("step \"a\" { run = \"x\", network = \"private\", executor = ssh \"h\" }")
    #expect(host.contains("that host's network"), "\(host)")
  }
}
