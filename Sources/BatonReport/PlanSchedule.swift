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

  private var first: [Int32]
  private var successors: [Int32]
  private var predecessorCount: [Int32]

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

  /// How long it takes with so many steps at once: the steps are played through in the engine's order (longest remaining
  /// path first), each holding one slot.
  public func length(jobs: Int) -> Span {
    var waiting = predecessorCount
    var ready = Heap<Int64>()
    var running = Heap<Int64>()
    var now: Int64 = 0
    var free = max(1, jobs)
    var instant: [Int32] = []
    for point in waiting.indices where waiting[point] == 0 { instant.append(Int32(point)) }
    while true {
      while let raw = instant.popLast() {
        let point = Int(raw)
        for slot in Int(first[point])..<Int(first[point + 1]) {
          let to = Int(successors[slot])
          waiting[to] -= 1
          guard waiting[to] == 0 else { continue }
          let node = to >> 1
          if to & 1 == 1, expected[node] > 0 {
            ready.push(-remaining[node], Int32(to))
          } else {
            instant.append(Int32(to))
          }
        }
      }
      while free > 0, let (_, point) = ready.pop() {
        running.push(now + expected[Int(point) >> 1], point)
        free -= 1
      }
      guard let (end, point) = running.pop() else { return Span(nanoseconds: now) }
      now = end
      free += 1
      instant.append(point)
    }
  }
}

/// A binary heap of points, the smallest key first; equal keys by point.
private struct Heap<Key: Comparable> {
  private var items: [(key: Key, point: Int32)] = []

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    items[left].key < items[right].key
      || (items[left].key == items[right].key && items[left].point < items[right].point)
  }

  mutating func push(_ key: Key, _ point: Int32) {
    items.append((key, point))
    var child = items.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> (Key, Int32)? {
    guard let top = items.first else { return nil }
    let last = items.removeLast()
    if !items.isEmpty {
      items[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [parent * 2 + 1, parent * 2 + 2] where child < items.count && isBefore(child, least) {
          least = child
        }
        if least == parent { break }
        items.swapAt(parent, least)
        parent = least
      }
    }
    return (top.key, top.point)
  }
}
