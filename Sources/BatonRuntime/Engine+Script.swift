import BatonCore
import BatonModel

/// What the engine asks the script, and what it tells people.
extension Engine {
  /// Calls a function of the script; what it says in words is masked.
  ///
  /// - Parameter timeout: of the step that it belongs to, where that is less than what every function has.
  func call(_ callback: Callback, _ arguments: [Value], timeout: Span? = nil) -> CallbackResult {
    let limit = [timeout, launchTimeout].compactMap(\.self).reduce(context.callLimit) { min($0, $1) }
    let result = ports.host.call(callback, arguments, limit: limit)
    if secrets.isEmpty { return result }
    switch result {
    case .returned: return result
    case .raised(let message): return .raised(secrets.mask(message))
    case .halted(let reason): return .halted(secrets.mask(reason))
    case .failed(let reason): return .failed(secrets.mask(reason))
    }
  }

  private func answer(_ result: CallbackResult) -> RunEvent.Answer {
    switch result {
    case .returned(let values):
      switch values.first {
      case nil, .null, .bool(false): .no(reason: (values.dropFirst().first?.string).map { secrets.mask($0) })
      default: .yes
      }
    case .raised(let message): .raised(message)
    case .halted(let reason): .halt(reason)
    case .failed(let reason): .fail(reason)
    }
  }

  func ask(_ index: NodeIndex, _ question: RunEvent.Question, _ outcome: Outcome?) {
    let node = machine.plan.nodes[index]
    switch question {
    case .when:
      guard case .callback(let callback) = node.options.value.when else { return }
      let result = call(callback, [machine.dependencies(of: index)])
      // To return nothing says no, as it does in Lua; where it was forgotten, this tells.
      let isNothing = result == .returned([.null])
      events.append(.answered(index, .when, isNothing ? .no(reason: "its `when` returned nothing") : answer(result)))
    case .retry:
      let facts = machine.facts.steps[node.name]
      let policy = facts?.alternative.flatMap { node.options.value.failover[$0].retry } ?? node.options.value.retry
      guard case .callback(let callback) = policy.when else { return }
      var attempt: [String: Value] = [
        "step": .string(node.name), "attempt": .integer(Int64(facts?.attempts ?? 1)),
        "failures": .integer(Int64((facts?.failures ?? 0) + 1)), "outcome": .string(outcome?.text ?? ""),
      ]
      switch outcome {
      case .exited(let code): attempt["code"] = .integer(Int64(code))
      case .signaled(let signal): attempt["signal"] = .string(SignalName.text(signal))
      case .timedOut: attempt["timeout"] = true
      default: break
      }
      events.append(.answered(index, .retry, answer(call(callback, [.map(attempt)]))))
    }
  }

  func expand(_ index: NodeIndex) {
    let node = machine.plan.nodes[index]
    guard let pending = node.group?.pending else { return }
    do throws(Evaluation.Failure) {
      let recorded = machine.facts.expansions[node.name]
      let evaluation = evaluation(near: node.name)
      var axes: [String: Value] = [:]
      for (name, expr) in pending.axes.sorted(by: { $0.key < $1.key }) {
        axes[name] = try evaluation.axis(expr, recorded: recorded?[name])
      }
      do throws(Diagnostics) {
        let expansion = try ports.host.expand(pending, group: index, first: machine.plan.nodes.count, axes: axes)
        FaultPoint.reach("engine.expanded")
        events.append(.expanded(index, axes: axes, expansion))
      } catch {
        events.append(.expansionFailed(index, secrets.mask(error.text)))
      }
    } catch {
      events.append(.expansionFailed(index, error.text))
    }
  }

  /// With what is known of tests, for a step or a group.
  private func evaluation(near name: String) -> Evaluation {
    var evaluation = evaluation
    evaluation.testFacts = { [context] in context.testFacts(name) }
    return evaluation
  }

  /// The tests that a step is to run; nil: it does not say.
  func tests(of index: NodeIndex) throws(Evaluation.Failure) -> [String]? {
    let node = machine.plan.nodes[index]
    guard let tests = node.options.value.tests else { return nil }
    let matrix = node.parent.map { machine.plan.nodes[$0] }.flatMap { $0.group?.style == .matrix ? $0.name : nil }
    return try evaluation(near: matrix ?? node.name).testNames(tests)
  }

