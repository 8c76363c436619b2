import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md: services and probes.
@Suite struct ServiceReading {
  private func service(_ fields: String) throws -> ServiceSpec {
    try #require(try Lua.load("service \"db\" { \(fields) }").node("db").service)
  }

  private func own(_ path: PathKey...) -> Template { .dynamic(.ref(Ref(step: "db", path: path))) }

  @Test func `a service has a command, ports, and a probe of them where none is said`() throws {
    let found = try service("run = { \"serve\", service.port.http }, ports = \"http\"")
    #expect(found.command == .program([.plain("serve"), own(.name("port"), .name("http"))]))
    #expect(found.ports == ["http"])
    #expect(found.traits.ready?.kind == .tcp(host: .plain("127.0.0.1"), ports: [own(.name("port"), .name("http"))]))
    #expect(found.traits.health == nil)
    #expect(found.traits.restart == ServiceSpec.standardRestart)
    #expect(try service("run = \"serve\"").traits.ready == nil)
  }

  @Test func `probes are read with their times`() throws {
    let found = try service(
      """
      run = "serve", ports = { "a" }, restart = 2,
      ready = probe.http { url = "http://127.0.0.1:" .. service.port.a, status = { 200, 204 }, body = "up",
        json = { ["n[1].s"] = "ok" }, interval = "1s", timeout = "2s", retries = 7, start_period = 0 },
      health = probe.log "ready *", setup = { { "load", "x" }, "seed" }, teardown = "dump",
      """)
    let ready = try #require(found.traits.ready)
    guard case .http(_, let statuses, let contains, let json) = ready.kind else {
      Issue.record("no HTTP probe: \(ready)")
      return
    }
    #expect(statuses == [200, 204])
    #expect(contains == .plain("up"))
    #expect(json == ["n[1].s": .literal("ok")])
    #expect(ready.interval == Span(seconds: 1) && ready.timeout == Span(seconds: 2))
    #expect(ready.retries == 7 && ready.startPeriod == .zero)
    #expect(found.traits.health?.kind == .log(.plain("ready *")))
    #expect(found.traits.restart.attempts == 3)
    #expect(found.traits.setup == [.program([.plain("load"), .plain("x")]), .shell(.plain("seed"))])
    #expect(found.traits.teardown == [.shell(.plain("dump"))])
  }

  @Test func `a list of texts is a list of commands where there may be several`() throws {
    let found = try service("run = { \"serve\", \"x\" }, setup = { \"one\", \"two a\" }, setup_timeout = \"2s\"")
    #expect(found.command == .program([.plain("serve"), .plain("x")]))
    #expect(found.traits.setup == [.shell(.plain("one")), .shell(.plain("two a"))])
    #expect(found.traits.setupLimit == Span(seconds: 2))
  }

  @Test func `a ref to a service makes the dependency, and knows its outputs`() throws {
    let script = try Lua.load(
      """
      local db = service "db" { run = "serve", ports = { "sql" }, outputs = { url = "x:" .. service.port.sql } }
      step "a" { run = "use " .. db.out.url .. db.out.port.sql }
      """)
    #expect(try script.dependencies("a") == ["db"])
    #expect(try script.dependencies("db") == [])
  }

  @Test func `alternatives say what differs`() throws {
    let script = try Lua.load(
      """
      service "db" { run = "serve", failover = { { run = "other", env = { A = "1" }, restart = 0, outputs = { u = 1 } } } }
      """)
    let node = try script.node("db")
    let found = try #require(node.service)
    #expect(found.alternatives.count == 1)
    #expect(found.traits(of: 0).restart.attempts == 1)
    #expect(found.outputs(of: 0) == ["u": .literal(1)])
    #expect(node.options.value.failover.first?.command == .shell(.plain("other")))
  }

  @Test(
    arguments: [
      (#"service "db" { }"#, "\"run\" is missing"),
      (#"service "db" { run = "x", retry = 2 }"#, "\"retry\" belongs to a step, not to a service"),
      (#"service "db" { run = "x", redy = probe.tcp(1) }"#, "did you mean \"ready\"?"),
      (#"service "db" { run = "x", ready = "y" }"#, "a probe such as probe.tcp(service.port.http)"),
      (#"service "db" { run = "x", ready = probe.tcp { prt = 1 } }"#, "did you mean \"port\"?"),
      (#"service "db" { run = "x", ready = probe.http { body = "x" } }"#, "probe.http needs \"url\""),
      (#"service "db" { run = "x " .. service.port.http }"#, "service.port.http: there is no port of that name"),
      (#"service "db" { run = "x", ports = { "A b" } }"#, "the name of a port is made of a-z 0-9 _"),
      (#"step "a" { run = "x " .. service.port.http }"#, "service.port.http is what a service says of itself"),
      (#"service "db" { run = "x", outputs = { p = secret "S" } }"#, "would write the secret \"S\" into a record"),
      (#"service "db" { run = "x", outputs = { port = 1 } }"#, "\"port\" is what every service emits already"),
      (#"service "db" { run = function() end }"#, "\"run\" of a service can't be a function"),
      (
        """
        local db = service "db" { run = "x", outputs = { url = "y" } }
        step "a" { run = "u " .. db.out.urll }
        """, "service \"db\" has no output \"urll\""
      ),
      (#"print(service.prt)"#, "there is no service.prt"),
      (#"print(probe.htp)"#, "there is no probe.htp"),
    ])
  func mistakes(script: String, told: String) {
    let found = Lua.mistakes(script)
    #expect(found.contains(told), "\(found)")
  }
}
