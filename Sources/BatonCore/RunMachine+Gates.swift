import BatonModel

extension RunMachine {
  func judged(_ index: NodeIndex, _ judgement: RunEvent.Judgement) {
    judgedEarly.remove(index)
    guard case .judging = nodes[index].phase else { return }
    let allowed = plan.nodes[index].options.value.allowFailure
    switch judgement {
    case .failed(let message): end(index, .failed, reason: message, allowed: allowed)
    case .halt(let reason):
      end(index, .failed, reason: "it halted the run: \(reason)")
      halt(reason, by: plan.nodes[index].name)
    case .verdict(let verdict, let fingerprint): weigh(index, Judgement(verdict: verdict, fingerprint: fingerprint))
    }
  }

  /// A gate that can't pass any more, whatever is yet to come, is judged at once: it need not wait for the rest.
  func judgeEarly(after index: NodeIndex) {
    guard facts.hasResults, case .running = mode, facts.steps[plan.nodes[index].name]?.results != nil else { return }
    var seen: Set<NodeIndex> = []
    var work = dependents[index]
    // Who depends on a group depends on its members.
    var parent = plan.nodes[index].parent
    while let group = parent {
      work += dependents[group]
      parent = plan.nodes[group].parent
    }
    while let next = work.popLast() {
      guard seen.insert(next).inserted, let gate = plan.nodes[next].gate, case .blocked = nodes[next].phase,
        nodes[next].unresolved > 0, isOpen(plan.nodes[next].parent),
        case .succeeded = plan.nodes[next].options.value.when,
        dependencySummary(next).failed == nil, startsNothing(next, byRefusing: gate),
        GateEvaluation.cannotPass(gate, sources: sources(of: next, ended: true), toCome: testsToCome(before: next))
      else { continue }
      setPhase(next, .judging)
      judgedEarly.insert(next)
      actions.append(.judge(next, after: facts.lastSeq))
    }
  }

  /// Whether nothing begins when a gate refuses: what comes after it waits for all that is before it, too. `warn` lets it begin,
  /// `ask` may, and what takes another branch than success does.
  private func startsNothing(_ index: NodeIndex, byRefusing gate: GateSpec) -> Bool {
    switch gate.otherwise {
    case .halt: return true
    case .warn, .ask: return false
    case .branch:
      var seen: Set<NodeIndex> = []
      var work = dependents[index]
      while let next = work.popLast() {
        guard seen.insert(next).inserted else { continue }
        guard case .succeeded = plan.nodes[next].options.value.when else { return false }
        work += dependents[next] + (plan.nodes[next].group?.members ?? [])
      }
      return true
    }
  }

  /// What a gate is judged by now: all that it requires, once what it waits for has ended; before that, only what cannot be met
  /// any more. The rest is neither missing nor measured yet.
  ///
  /// - Returns: `isEarly`: it is refused for certain, so that no `check` need be asked.
  public func judged(_ index: NodeIndex, by gate: GateSpec) -> (spec: GateSpec, isEarly: Bool) {
    guard judgedEarly.contains(index) else { return (gate, false) }
    let (known, toCome) = (sources(of: index, ended: true), testsToCome(before: index))
    var certain = gate
    certain.require = gate.require.filter {
      GateEvaluation.cannotPass(GateSpec(require: [$0]), sources: known, toCome: toCome)
    }
    return certain.require.isEmpty ? (gate, false) : (certain, true)
  }

  /// How many tests the steps before a gate that have not ended told at most in earlier runs; nil: one of them may tell of some
  /// and never did, or its cells are not known yet.
  private func testsToCome(before gate: NodeIndex) -> Int? {
    var work = plan.nodes[gate].dependencies
    while let next = work.popLast() {
      guard let group = plan.nodes[next].group else { continue }
      if group.pending != nil, !nodes[next].phase.isEnded, group.members.isEmpty { return nil }
      work += group.members
    }
    var count = 0
    for step in stepsBefore(gate) where !nodes[step].phase.isEnded {
      let name = plan.nodes[step].name
      if let known = expectedTests[name] {
        count += known
      } else if !plan.nodes[step].options.value.results.isEmpty || durations[name] == nil {
        return nil
      }
    }
    return count
  }

  /// Whether the members of a group may begin; without a group they may.
  private func isOpen(_ group: NodeIndex?) -> Bool {
    guard let group else { return true }
    if case .open = nodes[group].phase { return true }
    return false
  }

  /// Steps that a node depends on, members of groups included, in order of declaration.
  public func stepsBefore(_ index: NodeIndex) -> [NodeIndex] {
    var found: Set<NodeIndex> = []
    var work = plan.nodes[index].dependencies
    while let next = work.popLast() {
      if let group = plan.nodes[next].group {
        work += group.members
      } else if plan.nodes[next].gate == nil {
        found.insert(next)
      }
    }
    return found.sorted()
  }

  /// What a gate's `check` is told: what it depends on, as ``dependencies(of:)`` has it, and `metrics`, everything that was
  /// measured before it. A step of that name takes its place.
  public func results(of gate: NodeIndex) -> Value {
    guard case .map(let before) = dependencies(of: gate) else { return .map([:]) }
    let metrics = GateEvaluation.measurements(sources(of: gate)).mapValues { Value.number($0) }
    return .map(["metrics": .map(metrics)].merging(before) { _, step in step })
  }

  /// What a function of the script is told of what a node depends on: name → `{ status, out, reason, attempts, metrics }`, a
  /// group's with `steps` instead of `out`.
  public func dependencies(of index: NodeIndex) -> Value {
    var fields: [String: Value] = [:]
    var dependencies = plan.nodes[index].dependencies
    // What undoes a step sees what the step saw, and the step.
    if let member = memberUndone(by: index) { dependencies += plan.nodes[member].dependencies + [member] }
    for dependency in dependencies {
      let node = plan.nodes[dependency]
      fields[node.service?.declared ?? node.name] = description(of: dependency)
    }
    return .map(fields)
  }

  private func description(of index: NodeIndex) -> Value {
    let node = plan.nodes[index]
    let known = facts.steps[node.name]
    var fields: [String: Value] = ["status": .string(status(of: index).rawValue)]
    if let reason = known?.end?.reason { fields["reason"] = .string(reason) }
    if let group = node.group {
      fields["steps"] = .map(
        Dictionary(
          group.members.map { (plan.nodes[$0].name, description(of: $0)) }, uniquingKeysWith: { first, _ in first }))
    } else {
      fields["out"] = .map(node.service == nil ? known?.end?.values ?? [:] : values(of: node.name) ?? [:])
      fields["attempts"] = .integer(Int64(known?.attempts ?? 0))
      fields["metrics"] = .map((known?.measurements ?? [:]).mapValues { .number($0) })
    }
    return .map(fields)
  }
}
