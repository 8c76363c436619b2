import BatonModel
import Testing

/// What containers alone have: images, limits, networks, and their own ways to fail. What they have in common with other places:
/// `Places`.
@Suite struct ContainerRuns {
  typealias Kind = ContainerEngineUnderTest.Kind
  private static let image = ContainerEngineUnderTest.image

  @Test(
    "A container has its image's files, the project's, and nothing of this machine's environment",
    arguments: Kind.allCases)
  func surroundings(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      local there = step "there" {
        executor = PLACE, run = [[test ! -e /usr/bin/env && echo "<$HOME_OF_BATON>" && pwd > where && cat in.txt > out.txt]],
      }
      step "here" { run = "test -e /usr/bin/env && cat out.txt", depends = there }
      step "body" { executor = PLACE, function(ctx) ctx:sh "test ! -e /usr/bin/env" end }
      """, ["in.txt": "from outside\n"])
    let finished = try sandbox.baton(
      "run", "w.lua", env: engine.variables.merging(["HOME_OF_BATON": "secret"]) { a, _ in a })
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try sandbox.baton("logs", "there").output == "<>\n")
    #expect(sandbox.read("where") == "\(sandbox.folder)\n")
    #expect(try sandbox.baton("logs", "here").output == "from outside\n")
    let attempt = try sandbox.show().json["steps"]?.list?.first { $0["step"] == "there" }?["attempts"]?.list?.first
    #expect(attempt?["executor"]?.string == "container \(Self.image)")
    #expect(try engine.containers() == [])
  }

  @Test(
    "What a step asks for is all that it gets, and the end of one that wanted more is explained",
    arguments: Kind.allCases)
  func limits(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      local place = { image = "\(Self.image)", engine = "\(kind.rawValue)", pull = "never", pids = 20, network = "none" }
      step "memory" {
        executor = container(place), resources = { cpu = 0.5, memory = "32M" }, allow_failure = true,
        run = [[x=$(dd if=/dev/zero bs=1M count=100 2>/dev/null | tr "\\0" a); echo ${#x}]],
      }
      step "processes" {
        executor = container(place), allow_failure = true,
        run = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do sleep 5 & done",
      }
      step "network" { executor = container(place), run = "cat /proc/net/route | wc -l" }
      """)
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.steps["memory"]?.reason == "killed by SIGKILL", "\(finished.account)")
    #expect(try sandbox.baton("logs", "memory").output.contains("resources.memory is 32"))
    #expect(state.steps["processes"]?.status == "failed", "\(finished.account)")
    #expect(try sandbox.baton("logs", "network").output == "1\n")
    #expect(try engine.containers() == [])
  }

  @Test("A service of a network of its own is at a port of this machine that the run has chosen")
  func published() throws {
    // Docker's engine has no such network where it may not change the machine's own.
    let (sandbox, engine) = try Kind.podman.place(
      """
      local web = service "web" {
        executor = container { image = "\(Self.image)", engine = "podman", pull = "never", publish = { http = 80 } },
        ports = "http", grace = "1s",
        run = [[echo "$BATON_PORT_HTTP" > /etc/index.html; exec httpd -f -p "$BATON_PORT_HTTP" -h /etc]],
        ready = probe.http("http://127.0.0.1:" .. service.port.http .. "/index.html"),
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/index.html" },
      }
      step "use" { run = "curl -sf " .. web.out.url .. " > answer && echo " .. web.out.port.http .. " >> answer" }
      """)
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    let ports = sandbox.lines("answer").compactMap { Int($0) }
    #expect(ports.count == 2 && ports[0] == 80 && ports[1] >= 20_000, "\(ports)")
    #expect(try engine.containers() == [])

    try sandbox.write(
      "x.lua",
      """
      step "step" { executor = container { image = "x", publish = { http = 80 } }, run = "true" }
      """)
    let stray = try sandbox.baton("run", "x.lua", env: engine.variables)
    #expect(stray.code == 1 && stray.account.contains("publishes the ports of its service"), "\(stray.account)")
    try sandbox.write(
      "x.lua",
      "step \"s\" { executor = container { image = \"x\", network = \"none\", publish = { a = 0, b = 80 } }, run = \"x\" }\n"
    )
    let wrong = try sandbox.baton("run", "x.lua", env: engine.variables).account
    #expect(wrong.contains("nothing can be published") && wrong.contains("1 to 65535"), "\(wrong)")
  }

  @Test("A disk that is full is told of with its cure", .enabled(if: SmallDisk.canBeHad), arguments: Kind.allCases)
  func fullDisk(_ kind: Kind) throws {
    let sandbox = try Sandbox(["w.lua": ""])
    let storage = try SmallDisk(at: "\(sandbox.scratch)/\(kind.rawValue)", megabytes: 48, sandbox)
    let engine = try ContainerEngineUnderTest(kind, sandbox)
    try sandbox.write(
      "w.lua",
      "step \"s\" { executor = container { image = \"\(Self.image)\", engine = \"\(kind.rawValue)\", pull = \"never\" }, run = \"true\" }\n"
    )
    try storage.fill()
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 1 && finished.account.contains("the disk is full: "), "\(finished.account)")
    #expect(finished.account.contains("\(kind.rawValue) system prune"), "\(finished.account)")
    try storage.clear()
    #expect(try sandbox.baton("resume", env: engine.variables).code == 0, "nothing of it is left")
  }

  @Test("What an engine cannot do is told with its cure", arguments: Kind.allCases)
  func failures(_ kind: Kind) throws {
    let (sandbox, engine) = try kind.place(
      """
      local function of(image) return container { image = image, engine = "\(kind.rawValue)", pull = "never" } end
      step "image" { executor = of "localhost/no-such:1", run = "true", allow_failure = true }
      step "program" { executor = PLACE, run = { "no-such-program" }, allow_failure = true }
      step "folder" { executor = PLACE, run = "true", cwd = "no-such-folder", allow_failure = true }
      step "own" { executor = PLACE, run = "echo 'nothing to see'; exit 127", allow_failure = true }
      """)
    let finished = try sandbox.baton("run", "w.lua", env: engine.variables)
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    func reason(_ step: String) -> String { state.steps[step]?.reason ?? "" }
    #expect(reason("image").contains("there is no image localhost/no-such:1 here"), "\(reason("image"))")
    #expect(reason("image").contains("\(kind.rawValue) pull"), "\(reason("image"))")
    #expect(
      reason("program").contains("cannot run \"no-such-program\": no such program in the image"), "\(reason("program"))"
    )
    #expect(reason("folder").hasSuffix("no-such-folder\": no such folder"), "\(reason("folder"))")
    #expect(reason("own") == "exit code 127", "\(reason("own"))")
    #expect(try engine.containers() == [])

    try engine.stopDaemon()
    let gone = kind == .docker ? engine.variables : ["CONTAINER_HOST": "unix:///no/such/socket"]
    let unreachable = try sandbox.baton("run", "w.lua", "--only", "own", env: gone)
    #expect(
      try sandbox.show().steps["own"]?.reason.contains("\(kind.rawValue) does not answer") == true,
      "\(unreachable.account)")

    try sandbox.write("x.lua", "step 's' { executor = container 'x', run = 'true' }\n")
    let nothing = try sandbox.baton("run", "x.lua", env: ["PATH": "/no/such/folder"])
    #expect(nothing.code == 1 && nothing.account.contains("neither podman nor docker is in PATH"), "\(nothing.account)")
    #expect(nothing.account.contains("apt-get install podman"), "\(nothing.account)")
  }

  @Test("Another image is other work; plans tell where a step runs")
  func fingerprint() throws {
    let (sandbox, engine) = try Kind.podman.place(
      """
      step "a" { run = "echo x >> a", executor = PLACE }
      step "b" { run = "exit 1" }
      """)
    #expect(try sandbox.baton("run", "w.lua", env: engine.variables).code == 1)
    let plan = try JSON.decode(try sandbox.baton("plan", "w.lua", "--json").output)
    let place = plan["nodes"]?.list?.first { $0["name"] == "a" }?["executor"]?["container"]
    #expect(place?["image"]?.string == Self.image, "\(JSON.encode(plan))")
    #expect(try sandbox.baton("plan", "w.lua").output.contains(Self.image))
    try engine.engine("tag", Self.image, "localhost/other:1")
    let text = try #require(sandbox.read("w.lua"))
    try sandbox.write(
      "w.lua",
      text.split(separator: Self.image, omittingEmptySubsequences: false).joined(separator: "localhost/other:1"))
    let resumed = try sandbox.baton("resume", env: engine.variables)
    #expect(resumed.account.contains("executor.image: \(Self.image) → localhost/other:1"), "\(resumed.account)")
    #expect(sandbox.lines("a").count == 2)
  }
}
