import BatonModel

/// What one run of a workflow came to, as a point of its trends.
public struct TrendPoint: Sendable, Hashable {
  public var run: String
  public var status: RunStatus
  public var started: Instant
  /// nil: it has not ended.
  public var duration: Span?
  public var code: CodeState?
  public var tests: TestCounts
  /// Lines with code and those that were executed, over all steps; 0: nothing known.
  public var lines: Int
  public var coveredLines: Int
  /// Severity → count; empty: nothing was looked for.
  public var findings: [FindingSeverity: Int]

  public init(
    run: String, status: RunStatus, started: Instant, duration: Span? = nil, code: CodeState? = nil,
    tests: TestCounts = TestCounts(), lines: Int = 0, coveredLines: Int = 0, findings: [FindingSeverity: Int] = [:]
  ) {
    self.run = run
    self.status = status
    self.started = started
    self.duration = duration
    self.code = code
    self.tests = tests
    self.lines = lines
    self.coveredLines = coveredLines
    self.findings = findings
  }

  /// nil: no tests are known.
  public var testCount: Int? { tests.total > 0 ? tests.total : nil }
  public var failedCount: Int? { tests.total > 0 ? tests.failed : nil }
  public var flakyCount: Int? { tests.total > 0 ? tests.flaky : nil }
  /// In 0…1.
  public var passRate: Double? { tests.passRate }
  /// Flaky of executed, in 0…1.
  public var flakyRate: Double? { tests.flakyRate }
  /// In 0…1.
  public var coverage: Double? { lines > 0 ? Double(coveredLines) / Double(lines) : nil }
}
