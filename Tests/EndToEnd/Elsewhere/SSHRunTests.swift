import BatonModel
import Glibc
import Testing

/// What a step finds and does on another host is what it finds and does at home.
@Suite struct SSHRuns {
  /// A sandbox with this workflow, in which `PLACE` stands for the host.
  private func place(
    _ workflow: String, _ files: [String: String] = [:], isApart: Bool = false
  ) throws -> (Sandbox, HostUnderTest) {
    let sandbox = try Sandbox(files)
    let host = try HostUnderTest(sandbox, isApart: isApart)
    try sandbox.write(
      "w.lua",
      workflow.split(separator: "PLACE", omittingEmptySubsequences: false).joined(
        separator: "ssh { \(host.fields) }")
        + "\n")
    return (sandbox, host)
  }

  @Test("Output, exit code, files, environment, values and events are as at home")
  func asAtHome() throws {
    let (sandbox, host) = try place(
      """
      workflow "w" { executor = PLACE, env = { OUTER = "o o" } }
      local make = step "make" {
        run = [[
          test "$PWD" != "$HERE" && test ! -e w.lua || exit 9
          mkdir -p out && cat src/in.txt > out/file.txt; cat; echo "to errors" >&2
          echo "$OUTER|$INNER|$FROM_HERE" > out/env.txt; echo no > unasked
          echo version=1.4 >> "$BATON_OUTPUT"
          echo '{"metric":"size","value":3}' >> "$BATON_EVENTS"
          echo '<testsuite><testcase name="a"/></testsuite>' > report.xml
        ]],
        inputs = "src/**", outputs = "out/*.txt", cache = false, results = junit "*.xml",
        stdin = "read from stdin\\n", env = { INNER = "i'i\\nsecond", HERE = "\(Binary.root)" },
      }
      step "here" { executor = "local", run = "cat out/file.txt && echo " .. make.out.version }
      step "fails" { run = "exit 3", allow_failure = true }
      step "dies" { run = "kill -KILL $$", allow_failure = true }
      step "body" { function(ctx) return { text = ctx:sh("echo captured; echo aside >&2").text } end }
      step "shared" { executor = ssh { FIELDS, shared = true }, run = "test -e w.lua && pwd > where" }
      step "folder" { executor = ssh { FIELDS, folder = "FOLDER" }, run = "pwd > kept" }
      """, ["src/in.txt": "from here\n"])
    let text = try #require(sandbox.read("w.lua"))
    let fixed = sandbox.scratch + "/fixed"
    try sandbox.write(
      "w.lua",
      text.split(separator: "FIELDS", omittingEmptySubsequences: false).joined(
        separator: host.fields
      )
      .split(separator: "FOLDER", omittingEmptySubsequences: false).joined(separator: fixed))
    let finished = try sandbox.baton("run", "w.lua", env: ["FROM_HERE": "x"])
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    #expect(sandbox.read("out/file.txt") == "from here\n", "\(finished.account)")
    #expect(sandbox.read("out/env.txt") == "o o|i'i\nsecond|\n")
    #expect(sandbox.read("unasked") == nil)
    #expect(state.steps["make"]?.values["version"] == "1.4")
    #expect(state.steps["body"]?.values["text"] == "captured", "\(finished.account)")
    #expect(state.steps["fails"]?.reason == "exit code 3")
    #expect(state.steps["dies"]?.reason == "killed by SIGKILL")
    #expect(state.json["tests"]?["passed"] == 1)
    let log = try sandbox.baton("logs", "make").output
    #expect(log.contains("read from stdin") && log.contains("to errors"), "\(log)")
    #expect(try sandbox.baton("events").output.contains("size=3"))
    #expect(sandbox.read("where") == sandbox.folder + "\n")
    #expect(Disk.text(fixed + "/kept") == fixed + "\n")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test(
    "A step that is cancelled is asked to end, and killed after its grace; nothing is left there")
  func ending() throws {
    let (sandbox, host) = try place(
      """
      workflow "w" { executor = PLACE }
      step "late" { run = "sleep 100", timeout = "1s", allow_failure = true }
      step "daemon" { run = "(setsid sleep 100 &); true" }
      step "stubborn" { run = "trap '' TERM; while :; do sleep 0.1; done", timeout = "1s", grace = "300ms", allow_failure = true }
      step "polite" {
        run = "trap 'echo asked > asked; exit 0' TERM; echo begun; while :; do sleep 0.05; done", outputs = "asked",
        grace = "20s", cache = false,
      }
      """)
    let run = try sandbox.start(["run", "w.lua", "-j", "4", "-v"])
    try sandbox.wait("two have timed out", atMost: 60) {
      run.errorsSoFar.split(separator: "timed out").count >= 3
        && (run.errorsSoFar + run.outputSoFar).contains("begun")
    }
    #expect(try sandbox.baton("cancel").code == 0)
    let finished = try run.wait()
    #expect(finished.code == 4, "\(finished.account)")
    #expect(sandbox.read("asked") == "asked\n")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test(
    "The engine is killed, or all of its processes: a resumed run ends what runs there first, and leaves nothing",
    arguments: [false, true])
  func killed(_ withCourier: Bool) throws {
    let (sandbox, host) = try place(
      """
      step "long" {
        executor = PLACE, grace = "1s", inputs = "again*",
        run = [[test -e again && exit 0; trap "" TERM; touch "$WHERE/begun"; while :; do sleep 0.05; done]],
        env = { WHERE = env.WHERE },
      }
      """)
    let variables = ["WHERE": sandbox.folder]
    try sandbox.write("again-not", "")
    let run = try sandbox.start(["run", "w.lua"], env: variables)
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    #expect(!host.processes.isEmpty, "it outlives the engine")
    if withCourier { for process in sandbox.processes() { kill(process, SIGKILL) } }
    try sandbox.write("again", "")
    let resumed = try sandbox.baton("resume", env: variables)
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("A connection that dies fails the attempt, which ends there too, and is tried again")
  func lost() throws {
    let (sandbox, host) = try place(
      """
      step "long" {
        executor = PLACE, grace = "1s", retry = 1, env = { WHERE = env.WHERE },
        run = [[echo x >> "$WHERE/begun"; test "$(wc -l < "$WHERE/begun")" -ge 2 && exit 0; sleep 100]],
      }
      """)
    let run = try sandbox.start(["run", "w.lua"], env: ["WHERE": sandbox.folder])
    try sandbox.wait("the step runs", atMost: 60) { sandbox.lines("begun").count == 1 }
    for session in host.sessions { kill(session, SIGKILL) }
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("the connection to box was lost"), "\(finished.account)")
    #expect(host.leftovers == [])
  }

