import BatonModel

/// The plan of a run as its records tell it: what it was when the run was driven last, whatever has become of the script since.
/// Its steps run nothing: it is for looking at.
public struct RecordedPlan: Sendable {
  /// nil where it is not on record: nothing was recorded, or an older Baton drove the run.
  public private(set) var plan: Plan?
  private var workflow = WorkflowSpec(name: "", file: "")
  /// The nodes of the plans before, the newest last.
  private var earlier: [[Node]] = []
  /// Steps and gates whose ends a resumed run left as they were.
  private var settled: Set<String> = []
  /// Of the plan's nodes; made when it is needed.
  private var index: [String: NodeIndex]?

  public init(_ records: some Sequence<StampedRecord>) {
    for record in records { apply(record.record) }
  }

  private mutating func apply(_ record: Record) {
    switch record {
    case .runStarted(let start):
      workflow = WorkflowSpec(name: start.workflow, file: start.file)
      plan = start.plan?.nodes().map { Plan(workflow: workflow, nodes: $0) }
    case .runResumed(let resumed):
      for step in resumed.invalidated.keys { settled.remove(step) }
      settled.formUnion(resumed.set.keys)
      settled.formUnion(resumed.skipped)
      switch resumed.plan {
      case .asBefore: break
      case .untold: replace(by: nil)
      case .anew(let shape): replace(by: shape.nodes())
      }
    case .expanded(let group, _, let cells):
      if let cells { expand(group, cells) }
    case .stepEnded(let end):
      if end.isSettled { settled.insert(end.step) } else { settled.remove(end.step) }
    default: break
    }
  }

  private mutating func replace(by nodes: [Node]?) {
    index = nil
    if let plan { earlier.append(plan.nodes) }
    plan = nodes.map { Plan(workflow: workflow, nodes: $0) }
  }

  private mutating func expand(_ group: String, _ cells: PlanShape) {
    guard var plan else { return }
    var index = index ?? plan.indexByName()
    defer { self.index = index }
    guard let position = index[group], var spec = plan.nodes[position].group, spec.pending != nil,
      let made = cells.cells(behind: plan.nodes, group: position, index: index)
    else { return }
    for (offset, node) in made.nodes.enumerated() { index[node.name] = plan.nodes.count + offset }
    spec.members = made.members
    spec.pending = nil
    plan.nodes[position].kind = .group(spec)
    plan.nodes += made.nodes
    self.plan = plan
  }

  /// What the record of a resumption says of a plan.
  public func change(to plan: Plan) -> RunResumed.Planned {
    let shape = PlanShape(plan)
    return self.plan.map { PlanShape($0) } == shape ? .asBefore : .anew(shape)
  }

  /// The plan, with steps that it no longer has, but that succeeded when the run was driven before: they wait for what they
  /// waited for then.
  public var shown: Plan? {
    guard var plan, !earlier.isEmpty, !settled.isEmpty else { return plan }
    var index = plan.indexByName()
    for nodes in earlier.reversed() { add(nodes, to: &plan, &index) }
    return plan
  }

  private func add(_ nodes: [Node], to plan: inout Plan, _ index: inout [String: NodeIndex]) {
    var isAdded = [Bool](repeating: false, count: nodes.count)
    for position in nodes.indices where nodes[position].group == nil && settled.contains(nodes[position].name) {
      // With the groups around it that are gone, too.
      var next: NodeIndex? = position
      while let node = next, !isAdded[node], index[nodes[node].name] == nil {
        isAdded[node] = true
        next = nodes[node].parent
      }
    }
    let first = plan.nodes.count
    let added = nodes.indices.filter { isAdded[$0] }
    for (offset, position) in added.enumerated() { index[nodes[position].name] = first + offset }
    for position in added {
      var node = nodes[position]
      node.dependencies = node.dependencies.compactMap { index[nodes[$0].name] }
      node.parent = node.parent.flatMap { index[nodes[$0].name] }
      if case .group(var group) = node.kind {
        group.members = group.members.compactMap { isAdded[$0] ? index[nodes[$0].name] : nil }
        group.pending = nil
        node.kind = .group(group)
      }
      plan.nodes.append(node)
    }
    for member in first..<plan.nodes.count {
      guard let parent = plan.nodes[member].parent, parent < first,
        case .group(var group) = plan.nodes[parent].kind
      else { continue }
      group.members.append(member)
      plan.nodes[parent].kind = .group(group)
    }
  }
}
