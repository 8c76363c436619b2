import BatonCore
import BatonModel
import Testing

/// Each metric of a gate: with a value that passes, one that is refused, and without data.
@Suite struct GateMetricTests {
  typealias Past = GateEvaluation.Past

  private static func source(_ change: (inout ResultSummary) -> Void) -> GateEvaluation.Source {
    var summary = ResultSummary()
    change(&summary)
    var source = GateEvaluation.Source(metrics: summary.metrics, summary: summary)
    source.step = "unit"
    return source
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

  static let rows: [Row] =
    [
      Row(
        metric: "tests", comparison: .atLeast, bound: 10, good: { $0.passed = 10 }, bad: { $0.passed = 9 },
        behind: "tests = 9, required >= 10: unit 9"),
      Row(
        metric: "passed", comparison: .atLeast, bound: 2, good: { $0.passed = 2 },
        bad: {
          ($0.passed, $0.failed, $0.skipped) = (1, 1, 1)
          ($0.failures, $0.skippedCases) = (["c.bad"], ["c.left"])
        }, behind: "passed = 1, required >= 2: c.bad, c.left"),
      Row(
        metric: "failed", comparison: .atMost, bound: 0, good: { $0.passed = 2 },
        bad: {
          $0.failed = 12
          $0.failures = (1...12).map { "c.t\($0)" }
        }, behind: "c.t1, c.t2, c.t3, c.t4, c.t5, c.t6, c.t7, c.t8, c.t9, c.t10 and 2 more"),
      Row(
        metric: "skipped", comparison: .atMost, bound: 1, good: { $0.passed = 2 },
        bad: { ($0.skipped, $0.skippedCases) = (3, ["c.left", "c.out"]) },
        behind: "skipped = 3, required <= 1: c.left, c.out and 1 more"),
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
        bad: { ($0.lines, $0.coveredLines, $0.leastCovered) = (10, 7, ["a.py: 3 of 4 lines not executed"]) },
        behind: "coverage = 0.7, required >= 0.8: a.py: 3 of 4 lines not executed"),
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
        bad: { ($0.findings, $0.worstFindings) = ([.low: 2, .note: 1], ["low: X a.py:1 y"]) },
        behind: "findings = 3, required <= 2: low: X a.py:1 y and 2 more"),
      Row(
        metric: "metric.p95_ms", comparison: .atMost, bound: 100, good: { $0.measurements = ["p95_ms": 99] },
        bad: { $0.measurements = ["p95_ms": 101] }, behind: "p95_ms = 101, required <= 100: unit 101"),
      Row(
        metric: "risk", comparison: .atMost, bound: 0.3, good: { $0.passed = 10 },
        bad: {
          ($0.passed, $0.failed, $0.failures) = (9, 1, ["c.bad"])
          ($0.findings, $0.worstFindings) = ([.critical: 1], ["critical: B1 a.py:2 x"])
        },
        behind: "risk = 0.55, required <= 0.3: failures 0.1 (c.bad), findings 0.5 (critical: B1 a.py:2 x)"),
    ]
    + FindingSeverity.allCases.filter { $0 != .high }.map { severity in
      Row(
        metric: "findings.\(severity.rawValue)", comparison: .atMost, bound: 0, good: { $0.findings = [severity: 0] },
        bad: {
          ($0.findings, $0.worstFindings) = ([severity: 2], ["\(severity.rawValue): R1 b.c:7 z", "high: other"])
        },
        behind: "findings.\(severity.rawValue) = 2, required <= 0: \(severity.rawValue): R1 b.c:7 z and 1 more")
    }

  /// Those that need more than a summary have tests of their own below.
  static let apart: Set<String> = ["duration", "new_failures"]

  @Test func `each metric has its rows: one that passes, one that is refused, one without data`() {
    let told = Set(Self.rows.map(\.metric)).union(Self.apart)
    #expect(told.symmetricDifference(Requirement.metrics) == ["metric.p95_ms"])
    // What a summary tells under a name of its own is listed.
    var full = ResultSummary()
    (full.passed, full.failed, full.skipped, full.flaky, full.lines, full.coveredLines) = (1, 1, 1, 1, 2, 1)
    full.findings = [.high: 1]
    full.changed = ChangedCoverage(base: "main", lines: 2, coveredLines: 1)
    #expect(Set(full.metrics.keys).isSubset(of: Requirement.metrics))
  }

  @Test func `what several steps tell is told once, with their number`() {
    func source(_ step: String, _ failures: [String]) -> GateEvaluation.Source {
      var source = Self.source {
        $0.failed = failures.count
        $0.failures = failures
      }
      source.step = step
      return source
    }
    let cells = [source("e2e[b=x]", ["c.one", "c.two"]), source("e2e[b=y]", ["c.one"])]
    #expect(
      verdict("failed", .atMost, .number(0), cells).findings == [
        "failed = 3, required <= 0: c.one (in 2 steps), c.two"
      ])
  }

  @Test func `duration: within the limit, beyond it with the longest steps, and of nothing that ran`() {
    func source(_ step: String, _ from: Int64, _ to: Int64) -> GateEvaluation.Source {
      var source = GateEvaluation.Source(
        metrics: [:], started: Instant(milliseconds: from * 1000), ended: Instant(milliseconds: to * 1000))
      source.step = step
      return source
    }
    let sources = [source("lint", 0, 5), source("e2e", 3, 63)]
    #expect(verdict("duration", .atMost, .number(63), sources).passed)
    #expect(
      verdict("duration", .atMost, .number(60), sources).findings == [
        "duration = 63, required <= 60: e2e 1m00s, lint 5.0s"
      ])
    #expect(verdict("duration", .atMost, .number(60), []).findings.first?.contains("is missing") == true)
  }

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
    #expect(
      judge(.init(count: 1, cases: ["c.x"], run: "r1")).findings == [
        "new_failures = 1, required == 0: c.x (against run r1)"
      ])
    #expect(judge(nil).findings.first?.contains("no earlier run") == true)
  }

  @Test func `a rate is out of reach when twice as many tests as ever were to come, and all that passed, would not do`()
  {
    let told = Self.source { ($0.passed, $0.failed, $0.flaky) = (8, 2, 2) }
    func cannot(_ metric: String, _ comparison: Requirement.Comparison, _ bound: Double, _ toCome: Int?) -> Bool {
      let requirement = Requirement(metric: metric, comparison: comparison, bound: .number(bound))
      return GateEvaluation.cannotPass(GateSpec(require: [requirement]), sources: [told], toCome: toCome)
    }
    // With 2 x 95 more, 198 of 200 pass: 0.99.
    #expect(!cannot("pass_rate", .atLeast, 0.99, 95))
    #expect(cannot("pass_rate", .atLeast, 0.99, 94))
    #expect(cannot("pass_rate", .more, 0.99, 95))
    #expect(!cannot("pass_rate", .atLeast, 0.99, nil), "nobody knows how many are to come")
    #expect(!cannot("flaky_rate", .atMost, 0.01, 95))
    #expect(cannot("flaky_rate", .atMost, 0.01, 94))
    #expect(!cannot("pass_rate", .atMost, 0.5, 0))
  }

  @Test func `what a step should have told makes a sum over others no number to judge`() {
    let known = Self.source { ($0.passed, $0.lines, $0.coveredLines) = (10, 10, 10) }
    var broken = Self.source {
      $0.passed = 1
      $0.gaps = [ResultGap(kind: .findings, reason: "scan.sarif:3: cut off")]
    }
    broken.step = "scan"
    #expect(verdict("pass_rate", .atLeast, .number(1), [known, broken]).passed)
    #expect(
      verdict("findings.high", .atMost, .number(0), [known, broken]).findings
        == ["findings.high is missing: scan: scan.sarif:3: cut off"])
    let counted = Self.source { $0.findings = [.high: 0] }
    #expect(!verdict("findings.high", .atMost, .number(0), [counted, broken]).passed)
    #expect(!verdict("risk", .atMost, .number(1), [known, broken]).passed)
    // Which names other files would have told, nobody knows.
    broken.summary?.gaps = [ResultGap(kind: .metrics, reason: "nothing matches \"bench.json\"")]
    let measured = Self.source { $0.measurements = ["p95_ms": 3] }
    #expect(verdict("metric.p95_ms", .atMost, .number(5), [measured, broken]).passed)
    #expect(
      verdict("metric.p95_ms", .atMost, .number(5), [broken]).findings
        == ["p95_ms is missing: scan: nothing matches \"bench.json\""])
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
        "p95 = 130, required <= baseline * 1.1 (112.2; median of 20 runs 102, +27.5 %, Mann-Whitney p = 0.048): unit 130"
      ])
  }

  @Test func `a large value among values as large is noise`() {
    let noisy = (0..<20).map { $0.isMultiple(of: 4) ? 150.0 : 100 }
    let verdict = judge(130, noisy)
    #expect(verdict.passed)
    #expect(verdict.findings.first?.contains("within the noise") == true)
  }

  @Test func `one earlier run is compared by size alone`() {
    #expect(judge(111, [100]).findings == ["p95 = 111, required <= baseline * 1.1 (110): unit 111"])
    #expect(judge(109, [100]).passed)
  }

  @Test func `sums that can only grow are lost once they exceed their limit`() {
    let spec = GateSpec(require: [Requirement(metric: "failed", comparison: .atMost, bound: .number(1))])
    #expect(!GateEvaluation.cannotPass(spec, sources: [Self.source { ($0.passed, $0.failed) = (1, 1) }]))
    #expect(GateEvaluation.cannotPass(spec, sources: [Self.source { ($0.passed, $0.failed) = (1, 2) }]))
    // More tests may come, and pass.
    let rate = GateSpec(require: [Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.9))])
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

  @Test func `a demand for improvement holds or does not, whatever chance may do`() {
    let before = (0..<12).map { 10 + Double($0 % 8) }
    for (comparison, factor) in [(Requirement.Comparison.atMost, 0.5), (.less, 0), (.atMost, -1), (.atLeast, 1.5)] {
      let regression = Regression(13, before, comparison, factor: factor)
      #expect(regression.isOne && regression.p == nil, "\(comparison) \(factor)")
    }
    #expect(!Regression(5, before, .atMost, factor: 0.5).exceeds)
    #expect(!Regression(14, before, .atMost, factor: 1).isOne, "of a bound at the baseline itself, chance is asked")
  }
}
