import BatonModel

/// From "its dependencies have ended" to "it is in the queue".
extension RunMachine {
  /// Looks at every node whose turn has come, until nothing follows from anything.
  func settle() {
    while let index = worklist.popLast() {
      switch nodes[index].phase {
      case .blocked where nodes[index].unresolved == 0: resolve(index)
      case .open where nodes[index].openMembers == 0: endGroup(index)
      default: break
      }
    }
  }

  private func resolve(_ index: NodeIndex) {
    switch mode {
    case .interrupting: return
    case .running: break
    case _ where nodes[index].isCompensating: break
    case .halting(let reason), .failingFast(let reason): return end(index, .skipped, reason: reason)
    case .cancelling(let reason): return end(index, .cancelled, reason: reason)
    }
    let upstream = dependencySummary(index)
    nodes[index].failureUpstream = upstream.failed != nil
    switch plan.nodes[index].options.value.when {
    case .succeeded:
      if let failed = upstream.failed { return skip(index, "\(failed) \(upstream.how)") }
      if let skipped = upstream.skipped { return skip(index, "\(skipped) was skipped") }
    case .failed:
      if upstream.failed == nil { return skip(index, "nothing that it depends on failed", decided: .failed) }
    case .finished: break
    case .callback:
      setPhase(index, .asking)
      actions.append(.ask(index, .when, nil, after: facts.lastSeq))
      return
    }
    proceed(index)
  }

  /// What of a node's dependencies did not succeed.
  func dependencySummary(_ index: NodeIndex) -> (failed: String?, how: String, skipped: String?) {
    var failed: String?
    var how = "failed"
    var skipped: String?
    for dependency in plan.nodes[index].dependencies {
      guard case .ended(let status) = nodes[dependency].phase else { continue }
      let name = plan.nodes[dependency].name
      switch status {
      case .succeeded, .kept, .cached: break
      case .failed, .cancelled:
        if facts.steps[name]?.end?.allowed == true { break }
        if failed == nil {
          failed = name
          how = status == .failed ? "failed" : "was cancelled"
        }
      case .skipped:
        if facts.steps[name]?.end?.allowed == true { break }
        if nodes[dependency].failureUpstream, failed == nil {
          failed = name
          how = "was skipped"
        }
        if skipped == nil { skipped = name }
      case .pending, .ready, .running, .retrying, .waiting, .undone: break
      }
    }
    return (failed, how, skipped)
  }

  /// - Parameter decided: the condition, where it is the node's own that said no: such a skip is kept by a resumed run.
  private func skip(_ index: NodeIndex, _ reason: String, decided: StepOptions.When? = nil) {
    let fingerprint = decided.map { FingerprintBuilder.fingerprint(ofCondition: $0) }
    if plan.nodes[index].group != nil { skipMembers(of: index, reason, decided: decided) }
    end(index, .skipped, reason: reason, fingerprint: fingerprint)
  }

  /// Ends what has not started of a group.
  func skipMembers(of index: NodeIndex, _ reason: String, decided: StepOptions.When? = nil) {
    setPhase(index, .open)
    for member in plan.nodes[index].group?.members ?? [] where !nodes[member].phase.isEnded {
      nodes[member].failureUpstream = nodes[index].failureUpstream
      skip(member, reason, decided: decided)
    }
  }

  func whenAnswered(_ index: NodeIndex, _ answer: RunEvent.Answer) {
    guard case .asking = nodes[index].phase else { return }
    switch answer {
    case .yes: proceed(index)
    case .no(let reason):
      skip(index, reason ?? "its `when` said no", decided: plan.nodes[index].options.value.when)
    case .raised(let message): fail(index, "its `when` raised an error: \(message)")
    case .fail(let reason): fail(index, reason)
    case .halt(let reason):
      skip(index, "it halted the run: \(reason)")
      halt(reason, by: plan.nodes[index].name)
    }
  }

  /// Ends a node that never ran as failed; of a group, its members are skipped.
  private func fail(_ index: NodeIndex, _ reason: String) {
    if plan.nodes[index].group != nil { skipMembers(of: index, reason) }
    end(index, .failed, reason: reason, allowed: plan.nodes[index].options.value.allowFailure)
  }

  /// The node's condition holds.
  private func proceed(_ index: NodeIndex) {
    switch plan.nodes[index].kind {
    case .gate:
      setPhase(index, .judging)
      actions.append(.judge(index, after: facts.lastSeq))
    case .group(let group):
      if group.pending != nil {
        setPhase(index, .expanding)
        expansions.append(index)
        if expansions.count == 1 { actions.append(.expand(index, after: facts.lastSeq)) }
      } else {
        open(index)
      }
    case .service: serviceResolved(index)
    case .step:
      switch plan.nodes[index].options.value.cache {
      case .off: enqueue(index)
      case .on, .keyed:
        setPhase(index, .probing)
        actions.append(.probe(index, after: facts.lastSeq))
      }
    }
  }

