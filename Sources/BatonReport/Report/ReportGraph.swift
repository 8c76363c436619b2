import BatonModel

/// What a run's steps wait for, small enough to be drawn: groups of many members are one node each.
public struct ReportGraph: Sendable {
  public struct Node: Sendable {
    public var name: String
    public var kind: NodeKind
    /// Of a group that is one node: the one that tells most of its members.
    public var status: StepStatus
    /// Of a group that is one node: `12 steps: 11 succeeded, 1 failed`.
    public var detail: String?
  }

  public var nodes: [Node] = []
  /// Positions of nodes: the first must have ended before the second starts. What follows from others is left out.
  public var edges: [Edge] = []

  public struct Edge: Sendable, Hashable {
    public var from: Int
    public var to: Int
  }

  /// How many nodes are still read with pleasure.
  public static let limit = 120
  /// Groups with more members than this are drawn as one node.
  static let members = 8

  /// nil where there is nothing to draw or, groups drawn as one node each, more than ``limit`` nodes.
  public init?(_ plan: Plan, states: [String: StepStatus]) {
    var drawing = Drawing(plan, collapsing: { $0 > Self.members })
    if drawing.count > Self.limit { drawing = Drawing(plan, collapsing: { _ in true }) }
    guard (1...Self.limit).contains(drawing.count) else { return nil }
    nodes = drawing.nodes(states)
    edges = Self.reduced(drawing.edges(), count: nodes.count)
  }

  init(nodes: [Node], edges: [Edge]) {
    self.nodes = nodes
    self.edges = edges
  }

  /// Without the edges that longer ways imply.
  static func reduced(_ edges: Set<Edge>, count: Int) -> [Edge] {
    var next = [[Int]](repeating: [], count: count)
    for edge in edges where edge.from != edge.to { next[edge.from].append(edge.to) }
    /// Whether there is a way of at least two edges.
    func hasDetour(_ from: Int, _ to: Int) -> Bool {
      var seen = Set<Int>()
      var open = next[from].filter { $0 != to }
      while let node = open.popLast() {
        guard seen.insert(node).inserted else { continue }
        if next[node].contains(to) { return true }
        open += next[node]
      }
      return false
    }
    return edges.filter { $0.from != $0.to && !hasDetour($0.from, $0.to) }
      .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }
}

/// Which nodes of a plan are drawn, and for which others each of them stands.
private struct Drawing {
  let plan: Plan
  /// Node of the plan → the one that it is drawn as: itself, or the group around it. nil: a group that is drawn as its members.
  private var drawnAs: [NodeIndex?]
  private var drawn: [NodeIndex] = []
  private var position: [NodeIndex: Int] = [:]
  private var children: [[NodeIndex]]

  var count: Int { drawn.count }

  init(_ plan: Plan, collapsing: (Int) -> Bool) {
    self.plan = plan
    children = Array(repeating: [], count: plan.nodes.count)
    for (index, node) in plan.nodes.enumerated() { if let parent = node.parent { children[parent].append(index) } }
    drawnAs = Array(repeating: nil, count: plan.nodes.count)
    for index in plan.nodes.indices where plan.nodes[index].parent == nil { visit(index, inside: nil, collapsing) }
    drawn.sort()
    for (offset, index) in drawn.enumerated() { position[index] = offset }
  }

  private mutating func visit(_ root: NodeIndex, inside: NodeIndex?, _ collapsing: (Int) -> Bool) {
    // Groups may be nested as deep as a script likes: no recursion.
    var open: [(NodeIndex, NodeIndex?)] = [(root, inside)]
    while let (index, holder) = open.popLast() {
      var holder = holder
      if let holder {
        drawnAs[index] = holder
      } else if plan.nodes[index].group == nil || children[index].isEmpty || collapsing(children[index].count) {
        drawnAs[index] = index
        drawn.append(index)
        if plan.nodes[index].group != nil { holder = index }
      }
      for child in children[index] { open.append((child, holder)) }
    }
  }

  /// The drawn nodes that a node of the plan consists of.
  private func parts(_ index: NodeIndex) -> [Int] {
    var parts: [Int] = []
    var open = [index]
    while let node = open.popLast() {
      if let holder = drawnAs[node] {
        if let place = position[holder] { parts.append(place) }
      } else {
        open += children[node]
      }
    }
    return parts
  }

  func edges() -> Set<ReportGraph.Edge> {
    var edges = Set<ReportGraph.Edge>()
    for (index, node) in plan.nodes.enumerated() where !node.dependencies.isEmpty {
      let targets = parts(index)
      for source in node.dependencies.flatMap(parts) {
        for target in targets { edges.insert(ReportGraph.Edge(from: source, to: target)) }
      }
    }
    return edges
  }

  func nodes(_ states: [String: StepStatus]) -> [ReportGraph.Node] {
    drawn.map { index in
      let node = plan.nodes[index]
      let status = states[node.name] ?? .pending
      guard node.group != nil else { return ReportGraph.Node(name: node.name, kind: node.nodeKind, status: status) }
      var counts: [StepStatus: Int] = [:]
      var open = children[index]
      while let member = open.popLast() {
        if plan.nodes[member].group == nil { counts[states[plan.nodes[member].name] ?? .pending, default: 0] += 1 }
        open += children[member]
      }
      let total = counts.values.reduce(0, +)
      let worst = CountsText.order.first { counts[$0, default: 0] > 0 } ?? status
      let detail = "\(ReportNumbers.count(total, "step")): \(CountsText.text(counts))"
      return ReportGraph.Node(name: node.name, kind: .group, status: worst, detail: total == 0 ? "no steps" : detail)
    }
  }
}
