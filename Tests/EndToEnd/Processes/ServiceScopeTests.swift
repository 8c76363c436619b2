import BatonModel
import Glibc
import Testing

/// Services that each step or cell has for itself: real processes, apart from each other.
@Suite struct ScopedServiceRuns {
  private static let server = """
    import http.server, os
    folder = os.environ["BATON_SERVICE_FOLDER"]
    with open(folder + "/starts", "a") as starts: starts.write("x")
    with open("pids", "a") as pids: pids.write("%d\\n" % os.getpid())
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open(folder + "/asked", "a") as asked: asked.write("x")
            self.send_response(200); self.end_headers()
            self.wfile.write(b"%d %d" % (os.path.getsize(folder + "/starts"), os.path.getsize(folder + "/asked")))
        def log_message(self, *words): pass
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BATON_PORT_HTTP"])), Handler).serve_forever()

    """

  private func sandbox(_ scope: String, _ steps: String) throws -> Sandbox {
    try Sandbox([
      "server.py": Self.server,
      "w.lua": """
      local web = service "web" {
        run = { "python3", "server.py" }, ports = "http", scope = "\(scope)",
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/" },
      }
      \(steps)

      """,
    ])
  }

  @Test("Each cell has a service of its own, with its own port and folder, and no more run than cells do")
  func cells() throws {
    let sandbox = try sandbox(
      "step",
      """
      matrix "ask" {
        axes = { x = { "a", "b", "c" } }, max = 1, depends = web,
        step = function(cell)
          return { run = "curl -sf " .. web.out.url .. " > answer-" .. cell.x .. "; echo " .. web.out.port.http
            .. " >> ports; n=0; for p in $(cat pids); do kill -0 $p 2>/dev/null && n=$((n+1)); done; echo $n >> alive" }
        end,
      }
      """)
    let finished = try sandbox.baton("run", "w.lua", atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    for cell in ["a", "b", "c"] {
      #expect(sandbox.read("answer-\(cell)") == "1 1", "it is nobody else's: \(finished.account)")
    }
    #expect(sandbox.lines("pids").count == 3)
    #expect(sandbox.lines("alive").count == 3 && sandbox.lines("alive").allSatisfy { $0 == "1" || $0 == "2" })
    #expect(sandbox.processes() == [])
    let state = try sandbox.show()
    let ports = try ["a", "b", "c"].map {
      try #require(state.steps["web@ask[x=\($0)]"]?.values["port"]?["http"]?.integer)
    }
    #expect(Set(ports.map(String.init)) == Set(sandbox.lines("ports")))
    for port in ports { #expect(!Disk.exists("/tmp/baton-ports/\(port)")) }
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("web@ask[x=b]"), "\(shown.account)")
  }

  @Test("The engine is killed: what each group has is gone, and a resumed run starts what it still needs")
  func killed() throws {
    let sandbox = try sandbox(
      "group",
      """
      local g = sequence "g" { step "one" { run = "curl -sf " .. web.out.url .. " > one" } }
      sequence "h" {
        depends = g,
        step "two" { run = "curl -sf " .. web.out.url .. " > two" },
        step "three" { run = "touch begun; while [ ! -e go ]; do sleep 0.02; done; curl -sf " .. web.out.url .. " > three" },
      }
      """)
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the third step runs") { sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    try sandbox.wait("the services have died") {
      sandbox.lines("pids").compactMap { Int32($0) }.allSatisfy { !Sandbox.isAlive($0) }
    }
    try sandbox.write("go", "")
    let resumed = try sandbox.baton("resume", atMost: 60)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.read("one") == "1 1" && sandbox.read("two") == "1 1", "both had their group's")
    #expect(sandbox.read("three") == "2 2", "the group's folder was kept")
    #expect(sandbox.lines("pids").count == 3, "what g had is not needed again")
    #expect(sandbox.processes() == [])
  }

  @Test("A body's steps use what the body has for itself, and functions are told of it by its name")
  func bodies() throws {
    let sandbox = try sandbox(
      "step",
      """
      step "body" { depends = web, function(ctx)
        ctx:step("first") { run = "curl -sf " .. web.out.url .. " > first" }
        ctx:step("second") { run = "curl -sf " .. web.out.url .. " > second" }
      end }
      step "other" { depends = web, run = function(deps) return "curl -sf " .. deps.web.out.url .. " > other" end }
      """)
    let finished = try sandbox.baton("run", "w.lua", atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read("first") == "1 1" && sandbox.read("second") == "1 2" && sandbox.read("other") == "1 1")
    #expect(sandbox.lines("pids").count == 2)
  }
}
