import BatonModel

/// Transactions: when a member fails for good or is cancelled, what the others did is undone, newest first, and only then the
/// group ends. This goes on when the run is halted or cancelled, and after a crash. A run that is resumed after it ended in the
/// middle undoes the rest first; then the group begins anew.
extension RunMachine {
  /// The number in the record of a transaction that begins to be undone: a group has no attempts.
  public static let noAttempt = 0

  /// Begins to undo the members of a group that is about to end like this; false: there is nothing to undo.
  func undoMembers(of index: NodeIndex, _ status: StepStatus, _ reason: String?) -> Bool {
    guard plan.nodes[index].group?.style == .transaction, undoing[index] == nil else { return false }
    let order = doneMembers(of: index)
    guard !order.isEmpty else { return false }
    let name = plan.nodes[index].name
    if facts.steps[name]?.undoing == nil {
      let outcome = status == .cancelled ? Outcome.cancelled : .failed(reason ?? "a member failed")
      write(
        .attemptFailed(
          AttemptEnd(step: name, number: Self.noAttempt, outcome: outcome, started: now, ended: now), next: .undo))
    }
    beginRollback(index, order, StepEnd(step: name, status: status, reason: reason, kind: .group))
    return true
  }

  /// A transaction opens that a driver before had begun to undo: that comes first.
  func goOnUndoing(transaction index: NodeIndex) -> Bool {
    guard unfinishedRollbacks.contains(index), let known = facts.steps[plan.nodes[index].name]?.undoing,
      known.startsAnew
    else { return false }
    let outcome = known.attempt.outcome
    beginRollback(
      index, doneMembers(of: index),
      StepEnd(
        step: plan.nodes[index].name, status: outcome == .cancelled ? .cancelled : .failed, reason: outcome.text,
        kind: .group))
    return true
  }

  private func beginRollback(_ index: NodeIndex, _ order: [NodeIndex], _ end: StepEnd) {
    undoing[index] = end
    rollbackOrder[index] = order
    nodes[index].isCompensating = true
    setPhase(index, .undoing)
    undoNextMember(index)
  }

  /// The reason of a transaction that a driver before had undone already.
  func afterRollback(_ reason: String, of index: NodeIndex) -> String {
    guard plan.nodes[index].group?.style == .transaction, facts.steps[plan.nodes[index].name]?.undoing == nil,
      plan.leaves(below: index).contains(where: { facts.steps[plan.nodes[$0].name]?.end?.status == .undone })
    else { return reason }
    return "\(reason); undone"
  }

  /// Steps below a transaction that did something and say how it is undone, the oldest first.
  private func doneMembers(of index: NodeIndex) -> [NodeIndex] {
    var found: [(ended: Instant, node: NodeIndex)] = []
    for member in plan.leaves(below: index) where plan.nodes[member].options.value.undo != nil {
      guard let end = facts.steps[plan.nodes[member].name]?.end, end.status == .succeeded else { continue }
      found.append((end.attempt?.ended ?? Instant(nanoseconds: 0), member))
    }
    return found.sorted { ($0.ended, $0.node) < ($1.ended, $1.node) }.map(\.node)
  }

  private func undoNextMember(_ index: NodeIndex) {
    guard case .undoing = nodes[index].phase, rollbacks[index] == nil else { return }
    if case .interrupting = mode { return }
    guard let member = rollbackOrder[index]?.popLast(), let undo = plan.nodes[member].options.value.undo else {
      return finishRollback(index, failed: nil)
    }
    let node = plan.nodes[member]
    let key = "undo \(node.name)"
    let name = BodyFacts.compensation(of: key, in: plan.nodes[index].name) ?? node.name
    let step = compensation(of: node, undo, named: name)
    rollbacks[index] = step.name
    append([step], to: index)
  }

  /// Done where and how the member was.
  func compensation(of member: Node, _ undo: Command, named name: String) -> Node {
    let own = member.options.value
    var options = StepOptions()
    options.env = own.env
    options.cwd = own.cwd
    options.shell = own.shell
    options.grace = own.grace
    options.timeout = own.timeout
    options.executor = own.executor
    options.mutex = own.mutex
    options.resources = own.resources
    options.tags = own.tags
    options.retry = .ofCompensations
    return Node(
      name: name, kind: .step(undo), file: member.file, line: member.line, options: StepOptions.Shared(options))
  }

