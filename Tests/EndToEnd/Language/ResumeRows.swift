import BatonModel
import Testing

/// Resuming (LANGUAGE.md, section 7), sentence by sentence.
@Suite struct LanguageResuming {
  struct Edit: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The step's fields before and after the edit; what stands before its declaration.
    var before: String
    var after: String
    var headBefore = ""
    var headAfter = ""
    var runsAgain: Bool
  }

  static let edits: [Edit] = [
    Edit(
      testDescription: "comments and layout never matter", before: #"run = "echo a >> side""#,
      after: "\n  -- a comment\n  run   =   'echo a >> side',\n", runsAgain: false),
    Edit(
      testDescription: "what it runs", before: #"run = "echo a >> side""#, after: #"run = "echo a  >> side""#,
      runsAgain: true),
    Edit(
      testDescription: "for Lua functions: comments and layout never matter",
      before: #"run = function() return "echo a >> side" end"#,
      after: "run = function()\n  -- what it does\n  return \"echo a >> side\"\nend", runsAgain: false),
    Edit(
      testDescription: "for Lua functions: their compiled code",
      before: #"run = function() return "echo a >> side" end"#,
      after: #"run = function() local c = "echo a >> side" return c .. " " end"#, runsAgain: true),
    Edit(
      testDescription: "for Lua functions: the values they captured", before: "run = function() return c end",
      after: "run = function() return c end", headBefore: "local c = 'echo a >> side'",
      headAfter: "local c = 'echo a >>side'", runsAgain: true),
    Edit(
      testDescription: "its env", before: #"run = "echo a >> side", env = { A = "1" }"#,
      after: #"run = "echo a >> side", env = { A = "2" }"#, runsAgain: true),
    Edit(
      testDescription: "declared inputs", before: #"run = "echo a >> side", inputs = "w.txt""#,
      after: #"run = "echo a >> side", inputs = "*.txt""#, runsAgain: true),
    Edit(
      testDescription: "the values of the refs that it uses", before: "run = 'echo a >> side', env = { V = v.out.v }",
      after: "run = 'echo a >> side', env = { V = v.out.v }",
      headBefore: "local v = step 'v' 'echo v=1 >> $BATON_OUTPUT'",
      headAfter: "local v = step 'v' 'echo v=2 >> $BATON_OUTPUT'", runsAgain: true),
    Edit(
      testDescription: "attempt numbers, timeouts, priorities and the like are no part of it",
      before: #"run = "echo a >> side""#,
      after: """
        run = "echo a >> side", timeout = "1m", deadline = "1h", grace = "1s", retry = 3, priority = 4, tags = "x",
        description = "now told", allow_failure = true, interrupted = "fail"
        """, runsAgain: false),
    Edit(
      testDescription: "unrelated steps", before: #"run = "echo a >> side""#, after: #"run = "echo a >> side""#,
      headAfter: "step 'unrelated' 'echo unrelated >> other'", runsAgain: false),
  ]

  @Test("A step is kept when it succeeded and its fingerprint is the same", arguments: edits)
  func fingerprint(edit: Edit) throws {
    func script(_ head: String, _ fields: String) -> String {
      "\(head)\nlocal a = step \"a\" { \(fields) }\nstep \"z\" { depends = a, run = \"test -e mended\" }\n"
    }
    let sandbox = try Sandbox(["w.lua": script(edit.headBefore, edit.before), "w.txt": "1"])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("w.lua", script(edit.headAfter, edit.after))
    try sandbox.write("mended", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side").count == (edit.runsAgain ? 2 : 1), "\(resumed.account)")
    #expect(try sandbox.show().steps["a"]?.status == (edit.runsAgain ? "succeeded" : "kept"))
  }

  @Test("`baton resume [RUN]` carries a run on that was interrupted, failed, halted, cancelled")
  func states() throws {
    let sandbox = try Sandbox([
      "failed.lua": #"step "s" "test -e mended""#,
      "halted.lua": #"gate "g" { check = function() return env.MENDED ~= nil, "not yet" end, otherwise = "halt" }"#,
      "waits.lua": #"step "s" "test -e mended || { touch up; exec sleep 1000; }""#,
    ])
    func run(_ file: String, _ status: String, _ end: (ChildProcess) throws -> Void = { _ in }) throws -> String {
      let driver = try sandbox.start(["run", file])
      try end(driver)
      try driver.wait()
      let state = try sandbox.show()
      #expect(state.status == status)
      return state.run
    }
    func up() throws {
      try sandbox.wait("the step runs") { Disk.exists(sandbox.path("up")) }
      Disk.remove(sandbox.path("up"))
    }
    let failed = try run("failed.lua", "failed")
    let interrupted = try run("waits.lua", "interrupted") {
      try up()
      $0.send(2)
    }
    let cancelled = try run("waits.lua", "cancelled") { _ in
      try up()
      try sandbox.baton("cancel")
    }
    try sandbox.write("mended", "")
    for id in [failed, interrupted, cancelled] {
      let resumed = try sandbox.baton("resume", id)
      #expect(resumed.code == 0, "\(resumed.account)")
      #expect(try sandbox.show(id).status == "succeeded")
    }
    let halted = try run("halted.lua", "halted")
    try sandbox.write("halted.lua", #"gate "g" { check = function() return true end }"#)
    #expect(try sandbox.baton("resume", halted).code == 0)
  }

  @Test("it prints what it will do, and `baton why STEP` says which part of a fingerprint differs, with both values")
  func why() throws {
    let sandbox = try Sandbox([
      "w.lua":
        #"step "a" { run = "true", env = { MODE = "fast" } } step "z" { depends = "a", run = "test -e mended" }"#,
      "mended.lua": "",
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write(
      "w.lua", #"step "a" { run = "true", env = { MODE = "full" } } step "z" { depends = "a", run = "test -e mended" }"#
    )
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(dry.output.contains("a: env.MODE changed") && dry.output.contains("z: a runs again"), "\(dry.account)")
    try sandbox.write("mended", "")
    #expect(try sandbox.baton("resume").code == 0)
    let why = try sandbox.baton("why", "a")
    for part in ["env.MODE", "- fast", "+ full"] { #expect(why.output.contains(part), "\(why.account)") }
  }

  @Test("It defines the workflow again, with the run's own recorded parameters and observations")
  func recorded() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      workflow "w" { params = { who = param.string { default = "default" } } }
      local seen = params.who .. " " .. tostring(env.SEEN) .. " " .. os.time() .. " " .. math.random(1e9)
      step "a" { run = { "sh", "-c", "echo $0 >> side", seen } }
      step "z" { depends = "a", run = { "sh", "-c", "test -e mended && echo $0 >> side", seen } }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua", "-p", "who=Ada", env: ["SEEN": "then"]).code == 1)
    try sandbox.write("mended", "")
    let resumed = try sandbox.baton("resume", env: ["SEEN": "now"])
    #expect(resumed.code == 0, "\(resumed.account)")
    let lines = sandbox.lines("side")
    #expect(lines.count == 2 && Set(lines).count == 1 && lines.first?.hasPrefix("Ada then ") == true, "\(lines)")
  }
}
