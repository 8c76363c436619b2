import BatonModel

/// A score of 0 to 100 and a grade for what a run measured, with the parts that it is made of.
///
/// `score = 100 · Σ weight · value / Σ weight` over the parts that something is known of:
///
/// | part | weight | value |
/// | --- | --- | --- |
/// | tests | 40 | passed of executed |
/// | steadiness | 20 | 1 − 10 · flaky of executed, at least 0 |
/// | coverage | 20 | lines executed of lines with code |
/// | findings | 20 | 0.5^(critical + high/4 + medium/16) |
///
/// A from 90, B from 80, C from 70, D from 60, F below. With a critical finding the grade is C at best. Without tests there is no
/// score: too little is known.
public struct Quality: Sendable, Hashable {
  public struct Part: Sendable, Hashable {
    public var name: String
    public var weight: Double
    /// In 0…1.
    public var value: Double
    /// What it was made from: `118 of 120 tests passed`.
    public var evidence: String

    public init(name: String, weight: Double, value: Double, evidence: String) {
      self.name = name
      self.weight = weight
      self.value = value
      self.evidence = evidence
    }
  }

  /// Those that something is known of.
  public var parts: [Part]
  /// In 0…100.
  public var score: Double
  /// `A`, `B`, `C`, `D` or `F`.
  public var grade: String
  /// What nothing is known of.
  public var unknown: [String]
  /// Whether a critical finding keeps the grade down.
  public var isCapped: Bool

  /// For people: how the parts become the grade.
  public static let formula =
    "Each part is 0 to 100, the score is their mean by weight over what is known: tests 40 (passed of executed), "
    + "steadiness 20 (100 less 10 for each per cent of flaky tests), coverage 20 (lines executed), findings 20 "
    + "(halved by each critical one, by 4 high or by 16 medium ones). A from 90, B from 80, C from 70, D from 60, "
    + "F below; with a critical finding C at best."

  /// nil where no test was executed.
  public init?(_ point: TrendPoint) {
    let tests = point.tests
    guard let passRate = tests.passRate, let flakyRate = tests.flakyRate else { return nil }
    let executed = tests.passed + tests.failed
    var parts = [
      Part(name: "tests", weight: 40, value: passRate, evidence: "\(tests.passed) of \(executed) tests passed"),
      Part(
        name: "steadiness", weight: 20, value: max(0, 1 - 10 * flakyRate),
        evidence: "\(tests.flaky) of \(executed) tests passed at a second try only"),
    ]
    var unknown: [String] = []
    if let coverage = point.coverage {
      parts.append(
        Part(
          name: "coverage", weight: 20, value: coverage,
          evidence: "\(point.coveredLines) of \(point.lines) lines executed"))
    } else {
      unknown.append("coverage")
    }
    func count(_ severity: FindingSeverity) -> Int { point.findings[severity] ?? 0 }
    let risk = Risk(
      tests: nil, failed: nil, skipped: nil, flaky: nil, changed: nil, critical: Double(count(.critical)),
      high: Double(count(.high)), medium: Double(count(.medium)))
    if let risk, !point.findings.isEmpty {
      parts.append(
        Part(
          name: "findings", weight: 20, value: 1 - risk.findings,
          evidence: "\(count(.critical)) critical, \(count(.high)) high, \(count(.medium)) medium"))
    } else {
      unknown.append("findings")
    }
    self.parts = parts
    self.unknown = unknown
    let weights = parts.reduce(0) { $0 + $1.weight }
    score = 100 * parts.reduce(0) { $0 + $1.weight * $1.value } / weights
    let grades = [(90.0, "A"), (80, "B"), (70, "C"), (60, "D")]
    let (score, earned) = (score, grades.first { [score] in score >= $0.0 }?.1 ?? "F")
    isCapped = count(.critical) > 0 && earned < "C"
    grade = isCapped ? "C" : earned
    self.score = score
  }
}
