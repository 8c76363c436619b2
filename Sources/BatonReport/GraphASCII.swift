import BatonCore
import BatonModel

/// `baton graph --format ascii`: from top to bottom, each step below what it waits for, with a line from the one to the other.
///
/// A line stands for what one step (or group) gives to all that wait for it; it branches off where one of them begins and
/// ends with the last. Groups are drawn as one, their members listed below them. Where there would be more than
/// ``GraphASCII/widest`` lines side by side, what a step waits for is written behind it instead.
public struct GraphASCII {
  let graph: GraphText
  let palette: Palette
  let members: [[NodeIndex]]
  let roots: [NodeIndex]
  /// What each node depends on, both lifted to what stands at the top.
  private var needs: [NodeIndex: [NodeIndex]] = [:]
  private var consumers: [NodeIndex: Int] = [:]

  static let widest = 16

  /// One of the lines that go down.
  private struct Lane {
    var source: NodeIndex
    var waiting: Int
  }

  private var lanes: [Lane?] = []
  private var text = ""
  private var isFlat = false

  public init(
    _ plan: Plan, states: [String: StepStatus]? = nil, palette: Palette = .plain,
    outlines: [NodeIndex: BodyOutline] = [:]
  ) {
    graph = GraphText(plan, states: states, outlines: outlines)
    self.palette = palette
    (members, roots) = graph.tree
    var top = Array(plan.nodes.indices)
    for root in roots {
      var work = members[root]
      while let member = work.popLast() {
        top[member] = root
        work += members[member]
      }
    }
    for index in plan.nodes.indices {
      for dependency in plan.nodes[index].dependencies where top[dependency] != top[index] {
        if needs[top[index]]?.contains(top[dependency]) != true {
          needs[top[index], default: []].append(top[dependency])
        }
      }
    }
    for sources in needs.values { for source in sources { consumers[source, default: 0] += 1 } }
  }

  public static func text(
    _ plan: Plan, states: [String: StepStatus]? = nil, palette: Palette = .plain,
    outlines: [NodeIndex: BodyOutline] = [:]
  ) -> String {
    if plan.nodes.isEmpty { return "\(plan.workflow.name): no steps\n" }
    var picture = GraphASCII(plan, states: states, palette: palette, outlines: outlines)
    if picture.draw() { return picture.text }
    picture = GraphASCII(plan, states: states, palette: palette, outlines: outlines)
    picture.isFlat = true
    _ = picture.draw()
    return picture.text
  }

  /// The nodes at the top in an order in which dependencies come first, else as they were declared.
  private func order() -> [NodeIndex] {
    var followers: [NodeIndex: [NodeIndex]] = [:]
    var waiting: [NodeIndex: Int] = [:]
    for root in roots {
      waiting[root] = needs[root]?.count ?? 0
      for need in needs[root] ?? [] { followers[need, default: []].append(root) }
    }
    var done: Set<NodeIndex> = []
    var order: [NodeIndex] = []
    var ready = Array(roots.filter { waiting[$0] == 0 }.reversed())
    while order.count < roots.count {
      // Groups whose members depend on each other crosswise have no order: the first of them is taken as it stands.
      guard let next = ready.popLast() ?? roots.first(where: { !done.contains($0) }) else { break }
      guard done.insert(next).inserted else { continue }
      order.append(next)
      // What has become ready comes next, so that lines stay short.
      for follower in (followers[next] ?? []).reversed() {
        waiting[follower, default: 0] -= 1
        if waiting[follower] == 0, !done.contains(follower) { ready.append(follower) }
      }
    }
    return order
  }

  /// Returns false when there are too many lines side by side.
  private mutating func draw() -> Bool {
    for root in order() {
      let column = isFlat ? 0 : connect(root)
      if lanes.count > Self.widest { return false }
      let waits = consumers[root] ?? 0
      row(root, at: column, prefix: "")
      if !isFlat { lanes[column] = waits > 0 ? Lane(source: root, waiting: waits) : nil }
      flow(of: root, at: column, indent: "")
      list(members[root], of: root, at: column, indent: "")
      while let last = lanes.last, last == nil { lanes.removeLast() }
    }
    return true
  }

  /// Draws the lines that lead to the node, and returns the column where it stands.
  private mutating func connect(_ node: NodeIndex) -> Int {
    let sources = Set(needs[node] ?? [])
    let joined = lanes.indices.filter { lanes[$0].map { sources.contains($0.source) } ?? false }
    let before = lanes.map { $0 != nil }
    for column in joined { lanes[column]?.waiting -= 1 }
    let ending = joined.filter { lanes[$0]?.waiting == 0 }
    let column: Int
    if let first = ending.first {
      column = first
    } else {
      // The first free place to the right of what leads here.
      column = lanes.indices.first { $0 > (joined.last ?? -1) && lanes[$0] == nil } ?? lanes.count
      if column == lanes.count { lanes.append(nil) }
    }
    if joined.contains(where: { $0 != column }) {
      let reach = joined + [column]
      let left = reach.min() ?? column
      let right = reach.max() ?? column
      var line = ""
      for position in lanes.indices {
        let isJoined = reach.contains(position)
        let up = position < before.count && before[position]
        let down = position == column || (up && !ending.contains(position))
        let inside = position > left && position < right
        line +=
          isJoined
          ? Self.corner(up: up, down: down, left: position > left, right: position < right)
          : up ? "│" : inside ? "─" : " "
        line += position >= left && position < right ? "─" : " "
      }
      add(palette(.dim, line.trimmedEnd))
    }
    for position in ending { lanes[position] = nil }
    return column
  }

