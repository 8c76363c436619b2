import Testing

/// What can go wrong with one step: the run tells which, how, and what to do next.
@Suite struct StepFaults {
  @Test("A step that fails ends the run with 1, and its last words are shown")
  func failure() throws {
    let sandbox = try Sandbox([
      "w.lua": "step \"a\" { run = \"echo last words; exit 7\" }\nstep \"b\" { run = \"touch ran\", depends = \"a\" }\n"
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("exit code 7"), "\(finished.account)")
    #expect(finished.all.contains("last words"), "\(finished.account)")
    #expect(finished.errors.contains("baton resume"), "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.status == "failed")
    #expect(state.steps["b"]?.status == "skipped")
    #expect(state.steps["b"]?.reason.contains("a") == true, "what was skipped says why")
    #expect(!Disk.exists(sandbox.path("ran")))
  }

  @Test("A shell that is missing is named")
  func missingShell() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"echo $HOME\", shell = { \"/no/such/shell\", \"-c\" } }\n"]
    )
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("/no/such/shell"), "\(finished.account)")
  }

  @Test(
    "A program or folder that is missing is named",
    arguments: [
      ("run = { \"no-such-program\" }", "no-such-program"),
      ("run = \"true; true\", cwd = \"no/such/folder\"", "no/such/folder"),
      ("run = { \"./w.lua\" }", "./w.lua"),
    ])
  func missingProgram(fields: String, name: String) throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { \(fields) }\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains(name), "\(finished.account)")
  }

  @Test("A process that was killed is told by its signal", arguments: ["KILL", "SEGV", "TERM"])
  func killedChild(signal: String) throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"kill -\(signal) $$; sleep 10\" }\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("SIG\(signal)"), "\(finished.account)")
    #expect(finished.seconds < 8)
  }

  @Test("What a step wrote to BATON_OUTPUT must be readable")
  func unreadableOutput() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = [[echo no equals sign >> \"$BATON_OUTPUT\"]] }\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("BATON_OUTPUT"), "\(finished.account)")
  }

  @Test("A timeout ends the whole tree of the step")
  func timeout() throws {
    let sandbox = try Sandbox([
      "w.lua":
        "step \"a\" { run = \"trap '' TERM; sleep 100 & sleep 100; sleep 100\", timeout = \"200ms\", grace = \"100ms\" }\n"
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("timed out"), "\(finished.account)")
    #expect(finished.seconds < 10)
    #expect(sandbox.leftovers() == [])
  }

  @Test("A gate that is not passed halts the run with 3 and says what was measured")
  func gate() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "t" { run = [[echo '{"metric":"p95_ms","value":20}' >> "$BATON_EVENTS"]] }
      gate "g" { depends = "t", require = { ["metric.p95_ms"] = "<= 10" } }
      step "d" { depends = "g", run = "touch ran" }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 3, "\(finished.account)")
    #expect(finished.all.contains("p95_ms = 20"), "\(finished.account)")
    #expect(try sandbox.show().status == "halted")
    #expect(!Disk.exists(sandbox.path("ran")))
  }
}
