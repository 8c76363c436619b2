import BatonModel

/// How nodes, groups and the run end.
extension RunMachine {
  /// Ends a node for this run, and tells those that wait for it.
  func end(
    _ index: NodeIndex, _ status: StepStatus, reason: String? = nil, attempt: AttemptEnd? = nil,
    values: [String: Value] = [:], fingerprint: Fingerprint? = nil, allowed: Bool = false, causes: [String] = []
  ) {
    didAnything = true
    let stepEnd = StepEnd(
      step: plan.nodes[index].name, status: status, reason: reason, attempt: attempt, values: values,
      fingerprint: fingerprint, allowed: allowed, kind: plan.nodes[index].nodeKind, causes: causes)
    if mustBeUndone(index, status) { return beginUndo(index, stepEnd) }
    // What has to be undone before it can begin anew stays as it was until then.
    if !isStillDone(index, status) { write(.stepEnded(stepEnd)) }
    let wasCandidate =
      switch nodes[index].phase {
      case .queued, .parked: true
      default: false
      }
    setPhase(index, .ended(status))
    if wasCandidate { withdraw(index) }
    if !services.isEmpty { leaveServices(of: index) }
    if let transaction = transactionUndone(by: index) {
      considerStep(index, status, reason)
      return memberUndone(of: transaction, by: index)
    }
    if let body = bodyAround(index) {
      // What a child's failure means is for its body to say.
      considerStep(index, status, reason)
      childEnded(index, of: body)
      return countFailures(after: index)
    }
    if status == .failed, !allowed {
      failedSteps += 1
      nodes[index].failureUpstream = true
    }
    let isOffered = !services.isEmpty && services[index]?.isOffered == true
    for dependent in isOffered ? [] : dependents[index] {
      nodes[dependent].unresolved -= 1
      if nodes[dependent].unresolved == 0 { worklist.append(dependent) }
    }
    if let parent = plan.nodes[index].parent {
      nodes[parent].openMembers -= 1
      count(status, allowed: allowed, in: parent)
      if nodes[parent].openMembers == 0 { worklist.append(parent) }
    }
    considerStep(index, status, reason)
    if status == .failed, !allowed { failFast(index) }
    countFailures(after: index)
    judgeEarly(after: index)
  }

  func count(_ status: StepStatus, allowed: Bool, in group: NodeIndex) {
    switch status {
    case .succeeded, .kept, .cached: nodes[group].succeededMembers += 1
    case .failed: if allowed { nodes[group].succeededMembers += 1 } else { nodes[group].failedMembers += 1 }
    case .cancelled: nodes[group].cancelledMembers += 1
    case .skipped: if allowed { nodes[group].succeededMembers += 1 }
    case .pending, .ready, .running, .retrying, .waiting, .undone: break
    }
  }

  /// All members have ended: a group failed when one of them did, and was skipped when all of them were.
  func endGroup(_ index: NodeIndex) {
    let state = nodes[index]
    let members = plan.nodes[index].group?.members ?? []
    if state.failedMembers > 0 {
      let failed = members.first { status(of: $0) == .failed && facts.steps[plan.nodes[$0].name]?.end?.allowed != true }
      let reason = failed.map { afterRollback("\(plan.nodes[$0].name) failed", of: index) }
      if !undoMembers(of: index, .failed, reason) { end(index, .failed, reason: reason) }
    } else if let reason = stoppedGroups[index] {
      // Its members may have ended well, with failed tests.
      if !undoMembers(of: index, .failed, reason) { end(index, .failed, reason: reason) }
    } else if state.cancelledMembers > 0 {
      let reason = afterRollback("members were cancelled", of: index)
      if !undoMembers(of: index, .cancelled, reason) { end(index, .cancelled, reason: reason) }
    } else if state.succeededMembers == 0, !members.isEmpty {
      let first = members.first.flatMap { facts.steps[plan.nodes[$0].name]?.end }
      let settled = members.allSatisfy { facts.steps[plan.nodes[$0].name]?.end?.isSettled ?? true }
      end(index, .skipped, reason: first?.reason, fingerprint: settled ? first?.fingerprint : nil)
    } else {
      end(index, .succeeded)
    }
  }

  func failFast(_ index: NodeIndex) {
    // A group's failure is that of its member, which has been looked at.
    guard plan.nodes[index].group == nil else { return }
    let name = plan.nodes[index].name
    var parent = plan.nodes[index].parent
    while let group = parent {
      if plan.nodes[group].group?.failFast == true {
        let why =
          plan.nodes[group].group?.style == .transaction
          ? "the transaction \(plan.nodes[group].name) is undone" : "the group \(plan.nodes[group].name) says fail_fast"
        cancelMembers(of: group, "\(name) failed, and \(why)")
      }
      parent = plan.nodes[group].parent
    }
    if plan.workflow.failFast, case .running = mode {
      let reason = "\(name) failed, and the workflow says fail_fast"
      mode = .failingFast(reason)
      // Bodies first: what of their steps is skipped now is nothing that they should act upon.
      windDownBodies()
      endWhatHasNotStarted(.skipped, reason)
    }
  }

