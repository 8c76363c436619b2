import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct GateTests {
  private func run(
    _ requirements: [Requirement], metrics: [String: Double], otherwise: GateSpec.Otherwise = .halt,
    check: Callback? = nil
  ) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("test")
    plan.gate("gate", require: requirements, check: check, otherwise: otherwise, depends: ["test"])
    plan.step("deploy", depends: ["gate"])
    plan.step("docs", depends: ["test"])
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.metrics["test"] = metrics
    return run
  }

  private func atLeast(_ metric: String, _ number: Double) -> Requirement {
    Requirement(metric: metric, comparison: .atLeast, bound: .number(number))
  }

  @Test func `a check is told what its gate depends on, and everything that was measured`() throws {
    let run = run([], metrics: ["tests": 10, "failed": 1, "skipped": 5, "p95_ms": 3])
    run.runToEnd()
    let index = try #require(run.machine.plan.nodes.firstIndex { $0.name == "gate" })
    let results = run.machine.results(of: index)
    #expect(results["metrics"]?["pass_rate"] == 0.8)
    #expect(results["metrics"]?["flaky_rate"] == 0.0)
    #expect(results["metrics"]?["p95_ms"] == 3.0)
    #expect(results["test"]?["status"] == "succeeded")
    #expect(results["test"]?["metrics"]?["tests"] == 10.0)
  }

  @Test func `a gate whose requirements hold lets its dependents start`() {
    let run = run([atLeast("pass_rate", 0.9)], metrics: ["tests": 10, "failed": 1])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.status("deploy") == .succeeded)
    #expect(run.machine.facts.verdicts["gate"]?.findings == ["pass_rate = 0.9, required >= 0.9"])
  }

  @Test func `halt, the standard, starts nothing more and ends the run halted`() {
    let run = run([atLeast("pass_rate", 0.98)], metrics: ["tests": 10, "failed": 1])
    run.begin()
    run.finish("test")
    #expect(run.running.isEmpty || run.running == ["docs"])
    #expect(run.runToEnd() == .halted)
    #expect(run.status("gate") == .failed)
    #expect(run.reason("gate") == "refused: pass_rate = 0.9, required >= 0.98")
    #expect(run.reason("deploy") == "the run was halted by gate")
  }

  @Test func `branch skips only what depends on the gate`() {
    let run = run([atLeast("pass_rate", 0.98)], metrics: ["tests": 10, "failed": 1], otherwise: .branch)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.reason("deploy") == "gate was skipped")
    #expect(run.status("docs") == .succeeded)
  }

  @Test func `warn lets pass and says why it would not have`() {
    let run = run([atLeast("score", 5)], metrics: ["score": 1], otherwise: .warn)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.status("deploy") == .succeeded)
    #expect(run.reason("gate") == "refused, which only warns: score = 1, required >= 5: test 1")
  }

  @Test func `a gate whose metric is missing does not pass, and says what is missing`() {
    let run = run([atLeast("coverage", 0.8)], metrics: [:], otherwise: .branch)
    run.runToEnd()
    #expect(run.reason("gate") == "refused: coverage is missing: no step that gate depends on reported it")
  }

  @Test func `a rate of tests of which none counts is missing, and says so`() {
    let run = run(
      [atLeast("pass_rate", 0.8)], metrics: ["tests": 3, "quarantined": 2, "skipped": 1], otherwise: .branch)
    run.runToEnd()
    #expect(
      run.reason("gate")
        == "refused: pass_rate is missing: of 3 tests none counts, they were skipped or are in quarantine")
  }

  @Test func `a bound on the baseline is a factor and an offset of the last good run`() {
    let requirement = Requirement(
      metric: "metric.p95_ms", comparison: .atMost, bound: .baseline(factor: 1.1, offset: 5))
    let run = run([requirement], metrics: ["p95_ms": 116], otherwise: .branch)
    run.baseline = ["metric.p95_ms": 100]
    run.runToEnd()
    #expect(run.reason("gate") == "refused: p95_ms = 116, required <= baseline * 1.1 + 5 (115): test 116")
  }

  @Test func `without a baseline yet, a bound on it holds`() {
    let requirement = Requirement(metric: "p95_ms", comparison: .atMost, bound: .baseline(factor: 1, offset: 0))
    let run = run([requirement], metrics: ["p95_ms": 116])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.machine.facts.verdicts["gate"]?.findings == ["p95_ms = 116, with no baseline yet"])
  }

  @Test func `a check function may refuse with a reason, fail its gate or halt the run`() {
    let check = Callback(id: 1, digest: "f")
    let refusing = run([], metrics: [:], otherwise: .branch, check: check)
    refusing.check = { _ in .no(reason: "not today") }
    refusing.runToEnd()
    #expect(refusing.reason("gate") == "refused: not today")
    let measured = run([atLeast("score", 5)], metrics: ["score": 7], check: check)
    measured.check = { _ in .no(reason: nil) }
    measured.runToEnd()
    #expect(measured.reason("gate") == "refused: its check said no", "what was met is not what it refused for")
    let failing = run([], metrics: [:], otherwise: .branch, check: check)
    failing.check = { _ in .fail("broken") }
    #expect(failing.runToEnd() == .failed)
    #expect(failing.reason("gate") == "broken")
    let halting = run([], metrics: [:], otherwise: .branch, check: check)
    halting.check = { _ in .halt("enough") }
    #expect(halting.runToEnd() == .halted)
  }

  private func verdict(
    _ metric: String, _ comparison: Requirement.Comparison, _ bound: Double, _ sources: [[String: Double]]
  ) -> GateVerdict {
    let requirement = Requirement(metric: metric, comparison: comparison, bound: .number(bound))
    return GateEvaluation.verdict(
      gate: "g", spec: GateSpec(require: [requirement]), sources: sources.map { .init(metrics: $0) }, baseline: [:])
  }

  @Test func `counts of tests are summed over steps, and rates are made of the sums`() {
    let sources = [["tests": 10.0, "failed": 2, "skipped": 2], ["tests": 12.0, "failed": 0, "flaky": 2]]
    #expect(verdict("tests", .equal, 22, sources).passed)
    #expect(verdict("pass_rate", .equal, 0.9, sources).passed)
    #expect(verdict("flaky_rate", .equal, 0.1, sources).passed)
  }

  @Test func `of another metric that several steps report, the worst for the comparison counts`() {
    let sources = [["coverage": 0.7], ["coverage": 0.9]]
    #expect(!verdict("coverage", .atLeast, 0.8, sources).passed)
    #expect(!verdict("coverage", .atMost, 0.8, sources).passed)
    #expect(!verdict("coverage", .equal, 0.7, sources).passed)
  }

  @Test(arguments: [
    (Requirement.Comparison.atLeast, true, true, false), (.atMost, false, true, true), (.equal, false, true, false),
    (.notEqual, true, false, true), (.more, true, false, false), (.less, false, false, true),
  ])
  func `comparisons hold as they are written`(comparison: Requirement.Comparison, above: Bool, equal: Bool, below: Bool)
  {
    #expect(verdict("m", comparison, 1, [["m": 2]]).passed == above)
    #expect(verdict("m", comparison, 1, [["m": 1]]).passed == equal)
    #expect(verdict("m", comparison, 1, [["m": 0]]).passed == below)
  }

  @Test func `duration is from the first start to the last end`() {
    let sources = [(0, 10), (5, 30)].map { start, end in
      GateEvaluation.Source(
        metrics: [:], started: Instant(milliseconds: start * 1000), ended: Instant(milliseconds: end * 1000))
    }
    let requirement = Requirement(metric: "duration", comparison: .atMost, bound: .number(29))
    let verdict = GateEvaluation.verdict(
      gate: "g", spec: GateSpec(require: [requirement]), sources: sources, baseline: [:])
    #expect(verdict.findings == ["duration = 30, required <= 29"])
    #expect(!verdict.passed)
  }

  @Test func `what passes until a run is resumed is no part of a duration`() {
    func moment(_ second: Int64) -> Instant { Instant(milliseconds: second * 1000) }
    let seen = Observations(time: moment(0), seed: 1)
    let resumed = Record.runResumed(RunResumed(by: "ann", digest: "d", observations: seen))
    let records: [(Int64, Record)] = [
      (
        0,
        .runStarted(
          RunStarted(
            workflow: "w", file: "/w.lua", digest: "d", params: [:], observations: seen, by: "ann",
            options: RunOptions()))
      ), (10, .runEnded(.failed, reason: nil)), (3610, resumed), (3620, .runEnded(.failed, reason: nil)),
      (3720, resumed),
    ]
    var facts = RunFacts()
    for (number, (second, record)) in records.enumerated() {
      facts.apply(StampedRecord(seq: Int64(number + 1), time: moment(second), record: record))
    }
    #expect([5, 10, 3612, 3725].map { facts.driven(moment($0)) } == [5, 10, 12, 25].map(moment))
  }
}
