import BatonModel
import Glibc
import Testing

/// What services were started with, and what they are to be now.
@Suite struct ServiceDriftRuns {
  @Test("Once a file that a service is made of has changed, a resumed run tells it, and runs anew what used it")
  func files() throws {
    let sandbox = try Sandbox([
      "conf": "one",
      "w.lua": """
      local web = service "web" {
        run = "cp conf served; exec python3 -m http.server $BATON_PORT_HTTP --bind 127.0.0.1", ports = "http",
        inputs = "conf",
      }
      local hub = service "hub" { run = "exec sleep 1000", depends = web }
      local plain = step "plain" "echo x >> plain"
      local first = step "first" { depends = { hub, plain },
        run = "curl -sf http://127.0.0.1:" .. web.out.port.http .. "/served >> first; echo >> first" }
      step "last" { depends = first, run = "test -e go" }

      """,
    ])
    #expect(try sandbox.baton("run", "w.lua", atMost: 60).code == 1)
    let kept = try sandbox.baton("resume", "--dry-run", atMost: 60)
    #expect(!kept.account.contains("conf changed"), "\(kept.account)")
    try sandbox.write("conf", "two")
    try sandbox.write("go", "")
    let planned = try sandbox.baton("resume", "--dry-run", atMost: 60)
    #expect(planned.account.contains("conf changed"), "\(planned.account)")
    let resumed = try sandbox.baton("resume", atMost: 60)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("first") == ["one", "two"], "what used the service runs again")
    #expect(sandbox.lines("plain") == ["x"], "the rest is kept")
    #expect(sandbox.processes() == [])
  }
}
