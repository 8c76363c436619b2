import BatonModel
import Glibc
import Testing

/// Services: real processes on real ports, killed in the middle, and none of them left.
@Suite struct ServiceRuns {
  /// Says what its folder keeps, and where it runs.
  private static let server = """
    import http.server, os, sys
    folder = os.environ["BATON_SERVICE_FOLDER"]
    with open(folder + "/starts", "a") as starts: starts.write("x")
    with open("server.pid", "w") as pid: pid.write(str(os.getpid()))
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers()
            self.wfile.write(('{"status":"ok","starts":%d}' % os.path.getsize(folder + "/starts")).encode())
        def log_message(self, *words): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BATON_PORT_HTTP"])), Handler)
    print("serving", flush=True)
    server.serve_forever()

    """

  private static func workflow(_ steps: String, _ more: String = "") -> String {
    """
    local web = service "web" {
      run = { "python3", "server.py" },
      ports = { "http" },
      ready = probe.http { url = "http://127.0.0.1:" .. service.port.http .. "/", json = { status = "ok" } },
      outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/" },
      \(more)
    }
    \(steps)

    """
  }

  private func sandbox(_ steps: String, _ more: String = "") throws -> Sandbox {
    let text = Self.workflow(steps, more)
    return try Sandbox(["server.py": Self.server, "w.lua": text])
  }

  @Test("What its ready and its setup emit is the service's; ready does so at each start, setup once")
  func emitted() throws {
    let text = """
      local web = service "web" {
        run = { "python3", "server.py" }, ports = { "http" }, outputs = { token = "none", key = "none" },
        ready = probe.command [[curl -sf http://127.0.0.1:$BATON_PORT_HTTP/ > /dev/null || exit 1
          printf 'token=t%s\\nhost=elsewhere\\n' "$(wc -c < "$BATON_SERVICE_FOLDER/starts")" >> "$BATON_OUTPUT"]],
        setup = 'echo "key=k$(wc -c < "$BATON_SERVICE_FOLDER/starts")" >> "$BATON_OUTPUT"',
      }
      local told = "echo " .. web.out.token .. " " .. web.out.key .. " " .. web.out.host .. " >> told"
      local first = step "first" { run = told }
      local kill = step "kill" { depends = first, run = "kill -KILL $(cat server.pid)" }
      step "second" { depends = { kill, web }, run = "sleep 1; " .. told }

      """
    let sandbox = try Sandbox(["server.py": Self.server, "w.lua": text])
    let finished = try sandbox.baton("run", "w.lua", atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("told") == ["t1 k1 127.0.0.1", "t2 k1 127.0.0.1"], "\(finished.account)")
  }

  @Test("A step gets the address of its service, which is there before it and gone behind it, its folder with it")
  func slice() throws {
    let sandbox = try sandbox(
      """
      local get = step "get" { run = "curl -sf " .. web.out.url .. " > answer && test -d " .. web.out.folder }
      step "after" { run = "sleep 0.3; kill -0 $(cat server.pid) 2>/dev/null && touch alive; true", depends = get }
      """, "setup = 'echo set up > setup', teardown = 'echo torn down > teardown'")
    let finished = try sandbox.baton("run", "w.lua", atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read("answer") == #"{"status":"ok","starts":1}"#)
    #expect(sandbox.lines("setup") == ["set up"])
    #expect(sandbox.lines("teardown") == ["torn down"])
    #expect(sandbox.read("alive") == nil, "nobody needs it behind its last user")
    #expect(sandbox.processes() == [])
    let run = try #require(Disk.names(in: sandbox.path(".baton/runs")).first)
    #expect(!Disk.names(in: sandbox.path(".baton/runs/\(run)")).contains("services"))
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("Services") && shown.output.contains("web"), "\(shown.account)")
  }

