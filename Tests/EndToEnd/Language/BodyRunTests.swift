import BatonModel
import Glibc
import Testing

/// Runs of durable bodies as people deal with them: waits, approvals by other processes, sub-workflows.
@Suite struct BodyRuns {
  @Test("An approval wait survives that everything is killed, and is answered while nothing lives")
  func killedWhileWaiting() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "rollout" { function(ctx)
        ctx:step "stage" { run = "echo stage >> side" }
        local answer = ctx:approval { by = { "ann" }, timeout = "30d", form = { note = param.string {} } }
        ctx:step "deploy" { run = { "sh", "-c", "echo deploy $0 >> side", answer.out.note } }
      end }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua", "--detach").code == 0)
    try sandbox.wait("the approval") { (try? sandbox.show().steps["rollout/approval-1"]?.status) == "waiting" }
    for pid in sandbox.processes() { kill(pid, SIGKILL) }
    try sandbox.wait("the end of all processes") { sandbox.processes().isEmpty }
    #expect(try sandbox.show().status == "interrupted")
    let answer = try sandbox.baton("approve", "--as", "ann", "--field", "note=fine")
    #expect(answer.code == 0, "\(answer.account)")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["stage", "deploy fine"])
  }

  @Test("With --no-wait, a run that waits for a signal or sleeps long ends with 5, and says for what")
  func noWait() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { function(ctx) ctx:log(ctx:signal("go").n) end }
      step "b" { function(ctx) ctx:sleep "30d" end }
      """
    ])
    let run = try sandbox.baton("run", "w.lua", "--no-wait")
    #expect(run.code == 5, "\(run.account)")
    #expect(run.errors.contains("a waits for the signal go, b sleeps until "), "\(run.account)")
    #expect(run.errors.contains("answer:       baton signal "), "\(run.account)")
    #expect(sandbox.processes().isEmpty, "a run that waits holds a process")
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("⧖ a waits for the signal go"), "\(shown)")
    #expect(shown.contains("⧖ b sleeps until "), "\(shown)")
    #expect(try sandbox.show().json["waits"]?.list?.count == 2)
    #expect(try sandbox.baton("signal", "go", "--json", #"{"n":7}"#).code == 0)
    let resumed = try sandbox.baton("resume", "--no-wait")
    #expect(resumed.code == 5, "\(resumed.account)")
    #expect(resumed.errors.contains("b: it sleeps until "), "\(resumed.account)")
    #expect(try sandbox.baton("logs", "a").output == "7\n")
  }

  @Test("Recursion through call is bounded, and the error says so at every level")
  func recursion() throws {
    let sandbox = try Sandbox([
      "r.lua": """
      workflow "r" { params = { n = param.integer { default = 0 } } }
      step "down" { function(ctx) ctx:call("r.lua", { n = params.n + 1 }) end }
      """
    ])
    let run = try sandbox.start(["run", "r.lua", "-q"]).wait(atMost: 120)
    #expect(run.code == 1)
    let reason = try sandbox.show().steps["down"]?.reason ?? ""
    #expect(reason.contains("calls nest deeper than 32: r.lua → r.lua → r.lua → … → r.lua → r.lua"), "\(reason)")
    #expect(reason.count < 250 && reason.contains(": because run ") && !reason.contains("…: "), "said once: \(reason)")
    #expect(
      try JSON.decode(sandbox.baton("runs", "--json").output).list?.count == 1, "those that it called are not listed")
    #expect(try JSON.decode(sandbox.baton("runs", "--called", "--json", "-n", "0").output).list?.count == 33)
  }

  @Test("Cancel and resume pass through to a called workflow, whose transaction is undone")
  func cancelPassesThrough() throws {
    let sandbox = try Sandbox([
      "w.lua": "call \"below\" { workflow = \"below.lua\" }",
      "below.lua": """
      transaction "t" {
        step "one" { run = "echo one >> side", undo = "echo undo one >> side" },
        step "two" "echo two >> side; test -e ok || exec sleep 1000",
      }
      """,
    ])
    let run = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the second step") { sandbox.lines("side").contains("two") }
    #expect(try sandbox.baton("cancel", "--reason", "enough").code == 0)
    #expect(try run.wait().code == 4)
    #expect(sandbox.lines("side") == ["one", "two", "undo one"])
    let called = try calledRun(sandbox)
    #expect(try sandbox.show(called).status == "cancelled")
    try sandbox.write("ok", "")
    // Without a name it is the caller that is carried on, not the newer run.
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["one", "two", "undo one", "one", "two"])
    #expect(try sandbox.show(called).status == "succeeded")
    #expect(try calledRun(sandbox) == called)
    #expect(try sandbox.show().steps.keys.contains("below"), "show means the run that was started by hand")
    #expect(try sandbox.baton("runs", "--called").output.contains("called by "))
  }

  private func calledRun(_ sandbox: Sandbox) throws -> String {
    let runs = try JSON.decode(sandbox.baton("runs", "--called", "--json").output).list ?? []
    let called = runs.filter { $0["caller"]?.string != nil }
    #expect(called.count == 1)
    return called.first?["run"]?.string ?? ""
  }

  @Test("Failures that a body caught are told apart, and what was given up says so")
  func caught() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "b" { function(ctx)
        pcall(function() ctx:step "bad" { run = "exit 1" } end)
        ctx:any { ctx:start "slow" { run = "sleep 1000" }, ctx:start "quick" { run = "true" } }
      end }
      """
    ])
    let run = try sandbox.baton("run", "w.lua")
    #expect(run.code == 0)
    #expect(run.errors.contains("(1 failure caught)"), "\(run.account)")
    #expect(!run.errors.contains("its output:"), "\(run.account)")
    #expect(try sandbox.show().steps["b/slow"]?.reason == "b does not need it any more")
  }

  @Test("A divergence is shown as a diff of several lines, and steps that are not asked for any more are skipped")
  func divergence() throws {
    func script(_ regions: String, _ field: String = "") -> String {
      """
      step "rollout" { \(field) function(ctx)
        for _, region in ipairs { \(regions) } do ctx:step("deploy-" .. region) { run = { "echo", region } } end
        ctx:step "last" { run = "test -e ok" }
      end }
      """
    }
    let sandbox = try Sandbox(["w.lua": script("\"eu\", \"us\"")])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("w.lua", script("\"eu\", \"ap\""))
    let failed = try sandbox.baton("resume")
    #expect(failed.code == 1)
    #expect(
      failed.errors.contains(
        """
        the body of "rollout" asks for something else than its records tell
              recorded: step deploy-us: [echo, us] (line 2 then)
              asked:    step deploy-ap: [echo, ap] (w.lua:2)
            cure: undo the edit;
        """), "\(failed.account)")
    try sandbox.write("w.lua", script("\"eu\", \"ap\"", "on_divergence = \"rerun\","))
    try sandbox.write("ok", "")
    #expect(try sandbox.baton("resume").code == 0)
    let left = try sandbox.show().steps["rollout/deploy-us"]
    #expect(left?.status == "skipped")
    #expect(left?.reason == "rollout does not ask for it any more")
  }
}
