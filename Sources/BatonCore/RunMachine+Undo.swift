import BatonModel

/// Compensations: when a durable body fails for good or is cancelled, what it registered with `ctx:undo` is run, newest
/// first, and only then its step ends. This goes on when the run is halted or cancelled, and after a crash; when all is
/// undone, the body's records count no more, so that it begins anew when it is run again.
extension RunMachine {
  /// Whether a node that is about to end like this has something to undo before.
  func mustBeUndone(_ index: NodeIndex, _ status: StepStatus) -> Bool {
    guard status == .failed || status == .cancelled, plan.nodes[index].body != nil, undoing[index] == nil else {
      return false
    }
    if compensations[index]?.isEmpty == false { return true }
    return facts.bodies[plan.nodes[index].name]?.hasCompensations == true
  }

  func beginUndo(_ index: NodeIndex, _ end: StepEnd) {
    let known = facts.steps[end.step]
    let attempt =
      end.attempt
      ?? AttemptEnd(
        step: end.step, number: max(1, known?.attempts ?? 1),
        outcome: end.status == .cancelled ? .cancelled : .failed(end.reason ?? "it failed"), started: now, ended: now)
    write(.attemptFailed(attempt, next: .undo))
    nodes[index].isCompensating = true
    let phase = nodes[index].phase
    if compensations[index] != nil {
      undoing[index] = end
      setPhase(index, .undoing)
    }
    switch phase {
    case .queued, .parked: withdraw(index)
    default: break
    }
    if undoing[index] != nil { return undoNext(index) }
    // They were registered for an earlier driver: the body is executed up to where it was, and registers them again.
    if case .interrupting = mode { return setPhase(index, .held) }
    putIntoQueue(index)
  }

  /// The body was executed up to where it was when it failed, by an earlier driver.
  func goOnUndoing(_ index: NodeIndex, _ turn: BodyTurn) {
    guard case .running(let number) = nodes[index].phase else { return }
    let name = plan.nodes[index].name
    guard let before = facts.steps[name]?.undoing?.attempt else { return }
    record(turn.requests.filter { if case .undo = $0.content { true } else { false } }, of: index)
    setSuspended(index, false)
    let started = bodies.removeValue(forKey: index)?.started ?? now
    actions.append(.drop(index))
    release(index)
    let attempt = AttemptEnd(
      step: name, number: number, outcome: before.outcome, started: started, ended: now, executor: before.executor)
    write(.attemptFailed(attempt, next: .undo))
    undoing[index] = StepEnd(
      step: name, status: before.outcome == .cancelled ? .cancelled : .failed, reason: before.outcome.text,
      attempt: attempt, fingerprint: turn.fingerprint, allowed: plan.nodes[index].options.value.allowFailure)
    setPhase(index, .undoing)
    undoNext(index)
  }

  /// A child step has succeeded that says how it is undone.
  func registerUndo(of child: NodeIndex, _ name: String, in index: NodeIndex) {
    guard let undo = plan.nodes[child].options.value.undo,
      let end = facts.steps[plan.nodes[child].name]?.end, end.status == .succeeded
    else { return }
    let body = plan.nodes[index].name
    let key = BodyFacts.key(ofUndoOf: name)
    compensations[index, default: []].append(
      compensation(
        of: plan.nodes[child], undo, named: BodyFacts.compensation(of: key, in: body) ?? "\(body)/undo-\(name)"))
    guard facts.bodies[body]?.operations[key] == nil else { return }
    write(
      .operated(
        step: body,
        [Operation(kind: .undo, key: key, text: name, line: plan.nodes[child].line, result: .value(.null))]))
  }

  /// Starts the newest compensation that has not been run.
  func undoNext(_ index: NodeIndex) {
    guard case .undoing = nodes[index].phase, nodes[index].openMembers == 0 else { return }
    if case .interrupting = mode { return }
    while let next = compensations[index]?.last {
      guard let end = facts.steps[next.name]?.end, facts.steps[next.name]?.repair == nil else {
        return append([compensation(next, of: index)], to: index)
      }
      guard end.isSettled else { return finishUndo(index, failed: next.name) }
      compensations[index]?.removeLast()
    }
    finishUndo(index, failed: nil)
  }

  /// It keeps others out as the body did.
  private func compensation(_ node: Node, of index: NodeIndex) -> Node {
    guard node.options.value.mutex == nil, let mutex = plan.nodes[index].options.value.mutex else { return node }
    var node = node
    var options = node.options.value
    options.mutex = mutex
    node.options = StepOptions.Shared(options)
    return node
  }

  private func finishUndo(_ index: NodeIndex, failed: String?) {
    guard var end = undoing[index] else { return }
    compensations[index] = nil
    nodes[index].isCompensating = false
    let reason = end.reason ?? end.attempt?.outcome.text ?? end.status.rawValue
    if let failed {
      end.status = .failed
      end.reason = Self.notUndone(reason, "what it did", because: failed)
    } else {
      let startsAnew = facts.steps[end.step]?.undoing?.startsAnew == true
      let keys = facts.bodies[end.step]?.inOrder.map(\.key) ?? []
      for key in keys {
        guard let child = BodyFacts.child(of: key, in: end.step), facts.steps[child]?.end?.status.isSuccess == true
        else { continue }
        write(.stepEnded(StepEnd(step: child, status: .undone, reason: "because \(reason)")))
      }
      write(.forgotten(step: end.step, keys: keys, reason: Record.undone))
      if startsAnew, case .running = mode {
        undoing[index] = nil
        return putIntoQueue(index)
      }
      end.reason = "\(reason); undone"
    }
    self.end(
      index, end.status, reason: end.reason, attempt: end.attempt, fingerprint: end.fingerprint, allowed: end.allowed)
    undoing[index] = nil
    // Its driver may have died before the run was halted.
    if case .halted(let reason) = end.attempt?.outcome { halt(reason, by: end.step) }
  }
}

extension BodyRequest {
  /// Whether nothing more will come of it.
  var isDone: Bool {
    switch content {
    case .done, .undo: true
    case .child, .timer, .timerAt, .signal, .race: false
    }
  }
}

extension BodyFacts {
  /// Whether it registered anything that has to be undone when it fails (`ctx:undo`).
  public var hasCompensations: Bool { operations.values.contains { $0.operation.kind == .undo } }
}