  func open(_ index: NodeIndex) {
    if goOnUndoing(transaction: index) { return }
    setPhase(index, .open)
    guard let group = plan.nodes[index].group else { return }
    for member in group.members where !nodes[member].phase.isEnded {
      nodes[member].unresolved -= 1
      if nodes[member].unresolved == 0 { worklist.append(member) }
    }
    if nodes[index].openMembers == 0 { worklist.append(index) }
  }

  func probed(_ index: NodeIndex, _ probe: RunEvent.Probe) {
    guard case .probing = nodes[index].phase else { return }
    switch probe {
    case .hit(let values, let fingerprint, let kept):
      let name = plan.nodes[index].name
      if let kept { restore(kept, of: name) }
      end(index, .cached, values: kept == nil ? values : withTests(values, of: name), fingerprint: fingerprint)
    case .miss: enqueue(index)
    case .failed(let message):
      end(index, .failed, reason: message, allowed: plan.nodes[index].options.value.allowFailure)
    }
  }

  /// What gates and reports are told of a step that was not run: as attempt 0.
  private func restore(_ kept: KeptResults, of step: String) {
    for (name, value) in kept.metrics.sorted(by: { $0.key < $1.key }) {
      write(.metric(step: step, attempt: 0, name: name, value: value))
    }
    guard let summary = kept.summary else { return }
    write(.measured(Measured(step: step, attempt: 0, summary: summary, sources: kept.sources, origin: kept.origin)))
  }

  /// Puts a step into the queue, unless an earlier attempt was cut off and the step says that this must not be repeated.
  func enqueue(_ index: NodeIndex) {
    let options = plan.nodes[index].options
    let known = facts.steps[plan.nodes[index].name]
    if let cutOff = known?.lastCutOff {
      switch options.value.interrupted {
      case .rerun: break
      case .fail:
        return end(
          index, .failed, reason: "attempt \(cutOff) was cut off, and the step says interrupted = \"fail\"",
          allowed: options.value.allowFailure)
      case .ask: return askWhetherToRunAgain(index, cutOff)
      }
    }
    let impossible = pool.impossible(in: options.value.resources)
    if let need = impossible.first {
      let reason =
        "it asks for \(need.name) = \(Requirement.text(need.asked)), and there is \(Requirement.text(need.capacity)) in all"
      return end(index, .failed, reason: reason, allowed: options.value.allowFailure)
    }
    if let moment = known?.retryAt, moment > now, let failure = known?.lastFailure {
      return wait(index, failure, until: moment)
    }
    putIntoQueue(index)
  }

  /// The cells of a matrix were made, or could not be: the next one has its turn.
  private func askForNextExpansion() {
    if !expansions.isEmpty { expansions.removeFirst() }
    appendDeferred()
    while let next = expansions.first {
      if case .expanding = nodes[next].phase { return actions.append(.expand(next, after: facts.lastSeq)) }
      expansions.removeFirst()
    }
  }

  func expanded(_ index: NodeIndex, _ axes: [String: Value], _ expansion: Expansion) {
    defer { askForNextExpansion() }
    guard case .expanding = nodes[index].phase else { return }
    let cells = PlanShape(expansion, behind: plan)
    write(.expanded(group: plan.nodes[index].name, axes: axes, cells: cells))
    let first = plan.nodes.count
    guard case .group(var group) = plan.nodes[index].kind else { return }
    group.members = expansion.members
    group.pending = nil
    plan.nodes[index].kind = .group(group)
    plan.nodes += expansion.nodes
    nodes += Array(repeating: NodeState(), count: expansion.nodes.count)
    dependents += Array(repeating: [], count: expansion.nodes.count)
    unfinished += expansion.nodes.count
    for node in first..<plan.nodes.count {
      for dependency in plan.nodes[node].dependencies { dependents[dependency].append(node) }
    }
    // The new nodes lie on the paths behind their group: as long as the longest of them.
    let lengths = durations
    let all = plan.nodes
    paths = Topology(all).remainingPaths(all) { lengths[all[$0].name]?.seconds ?? 1 }
    setPhase(index, .open)
    adopt(from: first)
    beginServices(from: first)
    for member in expansion.members {
      countKnown(member, in: index)
    }
    nodes[index].openMembers = Int32(expansion.members.count { !nodes[$0].phase.isEnded })
    if nodes[index].openMembers == 0 { worklist.append(index) }
  }

  func expansionFailed(_ index: NodeIndex, _ message: String) {
    defer { askForNextExpansion() }
    guard case .expanding = nodes[index].phase else { return }
    end(index, .failed, reason: message)
  }
}
