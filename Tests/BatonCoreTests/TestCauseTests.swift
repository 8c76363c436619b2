import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// What is told of steps whose tests failed, and of what else they failed.
@Suite struct TestCauseTests {
  private func summary(_ causes: Int, from first: Int64 = 1) -> ResultSummary {
    var summary = ResultSummary()
    summary.failed = causes
    summary.causes = (0..<Int64(causes)).map {
      ResultSummary.Cause(key: first + $0, message: "no \(first + $0)", first: "c.a", cases: 1)
    }
    return summary
  }

  /// A run of one step that reports these results and ends so.
  private func run(
    _ summary: ResultSummary, _ outcome: Outcome, on trigger: NotificationSpec.Trigger = .moments([.failed]),
    _ change: (inout StepOptions) -> Void = { _ in }
  ) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("unit", change)
    plan.notify("team", on: trigger)
    let run = MachineDriver(plan.plan)
    run.considers = { $0["step"] != nil }
    run.begin()
    run.send(.reported(run.index("unit"), .results(summary, sources: "s")))
    run.finish("unit", outcome)
    return run
  }

  private func causes(_ event: Value) -> [String] { (event["causes"]?.list ?? []).compactMap(\.string) }

  private func key(_ tests: Int64, _ run: MachineDriver) -> String {
    FailureCause.key(workflow: run.machine.plan.workflow.name, tests: tests)
  }

  private func key(_ reason: String, _ run: MachineDriver) -> String {
    FailureCause.key(workflow: run.machine.plan.workflow.name, step: "unit", reason: reason)
  }

  @Test(arguments: [
    (Outcome.timedOut, "timed out"), (Outcome.signaled(9), "killed by SIGKILL"),
    (Outcome.failed("no a.out"), "no a.out"),
  ])
  func `what a step failed of itself comes before what its tests failed of`(_ outcome: Outcome, _ reason: String) throws
  {
    let run = run(summary(2), outcome)
    #expect(run.runToEnd() == .failed)
    let event = try #require(run.notified.first).event
    let keys = [key(reason, run), key(1, run), key(2, run)]
    #expect(causes(event) == keys)
    #expect(event["failures"]?.list?.compactMap { $0["cause"]?.string } == keys)
    #expect(event["failures"]?.list?.map { $0["reason"]?.string } == [reason, "no 1 (c.a)", "no 2 (c.a)"])
    #expect(event["failures"]?.list?.map { $0["tests"]?.integer } == [nil, 1, 1])
    #expect(run.machine.facts.openCauses == Set(keys))
  }

  @Test func `a retry whose tests failed once more failed of them, one that left some out of that`() throws {
    var again = summary(1)
    again.failures = ["c.a"]
    again.retried = RetriedTests(cases: 2, missing: 0)
    let failed = run(again, ResultJudgement(.succeeded, again).outcome)
    failed.runToEnd()
    let told = try #require(failed.notified.first).event
    #expect(causes(told) == [key(1, failed)])
    again.retried = RetriedTests(cases: 2, missing: 1)
    let left = run(again, ResultJudgement(.succeeded, again).outcome)
    left.runToEnd()
    let short = try #require(left.notified.first).event
    #expect(causes(short).count == 2)
  }

  @Test func `a step that fails or is tried again tells each cause as its run does`() throws {
    let run = run(summary(2), .exited(1), on: .callback(Callback(id: 1, digest: "f"))) {
      $0.retry = RetryPolicy(attempts: 2)
    }
    run.runToEnd()
    let event = try #require(run.notified.first { $0.event["kind"] == "step.retrying" }).event
    #expect(causes(event) == [key(1, run), key(2, run)])
    #expect(event["failures"]?.list?.map { $0["reason"]?.string } == ["no 1 (c.a)", "no 2 (c.a)"])
    #expect(event["failures"]?.list?.compactMap { $0["cause"]?.string } == causes(event))
    let once = self.run(summary(2), .exited(1), on: .callback(Callback(id: 1, digest: "f")))
    once.runToEnd()
    let end = try #require(once.notified.first { $0.event["kind"] == "step.failed" }).event
    #expect(end["failures"] == event["failures"])
    // What the event says already is not said twice.
    let plain = self.run(ResultSummary(), .exited(1), on: .callback(Callback(id: 1, digest: "f")))
    plain.runToEnd()
    #expect(plain.notified.first?.event["failures"] == nil)
    #expect(plain.notified.first.map { causes($0.event) } == [key("exit code 1", plain)])
  }

  @Test func `of many causes, each that is told has a failure`() throws {
    var plan = PlanBuilder()
    let steps = (10..<14).map { "s\($0)" }
    for step in steps { plan.step(step) }
    plan.notify("team", on: .moments([.failed]))
    let run = MachineDriver(plan.plan, pool: ["cpu": 9])
    run.begin()
    for (place, step) in steps.enumerated() {
      run.send(.reported(run.index(step), .results(summary(20, from: 1 + Int64(place / 2) * 15), sources: "s")))
      run.finish(step, .exited(1))
    }
    run.runToEnd()
    let event = try #require(run.notified.first).event
    // The second step fails of what the first one does, the third of 15 others.
    #expect(causes(event) == (1...35).map { key($0, run) })
    let failures = event["failures"]?.list ?? []
    #expect(failures.count == FailureCause.most)
    #expect(failures.prefix(35).compactMap { $0["cause"]?.string } == causes(event))
  }

  @Test func `what people were told is open, whatever is known of it now, until the run succeeds`() {
    let told: Value = ["causes": ["00000000000000aa"]]
    var facts = RunFacts()
    func apply(_ record: Record) {
      facts.apply(StampedRecord(seq: facts.lastSeq + 1, time: Instant(nanoseconds: 0), record: record))
    }
    apply(.notificationDue(name: "n", key: "k", event: told))
    apply(.notificationHeld(name: "n", key: "l", event: ["causes": ["00000000000000bb"]]))
    #expect(facts.openCauses == ["00000000000000aa", "00000000000000bb"])
    apply(.runEnded(.cancelled, reason: nil))
    #expect(facts.openCauses.count == 2 && !facts.hasFailed && facts.tellers == ["n"])
    apply(.runEnded(.failed, reason: nil))
    apply(.runEnded(.cancelled, reason: nil))
    #expect(facts.openCauses.count == 3 && facts.hasFailed)
    apply(.runEnded(.succeeded, reason: nil))
    #expect(facts.openCauses.isEmpty && !facts.hasFailed && facts.tellers.isEmpty)
  }
}
