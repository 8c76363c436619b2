import BatonModel

/// Durable bodies: what they ask for becomes records, nodes and timers; what ends makes them go on.
extension RunMachine {
  /// The body whose child a node is.
  func bodyAround(_ index: NodeIndex) -> NodeIndex? {
    guard let parent = plan.nodes[index].parent, plan.nodes[parent].body != nil else { return nil }
    return parent
  }

  /// Whether a body waits, as opposed to being executed.
  func setSuspended(_ index: NodeIndex, _ isSuspended: Bool) {
    guard let body = bodies[index], body.isSuspended != isSuspended else { return }
    body.isSuspended = isSuspended
    suspendedBodies += isSuspended ? 1 : -1
  }

  func bodyBegan(_ index: NodeIndex) {
    bodies[index] = BodyState(started: now)
    // It registers them anew.
    compensations[index] = nil
  }

  func bodyTurned(_ index: NodeIndex, _ turn: BodyTurn) {
    guard case .running = nodes[index].phase, let body = bodies[index] else { return salvage(turn, of: index) }
    if facts.steps[plan.nodes[index].name]?.undoing != nil { return goOnUndoing(index, turn) }
    record(turn.requests, of: index)
    for report in turn.reports { take(report, of: index) }
    for key in turn.cancelled { cancelChild(key, of: index) }
    if !turn.unheeded.isEmpty || !body.unheeded.isEmpty { body.unheeded = turn.unheeded }
    switch turn.next {
    case .waits(let keys, let any):
      var left: [String] = []
      var ended: [String] = []
      for key in keys { if isDone(key, in: index) { ended.append(key) } else { left.append(key) } }
      if !ended.isEmpty { body.ended += ended }
      body.waitsFor = KeySet(left)
      body.isAny = any
      setSuspended(index, true)
      goOn(index, unless: !left.isEmpty && !(any && left.count < keys.count))
      switch mode {
      case .halting, .failingFast: windDown(index)
      case .running, .cancelling, .interrupting: break
      }
    case .returned(let values):
      finishBody(
        index,
        AttemptResult(
          outcome: .succeeded, started: body.started, ended: now, values: values,
          fingerprint: turn.fingerprint), causes: [])
    case .ended(let outcome, let causes, let values):
      finishBody(
        index,
        AttemptResult(
          outcome: outcome, started: body.started, ended: now, values: values, fingerprint: turn.fingerprint),
        causes: causes)
    }
  }

  /// It was ended while it was being executed: what it has done is done.
  private func salvage(_ turn: BodyTurn, of index: NodeIndex) {
    switch nodes[index].phase {
    case .stopping, .held: record(turn.requests.filter(\.isDone), of: index)
    default: break
    }
  }

  func record(_ requests: [BodyRequest], of index: NodeIndex) {
    let name = plan.nodes[index].name
    var operations: [Operation] = []
    var children: [Node] = []
    for request in requests {
      var before: Operation? { facts.bodies[name]?.operations[request.key]?.operation }
      var operation = Operation(kind: request.kind, key: request.key, text: request.text, line: request.line)
      switch request.content {
      case .child(let node): children.append(node)
      case .timer(let span): operation.due = before?.due ?? now + span
      case .timerAt(let moment): operation.due = before?.due ?? moment
      case .signal(_, let timeout): operation.due = before?.due ?? timeout.map { now + $0 }
      case .done(let result): operation.result = result
      case .race(let keys): bodies[index]?.races[request.key] = keys
      case .undo(let node):
        compensations[index, default: []].append(node)
        if before != nil { continue }
        operation.result = .value(.null)
      }
      if let due = operation.due { timers.insert(.operation(index, key: request.key), at: due) }
      operations.append(operation)
    }
    if operations.isEmpty { return }
    write(.operated(step: name, operations))
    if !children.isEmpty { append(children, to: index) }
    for request in requests {
      if case .race(let keys) = request.content, let first = keys.firstIndex(where: { isDone($0, in: index) }) {
        endOperation(request.key, .value(.integer(Int64(first + 1))), of: index)
      }
    }
    for request in requests where request.kind == .signal { deliverSignal(request, to: index) }
  }

  /// Adds child steps to the plan, and starts what may start.
  func append(_ children: [Node], to index: NodeIndex) {
    nodes[index].openMembers += Int32(children.count)
    // The cells that are being made have been promised the places at the plan's end.
    guard expansions.isEmpty else { return deferred.append((index, children)) }
    place(children, of: index)
  }

  /// The cells have their places.
  func appendDeferred() {
    let waiting = deferred
    deferred.removeAll()
    for (index, children) in waiting {
      let first = plan.nodes.count
      place(children, of: index)
      guard let result = bodies[index]?.result, result.outcome != .interrupted else { continue }
      for child in first..<plan.nodes.count {
        bodies[index]?.cutOff.append(child)
        cancelNode(child, "\(plan.nodes[index].name) was ended", grace: nil)
      }
    }
  }