  @Test(
    "A service on another host is ready by a command there, and used at home through its forwarded port"
  )
  func service() throws {
    let (sandbox, host) = try place(
      """
      local web = service "web" {
        executor = PLACE, ports = "http", grace = "1s",
        run = [[mkdir -p "$BATON_SERVICE_FOLDER" && echo well > "$BATON_SERVICE_FOLDER/index.html" && cd "$BATON_SERVICE_FOLDER" \\
          && exec python3 -m http.server "$BATON_PORT_HTTP" --bind 127.0.0.1]],
        ready = probe.command "test ! -e w.lua && curl -sf http://127.0.0.1:$BATON_PORT_HTTP/index.html",
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/index.html" },
      }
      step "use" { run = "curl -sf " .. web.out.url .. " > answer" }
      """, isApart: true)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read("answer") == "well\n")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("What does not work is told with its cure")
  func failures() throws {
    let (sandbox, host) = try place(
      """
      local function on(more) more.config = "CONFIG"; more.host = more.host or "box"; return ssh(more) end
      workflow "w" { }
      step "port" { executor = on { port = 1 }, run = "true", allow_failure = true }
      step "stranger" { executor = on { identity = "KEY" }, run = "true", allow_failure = true }
      step "unknown" { executor = ssh { host = "127.0.0.1", port = PORT, config = "/dev/null" }, run = "true", allow_failure = true }
      step "nowhere" { executor = on { host = "no.such.host.invalid" }, run = "true", allow_failure = true }
      step "program" { executor = on {}, run = { "no-such-program" }, allow_failure = true }
      step "folder" { executor = on { shared = true }, cwd = "no-such-folder", run = "true", allow_failure = true }
      step "outside" { executor = on {}, inputs = "../scratch/host/config", run = "true", allow_failure = true }
      """)
    var text = try #require(sandbox.read("w.lua"))
    let folder = "\(sandbox.scratch)/host"
    for (word, value) in [
      ("CONFIG", "\(folder)/config"), ("KEY", "\(folder)/stranger"), ("PORT", "\(host.port)"),
    ] {
      text = text.split(separator: word, omittingEmptySubsequences: false).joined(separator: value)
    }
    // The configuration's own key comes first otherwise.
    let config = try #require(Disk.text("\(folder)/config"))
    try Disk.write(
      config.split(separator: "\n").filter { !$0.contains("IdentityFile") }.joined(separator: "\n")
        + "\n", to: "\(folder)/bare")
    text = text.split(separator: "on { identity = \"", omittingEmptySubsequences: false)
      .joined(separator: "ssh { host = \"box\", config = \"\(folder)/bare\", identity = \"")
    try sandbox.write("w.lua", text)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    for (step, parts) in [
      "port": ["cannot reach box:1", "Connection refused", "does sshd listen there?"],
      "stranger": ["box refuses to let us in", "look at user and identity"],
      "unknown": ["the key of 127.0.0.1:\(host.port) is not known", "known_hosts"],
      "nowhere": ["there is no host no.such.host.invalid", "look at its name"],
      "program": ["cannot run \"no-such-program\": no such program in PATH on box"],
      "folder": ["no-such-folder\": no such folder on box"],
      "outside": ["lies outside of the step's folder"],
    ] {
      for part in parts {
        #expect(
          state.steps[step]?.reason.contains(part) == true,
          "\(step): \(state.steps[step]?.reason ?? "")")
      }
    }
    #expect(host.leftovers == [])
    try sandbox.write("x.lua", "step 's' { executor = ssh 'x', run = 'true' }\n")
    let nothing = try sandbox.baton("run", "x.lua", env: ["PATH": "/no/such/folder"])
    #expect(
      nothing.code == 1 && nothing.account.contains("ssh is not in PATH"), "\(nothing.account)")
  }
}
