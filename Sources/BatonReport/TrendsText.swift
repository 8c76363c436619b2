import BatonCore
import BatonModel

/// `baton tests trends`: what the runs of a workflow came to, one after the other.
public enum TrendsText {
  static func json(_ point: TrendPoint) -> Value {
    func count(_ number: Int?) -> Value { number.map { .integer(Int64($0)) } ?? .null }
    func rate(_ number: Double?) -> Value { number.map { .number($0) } ?? .null }
    return [
      "run": .string(point.run), "started": .string(point.started.rfc3339), "status": .string(point.status.rawValue),
      "commit": point.code.map { .string($0.commit) } ?? .null,
      "branch": point.code?.branch.map { .string($0) } ?? .null,
      "duration_ms": point.duration.map { .integer($0.milliseconds) } ?? .null, "tests": count(point.testCount),
      "failed": count(point.failedCount), "flaky": count(point.flakyCount), "pass_rate": rate(point.passRate),
      "flaky_rate": rate(point.flakyRate), "coverage": rate(point.coverage),
      "findings": .map(
        Dictionary(
          point.findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first })),
    ]
  }
}
