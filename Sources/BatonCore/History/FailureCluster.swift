import BatonModel

/// Failures of one cause.
public struct FailureCluster: Sendable, Hashable {
  public var key: Int64
  /// The message that they have in common, masked.
  public var message: String
  /// How many failures.
  public var count: Int
  /// The cases, each once, as people know them; at most ``shownCases``.
  public var cases: [String]
  /// How many cases there are.
  public var caseCount: Int
  /// A failure of it in full.
  public var example: String?
  /// Where it was first seen, and what has happened since; nil where history is not known.
  public var history: ClusterHistory?

  public static let shownCases = 10

  public init(
    key: Int64, message: String, count: Int, cases: [String] = [], caseCount: Int = 0, example: String? = nil,
    history: ClusterHistory? = nil
  ) {
    self.key = key
    self.message = message
    self.count = count
    self.cases = cases
    self.caseCount = caseCount
    self.example = example
    self.history = history
  }

  /// The failures among the outcomes, by their causes; the most frequent first, of equals the one that came first.
  public static func clusters(_ outcomes: some Sequence<(identity: TestIdentity, outcome: TestOutcome)>)
    -> [FailureCluster]
  {
    var clusters: [FailureCluster] = []
    var index: [Int64: Int] = [:]
    var known: [Int64: Set<TestIdentity>] = [:]
    for (identity, outcome) in outcomes where outcome.status.isFailure {
      let signature = FailureSignature(outcome)
      let position: Int
      if let found = index[signature.key] {
        position = found
      } else {
        position = clusters.count
        index[signature.key] = position
        clusters.append(
          FailureCluster(key: signature.key, message: signature.message, count: 0, example: outcome.message))
      }
      clusters[position].count += 1
      if known[signature.key, default: []].insert(identity).inserted {
        clusters[position].caseCount += 1
        if clusters[position].cases.count < shownCases { clusters[position].cases.append(identity.text) }
      }
    }
    return clusters.enumerated().sorted {
      $0.element.count != $1.element.count ? $0.element.count > $1.element.count : $0.offset < $1.offset
    }.map(\.element)
  }
}

/// Where a cause of failures was first seen, and what has happened since.
public struct ClusterHistory: Sendable, Hashable {
  public var key: Int64
  public var firstRun: String
  public var firstSeen: Instant
  /// The commit of that run, and of the run of the same workflow and branch before it: it came in between.
  public var firstCommit: String?
  public var commitBefore: String?
  /// Runs in which it was seen, the first one among them.
  public var runs: Int

  public init(
    key: Int64, firstRun: String, firstSeen: Instant, firstCommit: String? = nil, commitBefore: String? = nil, runs: Int
  ) {
    self.key = key
    self.firstRun = firstRun
    self.firstSeen = firstSeen
    self.firstCommit = firstCommit
    self.commitBefore = commitBefore
    self.runs = runs
  }

  /// `1a2b3c4..5d6e7f8`, or the commit alone; nil where none is known.
  public var range: String? {
    guard let firstCommit else { return nil }
    let last = String(firstCommit.prefix(10))
    guard let commitBefore, commitBefore != firstCommit else { return last }
    return "\(commitBefore.prefix(10))..\(last)"
  }
}