  private func place(_ children: [Node], of index: NodeIndex) {
    let first = plan.nodes.count
    plan.nodes += children
    nodes += Array(repeating: NodeState(), count: children.count)
    dependents += Array(repeating: [], count: children.count)
    unfinished += children.count
    for (offset, child) in children.enumerated() {
      plan.nodes[first + offset].parent = index
      nodes[first + offset].isCompensating = nodes[index].isCompensating
      paths.append(durations[child.name]?.seconds ?? 1)
      for dependency in child.dependencies { dependents[dependency].append(first + offset) }
    }
    bodies[index]?.children += first..<plan.nodes.count
    adopt(from: first)
  }

  private func take(_ report: BodyReport, of index: NodeIndex) {
    let step = plan.nodes[index].name
    guard case .running(let attempt) = nodes[index].phase else { return }
    switch report {
    case .progress(let fraction, let text):
      write(.progress(step: step, attempt: attempt, fraction: fraction, text: text))
    case .metric(let name, let value): write(.metric(step: step, attempt: attempt, name: name, value: value))
    case .log, .artifact: break
    }
  }

  // MARK: What ends

  private func isDone(_ key: String, in index: NodeIndex) -> Bool {
    let name = plan.nodes[index].name
    if facts.bodies[name]?.operations[key]?.operation.result != nil { return true }
    guard let child = BodyFacts.child(of: key, in: name) else { return false }
    guard let step = facts.steps[child] else { return false }
    return step.end != nil && step.repair == nil
  }

  func endOperation(_ key: String, _ result: OperationResult, of index: NodeIndex) {
    guard bodies[index] != nil, !isDone(key, in: index) else { return }
    write(.operationEnded(step: plan.nodes[index].name, key: key, result))
    ended(key, in: index)
  }

  /// A wait's moment has come: a timer rang, or a signal did not come.
  func waitPassed(_ index: NodeIndex, _ key: String) {
    guard case .running = nodes[index].phase,
      let due = facts.bodies[plan.nodes[index].name]?.operations[key]?.operation.due, due <= now
    else { return }
    endOperation(key, .value(.null), of: index)
  }

  func childEnded(_ child: NodeIndex, of index: NodeIndex) {
    nodes[index].openMembers -= 1
    if case .undoing = nodes[index].phase { return undoNext(index) }
    guard bodies[index] != nil, let (_, name) = BodyFacts.split(plan.nodes[child].name) else { return }
    registerUndo(of: child, name, in: index)
    ended(BodyFacts.key(ofChild: name), in: index)
    if bodies[index]?.result != nil { goOnEnding(index) }
  }

  private func ended(_ key: String, in index: NodeIndex) {
    guard let body = bodies[index] else { return }
    body.ended.append(key)
    let races = body.races
    for race in races.isEmpty ? [] : races.keys.sorted() where !isDone(race, in: index) {
      if let place = races[race]?.firstIndex(of: key) {
        body.races[race] = nil
        endOperation(race, .value(.integer(Int64(place + 1))), of: index)
      }
    }
    guard body.waitsFor.remove(key) else { return }
    goOn(index, unless: !body.waitsFor.isEmpty && !body.isAny)
  }

  private func goOn(_ index: NodeIndex, unless waits: Bool) {
    guard !waits, let body = bodies[index], body.isSuspended, body.result == nil else { return }
    awake.append(index)
  }

  /// Lets the bodies go on whose waits are over, unless the same event ended them or the run.
  func wakeBodies() {
    guard !awake.isEmpty else { return }
    var woken: [NodeIndex] = []
    swap(&woken, &awake)
    for index in woken {
      guard let body = bodies[index], body.isSuspended, body.result == nil, case .running = nodes[index].phase
      else { continue }
      setSuspended(index, false)
      body.waitsFor.removeAll()
      var ended: [String] = []
      swap(&ended, &body.ended)
      actions.append(.proceed(index, ended: ended, after: facts.lastSeq))
    }
  }

  // MARK: How bodies end

  /// The body has returned or raised: its step ends when its children have.
  private func finishBody(_ index: NodeIndex, _ result: AttemptResult, causes: [String]) {
    bodies[index]?.result = result
    bodies[index]?.causes = causes
    setSuspended(index, false)
    if result.outcome != .succeeded { cancelChildren(of: index, "\(plan.nodes[index].name) failed") }
    goOnEnding(index)
  }

