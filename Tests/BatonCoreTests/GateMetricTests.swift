import BatonCore
import BatonModel
import Testing

/// Each metric of a gate: with a value that passes, one that is refused, and without data.
@Suite struct GateMetricTests {
  typealias Past = GateEvaluation.Past

  private static func source(_ change: (inout ResultSummary) -> Void) -> GateEvaluation.Source {
    var summary = ResultSummary()
    change(&summary)
    return GateEvaluation.Source(metrics: summary.metrics, summary: summary)
  }

  private func verdict(
    _ metric: String, _ comparison: Requirement.Comparison, _ bound: Requirement.Bound,
    _ sources: [GateEvaluation.Source], _ past: Past = Past()
  ) -> GateVerdict {
    GateEvaluation.verdict(
      gate: "q", spec: GateSpec(require: [Requirement(metric: metric, comparison: comparison, bound: bound)]),
      sources: sources, past: past)
  }

  struct Row: Sendable, CustomStringConvertible {
    var metric: String
    var comparison: Requirement.Comparison
    var bound: Double
    var good: @Sendable (inout ResultSummary) -> Void
    var bad: @Sendable (inout ResultSummary) -> Void
    /// What the refusal names.
    var behind: String
    var description: String { metric }
  }

  static let rows: [Row] = [
    Row(
      metric: "tests", comparison: .atLeast, bound: 10, good: { $0.passed = 10 }, bad: { $0.passed = 9 }, behind: "9"),
    Row(metric: "passed", comparison: .atLeast, bound: 2, good: { $0.passed = 2 }, bad: { $0.passed = 1 }, behind: "1"),
    Row(
      metric: "failed", comparison: .atMost, bound: 0, good: { $0.passed = 2 },
      bad: {
        $0.failed = 12
        $0.failures = (1...12).map { "c.t\($0)" }
      }, behind: "c.t1, c.t2, c.t3, c.t4, c.t5, c.t6, c.t7, c.t8, c.t9, c.t10 and 2 more"),
    Row(
      metric: "skipped", comparison: .atMost, bound: 1, good: { $0.passed = 2 }, bad: { $0.skipped = 2 }, behind: "2"),
    Row(
      metric: "flaky", comparison: .atMost, bound: 0, good: { $0.passed = 2 },
      bad: {
        $0.passed = 2
        $0.flaky = 1
        $0.flakyCases = ["c.shaky"]
      }, behind: "c.shaky"),
    Row(
      metric: "pass_rate", comparison: .atLeast, bound: 0.98, good: { $0.passed = 100 },
      bad: {
        $0.passed = 9
        $0.failed = 1
        $0.failures = ["c.bad"]
      }, behind: "pass_rate = 0.9, required >= 0.98: c.bad"),
    Row(
      metric: "flaky_rate", comparison: .atMost, bound: 0.02, good: { $0.passed = 100 },
      bad: {
        $0.passed = 10
        $0.flaky = 1
        $0.flakyCases = ["c.shaky"]
      }, behind: "c.shaky"),
    Row(
      metric: "coverage", comparison: .atLeast, bound: 0.8, good: { ($0.lines, $0.coveredLines) = (10, 8) },
      bad: { ($0.lines, $0.coveredLines) = (10, 7) }, behind: "0.7"),
    Row(
      metric: "coverage.changed", comparison: .atLeast, bound: 0.9,
      good: { $0.changed = ChangedCoverage(base: "main", lines: 10, coveredLines: 9) },
      bad: { $0.changed = ChangedCoverage(base: "main", lines: 4, coveredLines: 1, gaps: ["a.py:3-5"]) },
      behind: "a.py:3-5"),
    Row(
      metric: "findings.high", comparison: .equal, bound: 0, good: { $0.findings = [.high: 0, .low: 3] },
      bad: {
        $0.findings = [.high: 1, .low: 1]
        $0.worstFindings = ["high: B608 app.py:12 SQL", "low: X"]
      }, behind: "high: B608 app.py:12 SQL"),
    Row(
      metric: "findings", comparison: .atMost, bound: 2, good: { $0.findings = [.low: 2] },
      bad: { $0.findings = [.low: 2, .note: 1] }, behind: "3"),
    Row(
      metric: "metric.p95_ms", comparison: .atMost, bound: 100, good: { $0.measurements = ["p95_ms": 99] },
      bad: { $0.measurements = ["p95_ms": 101] }, behind: "101"),
    Row(
      metric: "risk", comparison: .atMost, bound: 0.3, good: { $0.passed = 10 },
      bad: {
        $0.passed = 10
        $0.findings = [.critical: 1]
      }, behind: "risk = 0.5"),
  ]

