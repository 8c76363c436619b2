import BatonModel

/// What an analysis found in a run, and since when it is known.
public struct KnownFinding: Sendable, Hashable {
  public var step: String
  public var finding: Finding
  /// The first run in which the same was found.
  public var firstRun: String
  public var firstSeen: Instant
  /// Runs in which it was found, the first one among them.
  public var runs: Int

  public init(step: String, finding: Finding, firstRun: String, firstSeen: Instant, runs: Int) {
    self.step = step
    self.finding = finding
    self.firstRun = firstRun
    self.firstSeen = firstSeen
    self.runs = runs
  }

  /// Of tool, rule, file and message without what differs from time to time: code that moves takes its findings along.
  public static func key(_ finding: Finding) -> Int64 {
    Int64(
      bitPattern: StableHash.word(
        finding.tool, finding.rule, finding.file ?? "", FailureSignature.masked(finding.message)))
  }
}