  private func goOnEnding(_ index: NodeIndex) {
    guard let body = bodies[index], var result = body.result, !hasOpenChildren(index) else { return }
    var causes = body.causes
    for child in body.cutOff {
      guard case .ended(let status) = nodes[child].phase, !status.isSuccess else { continue }
      causes.append(key(of: child))
    }
    if result.outcome == .succeeded, let failed = uncaughtFailure(of: index) {
      result.outcome = .failed("\(failed) failed, and nothing waited for it")
      causes = [BodyFacts.key(ofChild: BodyFacts.split(failed)?.child ?? failed)]
    }
    bodies[index]?.causes = causes
    actions.append(.drop(index))
    attemptEnded(index, result)
  }

  /// Whether children have to end before the body can. When the run is interrupted, what has not started stays as it is.
  private func hasOpenChildren(_ index: NodeIndex) -> Bool {
    guard case .interrupting = mode else { return nodes[index].openMembers > 0 }
    return bodies[index]?.children.contains { nodes[$0].phase.isActive } ?? false
  }

  /// The driver is about to stop: bodies whose children have stopped do so too.
  func settleBodies() {
    guard case .interrupting = mode, !bodies.isEmpty else { return }
    for index in bodies.keys.sorted(by: >) { goOnEnding(index) }
  }

  /// A child step that failed and whose result the body never asked for.
  private func uncaughtFailure(of index: NodeIndex) -> String? {
    let name = plan.nodes[index].name
    for key in bodies[index]?.unheeded ?? [] {
      guard let child = BodyFacts.child(of: key, in: name), let end = facts.steps[child]?.end else { continue }
      if end.status == .failed, !end.allowed { return child }
    }
    return nil
  }

  private func cancelChild(_ key: String, of index: NodeIndex) {
    guard let name = BodyFacts.child(of: key, in: plan.nodes[index].name),
      let child = bodies[index]?.children.last(where: { plan.nodes[$0].name == name }), !isDone(key, in: index)
    else { return }
    // Its result for the body, whatever becomes of it from now on.
    let reason = Self.givenUp(by: plan.nodes[index].name)
    let end = StepEnd(step: name, status: .cancelled, reason: reason)
    endOperation(key, .value(RunFacts.result(of: end, attempts: facts.steps[name]?.attempts ?? 0)), of: index)
    cancelNode(child, reason, grace: nil)
  }

  private static func givenUp(by body: String) -> String { "\(body) does not need it any more" }

  /// Steps that a body did without, and whose end the last driver did not live to see.
  func endGivenUp() {
    var found: [(body: String, step: String)] = []
    for (body, known) in facts.bodies {
      for (key, known) in known.operations where known.operation.kind == .step && known.operation.result != nil {
        guard let child = BodyFacts.child(of: key, in: body), let step = facts.steps[child], step.end == nil else {
          continue
        }
        found.append((body, child))
      }
    }
    for (body, step) in found.sorted(by: { $0.step < $1.step }) {
      write(.stepEnded(StepEnd(step: step, status: .cancelled, reason: Self.givenUp(by: body))))
    }
  }

  private func cancelChildren(of index: NodeIndex, _ reason: String, grace: Span? = nil) {
    guard nodes[index].openMembers > 0 else { return }
    for child in bodies[index]?.children ?? [] where !nodes[child].phase.isEnded {
      let isCutOff = !isDone(key(of: child), in: index)
      if isCutOff { bodies[index]?.cutOff.append(child) }
      cancelNode(child, reason, grace: grace)
    }
  }

  private func key(of child: NodeIndex) -> String {
    BodyFacts.key(ofChild: BodyFacts.split(plan.nodes[child].name)?.child ?? "")
  }

  private func cancelNode(_ index: NodeIndex, _ reason: String, grace: Span?) {
    switch nodes[index].phase {
    case .running(let attempt):
      givenUp[index] = reason
      stop(index, attempt, as: .cancelled, grace: grace)
    case .stopping, .ended, .excluded, .held: break
    default: end(index, .cancelled, reason: reason)
    }
  }

  /// Its attempt is to end: a body does so at once, when its children have.
  func stopBody(_ index: NodeIndex, grace: Span?) {
    guard case .stopping(_, let outcome) = nodes[index].phase else { return }
    actions.append(.drop(index))
    setSuspended(index, false)
    if let body = bodies[index], body.result == nil {
      bodies[index]?.result = AttemptResult(outcome: outcome, started: body.started, ended: now)
    }
    if outcome != .interrupted { cancelChildren(of: index, "\(plan.nodes[index].name) was ended", grace: grace) }
    goOnEnding(index)
  }

  /// The run was halted: what the body began may end, and it goes on when the run is resumed.
  func windDown(_ index: NodeIndex) {
    guard case .running(let attempt) = nodes[index].phase, let body = bodies[index], body.result == nil,
      !nodes[index].isCompensating
    else { return }
    bodies[index]?.isHalted = true
    setPhase(index, .stopping(attempt: attempt, as: .interrupted))
    stopBody(index, grace: nil)
  }

  func windDownBodies() {
    for index in bodies.keys.sorted(by: >) { windDown(index) }
  }

}
