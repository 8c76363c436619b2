import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// A gate that can't pass any more does not wait for the rest.
@Suite struct EarlyGateTests {
  private func run(_ metric: String, limit: Double, failed: Int) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("slow")
    plan.step("last", depends: ["slow"])
    plan.gate(
      "q", require: [Requirement(metric: metric, comparison: .atMost, bound: .number(limit))],
      depends: ["unit", "slow"])
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    var summary = ResultSummary()
    summary.passed = 5
    summary.failed = failed
    summary.failures = ["c.bad"]
    run.send(.reported(run.index("unit"), .results(summary, sources: "s")))
    run.finish("unit")
    return run
  }

  @Test func `it refuses while other steps still run, and says why`() {
    let run = run("failed", limit: 0, failed: 1)
    #expect(run.running == ["slow"])
    #expect(run.status("q") == .failed)
    #expect(run.reason("q") == "refused: failed = 1, required <= 0: c.bad")
    #expect(run.runToEnd() == .halted)
    #expect(run.status("last") == .skipped)
  }

  @Test func `one that can still pass waits for all`() {
    let run = run("failed", limit: 1, failed: 1)
    #expect(run.status("q") == .pending)
    #expect(run.runToEnd() == .succeeded)
  }
}
