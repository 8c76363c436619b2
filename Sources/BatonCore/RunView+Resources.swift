import BatonModel

extension RunView {
  /// What of the pool the steps hold that run, by name; memory in bytes. Empty where the plan is not known.
  ///
  /// - Parameter positions: of the steps that may run, in a view that began with its plan; nil: all.
  public func resourcesInUse(_ positions: [Int]? = nil) -> [String: Double] {
    guard let plan else { return [:] }
    var used: [String: Double] = [:]
    func add(_ node: Node) {
      guard node.nodeKind == .step else { return }
      for (name, amount) in node.options.value.resources where amount > 0 { used[name, default: 0] += amount }
    }
    guard let positions else {
      guard counts[.running, default: 0] > 0 else { return [:] }
      let running = Set(steps.lazy.filter { $0.status == .running }.map(\.name))
      for node in plan.nodes where running.contains(node.name) { add(node) }
      return used
    }
    for position in positions where steps[position].status == .running && plan.nodes.indices.contains(position) {
      // Steps that came later have other places.
      if plan.nodes[position].name == steps[position].name { add(plan.nodes[position]) }
    }
    return used
  }

  /// How much of a resource there is for the run; nil: it is not known.
  public func capacity(of resource: String) -> Double? { pool[resource] }
}
