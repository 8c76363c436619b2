import BatonModel

/// Finds what waits for itself.
///
/// A group opens once its own dependencies have ended, its members start once it is open, and it ends when its members
/// have. So each node is two points, its start and its end, and an arrow leads from a point to what it waits for.
public struct GraphCheck {
  /// Point 2i is the start of node i, point 2i + 1 its end.
  private var offsets: [Int32]
  private var targets: [Int32]

  public init(_ nodes: [Node]) {
    var counts = [Int32](repeating: 0, count: nodes.count * 2 + 1)
    Self.forEachArrow(in: nodes) { from, _ in counts[from + 1] += 1 }
    for point in 1..<max(1, counts.count) { counts[point] += counts[point - 1] }
    offsets = counts
    targets = [Int32](repeating: 0, count: Int(counts.last ?? 0))
    var next = counts
    var filled = targets
    Self.forEachArrow(in: nodes) { from, to in
      filled[Int(next[from])] = Int32(to)
      next[from] += 1
    }
    targets = filled
  }

  private static func forEachArrow(in nodes: [Node], _ visit: (Int, Int) -> Void) {
    for index in nodes.indices {
      visit(2 * index + 1, 2 * index)
      for dependency in nodes[index].dependencies where nodes.indices.contains(dependency) {
        visit(2 * index, 2 * dependency + 1)
      }
      if let parent = nodes[index].parent, nodes.indices.contains(parent) { visit(2 * index, 2 * parent) }
      if let group = nodes[index].group {
        for member in group.members where nodes.indices.contains(member) { visit(2 * index + 1, 2 * member + 1) }
      }
    }
  }

  /// The cycles, one for each knot of nodes that wait for each other: nodes in order, each waits for the next, the last for
  /// the first. Empty: everything can end. Time and memory are linear in nodes and dependencies.
  public func cycles() -> [[NodeIndex]] {
    let suspects = pointsOnOrBelowCycles()
    guard suspects.contains(true) else { return [] }
    return knots(among: suspects).compactMap(shortestCycle)
  }

  private func arrows(from point: Int) -> ArraySlice<Int32> { targets[Int(offsets[point])..<Int(offsets[point + 1])] }

  /// Kahn's algorithm: takes away point after point that nothing waits for; what stays is on a cycle, or a cycle waits for it.
  private func pointsOnOrBelowCycles() -> [Bool] {
    let count = offsets.count - 1
    var incoming = [Int32](repeating: 0, count: count)
    for target in targets { incoming[Int(target)] += 1 }
    var left = [Bool](repeating: true, count: count)
    var queue = incoming.indices.filter { incoming[$0] == 0 }
    while let point = queue.popLast() {
      left[point] = false
      for target in arrows(from: point) {
        incoming[Int(target)] -= 1
        if incoming[Int(target)] == 0 { queue.append(Int(target)) }
      }
    }
    return left
  }

  /// Strongly connected components with more than one point or an arrow to itself (Tarjan 1972, without recursion).
  private func knots(among candidates: [Bool]) -> [Set<Int>] {
    let count = candidates.count
    var order = [Int](repeating: -1, count: count)
    var low = [Int](repeating: 0, count: count)
    var isOpen = [Bool](repeating: false, count: count)
    var open: [Int] = []
    var counter = 0
    var found: [Set<Int>] = []
    for root in 0..<count where candidates[root] && order[root] < 0 {
      var work: [(point: Int, next: Int)] = []
      func enter(_ point: Int) {
        order[point] = counter
        low[point] = counter
        counter += 1
        open.append(point)
        isOpen[point] = true
        work.append((point, Int(offsets[point])))
      }
      enter(root)
      while let (point, next) = work.last {
        if next < Int(offsets[point + 1]) {
          work[work.count - 1].next += 1
          let target = Int(targets[next])
          guard candidates[target] else { continue }
          if order[target] < 0 { enter(target) } else if isOpen[target] { low[point] = min(low[point], order[target]) }
          continue
        }
        work.removeLast()
        if let parent = work.last?.point { low[parent] = min(low[parent], low[point]) }
        guard low[point] == order[point] else { continue }
        var knot = Set<Int>()
        while let member = open.popLast() {
          isOpen[member] = false
          knot.insert(member)
          if member == point { break }
        }
        if knot.count > 1 || arrows(from: point).contains(Int32(point)) { found.append(knot) }
      }
    }
    return found.sorted { ($0.min() ?? 0) < ($1.min() ?? 0) }
  }

  /// Breadth-first from the knot's first point back to itself.
  private func shortestCycle(in knot: Set<Int>) -> [NodeIndex]? {
    guard let start = knot.min() else { return nil }
    var previous: [Int: Int] = [:]
    var queue = [start]
    var head = 0
    while head < queue.count {
      let point = queue[head]
      head += 1
      for target in arrows(from: point).map(Int.init) where knot.contains(target) {
        if target == start {
          var path = [point]
          while let last = path.last, last != start, let before = previous[last] { path.append(before) }
          return Self.nodes(on: path.reversed())
        }
        if previous[target] == nil {
          previous[target] = point
          queue.append(target)
        }
      }
    }
    return nil
  }

  private static func nodes(on path: [Int]) -> [NodeIndex] {
    var nodes: [NodeIndex] = []
    for point in path where nodes.last != point / 2 { nodes.append(point / 2) }
    if nodes.count > 1, nodes.first == nodes.last { nodes.removeLast() }
    return nodes
  }
}
