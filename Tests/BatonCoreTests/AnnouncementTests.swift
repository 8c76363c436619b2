import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct AnnouncementTests {
  private func failed(_ count: Int) -> Value {
    let failures = (0..<min(count, 50)).map { Value.map(["step": .string("s\($0)"), "reason": "exit code 1"]) }
    return [
      "kind": "run.failed", "workflow": "release", "run": "r1", "status": "failed", "failed": .integer(Int64(count)),
      "failures": .list(failures), "command": "baton resume r1",
    ]
  }

  @Test func `What failed is told in at most ten lines, with the command that carries it on`() {
    let announcement = Announcement(failed(14))
    #expect(announcement.title == "release failed" && announcement.tone == .bad)
    #expect(announcement.lines.count == 10 && announcement.more == 4)
    let lines = announcement.text.split(separator: "\n")
    #expect(lines.first == "release failed (run r1)" && lines[1] == "  s0: exit code 1")
    #expect(lines.suffix(2) == ["  and 4 more", "baton resume r1"])
  }

  @Test func `A reason of many lines and letters is one line, not too long`() {
    let text = String(repeating: "é\n", count: 1000)
    let event: Value = ["kind": "run.halted", "workflow": "w", "run": "r", "status": "halted", "reason": .string(text)]
    let reason = Announcement(event).reason ?? ""
    #expect(!reason.contains("\n") && reason.utf8.count <= Announcement.longestLine + 3 && reason.hasSuffix("…"))
  }

  @Test func `Steps, recoveries and digests have their own titles`() {
    let step: Value = ["kind": "step.retrying", "workflow": "w", "run": "r", "step": "a", "status": "retrying"]
    #expect(Announcement(step).title == "step a of w retrying")
    #expect(Announcement(step).tone == .attention)
    let recovered: Value = ["kind": "run.recovered", "workflow": "w", "run": "r", "status": "succeeded"]
    #expect(Announcement(recovered).text == "w recovered (run r)")
    #expect(Announcement(recovered).tone == .good)
    var other = failed(1)
    if case .map(var fields) = other {
      fields["run"] = "r0"
      fields["time"] = "2026-01-31T12:00:00.000Z"
      other = .map(fields)
    }
    let digest = NoticeDigest.event([step, other], workflow: "w", run: "r", at: Instant(nanoseconds: 0))
    let announcement = Announcement(digest)
    #expect(announcement.title == "2 events of w: 1 run failed, 1 step retrying")
    #expect(
      announcement.lines == [
        "step a of w retrying", "2026-01-31 12:00 release failed: s0: exit code 1 (run r0)",
      ])
  }

  @Test func `An event of nothing is no trouble`() {
    for event: Value in [
      .null, [:], ["kind": "digest"], ["failures": 7, "failed": -5, "events": "x", "kind": "digest"],
    ] {
      #expect(Announcement(event).lines.isEmpty)
    }
  }

  // MARK: What the machine tells

  private func run(_ outcomes: [String: [Outcome]], open: OpenFailures = OpenFailures(), previous: RunStatus? = nil)
    -> MachineDriver
  {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b")
    plan.step("c") { $0.allowFailure = true }
    plan.notify("team", on: .moments([.failed, .recovered, .succeeded]))
    let run = MachineDriver(plan.plan, previous: previous, open: open)
    run.script = outcomes
    run.runToEnd()
    return run
  }

  @Test func `A failed run tells what failed, why, and by which causes; what may fail is left out`() throws {
    let run = run(["a": [.exited(3)], "b": [.exited(4)], "c": [.exited(5)]])
    let event = try #require(run.notified.first).event
    #expect(event["failed"] == 2)
    #expect(event["failures"]?.list?.map { $0["step"] } == ["a", "b"])
    #expect(event["failures"]?.list?.map { $0["reason"] } == ["exit code 3", "exit code 4"])
    let workflow = run.machine.plan.workflow.name
    let keys = [("a", "exit code 3"), ("b", "exit code 4")].map {
      FailureCause.key(workflow: workflow, step: $0.0, reason: $0.1)
    }
    #expect(event["causes"] == .list(keys.map { .string($0) }))
    #expect(event["command"] == "baton resume run-1")
    #expect(keys.allSatisfy { $0.utf8.count == 16 })
  }

  @Test func `A cause is the same in every run, and another step or reason is another cause`() {
    let keys = [
      FailureCause.key(workflow: "w", step: "a", reason: "exit code 1"),
      FailureCause.key(workflow: "w", step: "b", reason: "exit code 1"),
      FailureCause.key(workflow: "w", step: "a", reason: "exit code 2"),
      FailureCause.key(workflow: "v", step: "a", reason: "exit code 1"),
      FailureCause.key(workflow: "w", step: nil, reason: nil),
    ]
    #expect(Set(keys).count == 5)
    #expect(keys[0] == FailureCause.key(workflow: "w", step: "a", reason: "exit code 1"))
  }

  @Test func `A refusal is one cause whatever its numbers and cases are, and so is a reason with other numbers in it`()
  {
    func key(_ reason: String) -> String { FailureCause.key(workflow: "w", step: "q", reason: reason) }
    let refused = key("failed = 3, required <= 0: cart.adds, cart; \"x\"; pass_rate = 0.97, required >= 0.98")
    #expect(refused == key("pass_rate = 0.9, required >= 0.98: shop.pays; failed = 12, required <= 0"))
    #expect(refused != key("failed = 3, required <= 0"))
    #expect(key("tests is missing: a") != key("failed is missing: a"))
    #expect(key("no answer of 10.0.0.7:8080 within 5.2s") == key("no answer of 10.0.0.8:8081 within 5.3s"))
    #expect(key("no answer") != key("no disk"))
  }

  @Test func `A run that recovers tells what from: of the runs before, and of itself before it was resumed`() throws {
    let later = run([:], open: OpenFailures(causes: ["0000000000000001"], hasFailed: true), previous: .failed)
    #expect(later.notified.map { $0.event["kind"] } == ["run.succeeded", "run.recovered"])
    #expect(later.notified.allSatisfy { $0.event["recovered"] == ["0000000000000001"] })

    let failed = run(["a": [.exited(3), .exited(7), .succeeded]])
    let again = try failed.resumed(failed.machine.plan)
    #expect(again.runToEnd() == .failed)
    let mended = try again.resumed(failed.machine.plan)
    #expect(mended.runToEnd() == .succeeded)
    let workflow = failed.machine.plan.workflow.name
    let both = ["exit code 3", "exit code 7"].map { FailureCause.key(workflow: workflow, step: "a", reason: $0) }
    #expect(mended.notified.last?.event["recovered"] == .list(both.sorted().map { .string($0) }))
    #expect(mended.machine.facts.openCauses.isEmpty)
  }

  @Test(arguments: [RunStatus.cancelled, .interrupted, .waiting])
  func `A run recovers from what earlier ones failed of, however the one before it ended`(_ previous: RunStatus) {
    let later = run([:], open: OpenFailures(causes: ["0000000000000001"], hasFailed: true), previous: previous)
    #expect(later.notified.map { $0.event["kind"] } == ["run.succeeded", "run.recovered"])
    #expect(later.notified.last?.event["recovered"] == ["0000000000000001"])
    #expect(run([:], previous: previous).notified.map { $0.event["kind"] } == ["run.succeeded"])
    // Something was told, and nothing failed: a recovery for those alone who were told of it.
    for (teller, moments) in [("duty", ["run.succeeded"]), ("team", ["run.succeeded", "run.recovered"])] {
      let told = run([:], open: OpenFailures(causes: ["0000000000000001"], tellers: [teller]), previous: previous)
      #expect(told.notified.compactMap { $0.event["kind"]?.string } == moments, "\(teller)")
    }
  }

  @Test func `A step that was tried again and succeeded recovers for those who were told of it alone`() throws {
    var plan = PlanBuilder()
    plan.step("a") { $0.retry = RetryPolicy(attempts: 2) }
    plan.notify("duty", on: .moments([.retrying, .recovered]))
    plan.notify("team", on: .moments([.failed, .recovered]))
    let run = MachineDriver(plan.plan)
    run.script = ["a": [.exited(3)]]
    #expect(run.runToEnd() == .failed)
    #expect(run.notified.map(\.name) == ["duty", "team"])
    let mended = try run.resumed(run.machine.plan)
    mended.script = [:]
    #expect(mended.runToEnd() == .succeeded)
    #expect(mended.notified.map(\.name) == ["duty", "team"])

    let again = MachineDriver(plan.plan)
    again.script = ["a": [.exited(3), .succeeded]]
    #expect(again.runToEnd() == .succeeded)
    #expect(again.notified.map { $0.event["kind"] } == ["step.retrying", "run.recovered"])
    #expect(again.notified.map(\.name) == ["duty", "duty"])
    #expect(again.notified.last?.event["recovered"] == again.notified.first?.event["causes"])
    #expect(again.machine.facts.openCauses.isEmpty)
  }

  @Test func `A step whose tests failed is told once for each cause, which is the same in whichever step it is`() throws
  {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("other")
    plan.notify("team", on: .moments([.failed]))
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    let causes = [
      ResultSummary.Cause(key: 5, message: "no till", first: "c.a", cases: 3),
      ResultSummary.Cause(key: 6, message: "no ship", first: "c.d", cases: 1),
    ]
    for (step, causes) in [("unit", causes), ("other", [causes[0]])] {
      var summary = ResultSummary()
      summary.failed = 4
      summary.causes = causes
      #expect(ResultSummary(.map(summary.fields))?.causes == causes)
      summary.causes[0].isCut = true
      #expect(ResultSummary(.map(summary.fields))?.causes == summary.causes)
      summary.causes = causes
      run.send(.reported(run.index(step), .results(summary, sources: "s")))
      run.finish(step, .exited(1))
    }
    #expect(run.runToEnd() == .failed)
    let event = try #require(run.notified.first).event
    let keys = [Int64(5), 6].map { FailureCause.key(workflow: run.machine.plan.workflow.name, tests: $0) }
    #expect(event["causes"] == .list(keys.map { .string($0) }))
    #expect(event["failed"] == 2)
    #expect(event["failures"]?.list?.map { $0["tests"] } == [3, 1, 3])
    #expect(event["failures"]?.list?.map { $0["cause"]?.string } == [keys[0], keys[1], keys[0]])
    let told = Announcement(event)
    #expect(
      told.lines == ["other: no till (c.a and 2 more)", "unit: no ship (c.d)", "unit: no till (c.a and 2 more)"])
    #expect(told.more == 0)
  }
}