  /// The transaction of which a step undoes a member.
  func transactionUndone(by index: NodeIndex) -> NodeIndex? {
    guard nodes[index].isCompensating, let parent = plan.nodes[index].parent,
      rollbacks[parent] == plan.nodes[index].name
    else { return nil }
    return parent
  }

  /// The member that a step undoes.
  func memberUndone(by index: NodeIndex) -> NodeIndex? {
    guard let transaction = transactionUndone(by: index) else { return nil }
    let prefix = "\(plan.nodes[transaction].name)/undo-"
    let name = plan.nodes[index].name.dropFirst(prefix.count)
    return plan.nodes.firstIndex { $0.name == name }
  }

  func memberUndone(of index: NodeIndex, by step: NodeIndex) {
    let member = memberUndone(by: step)
    let name = plan.nodes[step].name
    nodes[index].openMembers -= 1
    rollbacks[index] = nil
    guard let member, let end = facts.steps[name]?.end, end.isSettled else {
      return finishRollback(index, failed: name)
    }
    let why = undoing[index]?.reason ?? "its transaction failed"
    write(
      .stepEnded(
        StepEnd(
          step: plan.nodes[member].name, status: .undone,
          reason: end.status == .skipped ? "not undone: \(end.reason ?? "left as it is")" : "because \(why)",
          kind: plan.nodes[member].nodeKind)))
    if case .ended = nodes[member].phase { setPhase(member, .ended(.undone)) }
    undoNextMember(index)
  }

  private func finishRollback(_ index: NodeIndex, failed: String?) {
    guard var end = undoing.removeValue(forKey: index) else { return }
    rollbackOrder[index] = nil
    nodes[index].isCompensating = false
    let reason = end.reason ?? end.status.rawValue
    if let failed {
      end.status = .failed
      end.reason = Self.notUndone(reason, "what its members did", because: failed)
    } else {
      let startsAnew = facts.steps[end.step]?.undoing?.startsAnew == true
      write(.forgotten(step: end.step, keys: compensationKeys(of: end.step), reason: Record.undone))
      unfinishedRollbacks.remove(index)
      if startsAnew, case .running = mode { return open(index) }
      end.reason = "\(reason); undone"
    }
    if nodes[index].openMembers > 0 { skipMembers(of: index, end.reason ?? reason) }
    self.end(index, end.status, reason: end.reason)
  }

  /// What is said where a compensation failed: what state that leaves, and the commands to go on.
  static func notUndone(_ reason: String, _ what: String, because failed: String) -> String {
    """
    \(reason); \(what) is not undone, because \(failed) failed: baton resume tries that again, \
    baton resume --skip \(failed) leaves it
    """
  }

  /// So that a member may be undone once more, when it was done once more.
  private func compensationKeys(of transaction: String) -> [String] {
    let prefix = "\(transaction)/undo-"
    return facts.steps.keys.filter { $0.hasPrefix(prefix) }.map { "undo \($0.dropFirst(prefix.count))" }.sorted()
  }

  // MARK: What drivers before have begun

  /// Takes note of the transactions among new nodes that were being undone when the last driver ended.
  func findUnfinishedRollbacks(from first: NodeIndex) {
    for index in first..<nodes.count where plan.nodes[index].group?.style == .transaction {
      if facts.steps[plan.nodes[index].name]?.undoing != nil { unfinishedRollbacks.insert(index) }
    }
  }

  /// Whether a node is below a transaction that is to be undone before it begins anew.
  func beginsAnewOnceUndone(_ index: NodeIndex) -> Bool {
    guard !unfinishedRollbacks.isEmpty else { return false }
    var parent = plan.nodes[index].parent
    while let group = parent {
      if unfinishedRollbacks.contains(group), facts.steps[plan.nodes[group].name]?.undoing?.startsAnew == true {
        return true
      }
      parent = plan.nodes[group].parent
    }
    return false
  }

  /// Whether a node that ends like this did something before that has to be undone yet.
  func isStillDone(_ index: NodeIndex, _ status: StepStatus) -> Bool {
    guard !status.isSuccess, beginsAnewOnceUndone(index) else { return false }
    return facts.steps[plan.nodes[index].name]?.end?.status == .succeeded
  }
}
