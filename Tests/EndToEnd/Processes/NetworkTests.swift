import BatonModel
import Glibc
import Testing

/// Networks of services' own: fixed ports that meet nobody.
@Suite struct PrivateNetworkRuns {
  private static let port = "127.0.0.1:7321"

  private static let workflow = """
    local web = service "web" {
      run = "echo $BATON_RUN > page-$BATON_RUN/index.html; exec python3 -m http.server 7321 --bind 127.0.0.1"
        .. " --directory page-$BATON_RUN",
      network = "private",
      setup = "curl -sf http://\(port)/ > setup-$BATON_RUN",
      ready = probe.http "http://\(port)/",
      health = probe.tcp { port = 7321, interval = "1s" },
    }
    local proxy = service "proxy" {
      run = "exec python3 -m http.server 7322 --bind 127.0.0.1 --directory page-$BATON_RUN", network = web,
      ready = probe.http "http://127.0.0.1:7322/",
    }
    local ask = step "ask" {
      depends = proxy, network = web,
      run = "touch begun-$BATON_RUN; while [ ! -e go ]; do sleep 0.02; done; curl -sf http://\(port)/ > answer-$BATON_RUN"
        .. " && curl -sf http://127.0.0.1:7322/ > proxied-$BATON_RUN",
    }
    step "outside" { depends = { web }, run = "curl -s --max-time 2 http://\(port)/ > outside-$BATON_RUN; true" }

    """

  private func sandbox() throws -> Sandbox {
    try Sandbox([
      "w.lua": Self.workflow.replacing("echo $BATON_RUN >", with: "mkdir -p page-$BATON_RUN; echo $BATON_RUN >")
    ])
  }

  @Test("Runs at once listen on one fixed port, each in its own network, and nobody outside is answered")
  func together() throws {
    let sandbox = try sandbox()
    let runs = try (0..<2).map { _ in try sandbox.start(["run", "w.lua"]) }
    try sandbox.wait("both use their server") {
      Disk.names(in: sandbox.folder).count { $0.hasPrefix("begun-") } == 2
    }
    try sandbox.write("go", "")
    for run in runs {
      let finished = try run.wait(atMost: 60)
      #expect(finished.code == 0, "\(finished.account)")
    }
    for name in Disk.names(in: sandbox.path(".baton/runs")) {
      #expect(sandbox.lines("answer-\(name)") == [name])
      #expect(sandbox.lines("proxied-\(name)") == [name])
      #expect(sandbox.lines("setup-\(name)") == [name])
      #expect(sandbox.read("outside-\(name)") == "", "the port is not this machine's")
    }
    #expect(sandbox.processes() == [])
  }

  @Test("The engine is killed: the network goes with its processes, and a resumed run makes another")
  func killed() throws {
    let sandbox = try sandbox()
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { Disk.names(in: sandbox.folder).contains { $0.hasPrefix("begun-") } }
    run.send(SIGKILL)
    _ = try run.wait()
    try sandbox.write("go", "")
    let resumed = try sandbox.baton("resume", atMost: 60)
    #expect(resumed.code == 0, "\(resumed.account)")
    let name = try #require(Disk.names(in: sandbox.path(".baton/runs")).first)
    #expect(sandbox.lines("answer-\(name)") == [name])
    #expect(sandbox.processes() == [])
  }
}
