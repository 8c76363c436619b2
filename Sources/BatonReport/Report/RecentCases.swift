import BatonModel

/// How the cases of a workflow ended in its last runs: what is flaky, and since when a cause is known.
///
/// A case is proven to be flaky by one run in which it failed and passed: the code was the same for certain. Over several runs
/// the code may have been edited in between, so that changes of the outcome make it suspected, and no more.
public struct RecentCases {
  public struct Run: Sendable {
    public var id: String
    public var started: Instant

    public init(id: String, started: Instant) {
      self.id = id
      self.started = started
    }
  }

  private struct Line {
    var step: String
    var title: String
    var statuses: [TestStatus] = []
    var isProven = false
  }

  private var runs: [Run] = []
  private var lines: [String: Line] = [:]
  private var causes: [FailureGrouping.Key: [Int]] = [:]

  /// A case is suspected when it changed at least so often from one run to the next…
  static let leastFlips = 3
  /// … which is at least so often of all times…
  static let leastFlipRate = 0.3
  /// … over at least so many runs.
  static let fewestRuns = 5

  public init() {}

  /// Runs are added oldest first.
  public mutating func add(_ run: Run, _ cases: [ReportCase]) {
    let number = runs.count
    runs.append(run)
    for item in cases {
      let outcome = item.outcome
      let key = [item.step, outcome.suite, outcome.className, outcome.name, outcome.parameters].joined(
        separator: "\u{0}")
      if outcome.status.isFailure {
        let cause = FailureGrouping.key(of: outcome)
        if causes[cause]?.last != number { causes[cause, default: []].append(number) }
      }
      guard outcome.status != .skipped else { continue }
      var line = lines[key] ?? Line(step: item.step, title: item.title)
      line.statuses.append(outcome.status)
      if item.isFlaky { line.isProven = true }
      lines[key] = line
    }
  }

  /// When the cause was first seen, and in how many runs; nil: in none of those that are known.
  public func sightings(of outcome: TestOutcome) -> (first: Run, runs: Int)? {
    guard let seen = causes[FailureGrouping.key(of: outcome)], let first = seen.first else { return nil }
    return (runs[first], seen.count)
  }

  /// Proven ones first, then by how often they flip.
  public var flaky: [FlakyEntry] {
    let entries = lines.values.compactMap { line -> FlakyEntry? in
      let failures = line.statuses.map(\.isFailure)
      let flips = zip(failures, failures.dropFirst()).count { $0 != $1 }
      let rate = failures.count > 1 ? Double(flips) / Double(failures.count - 1) : nil
      let isSuspected =
        failures.count >= Self.fewestRuns && flips >= Self.leastFlips && (rate ?? 0) >= Self.leastFlipRate
      guard line.isProven || isSuspected else { return nil }
      return FlakyEntry(
        step: line.step, title: line.title, isProven: line.isProven, flipRate: rate,
        passRate: Double(failures.count { !$0 }) / Double(max(1, failures.count)), executions: failures.count,
        recent: line.statuses)
    }
    return entries.sorted {
      ($0.isProven ? 0 : 1, -($0.flipRate ?? 0), $0.title, $0.step) < (
        $1.isProven ? 0 : 1, -($1.flipRate ?? 0), $1.title, $1.step
      )
    }
  }
}
