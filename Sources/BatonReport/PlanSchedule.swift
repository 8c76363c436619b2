import BatonModel

/// In which order a plan runs and how long that takes, as far as earlier runs tell.
///
/// Every node is two points, its start and its end; a group's members lie between. All tables are flat, so that a plan of a
/// hundred thousand steps costs milliseconds.
public struct PlanSchedule: Sendable {
  /// How many steps and gates must have ended before the node, one after the other; 0 for what starts at once.
  public private(set) var level: [Int32]
  /// Nodes in an order in which dependencies come first and groups before their members.
  public private(set) var order: [NodeIndex]
  /// Which nodes run at all.
  public let included: [Bool]
  /// How long each step is expected to take: what it last took, the mean of the others where that is not known; 0 for
  /// gates and groups; nanoseconds.
  public let expected: [Int64]
  /// How many steps have a duration from an earlier run.
  public let knownCount: Int
  /// How many steps there are.
  public let stepCount: Int
  /// From the node's start to the end of everything that waits for it; nanoseconds.
  public private(set) var remaining: [Int64]

  private(set) var first: [Int32]
  private(set) var successors: [Int32]
  private(set) var predecessorCount: [Int32]

  public init(_ plan: Plan, durations: [String: Span] = [:], included: [Bool]? = nil) {
    let nodes = plan.nodes
    let count = nodes.count
    let chosen = included ?? Array(repeating: true, count: count)
    self.included = chosen

    var expected = [Int64](repeating: 0, count: count)
    var known = 0
    var steps = 0
    var sum: Int64 = 0
    for index in 0..<count where chosen[index] && nodes[index].nodeKind == .step {
      steps += 1
      guard !durations.isEmpty, let span = durations[nodes[index].name] else {
        expected[index] = -1
        continue
      }
      expected[index] = span.nanoseconds
      known += 1
      sum += span.nanoseconds
    }
    let mean = known > 0 ? sum / Int64(known) : 0
    for index in 0..<count where expected[index] < 0 { expected[index] = mean }
    self.expected = expected
    knownCount = known
    stepCount = steps

    // Edges between points (2n: start, 2n + 1: end), counted, then placed.
    var outgoing = [Int32](repeating: 0, count: count * 2 + 1)
    var incoming = [Int32](repeating: 0, count: count * 2)
    func forEachEdge(_ visit: (Int, Int) -> Void) {
      for index in 0..<count {
        visit(index * 2, index * 2 + 1)
        for dependency in nodes[index].dependencies { visit(dependency * 2 + 1, index * 2) }
        if let parent = nodes[index].parent {
          visit(parent * 2, index * 2)
          visit(index * 2 + 1, parent * 2 + 1)
        }
      }
    }
    forEachEdge { from, to in
      outgoing[from] += 1
      incoming[to] += 1
    }
    var position: Int32 = 0
    for point in outgoing.indices {
      let size = outgoing[point]
      outgoing[point] = position
      position += size
    }
    var edges = [Int32](repeating: 0, count: Int(position))
    var next = outgoing
    forEachEdge { from, to in
      edges[Int(next[from])] = Int32(to)
      next[from] += 1
    }

    var depth = [Int32](repeating: 0, count: count * 2)
    var waiting = incoming
    var queue: [Int32] = []
    queue.reserveCapacity(count * 2)
    for point in 0..<count * 2 where waiting[point] == 0 { queue.append(Int32(point)) }
    var order: [NodeIndex] = []
    order.reserveCapacity(count)
    var head = 0
    while head < queue.count {
      let point = Int(queue[head])
      head += 1
      let node = point >> 1
      var reached = depth[point]
      if point & 1 == 0 {
        order.append(node)
      } else if chosen[node], nodes[node].group.map({ $0.pending != nil }) ?? true {
        reached += 1
        depth[point] = reached
      }
      for slot in Int(outgoing[point])..<Int(outgoing[point + 1]) {
        let to = Int(edges[slot])
        if depth[to] < reached { depth[to] = reached }
        waiting[to] -= 1
        if waiting[to] == 0 { queue.append(Int32(to)) }
      }
    }
    var rest = [Int64](repeating: 0, count: count * 2)
    for point in queue.reversed() {
      let point = Int(point)
      var longest: Int64 = 0
      for slot in Int(outgoing[point])..<Int(outgoing[point + 1]) { longest = max(longest, rest[Int(edges[slot])]) }
      rest[point] = point & 1 == 0 ? longest + expected[point >> 1] : longest
    }
    self.order = order
    level = (0..<count).map { depth[$0 * 2] }
    remaining = (0..<count).map { rest[$0 * 2] }
    first = outgoing
    successors = edges
    predecessorCount = incoming
  }

  /// How long it takes however many run at once.
  public var shortest: Span { Span(nanoseconds: remaining.max() ?? 0) }

  /// The chain of steps that takes ``shortest``, first to last.
  public func criticalPath(_ plan: Plan) -> [NodeIndex] {
    var path: [NodeIndex] = []
    var point = order.filter { included[$0] && plan.nodes[$0].group == nil }
      .max { remaining[$0] < remaining[$1] || (remaining[$0] == remaining[$1] && $0 > $1) }.map { $0 * 2 }
    while let current = point {
      if current & 1 == 0, expected[current >> 1] > 0 { path.append(current >> 1) }
      let wanted = current & 1 == 0 ? remaining[current >> 1] - expected[current >> 1] : restBehind(current)
      guard wanted > 0 else { break }
      point = (Int(first[current])..<Int(first[current + 1])).map { Int(successors[$0]) }
        .first { ($0 & 1 == 0 ? remaining[$0 >> 1] : restBehind($0)) == wanted }
    }
    return path
  }

  /// The longest path from the end of a node on.
  private func restBehind(_ point: Int) -> Int64 {
    var longest: Int64 = 0
    for slot in Int(first[point])..<Int(first[point + 1]) {
      let to = Int(successors[slot])
      longest = max(longest, to & 1 == 0 ? remaining[to >> 1] : restBehind(to))
    }
    return longest
  }
}
