import BatonModel

/// What the tests of a run, or of a part of it, come to.
public struct TestCounts: Sendable, Hashable {
  public var passed = 0
  /// Failed and errored.
  public var failed = 0
  public var skipped = 0
  /// Failed first and passed later, in the same run.
  public var flaky = 0

  /// Failed, in quarantine: neither passed nor failed.
  public var quarantined = 0

  public init() {}

  public var total: Int { passed + failed + skipped + quarantined }

  /// Passed of those that were executed, in 0…1; nil where none was.
  public var passRate: Double? { passed + failed > 0 ? Double(passed) / Double(passed + failed) : nil }

  /// Flaky of those that were executed, in 0…1; nil where none was.
  public var flakyRate: Double? { passed + failed > 0 ? Double(flaky) / Double(passed + failed) : nil }

  public mutating func add(_ summary: ResultSummary) {
    passed += summary.passed
    failed += summary.failed
    skipped += summary.skipped
    flaky += summary.flaky
    quarantined += summary.quarantined
  }

  /// As `baton show --json` and events have them; rates that nothing is known of are `null`, and `quarantined` is there where
  /// there are any.
  public var fields: [String: Value] {
    guard quarantined > 0 else { return standardFields }
    return standardFields.merging(["quarantined": .integer(Int64(quarantined))]) { first, _ in first }
  }

  private var standardFields: [String: Value] {
    [
      "total": .integer(Int64(total)), "passed": .integer(Int64(passed)), "failed": .integer(Int64(failed)),
      "skipped": .integer(Int64(skipped)), "flaky": .integer(Int64(flaky)),
      "pass_rate": passRate.map { .number($0) } ?? .null, "flaky_rate": flakyRate.map { .number($0) } ?? .null,
    ]
  }
}