  private static func corner(up: Bool, down: Bool, left: Bool, right: Bool) -> String {
    switch (up, down, left, right) {
    case (true, true, true, true): "┼"
    case (true, true, true, false): "┤"
    case (true, true, false, true): "├"
    case (true, false, true, true): "┴"
    case (true, false, true, false): "┘"
    case (true, false, false, true): "└"
    case (false, true, true, true): "┬"
    case (false, true, true, false): "┐"
    case (false, true, false, true): "┌"
    case (false, false, _, _): "─"
    case (_, _, false, false): "│"
    }
  }

  private mutating func add(_ line: String) { text += line + "\n" }

  /// The lines beside a row; nothing at `column`, which the caller fills.
  private func rails(_ column: Int, _ own: String) -> String {
    if isFlat { return own }
    return lanes.indices.map { position in
      position == column ? own + " " : palette(.dim, lanes[position] == nil ? " " : "│") + " "
    }.joined().trimmedEnd
  }

  private mutating func row(_ index: NodeIndex, at column: Int, prefix: String) {
    add("\(rails(column, mark(index))) \(title(index))\(isFlat ? waits(index) : "")")
  }

  private func mark(_ index: NodeIndex) -> String {
    let node = graph.plan.nodes[index]
    if let state = graph.state(of: node), node.group == nil { return StatusMark(state).text(palette) }
    return node.group != nil ? "▣" : node.gate != nil ? "◇" : "●"
  }

  private func title(_ index: NodeIndex) -> String {
    let node = graph.plan.nodes[index]
    // In full, as `--only` and `baton logs` take it.
    var title = node.name.harmless
    if let group = node.group {
      title = palette(.bold, title) + palette(.dim, " \(group.style.rawValue)")
      if let max = group.max { title += palette(.dim, ", at most \(max) at once") }
      if group.pending != nil {
        title += palette(.dim, ", cells come from \(PlanText.axes(of: group))")
      } else if members[index].isEmpty {
        title += palette(.dim, ", empty")
      }
    } else if let gate = node.gate {
      title += palette(.dim, " \(PlanText.conditions(of: gate))")
    }
    if let state = graph.state(of: node), node.group == nil { title += palette(.dim, " \(state.rawValue)") }
    return title
  }

  /// What a member waits for inside of its group, or a step where there are no lines.
  private func waits(_ index: NodeIndex) -> String {
    let names = graph.plan.nodes[index].dependencies.map { graph.plan.nodes[$0].name }
    return names.isEmpty ? "" : palette(.dim, "  ← \(names.joined(separator: ", "))")
  }

  private mutating func list(_ nodes: [NodeIndex], of group: NodeIndex, at column: Int, indent: String) {
    let own = isFlat ? " " : palette(.dim, lanes[column] == nil ? " " : "│")
    let isSequence = graph.plan.nodes[group].group?.style.isSequential == true
    for (position, member) in nodes.enumerated() {
      let isLast = position == nodes.count - 1
      let branch = isSequence ? "\(position + 1). " : isLast ? "└ " : "├ "
      // In a sequence the number says what a member waits for.
      let waiting = isSequence ? "" : waits(member)
      let state = graph.states != nil || graph.plan.nodes[member].nodeKind != .step ? mark(member) + " " : ""
      add("\(padRails(column, own)) \(indent)\(palette(.dim, branch))\(state)\(title(member))\(waiting)")
      let inner = indent + (isSequence || isLast ? "  " : palette(.dim, "│ "))
      flow(of: member, at: column, indent: inner)
      list(members[member], of: member, at: column, indent: inner)
    }
  }

  /// What a durable body would do, below its step.
  private mutating func flow(of node: NodeIndex, at column: Int, indent: String) {
    guard let outline = graph.outlines[node] else { return }
    let own = isFlat ? " " : palette(.dim, lanes[column] == nil ? " " : "│")
    for line in OutlineText.lines(outline, palette: palette) {
      add("\(padRails(column, own)) \(indent)  \(line)")
    }
  }

  private func padRails(_ column: Int, _ own: String) -> String {
    let text = rails(column, own)
    return text.isEmpty ? String(repeating: " ", count: isFlat ? 1 : lanes.count * 2 - 1) : text
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