  /// Which of a step's tests the changes can affect; nil: all are asked for, or nothing tells what they touch.
  func impact(on index: NodeIndex, _ tests: [String]) throws(Evaluation.Failure) -> TestImpact? {
    let node = machine.plan.nodes[index]
    let options = node.options.value
    guard let scope = machine.facts.start?.options.changes,
      options.results.contains(where: { $0.reader == .format(.contexts) })
    else { return nil }
    let inputs = options.inputs.isEmpty ? nil : try evaluation.arguments(of: options.inputs)
    return context.testImpact(
      tests, TestIdentity.withoutShards(node.name), inputs, try builder.folder(options.cwd), scope.changes)
  }

  func judge(_ index: NodeIndex) {
    let node = machine.plan.nodes[index]
    guard let declared = node.gate else { return }
    let (gate, isEarly) = machine.judged(index, by: declared)
    var past = GateEvaluation.Past()
    if gate.require.contains(where: { if case .baseline = $0.bound { true } else { false } }) {
      past.baselines = context.baseline()[node.name] ?? [:]
    }
    if gate.require.contains(where: { $0.metric == "new_failures" }) {
      past.newFailures = context.newFailures(machine.measuredSteps(before: index))
    }
    var verdict = GateEvaluation.verdict(gate: node.name, spec: gate, sources: machine.sources(of: index), past: past)
    if let check = gate.check, !isEarly {
      let result = call(check, [machine.results(of: index)])
      switch answer(result) {
      case .yes:
        if case .returned(let values) = result, let reason = values.dropFirst().first?.string, !reason.isEmpty {
          verdict.findings.append(secrets.mask(reason))
        }
      case .no(let reason):
        verdict.refuse(reason)
      case .raised(let message):
        events.append(.judged(index, .failed("its check raised an error: \(message)")))
        return
      case .fail(let reason):
        events.append(.judged(index, .failed(reason)))
        return
      case .halt(let reason):
        events.append(.judged(index, .halt(reason)))
        return
      }
    }
    FaultPoint.reach("engine.judged")
    events.append(.judged(index, .verdict(verdict, fingerprint: fingerprint(index))))
  }

  // MARK: Notifications

  func consider(_ notification: Int, _ event: Value) {
    guard case .callback(let callback) = machine.plan.notifications[notification].on else { return }
    let result = answer(call(callback, [event]))
    if case .raised(let message) = result {
      ports.reporter.warning(
        "notification \"\(machine.plan.notifications[notification].name)\": its `on` raised an error: \(message)")
    }
    events.append(.considered(notification: notification, event: event, result == .yes))
  }

  /// Asks the runs of the workflow for room. Where they cannot be asked, a message too many is better than none.
  func claim(_ claim: NoticeClaim) {
    FaultPoint.reach("notify.before-claim")
    let answer: NoticeClaim.Answer
    do throws(BatonError) {
      answer = try context.claimNotice(claim)
    } catch {
      ports.reporter.warning(
        "notification \"\(claim.lane.name)\": \(error.message); it is sent as if no run were before")
      answer = claim.held.isEmpty ? .nothing : .granted([])
    }
    FaultPoint.reach("notify.claimed")
    events.append(.claimed(claim.lane, answer))
  }

  func notify(_ outstanding: RunFacts.Outstanding) {
    let writer = NoticeWriter(
      machine.plan.notifications, evaluation, call: { [unowned self] in call($0, $1) },
      mask: { [unowned self] in secrets.mask($0) })
    switch writer.make(outstanding) {
    case .message(let message, let warnings):
      for warning in warnings { ports.reporter.warning(warning) }
      FaultPoint.reach("engine.before-notify")
      ports.notifier.send(message)
    case .impossible(let error, let warning):
      if let warning { ports.reporter.warning(warning) }
      events.append(.notificationFailed(key: outstanding.key, attempts: 0, error: error))
    }
  }
}