  @Test(arguments: rows) func `a metric that holds lets pass`(row: Row) {
    let verdict = verdict(row.metric, row.comparison, .number(row.bound), [Self.source(row.good)])
    #expect(verdict.passed, "\(verdict.findings)")
    #expect(verdict.measured[row.metric] != nil)
  }

  @Test(arguments: rows) func `a metric that does not hold is refused, with what is behind it`(row: Row) {
    let verdict = verdict(row.metric, row.comparison, .number(row.bound), [Self.source(row.bad)])
    #expect(!verdict.passed)
    #expect(verdict.findings.first?.contains(row.behind) == true, "\(verdict.findings)")
  }

  @Test(arguments: rows) func `a metric without data is refused, and said to be missing`(row: Row) {
    let verdict = verdict(row.metric, row.comparison, .number(row.bound), [])
    #expect(!verdict.passed)
    #expect(verdict.findings.first?.contains("is missing") == true, "\(verdict.findings)")
  }

  @Test func `new failures: none, some with their names, and no run to compare with`() {
    let tests = Self.source { $0.passed = 1 }
    func judge(_ new: GateEvaluation.NewFailures?) -> GateVerdict {
      verdict("new_failures", .equal, .number(0), [tests], Past(newFailures: new))
    }
    #expect(judge(.init(count: 0, cases: [], run: "r1")).passed)
    #expect(judge(.init(count: 1, cases: ["c.x"], run: "r1")).findings == ["new_failures = 1, required == 0: c.x"])
    #expect(judge(nil).findings.first?.contains("no earlier run") == true)
  }

  @Test func `changed lines that git cannot tell are missing with the reason`() {
    let source = Self.source { $0.changed = ChangedCoverage(base: "", problem: "git is not installed") }
    #expect(
      verdict("coverage.changed", .atLeast, .number(0.9), [source]).findings
        == ["coverage.changed is missing: git is not installed"])
  }

  // MARK: Baselines

  private func judge(_ value: Double, _ before: [Double]) -> GateVerdict {
    verdict(
      "metric.p95", .atMost, .baseline(factor: 1.1, offset: 0), [Self.source { $0.measurements = ["p95": value] }],
      Past(baselines: ["metric.p95": before]))
  }

  private let steady = (0..<20).map { 100 + Double($0 % 5) }

  @Test func `a value within the bound passes, and without a baseline every value does`() {
    #expect(judge(105, steady).passed)
    #expect(judge(900, []).passed)
  }

  @Test func `a regression of size and beyond chance is refused, with the numbers`() {
    let verdict = judge(130, steady)
    #expect(!verdict.passed)
    #expect(
      verdict.findings == [
        "p95 = 130, required <= baseline * 1.1 (112.2; median of 20 runs 102, +27.5 %, Mann-Whitney p = 0.048)"
      ])
  }

  @Test func `a large value among values as large is noise`() {
    let noisy = (0..<20).map { $0.isMultiple(of: 4) ? 150.0 : 100 }
    let verdict = judge(130, noisy)
    #expect(verdict.passed)
    #expect(verdict.findings.first?.contains("within the noise") == true)
  }

  @Test func `one earlier run is compared by size alone`() {
    #expect(judge(111, [100]).findings == ["p95 = 111, required <= baseline * 1.1 (110)"])
    #expect(judge(109, [100]).passed)
  }

  @Test func `sums that can only grow are lost once they exceed their limit`() {
    let spec = GateSpec(require: [Requirement(metric: "failed", comparison: .atMost, bound: .number(1))])
    #expect(!GateEvaluation.cannotPass(spec, sources: [Self.source { ($0.passed, $0.failed) = (1, 1) }]))
    #expect(GateEvaluation.cannotPass(spec, sources: [Self.source { ($0.passed, $0.failed) = (1, 2) }]))
    let rate = GateSpec(require: [Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(1))])
    #expect(!GateEvaluation.cannotPass(rate, sources: [Self.source { ($0.passed, $0.failed) = (1, 2) }]))
  }

  @Test func `a number of any size is refused as what it is`() {
    for number in [1e15, 1e19, 1e300, -1e300] {
      let source = GateEvaluation.Source(metrics: ["findings.critical": number])
      let found = verdict("findings.critical", .equal, .number(0), [source])
      #expect(!found.passed)
      #expect(found.findings.first?.hasPrefix("findings.critical = ") == true)
    }
  }

  @Test func `of a baseline below zero, a tenth more is nearer to zero`() {
    let regression = Regression(-100, [-100], .atMost, factor: 1.1)
    #expect(abs(regression.bound + 90) < 1e-9)
    #expect(!regression.exceeds)
    #expect(Regression(-80, [-100], .atMost, factor: 1.1).exceeds)
    #expect(abs(Regression(100, [100], .atMost, factor: 1.1).bound - 110) < 1e-9)
  }
}
