import BatonModel

extension RunMachine {
  /// Derives where every node stands from the facts, and starts what may start.
  mutating func begin() {
    now = max(now, facts.lastTime)
    write(opening)
    let selected = Selection.closure(of: only, in: plan)
    unfinished = plan.nodes.count
    for index in nodes.indices where !selected[index] { setPhase(index, .excluded) }
    adopt(from: 0)
    // A run that is resumed gets its time anew: what it was not driven does not count.
    if let deadline = plan.workflow.deadline { timers.insert(.runDeadline, at: now + deadline) }
    for outstanding in facts.outstanding { actions.append(.notify(outstanding, after: facts.lastSeq)) }
    if facts.session == 1 { announce(.started) }
  }

  /// Takes over what is known of the nodes from a position on, and puts those that wait for nothing on the worklist.
  mutating func adopt(from first: NodeIndex) {
    for index in first..<nodes.count where !nodes[index].phase.isEnded && plan.nodes[index].group == nil {
      guard let known = facts.steps[plan.nodes[index].name] else { continue }
      if let end = known.end, end.isSettled, known.repair == nil { setPhase(index, .ended(end.status)) }
    }
    // Groups from the innermost out: they stand behind their members or before them, so until nothing changes.
    let groups = (first..<nodes.count).filter { plan.nodes[$0].group != nil && !nodes[$0].phase.isEnded }
    var changed = true
    while changed {
      changed = false
      for index in groups where !nodes[index].phase.isEnded {
        guard let group = plan.nodes[index].group, group.pending == nil,
          let end = facts.steps[plan.nodes[index].name]?.end, end.isSettled,
          group.members.allSatisfy({ nodes[$0].phase.isEnded })
        else { continue }
        setPhase(index, .ended(end.status))
        changed = true
      }
    }
    for index in first..<nodes.count where !nodes[index].phase.isEnded {
      let node = plan.nodes[index]
      var unresolved: Int32 = 0
      for dependency in node.dependencies where !nodes[dependency].phase.isEnded { unresolved += 1 }
      if let parent = node.parent, !nodes[parent].phase.isEnded, !isOpen(parent) { unresolved += 1 }
      nodes[index].unresolved = unresolved
      if let group = node.group {
        nodes[index].openMembers = Int32(group.members.count { !nodes[$0].phase.isEnded })
        for member in group.members {
          if case .ended(let status) = nodes[member].phase { count(status, allowed: false, in: index) }
        }
      }
      if unresolved == 0 { worklist.append(index) }
    }
    for index in first..<nodes.count where !nodes[index].phase.isEnded { repair(index) }
  }

  private func isOpen(_ group: NodeIndex) -> Bool {
    switch nodes[group].phase {
    case .open: true
    default: false
    }
  }

  /// A step that a person set or skipped ends at once, with a record that says so.
  private mutating func repair(_ index: NodeIndex) {
    let name = plan.nodes[index].name
    guard case .runResumed(let resumed) = opening, let known = facts.steps[name] else { return }
    switch known.repair {
    case .set(let values):
      let merged = (known.end?.values ?? [:]).merging(values) { _, new in new }
      end(index, .succeeded, reason: "set by hand by \(resumed.by)", values: merged, fingerprint: known.end?.fingerprint)
    case .skip: end(index, .skipped, reason: "skipped by hand by \(resumed.by)", allowed: true)
    case nil: break
    }
  }
}