  @Test("A service that is killed comes back with its folder, and what ran on it runs again without a retry of its own")
  func recovery() throws {
    let sandbox = try sandbox(
      """
      step "use" { run = [[
        curl -sf "$URL" > answer-$BATON_ATTEMPT_NUMBER || exit 1
        test -e killed && exit 0
        touch killed
        kill -9 "$(cat server.pid)"
        curl -sf "$URL" || exit 7
        sleep 100
      ]], env = { URL = web.out.url } }
      notify "team" { on = "recovered", to = command "cat >> told" }
      """)
    let finished = try sandbox.baton("run", "w.lua", atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read("answer-1") == #"{"status":"ok","starts":1}"#)
    #expect(sandbox.read("answer-2") == #"{"status":"ok","starts":2}"#)
    #expect(finished.errors.contains("lost its service web"), "\(finished.account)")
    #expect(finished.errors.contains("recovered: it ended: killed by SIGKILL"), "\(finished.account)")
    #expect(sandbox.read("told")?.contains("\"kind\":\"service.recovered\"") == true)
    #expect(sandbox.processes() == [])
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("recovered once"), "\(shown.account)")
  }

  @Test("A service that never comes up fails the run with what the probe and the service said")
  func neverReady() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      service "web" { run = "echo no luck; exit 3", ports = { "http" }, restart = { attempts = 2 } }
      step "use" { run = "true", depends = "web" }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua", atMost: 30)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("it ended before it was ready: exit code 3, the 2nd time"), "\(finished.account)")
    #expect(finished.errors.contains("no luck"), "\(finished.account)")
    #expect(finished.errors.contains("web failed"), "\(finished.account)")
  }

  @Test("The engine is killed: its service dies with it, a resumed run starts another, and nothing is left")
  func killed() throws {
    let sandbox = try sandbox(
      """
      local first = step "first" { run = "curl -sf " .. web.out.url .. " > first" }
      step "second" { depends = { first, web }, run = "touch begun; while [ ! -e go ]; do sleep 0.02; done; curl -sf "
        .. web.out.url .. " > second" }
      """)
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the second step runs") { sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    let server = try #require(Int32(sandbox.lines("server.pid").first ?? ""))
    try sandbox.wait("the service has died") { !Sandbox.isAlive(server) }
    try sandbox.write("go", "")
    let resumed = try sandbox.baton("resume", atMost: 30)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.read("first") == #"{"status":"ok","starts":1}"#, "it is kept")
    #expect(sandbox.read("second") == #"{"status":"ok","starts":2}"#, "the folder of the service was kept too")
    #expect(sandbox.processes() == [])
  }

  @Test("A run whose driver was killed is cancelled: its service is gone, and its port is nobody's")
  func cancelled() throws {
    let sandbox = try sandbox("step \"use\" { run = \"touch begun; sleep 100\", depends = web }")
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    let cancelled = try sandbox.baton("cancel")
    #expect(cancelled.code == 0, "\(cancelled.account)")
    #expect(sandbox.processes() == [])
    let state = try sandbox.show()
    let port = try #require(state.steps["web"]?.values["port"]?["http"]?.integer)
    #expect(state.status == "cancelled" && !Disk.exists("/tmp/baton-ports/\(port)"))
  }

  @Test("A second Ctrl-C does not wait for a teardown")
  func hurried() throws {
    let sandbox = try sandbox("step \"use\" { run = \"true\", depends = web }", "teardown = 'touch tearing; sleep 100'")
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the teardown runs") { sandbox.read("tearing") != nil }
    run.send(SIGINT)
    try sandbox.wait("it is asked to end") { run.errorsSoFar.contains("once more") }
    run.send(SIGINT)
    let finished = try run.wait(atMost: 30)
    #expect(finished.code == 130, "\(finished.account)")
    #expect(sandbox.processes() == [])
  }

  @Test("The body of a step that a failed service keeps from starting goes on")
  func bodyGoesOn() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local down = service "down" { run = "sleep 0.2; exit 1", restart = 0 }
      step "body" { depends = down, function(ctx)
        ctx:step("use") { run = "sleep 5" }
        ctx:step("after") { run = "sleep 5" }
        return { ended = true }
      end }

      """
    ])
    let finished = try sandbox.baton("run", "w.lua", atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.steps["body/after"]?.status == "skipped", "\(finished.account)")
    #expect(state.steps["body/after"]?.reason == "down failed", "\(finished.account)")
  }

  @Test("A body's step can't use a service that nothing around the body depends on")
  func unheld() throws {
    let sandbox = try sandbox(
      """
      step "body" { function(ctx)
        ctx:step("use") { run = "curl -sf " .. web.out.url }
      end }
      """)
    let finished = try sandbox.baton("run", "w.lua", atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.account.contains("depends = { web }"), "\(finished.account)")
    let held = try self.sandbox(
      """
      step "body" { depends = web, function(ctx)
        ctx:step("use") { run = "curl -sf " .. web.out.url .. " > answer" }
      end }
      """)
    let good = try held.baton("run", "w.lua", atMost: 60)
    #expect(good.code == 0, "\(good.account)")
    #expect(held.read("answer") == #"{"status":"ok","starts":1}"#)
  }

  @Test("What is told of a run's services does not change with its script, their drift from it apart")
  func past() throws {
    let sandbox = try sandbox("step \"get\" { run = \"curl -sf \" .. web.out.url, depends = web }")
    #expect(try sandbox.baton("run", "w.lua", atMost: 30).code == 0)
    func told() throws -> [String] {
      var told = try [["show"], ["graph"], ["graph", "--json"]].map { try sandbox.start($0).wait().output }
      told[0] = told[0].split(separator: "\n").filter { !$0.contains("≠") && !$0.contains("as they should be") }
        .joined(separator: "\n")
      guard var shown = try JSON.decode(sandbox.start(["show", "--json"]).wait().output).map else { return [] }
      shown["services"] = withoutDrift(shown["services"])
      return told + [JSON.encodePretty(.map(shown))]
    }
    func withoutDrift(_ services: Value?) -> Value {
      .list((services?.list ?? []).map { .map(($0.map ?? [:]).filter { $0.key != "drift" }) })
    }
    func reported() throws -> [Value?] {
      let value = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
      return [value["graph"], withoutDrift(value["run"]?["services"]), value["run"]?["steps"]]
    }
    let (before, report) = try (told(), reported())
    #expect(before[3].contains("\"services\"") && before[2].contains("\"service\""), "\(before)")
    #expect(report[1]?.list?.count == 1)
    try sandbox.write("w.lua", "step \"web\" \"true\"")
    #expect(try told() == before && reported() == report)
    Disk.remove(sandbox.path("w.lua"))
    #expect(try told() == before && reported() == report)
  }

  @Test("Ten runs at once in one project do not meet")
  func ten() throws {
    let sandbox = try Sandbox([
      "server.py": Self.server.replacing("server.pid", with: "server-pids"),
      "w.lua": Self.workflow(
        """
        step "get" { run = "sleep 0.2; curl -sf " .. web.out.url .. " > \\"answer-$BATON_RUN\\"; echo "
          .. web.out.port.http .. " >> ports" }
        """
      ),
    ])
    let runs = try (0..<10).map { _ in try sandbox.start(["run", "w.lua"]) }
    for run in runs {
      let finished = try run.wait(atMost: 120)
      #expect(finished.code == 0, "\(finished.account)")
    }
    let answers = Disk.names(in: sandbox.folder).filter { $0.hasPrefix("answer-") }
    #expect(answers.count == 10)
    for answer in answers { #expect(sandbox.read(answer) == #"{"status":"ok","starts":1}"#) }
    #expect(Set(sandbox.lines("ports")).count == 10)
    #expect(sandbox.processes() == [])
  }
}
