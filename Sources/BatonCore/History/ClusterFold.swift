import BatonModel

/// Groups failures by their causes, one after the other.
public struct ClusterFold {
  private struct Group {
    var cluster: FailureCluster
    var members: [Int] = []
    /// Case without its cell → the cells in which it fails, in the order of ``order``.
    var cases: [TestIdentity: Set<String>] = [:]
    var order: [TestIdentity] = []
    var cells: Set<String> = []
  }

  private var groups: [Group] = []
  private var index: [Int64: Int] = [:]

  public init() {}

  /// - Parameter position: the caller's own number of the failure, for ``Found/members``.
  public mutating func add(
    _ key: Int64, message: @autoclosure () -> String, identity: TestIdentity, example: String?, position: Int = 0
  ) {
    let place: Int
    if let found = index[key] {
      place = found
    } else {
      place = groups.count
      index[key] = place
      groups.append(Group(cluster: FailureCluster(key: key, message: message(), count: 0, example: example)))
    }
    groups[place].cluster.count += 1
    groups[place].members.append(position)
    var bare = identity
    bare.cell = ""
    if groups[place].cases[bare] == nil { groups[place].order.append(bare) }
    groups[place].cases[bare, default: []].insert(identity.cell)
    if !identity.cell.isEmpty { groups[place].cells.insert(identity.cell) }
  }

  /// A cause, and the positions of its failures.
  public struct Found {
    public var cluster: FailureCluster
    public var members: [Int]
  }

  /// The most frequent first, of equals the one that came first.
  public var found: [Found] {
    groups.enumerated().sorted {
      ($1.element.cluster.count, $0.offset) < ($0.element.cluster.count, $1.offset)
    }.map { _, group in
      var cluster = group.cluster
      cluster.caseCount = group.order.count
      cluster.cells = group.cells.count
      cluster.cases = group.order.prefix(FailureCluster.shownCases).map { Self.name($0, group.cases[$0] ?? []) }
      return Found(cluster: cluster, members: group.members)
    }
  }

  private static func name(_ bare: TestIdentity, _ cells: Set<String>) -> String {
    guard let cell = cells.first, cells.count == 1 else { return "\(bare.text) (\(cells.count) cells)" }
    var identity = bare
    identity.cell = cell
    return identity.text
  }
}