  /// `max_failures`: of groups around a step that has ended, and of the workflow.
  func countFailures(after index: NodeIndex) {
    guard facts.hasResults, let failed = facts.steps[plan.nodes[index].name]?.results?.summary.failed, failed > 0
    else { return }
    var parent = plan.nodes[index].parent
    while let group = parent {
      parent = plan.nodes[group].parent
      guard let limit = plan.nodes[group].group?.maxFailures, stoppedGroups[group] == nil else { continue }
      let count = failedTests(below: plan.nodes[group].group?.members ?? [])
      guard count >= limit else { continue }
      let reason = "\(Self.tests(count)) failed, and the group \(plan.nodes[group].name) says max_failures = \(limit)"
      stoppedGroups[group] = reason
      cancelMembers(of: group, reason, noting: true)
    }
    guard let limit = plan.workflow.maxFailures, case .running = mode else { return }
    let count = failedTests(below: nodes.indices.filter { plan.nodes[$0].parent == nil })
    guard count >= limit else { return }
    let reason = "\(Self.tests(count)) failed, and the workflow says max_failures = \(limit)"
    mode = .failingFast(reason)
    for node in nodes.indices {
      guard case .running(let attempt) = nodes[node].phase, !nodes[node].isCompensating, bodies[node] == nil else {
        continue
      }
      enoughFailures[node] = reason
      stop(node, attempt, as: .cancelled)
    }
    windDownBodies()
    endWhatHasNotStarted(.skipped, reason)
  }

  private static func tests(_ count: Int) -> String { count == 1 ? "1 test" : "\(count) tests" }

  /// Of steps that have ended, however they did, those of durable bodies among them.
  private func failedTests(below members: [NodeIndex]) -> Int {
    var ofBodies: [NodeIndex: [NodeIndex]] = [:]
    for index in nodes.indices {
      if let parent = plan.nodes[index].parent, plan.nodes[parent].body != nil {
        ofBodies[parent, default: []].append(index)
      }
    }
    var count = 0
    var open = members
    while let member = open.popLast() {
      if let group = plan.nodes[member].group {
        open += group.members
        continue
      }
      open += ofBodies[member] ?? []
      if nodes[member].phase.isEnded {
        count += facts.steps[plan.nodes[member].name]?.results?.summary.failed ?? 0
      }
    }
    return count
  }

  /// - Parameter noting: why is to be told of what is cancelled.
  private func cancelMembers(of group: NodeIndex, _ reason: String, noting: Bool = false) {
    for member in plan.nodes[group].group?.members ?? [] where !nodes[member].phase.isEnded {
      if plan.nodes[member].group != nil {
        switch nodes[member].phase {
        // A driver before has opened it: what of it has ended tells how it ends.
        case .blocked where hasEndedMembers(member): cancelMembers(of: member, reason, noting: noting)
        case .blocked, .asking, .expanding: skipUnstarted(member, .skipped, reason)
        default: cancelMembers(of: member, reason, noting: noting)
        }
      } else if case .running(let attempt) = nodes[member].phase, !nodes[member].isCompensating {
        if noting { enoughFailures[member] = reason }
        stop(member, attempt, as: .cancelled)
      } else {
        skipUnstarted(member, .skipped, reason)
      }
    }
  }

  private func hasEndedMembers(_ group: NodeIndex) -> Bool {
    plan.nodes[group].group?.members.contains { member in
      if case .ended = nodes[member].phase { return true }
      return hasEndedMembers(member)
    } ?? false
  }

  /// Ends a node unless an attempt of it is under way.
  private func skipUnstarted(_ index: NodeIndex, _ status: StepStatus, _ reason: String) {
    guard !nodes[index].isCompensating else { return }
    switch nodes[index].phase {
    case .ended, .excluded, .running, .stopping, .held, .undoing, .serving: break
    case .doubted(let attempt):
      doubts[index] = nil
      end(
        index, .failed, reason: "\(attempt.outcome.text); not tried again: \(reason)", attempt: attempt,
        allowed: plan.nodes[index].options.value.allowFailure)
    case .open: if plan.nodes[index].group != nil { break }
    case .backingOff(let attempt), .askingRetry(let attempt):
      // The record of the attempt is there already when it waits for its next.
      let isRecorded = facts.steps[attempt.step]?.lastFailure == attempt
      end(
        index, .failed, reason: "\(attempt.outcome.text); not tried again: \(reason)",
        attempt: isRecorded ? nil : attempt, allowed: plan.nodes[index].options.value.allowFailure)
    case .blocked, .asking, .expanding:
      for member in plan.nodes[index].group?.members ?? [] { skipUnstarted(member, status, reason) }
      if !nodes[index].phase.isEnded { end(index, status, reason: reason) }
    case .probing, .judging, .queued, .parked, .waiting: end(index, status, reason: reason)
    }
  }

