import BatonModel

/// The order that the dependencies and groups of a plan impose, and lengths of paths through it.
///
/// Every node is two points: where it may start and where it has ended (the same for a step). A group's members lie between.
public struct Topology: Sendable {
  /// Steps and gates that depend on a node (or, for a group, on all its members), by node.
  public private(set) var dependents: [[NodeIndex]]
  /// Nodes in an order in which dependencies come first, and groups before their members; nodes on a cycle are missing.
  public private(set) var order: [NodeIndex] = []

  public init(_ nodes: [Node]) {
    dependents = Array(repeating: [], count: nodes.count)
    for index in nodes.indices {
      for dependency in nodes[index].dependencies { dependents[dependency].append(index) }
    }
    // The successors of point p are `successors[first[p]..<first[p + 1]]`.
    let points = nodes.count * 2
    var first = [Int32](repeating: 0, count: points + 1)
    var waiting = [Int32](repeating: 0, count: points)
    Self.edges(nodes) { from, to in
      first[from + 1] += 1
      waiting[to] += 1
    }
    for point in 0..<points { first[point + 1] += first[point] }
    var place = first
    var successors = [Int32](repeating: 0, count: Int(first[points]))
    Self.edges(nodes) { from, to in
      successors[Int(place[from])] = Int32(to)
      place[from] += 1
    }
    var ready = (0..<points).filter { waiting[$0] == 0 }.map(Int32.init)
    var head = 0
    order.reserveCapacity(nodes.count)
    while head < ready.count {
      let point = Int(ready[head])
      head += 1
      if point.isMultiple(of: 2) { order.append(point / 2) }
      for next in successors[Int(first[point])..<Int(first[point + 1])] {
        waiting[Int(next)] -= 1
        if waiting[Int(next)] == 0 { ready.append(next) }
      }
    }
  }

  /// What comes before what, by points. Point 2n: start of n; point 2n+1: end of n.
  private static func edges(_ nodes: [Node], _ edge: (_ from: Int, _ to: Int) -> Void) {
    for index in nodes.indices {
      edge(index * 2, index * 2 + 1)
      for dependency in nodes[index].dependencies { edge(dependency * 2 + 1, index * 2) }
      if let parent = nodes[index].parent {
        edge(parent * 2, index * 2)
        edge(index * 2 + 1, parent * 2 + 1)
      }
    }
  }

  /// For each node, the longest time from its start to the end of everything that waits for it.
  ///
  /// - Parameter duration: of a step, in any unit.
  public func remainingPaths(_ nodes: [Node], duration: (NodeIndex) -> Double) -> [Double] {
    // From the end of a node on; `order` puts dependencies and groups first, so its reverse sees followers first. A group's
    // end is seen before its members in that walk only if it is worked out on demand, from the group outwards.
    var path = [Double](repeating: 0, count: nodes.count)
    var afterEnd = [Double](repeating: -1, count: nodes.count)
    func behind(_ index: NodeIndex) -> Double {
      if afterEnd[index] >= 0 { return afterEnd[index] }
      var longest = 0.0
      for dependent in dependents[index] { longest = max(longest, path[dependent]) }
      if let parent = nodes[index].parent { longest = max(longest, behind(parent)) }
      afterEnd[index] = longest
      return longest
    }
    for index in order.reversed() {
      let rest = behind(index)
      if nodes[index].group != nil {
        // From a group's start: its longest member, which has been worked out already.
        path[index] = max(path[index], rest)
      } else {
        path[index] = rest + duration(index)
      }
      if let parent = nodes[index].parent { path[parent] = max(path[parent], path[index]) }
    }
    return path
  }
}
