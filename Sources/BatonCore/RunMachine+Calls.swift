import BatonModel

extension RunMachine {
  /// The commit that the run of a called workflow is limited to the changes since: as its caller is, where that leaves out
  /// nothing that matters to somebody else. So it is not where
  ///
  /// - the call depends on a step that runs, or is made of its values: what comes out of it may have changed;
  /// - a step uses the values of the call, or may ask for any: those of what is left out would be missing;
  /// - a durable body calls: what led to it nobody knows.
  public func changesForCall(_ index: NodeIndex) -> String? {
    guard case .call? = plan.nodes[index].command, let scope = facts.start?.options.changes else { return nil }
    let name = plan.nodes[index].name
    var isBound = false
    plan.nodes[index].forEachRef { _ in isBound = true }
    var around: NodeIndex? = index
    while let node = around {
      if plan.nodes[node].body != nil { return nil }
      for step in stepsBefore(node) where scope.leftOut[plan.nodes[step].name] == nil { isBound = true }
      for other in plan.nodes[node].dependencies where plan.nodes[other].gate != nil {
        if scope.leftOut[plan.nodes[other].name] == nil { isBound = true }
      }
      around = plan.nodes[node].parent
    }
    for (other, node) in plan.nodes.enumerated() where other != index && !isBound {
      node.forEachRef { ref in if ref.step == name { isBound = true } }
      if node.mayAskForAnything, stepsBefore(other).contains(index) { isBound = true }
    }
    guard !isBound else { return nil }
    return scope.changes.commit.isEmpty ? scope.changes.since : scope.changes.commit
  }
}
