import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// A gate that can't pass any more does not wait for the rest.
@Suite struct EarlyGateTests {
  private func run(
    _ metric: String, _ comparison: Requirement.Comparison = .atMost, limit: Double, failed: Int,
    also: [Requirement] = [], otherwise: GateSpec.Otherwise = .halt, more: (inout ResultSummary) -> Void = { _ in }
  ) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("slow")
    plan.step("last", depends: ["slow"])
    plan.gate(
      "q", require: [Requirement(metric: metric, comparison: comparison, bound: .number(limit))] + also,
      otherwise: otherwise, depends: ["unit", "slow"])
    plan.step("ship", depends: ["q"])
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    endUnit(of: run) {
      $0.passed = 5
      $0.failed = failed
      $0.failures = ["c.bad"]
      more(&$0)
    }
    return run
  }

  /// The step `unit` ends, with these results.
  private func endUnit(of run: MachineDriver, _ results: (inout ResultSummary) -> Void) {
    var summary = ResultSummary()
    results(&summary)
    run.send(.reported(run.index("unit"), .results(summary, sources: "s")))
    run.finish("unit")
  }

  @Test func `it refuses while other steps still run, and says why`() {
    let run = run("failed", limit: 0, failed: 1)
    #expect(run.running == ["slow"])
    #expect(run.status("q") == .failed)
    #expect(run.reason("q") == "refused: failed = 1, required <= 0: c.bad")
    #expect(run.runToEnd() == .halted)
    #expect(run.status("last") == .skipped)
  }

  @Test func `what is not measured yet is no reason, only what cannot be met any more`() {
    let also = [
      Requirement(metric: "coverage", comparison: .atLeast, bound: .number(0.8)),
      Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.9)),
    ]
    let run = run("failed", limit: 0, failed: 1, also: also)
    #expect(run.running == ["slow"])
    #expect(run.reason("q") == "refused: failed = 1, required <= 0: c.bad")
  }

  @Test(arguments: [GateSpec.Otherwise.warn, .ask])
  func `one that may let pass all the same waits, as what depends on it does`(_ otherwise: GateSpec.Otherwise) {
    let run = run("failed", limit: 0, failed: 1, otherwise: otherwise)
    #expect(run.running == ["slow"] && run.status("q") == .pending)
    run.finish("slow")
    #expect(run.status("q") == (otherwise == .warn ? .succeeded : .waiting))
    #expect(run.running.contains("ship") == (otherwise == .warn))
  }

  @Test(arguments: [StepOptions.When.succeeded, .failed, .finished])
  func `one with another branch waits, as the branch would not`(_ when: StepOptions.When) {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("slow")
    plan.gate(
      "q", require: [Requirement(metric: "failed", comparison: .atMost, bound: .number(0))], otherwise: .branch,
      depends: ["unit", "slow"])
    plan.step("ship", depends: ["q"])
    plan.step("clean", depends: ["ship"]) { $0.when = when }
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    endUnit(of: run) { $0.failed = 1 }
    #expect(run.running == ["slow"], "what cleans up never runs beside what it cleans up after")
    #expect(run.status("q") == (when == .succeeded ? .skipped : .pending))
  }

  @Test func `one that can still pass waits for all`() {
    let run = run("failed", limit: 1, failed: 1)
    #expect(run.status("q") == .pending)
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `a pass rate of 1 is out of reach after one failure, a lower one is not, however many tests are to come`()
  {
    #expect(run("pass_rate", .atLeast, limit: 1, failed: 1).status("q") == .failed)
    #expect(run("pass_rate", .atLeast, limit: 0.99, failed: 5).status("q") == .pending)
    #expect(run("pass_rate", .atLeast, limit: 1, failed: 0).status("q") == .pending)
    #expect(run("flaky_rate", limit: 0, failed: 0) { $0.flaky = 1 }.status("q") == .failed)
    #expect(run("flaky_rate", limit: 0.1, failed: 0) { $0.flaky = 1 }.status("q") == .pending)
  }

  @Test func `of what several steps report the worst counts, so that one value may be enough`() {
    #expect(run("metric.p95", limit: 10, failed: 0) { $0.measurements["p95"] = 11 }.status("q") == .failed)
    #expect(run("metric.p95", limit: 10, failed: 0) { $0.measurements["p95"] = 10 }.status("q") == .pending)
    #expect(run("metric.rps", .atLeast, limit: 10, failed: 0) { $0.measurements["rps"] = 9 }.status("q") == .failed)
  }

  @Test func `a step that is tried again may still mend what its last attempt said`() {
    var plan = PlanBuilder()
    plan.step("unit") { $0.retry = RetryPolicy(attempts: 2, backoff: Span(seconds: 9)) }
    plan.step("other")
    plan.step("slow")
    plan.gate(
      "q", require: [Requirement(metric: "failed", comparison: .atMost, bound: .number(0))],
      depends: ["unit", "other", "slow"])
    let run = MachineDriver(plan.plan, pool: ["cpu": 3])
    run.begin()
    var summary = ResultSummary()
    summary.passed = 1
    run.send(.reported(run.index("other"), .results(summary, sources: "s")))
    summary.failed = 1
    run.send(.reported(run.index("unit"), .results(summary, sources: "s")))
    run.finish("unit", .exited(1))
    run.finish("other")
    #expect(run.status("q") == .pending)
  }

  @Test func `a rate that one step reports does not hide the failed tests of another`() {
    var summary = ResultSummary()
    summary.passed = 1
    summary.failed = 1
    let sources = [
      GateEvaluation.Source(metrics: summary.metrics, summary: summary),
      GateEvaluation.Source(metrics: ["pass_rate": 1]),
    ]
    let spec = GateSpec(require: [Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.9))])
    let verdict = GateEvaluation.verdict(gate: "q", spec: spec, sources: sources, baseline: [:])
    #expect(!verdict.passed && verdict.measured["pass_rate"] == 0.5)
  }

  @Test func `the place of the step that made it refuse is not given away before it has`() {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("other")
    plan.gate(
      "q", require: [Requirement(metric: "failed", comparison: .atMost, bound: .number(0))], depends: ["unit", "other"])
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.begin()
    endUnit(of: run) { $0.failed = 1 }
    #expect(run.status("q") == .failed)
    #expect(run.runToEnd() == .halted)
    #expect(run.status("other") == .skipped)
  }
}
