import BatonModel

extension RunMachine {
  /// Derives where every node stands from the facts, and starts what may start.
  func begin() {
    now = max(now, facts.lastTime)
    write(opening)
    let selected = Selection.closure(of: only, in: plan)
    unfinished = plan.nodes.count
    for index in nodes.indices where !selected[index] { setPhase(index, .excluded) }
    endGivenUp()
    adopt(from: 0)
    beginServices(from: 0)
    if let deadline = plan.workflow.deadline, let start = facts.deadlineStart {
      timers.insert(.runDeadline, at: start + deadline)
    }
    for outstanding in facts.outstanding { actions.append(.notify(outstanding, after: facts.lastSeq)) }
    if facts.session == 1 { announce(.started) }
    askForLeftNotices()
  }

  /// Takes over what is known of the nodes from a position on, and puts those that wait for nothing on the worklist.
  func adopt(from first: NodeIndex) {
    var failed: [NodeIndex] = []
    findUnfinishedRollbacks(from: first)
    for index in first..<nodes.count
    where !nodes[index].phase.isEnded && plan.nodes[index].group == nil
      && plan.nodes[index].service == nil
    {
      // The facts have dropped every end that does not stand.
      guard let known = facts.steps[plan.nodes[index].name], var end = known.end, known.repair == nil,
        !beginsAnewOnceUndone(index)
      else { continue }
      setPhase(index, .ended(end.status))
      guard !end.status.isSuccess else { continue }
      if end.status == .failed, !end.allowed, bodyAround(index) == nil {
        failedSteps += 1
        nodes[index].failureUpstream = true
        failed.append(index)
      }
      // Said once more, for those who took it that everything but successes starts anew.
      end.attempt = nil
      write(.stepEnded(end))
    }
    // Groups from the innermost out: they stand behind their members or before them, so until nothing changes.
    let groups = (first..<nodes.count).filter { plan.nodes[$0].group != nil && !nodes[$0].phase.isEnded }
    var changed = true
    while changed {
      changed = false
      for index in groups where !nodes[index].phase.isEnded {
        guard let group = plan.nodes[index].group, group.pending == nil, !beginsAnewOnceUndone(index),
          let end = facts.steps[plan.nodes[index].name]?.end, end.isSettled,
          group.members.allSatisfy({ nodes[$0].phase.isEnded })
        else { continue }
        setPhase(index, .ended(end.status))
        if !end.status.isSuccess { write(.stepEnded(end)) }
        changed = true
      }
    }
    for index in first..<nodes.count where !nodes[index].phase.isEnded {
      if plan.nodes[index].body != nil, facts.steps[plan.nodes[index].name]?.undoing != nil {
        nodes[index].isCompensating = true
      }
      var unresolved: Int32 = 0
      for dependency in plan.nodes[index].dependencies where isAwaited(dependency) { unresolved += 1 }
      if let parent = plan.nodes[index].parent, !nodes[parent].phase.isEnded, !isOpen(parent),
        plan.nodes[parent].body == nil
      {
        unresolved += 1
      }
      nodes[index].unresolved = unresolved
      if let group = plan.nodes[index].group {
        nodes[index].openMembers = Int32(group.members.count { !nodes[$0].phase.isEnded })
        for member in group.members {
          countKnown(member, in: index)
        }
      }
      if unresolved == 0 { worklist.append(index) }
    }
    for index in first..<nodes.count where !nodes[index].phase.isEnded { repair(index) }
    leaveOut(from: first)
    if !failed.isEmpty {
      markFailuresUpstream()
      for index in failed { failFast(index) }
    }
    if plan.workflow.maxFailures != nil || plan.nodes.contains(where: { $0.group?.maxFailures != nil }) {
      for index in first..<nodes.count where nodes[index].phase.isEnded { countFailures(after: index) }
    }
  }

  /// Counts a member that had ended before its group opened.
  func countKnown(_ member: NodeIndex, in group: NodeIndex) {
    guard case .ended(let status) = nodes[member].phase else { return }
    count(status, allowed: facts.steps[plan.nodes[member].name]?.end?.allowed ?? false, in: group)
  }

  /// Steps that an earlier driver skipped by their own `when` behind a failure pass that on.
  private func markFailuresUpstream() {
    var changed = true
    while changed {
      changed = false
      for index in nodes.indices where !nodes[index].failureUpstream {
        guard case .ended(.skipped) = nodes[index].phase else { continue }
        let inherited = plan.nodes[index].parent.map { nodes[$0].failureUpstream } ?? false
        guard inherited || dependencySummary(index).failed != nil else { continue }
        nodes[index].failureUpstream = true
        changed = true
      }
    }
  }

  /// What no change can affect ends at once, and as if it had succeeded for what depends on it.
  private func leaveOut(from first: NodeIndex) {
    guard let leftOut = facts.start?.options.changes?.leftOut, !leftOut.isEmpty else { return }
    var asked: [String: String] = [:]
    if case .runResumed(let resumed) = opening { asked = resumed.invalidated }
    for index in first..<nodes.count where !nodes[index].phase.isEnded {
      let name = plan.nodes[index].name
      // A person who names it wants it to run.
      guard let reason = leftOut[name], asked[name] == nil else { continue }
      end(index, .skipped, reason: reason, allowed: true)
    }
  }

  private func isOpen(_ group: NodeIndex) -> Bool {
    switch nodes[group].phase {
    // The only members that come while a transaction is undone are those that undo it.
    case .open, .undoing: true
    default: false
    }
  }

  /// A step that a person set or skipped ends at once, with a record that says so.
  private func repair(_ index: NodeIndex) {
    let name = plan.nodes[index].name
    guard case .runResumed(let resumed) = opening, let known = facts.steps[name] else { return }
    // Of a repair that an earlier resumption made, who made it stands in its record.
    let isNew = resumed.skipped.contains(name) || resumed.set[name] != nil
    func by(_ what: String) -> String {
      if !isNew, let told = known.end?.reason, told.hasPrefix(what) { return told }
      return what + resumed.signature
    }
    switch known.repair {
    case .set(let values):
      let merged = (known.end?.usableValues ?? [:]).merging(values) { _, new in new }
      end(
        index, .succeeded, reason: by("set by hand by "), values: merged,
        fingerprint: known.end?.fingerprint)
    case .skip: end(index, .skipped, reason: by("skipped by hand by "), allowed: true)
    case nil: break
    }
  }
}
