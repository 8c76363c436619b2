import BatonCore
import BatonModel

/// Several failures with one cause.
public struct FailureCause: Sendable, Hashable {
  /// What they have in common, and where it came from.
  public var cluster: FailureCluster
  public var type: String?
  /// Positions in ``ReportData/cases``; empty where the items of the results are lost.
  public var cases: [Int]
  /// The first lines of the stack that are no test's own, masked.
  public var stack: [String]

  public init(_ cluster: FailureCluster, type: String? = nil, cases: [Int] = [], stack: [String] = []) {
    self.cluster = cluster
    self.type = type
    self.cases = cases
    self.stack = stack
  }

  /// What all say alike as they say it, else with what differs masked.
  public var message: String { cluster.message.isEmpty ? "(no message)" : cluster.message }

  /// `214 failures of 12 tests in 4 cells`, `1 failure`.
  public var extent: String {
    var text = ReportNumbers.count(cluster.count, "failure")
    if cluster.caseCount != cluster.count || cluster.cells > 1 {
      text += " of \(ReportNumbers.count(cluster.caseCount, "test"))"
    }
    if cluster.cells > 1 { text += " in \(ReportNumbers.count(cluster.cells, "cell"))" }
    return text
  }

  /// The causes of the cases that failed, the most frequent first.
  public static func causes(_ cases: [ReportCase]) -> [FailureCause] {
    var fold = ClusterFold()
    for (index, item) in cases.enumerated() where item.outcome.status.isFailure {
      let signature = FailureSignature(item.outcome)
      fold.add(
        signature.key, message: signature.message, identity: TestIdentity(item.outcome, step: item.step),
        example: item.outcome.message, position: index)
    }
    return fold.found.map { found in
      var cluster = found.cluster
      guard let first = found.members.first.map({ cases[$0].outcome }) else { return FailureCause(cluster) }
      let messages = Set(found.members.prefix(200).map { cases[$0].outcome.message ?? "" })
      if messages.count == 1, let only = messages.first, !only.isEmpty, only.utf8.count <= 400 {
        cluster.message = only.harmless
      }
      return FailureCause(
        cluster, type: first.type.flatMap { $0.isEmpty ? nil : $0 }, cases: found.members,
        stack: FailureSignature(first).frames)
    }
  }

  /// Takes over what history knows of the causes, and adds those whose cases are lost.
  public static func joined(_ causes: [FailureCause], with known: [FailureCluster]) -> [FailureCause] {
    var rest = Dictionary(known.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var joined = causes
    for index in joined.indices {
      joined[index].cluster.history = rest.removeValue(forKey: joined[index].cluster.key)?.history
    }
    return joined + known.filter { rest[$0.key] != nil }.map { FailureCause($0) }
  }
}
