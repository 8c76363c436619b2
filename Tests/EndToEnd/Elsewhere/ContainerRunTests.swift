import BatonModel
import Glibc
import Testing

/// What a step finds and does in a container is what it finds and does at home, with Podman and with Docker.
@Suite struct ContainerRuns {
  typealias Kind = ContainerEngineUnderTest.Kind
  private static let image = ContainerEngineUnderTest.image

  /// A sandbox with this workflow, in which `PLACE` stands for the container.
  private func place(
    _ kind: Kind, _ workflow: String, _ files: [String: String] = [:]
  ) throws -> (Sandbox, ContainerEngineUnderTest) {
    let container = "container { image = \"\(Self.image)\", engine = \"\(kind.rawValue)\", pull = \"never\" }"
    var files = files
    files["w.lua"] =
      workflow.split(separator: "PLACE", omittingEmptySubsequences: false).joined(separator: container) + "\n"
    let sandbox = try Sandbox(files)
    return (sandbox, try ContainerEngineUnderTest(kind, sandbox))
  }

  @Test("Output, exit code, files, environment, values and events are as at home", arguments: Kind.allCases)
  func asAtHome(_ kind: Kind) throws {
    let (sandbox, engine) = try place(
      kind,
      """
      workflow "w" { executor = PLACE, env = { OUTER = "o o" } }
      local make = step "make" {
        run = [[
          cat in.txt > sub/out.txt; cat; echo "to errors" >&2
          echo "$OUTER|$INNER|$PWD|$HOME_OF_BATON" > sub/env.txt
          echo version=1.4 >> "$BATON_OUTPUT"
          echo '{"metric":"size","value":3}' >> "$BATON_EVENTS"
          test ! -e /usr/bin/env
        ]],
        stdin = "read from stdin\\n", env = { INNER = "i'i\\nsecond" }, cwd = "sub/..",
      }
      local words = step "words" { run = { "cat", "in.txt" }, depends = make }
      step "here" { executor = "local", run = "test -e /usr/bin/env && cat sub/out.txt && echo " .. make.out.version, depends = words }
      step "fails" { run = "exit 3", allow_failure = true }
      step "dies" { run = "kill -KILL $$", allow_failure = true }
      step "body" { function(ctx) return { text = ctx:sh("test ! -e /usr/bin/env && echo captured").text } end }
      """, ["in.txt": "from outside\n", "sub/x": ""])
    let finished = try sandbox.baton(
      "run", "w.lua", env: engine.variables.merging(["HOME_OF_BATON": "secret"]) { a, _ in a })
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    #expect(sandbox.read("sub/out.txt") == "from outside\n")
    #expect(sandbox.read("sub/env.txt") == "o o|i'i\nsecond|\(sandbox.folder)|\n")
    #expect(state.steps["make"]?.values["version"] == "1.4")
    #expect(state.steps["body"]?.values["text"] == "captured", "\(finished.account)")
    #expect(state.steps["fails"]?.reason == "exit code 3")
    #expect(state.steps["dies"]?.reason == "killed by SIGKILL")
    let log = try sandbox.baton("logs", "make").output
    #expect(log.contains("read from stdin") && log.contains("to errors"), "\(log)")
    #expect(try sandbox.baton("logs", "words").output.contains("from outside"))
    #expect(try sandbox.baton("logs", "here").output.contains("from outside\n1.4"))
    #expect(try sandbox.baton("events").output.contains("size=3"))
    let attempt = state.json["steps"]?.list?.first { $0["step"] == "make" }?["attempts"]?.list?.first
    #expect(attempt?["executor"]?.string == "container \(Self.image)")
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test(
    "A step that is cancelled is asked to end, and killed after its grace; no container is left",
    arguments: Kind.allCases)
  func ending(_ kind: Kind) throws {
    let (sandbox, engine) = try place(
      kind,
      """
      workflow "w" { executor = PLACE }
      step "late" { run = "sleep 100", timeout = "1s", allow_failure = true }
      step "stubborn" { run = "trap '' TERM; while :; do sleep 0.1; done", timeout = "1s", grace = "300ms", allow_failure = true }
      local polite = step "polite" {
        run = "trap 'echo asked > asked; exit 0' TERM; touch begun; while :; do sleep 0.05; done",
        depends = { }, grace = "20s",
      }
      """)
    let run = try sandbox.start(["run", "w.lua", "-j", "4"], env: engine.variables)
    try sandbox.wait("two have timed out", atMost: 60) {
      run.errorsSoFar.split(separator: "timed out").count >= 3 && sandbox.read("begun") != nil
    }
    #expect(try engine.containers().count == 1, "what timed out is gone")
    #expect(try sandbox.baton("cancel", env: engine.variables).code == 0)
    let finished = try run.wait()
    #expect(finished.code == 4, "\(finished.account)")
    #expect(sandbox.read("asked") == "asked\n")
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test(
    "What a step asks for is all that it gets, and the end of one that wanted more is explained",
    arguments: Kind.allCases)
  func limits(_ kind: Kind) throws {
    let (sandbox, engine) = try place(
      kind,
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

  @Test(
    "The engine is killed, or all of its processes: a resumed run ends the container first, and leaves none",
    arguments: Kind.allCases, [false, true])
  func killed(_ kind: Kind, _ withCourier: Bool) throws {
    let mark = "m\(UInt64.random(in: 0 ... .max))"
    let (sandbox, engine) = try place(
      kind,
      """
      local first = step "first" { executor = PLACE, run = "echo x >> first" }
      step "second" {
        executor = PLACE, depends = first, grace = "1s", env = { MARK = "\(mark)" },
        run = [[test -e again && exit 0; touch begun; trap "" TERM; while :; do echo alive >> alive; sleep 0.05; done]],
      }
      """)
    let run = try sandbox.start(["run", "w.lua"], env: engine.variables)
    try sandbox.wait("the second step runs", atMost: 60) { sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    if withCourier { for process in sandbox.processes() where process > 1 { kill(process, SIGKILL) } }
    #expect(try engine.containers().count == 1, "it outlives the engine")
    #expect(!Sandbox.processes(carrying: "MARK=\(mark)").isEmpty)
    try sandbox.write("again", "")
    let resumed = try sandbox.baton("resume", env: engine.variables)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("first") == ["x"], "it is kept")
    #expect(resumed.errors.contains("left behind by"), "\(resumed.account)")
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
    #expect(Sandbox.processes(carrying: "MARK=\(mark)") == [], "nothing writes any more")
  }

  @Test(
    "A service in a container: ready by a command there, lost and recovered, gone behind its last user and with a killed engine",
    arguments: Kind.allCases)
  func service(_ kind: Kind) throws {
    let (sandbox, engine) = try place(
      kind,
      """
      local web = service "web" {
        executor = PLACE, ports = "http", grace = "1s", restart = { attempts = 3, backoff = "100ms" },
        run = [[echo start >> starts; mkdir -p "$BATON_SERVICE_FOLDER" && echo well > "$BATON_SERVICE_FOLDER/index.html" \
          && exec httpd -f -p "127.0.0.1:$BATON_PORT_HTTP" -h "$BATON_SERVICE_FOLDER"]],
        ready = probe.command "test ! -e /usr/bin/env && wget -q -O - http://127.0.0.1:$BATON_PORT_HTTP/index.html",
        setup = "echo set up in $(hostname) > setup",
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/index.html" },
      }
      step "use" { run = [[
        curl -sf "$URL" >> answer; test -e ended && exit 0; touch begun; while [ ! -e go ]; do sleep 0.05; done; touch ended; sleep 100
      ]], env = { URL = web.out.url } }
      """)
    let run = try sandbox.start(["run", "w.lua"], env: engine.variables)
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    #expect(sandbox.read("answer") == "well\n")
    let first = try engine.containers()
    #expect(first.count == 1)
    try sandbox.write("go", "")
    try sandbox.wait("the step waits") { sandbox.read("ended") != nil }
    try engine.engine("kill", "-s", "KILL", first[0])
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("starts").count == 2 && sandbox.lines("answer").count == 2, "\(finished.account)")
    #expect(try engine.containers() == [])

    for name in ["begun", "go", "ended"] { Disk.remove(sandbox.path(name)) }
    let again = try sandbox.start(["run", "w.lua"], env: engine.variables)
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    again.send(SIGKILL)
    _ = try again.wait()
    try sandbox.wait("the service dies with the engine") { (try? engine.containers()) == [] }
    try sandbox.write("ended", "")
    let resumed = try sandbox.baton("resume", env: engine.variables)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(try engine.containers() == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("What an engine cannot do is told with its cure", arguments: Kind.allCases)
  func failures(_ kind: Kind) throws {
    let (sandbox, engine) = try place(
      kind,
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
    let (sandbox, engine) = try place(
      .podman,
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