  private func endWhatHasNotStarted(_ status: StepStatus, _ reason: String) {
    for index in nodes.indices { skipUnstarted(index, status, reason) }
    queue = ReadyQueue()
    queuedWithoutCPU = 0
    intendedAhead = 0
    for index in nodes.indices where nodes[index].isCompensating {
      if case .queued = nodes[index].phase { putIntoQueue(index) }
    }
  }

  // MARK: The run

  /// Nothing that has not started starts any more.
  func halt(_ reason: String, by node: String) {
    guard case .running = mode else { return }
    write(.halting(reason: reason, by: node))
    let text = "the run was halted by \(node)"
    mode = .halting(text)
    windDownBodies()
    endWhatHasNotStarted(.skipped, text)
  }

  func cancel(by: String, reason: String?) {
    switch mode {
    case .cancelling: return
    case .interrupting where facts.cancel != nil: return
    case .interrupting, .running, .halting, .failingFast: break
    }
    guard !isFinished, facts.ended == nil else { return }
    if case .interrupting = mode {
      // What runs is being ended already; the run counts as cancelled then.
      write(.cancelRequested(by: by, reason: reason))
      return
    }
    write(.cancelRequested(by: by, reason: reason))
    let text = reason.map { "cancelled by \(by): \($0)" } ?? "cancelled by \(by)"
    mode = .cancelling(text)
    for index in nodes.indices {
      if case .running(let attempt) = nodes[index].phase, !nodes[index].isCompensating {
        stop(index, attempt, as: .cancelled)
      }
    }
    endWhatHasNotStarted(.cancelled, text)
  }

  /// - Parameter grace: nil: each step's own.
  func interrupt(grace: Span?) {
    guard !isFinished else { return }
    mode = .interrupting
    if grace != nil, !services.isEmpty { hurryServices() }
    for index in nodes.indices {
      switch nodes[index].phase {
      case .running(let attempt): stop(index, attempt, as: .interrupted, grace: grace)
      case .askingRetry(let end): retry(index, end)
      case .doubted(let end): attemptFailed(index, end)
      case .stopping(let attempt, let outcome) where grace != nil: stop(index, attempt, as: outcome, grace: grace)
      default: break
      }
    }
  }

  func finishIfDone() {
    guard !isFinished else { return }
    if facts.ended == nil, let (status, reason) = outcome() {
      // First of all, nothing is left behind.
      if endAllServices() { return }
      announceEnd(status, reason)
      if status != .interrupted, considering == 0 { flushNotices() }
      write(.runEnded(status, reason: reason))
    }
    guard let ended = facts.ended else { return }
    let isInterrupted = if case .interrupting = mode { true } else { false }
    if !isInterrupted, considering == 0 { flushNotices() }
    let isAllTold = facts.outstanding.isEmpty && facts.held.isEmpty && claims.isEmpty && considering == 0
    if isAllTold || isInterrupted {
      isFinished = true
      actions.append(.finished(ended.status, after: facts.lastSeq))
    }
  }

  /// How the run ended, or nil while something goes on.
  private func outcome() -> (RunStatus, String?)? {
    if case .interrupting = mode {
      guard active == 0 else { return nil }
      guard let cancel = facts.cancel else { return (.interrupted, nil) }
      return (.cancelled, "cancelled by \(cancel.by)" + (cancel.reason.map { ": \($0)" } ?? ""))
    }
    guard worklist.isEmpty else { return nil }
    if busy > 0 {
      // Bodies that only wait need no driver, where nobody wants to wait with them.
      guard endsWhenWaiting, case .running = mode, busy == suspendedBodies, bodiesWaitLong else { return nil }
      return (.waiting, whatIsWaitedFor)
    }
    if unfinished > 0 {
      guard waiting > 0 else {
        return (.failed, "Baton lost track of \(unfinished) steps; this is a defect of Baton: please report it")
      }
      return endsWaiting ? (.waiting, whatIsWaitedFor) : nil
    }
    switch mode {
    case .cancelling(let reason): return (.cancelled, reason)
    case .halting: return (.halted, facts.halting?.reason)
    case .failingFast(let reason): return (.failed, reason)
    case .running, .interrupting: break
    }
    return failedSteps > 0 ? (.failed, nil) : (.succeeded, nil)
  }
}
