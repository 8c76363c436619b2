import BatonModel

/// Services that are lost, and those who ran on them.
extension RunMachine {
  /// How long a failed attempt waits for the death of a service that nothing but its process can tell of.
  private static let patience = Span(milliseconds: 200)

  /// Its process has ended, whatever for.
  func serviceProcessEnded(_ index: NodeIndex, _ result: AttemptResult) {
    guard let state = services[index], let attempt = state.attempt else { return }
    let name = plan.nodes[index].name
    let end = AttemptEnd(
      step: name, number: attempt, outcome: result.outcome, started: result.started, ended: result.ended,
      executor: plan.nodes[index].options.value.executor.text)
    services[index]?.lastEnd = end
    if let check = state.check {
      services[index]?.check = nil
      actions.append(.endCheck(index, number: check))
    }
    switch state.phase {
    case .ending(_, .unneeded), .tearingDown:
      serviceGone(index, end, .stopped, reason: nil, complaint: state.complaint)
      services[index]?.complaint = nil
      serviceOver(index)
      // What waited for a person may have been let go on meanwhile.
      if parkedByService[index]?.isEmpty == false { startService(index) }
    case .ending(_, .failed(let reason)): recover(index, end, reason: reason)
    case .ending(_, .lost(let other)):
      serviceGone(index, end, .down, reason: "\(other) was lost")
      services[index]?.phase = .idle
      startService(index)
    case .starting, .settingUp:
      recover(index, end, reason: "it ended before it was ready: \(Self.text(of: end.outcome))")
    case .ready:
      let reason = "it ended: \(Self.text(of: end.outcome))"
      recover(index, end, reason: reason)
      loseUsers(of: index)
    case .idle, .preparing, .waiting, .over: break
    }
  }

  /// A service is not meant to succeed.
  private static func text(of outcome: Outcome) -> String {
    if case .succeeded = outcome { "exit code 0" } else { outcome.text }
  }

  private static func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (_, 11...13): "\(number)th"
    case (1, _): "\(number)st"
    case (2, _): "\(number)nd"
    case (3, _): "\(number)rd"
    default: "\(number)th"
    }
  }

  private func serviceGone(
    _ index: NodeIndex, _ end: AttemptEnd, _ state: ServiceChange.State, reason: String?, until: Instant? = nil,
    counts: Bool = false, complaint: String? = nil
  ) {
    var change = ServiceChange(service: end.step, attempt: end.number, state: state, reason: reason)
    change.end = end
    change.until = until
    change.counts = counts
    change.complaint = complaint
    write(.serviceChanged(change))
  }

  /// It does not answer any more.
  func serviceUnhealthy(_ index: NodeIndex, _ failure: String) {
    guard let state = services[index], let attempt = state.attempt else { return }
    let reason = "it is unhealthy: \(failure)"
    write(
      .serviceChanged(
        ServiceChange(service: plan.nodes[index].name, attempt: attempt, state: .unhealthy, reason: reason)))
    endService(index, .failed(reason))
    loseUsers(of: index)
  }

  /// Starts it again, or an alternative, or gives it up.
  private func recover(_ index: NodeIndex, _ end: AttemptEnd, reason: String) {
    let policy = traits(of: index).restart
    let known = facts.services[end.step]
    let failures = (known?.failures ?? 0) + 1
    guard case .running = mode else {
      serviceGone(index, end, .stopped, reason: reason)
      return serviceOver(index)
    }
    if failures < policy.attempts {
      let seed = StableHash.word(end.step, String(end.number), seed: facts.start?.observations.seed ?? 0)
      let moment = now + Backoff.delay(policy, failures: failures, seed: seed)
      serviceGone(index, end, .down, reason: reason, until: moment, counts: true)
      services[index]?.phase = .waiting
      return setAlarm(index, after: moment - now)
    }
    serviceGone(index, end, .down, reason: reason, counts: true)
    let alternatives = plan.nodes[index].service?.alternatives.count ?? 0
    guard (known?.alternative ?? -1) + 1 < alternatives else {
      let tries = failures == 1 ? "" : ", the \(Self.ordinal(failures)) time"
      return failService(index, reason + tries)
    }
    startService(index)
  }

  /// It does not come back: what runs on it fails, what waits for it is skipped.
  func failService(_ index: NodeIndex, _ reason: String) {
    let lastEnd = services[index]?.lastEnd
    services[index]?.phase = .over
    services[index]?.failure = reason
    if case .serving = nodes[index].phase {
      end(index, .failed, reason: reason, attempt: lastEnd)
    } else {
      let name = plan.nodes[index].name
      write(
        .stepEnded(
          StepEnd(
            step: name, status: .failed, reason: reason, attempt: lastEnd,
            values: facts.services[name]?.values ?? [:], fingerprint: facts.services[name]?.fingerprint,
            kind: .service)))
      setPhase(index, .ended(.failed))
      nodes[index].failureUpstream = true
      failedSteps += 1
      leaveServices(of: index)
      considerStep(index, .failed, reason)
      failFast(index)
    }
    for dependent in servicesOn(index) {
      guard let state = services[dependent], state.failure == nil, case .idle = state.phase else { continue }
      if case .blocked = nodes[dependent].phase { continue }
      failService(dependent, "\(plan.nodes[index].name) failed")
    }
    for doubter in services[index]?.doubters ?? [] { loseDoubted(doubter, of: index) }
    services[index]?.doubters = []
    unparkUsers(of: index)
  }

  // MARK: Those who use it

  /// The services that a node runs on: its own, and those of the groups and bodies around it.
  func servicesUsed(by index: NodeIndex) -> [NodeIndex] {
    var used: [NodeIndex] = []
    var around: NodeIndex? = index
    while let node = around {
      for dependency in plan.nodes[node].dependencies where services[dependency] != nil { used.append(dependency) }
      around = plan.nodes[node].parent
    }
    return used
  }

  /// Whether a service has ended without having been ready: what it depends on failed, or was skipped.
  private func isNeverReady(_ service: NodeIndex) -> Bool {
    if case .ended(let status) = nodes[service].phase { return status != .succeeded }
    return false
  }

  /// What a ready step has to do for the sake of its services.
  enum ServiceGate {
    case pass
    case wait(for: NodeIndex)
    /// It starts once the step has its turn.
    case start(NodeIndex)
    case never(String)
  }

  func serviceGate(_ index: NodeIndex) -> ServiceGate {
    for service in servicesUsed(by: index) {
      guard let state = services[service], !state.isReady else { continue }
      // What it depends on may have failed meanwhile, and it with that.
      if mayStart(service), !isNeverReady(service) {
        // One of many starts in its user's turn.
        if plan.nodes[service].service?.startsLate == true { return .start(service) }
        startService(service)
      }
      let isFailed = services[service]?.failure != nil
      if isFailed || isNeverReady(service) {
        // What runs whatever came before has nothing to wait for.
        guard case .succeeded = plan.nodes[index].options.value.when else { continue }
        let name = plan.nodes[service].name
        if !isFailed, case .ended(.skipped) = nodes[service].phase {
          return .never("\(name) was not started: nothing that depended on it was to run")
        }
        return .never("\(name) failed")
      }
      return .wait(for: service)
    }
    return .pass
  }

  func unparkUsers(of service: NodeIndex) {
    guard let parked = parkedByService.removeValue(forKey: service) else { return }
    for index in parked {
      guard case .parked = nodes[index].phase else { continue }
      if seated.contains(index) { goOn(index) } else { putIntoQueue(index) }
    }
  }

  /// It is gone: what depends on it is ended with it, and what ran on any of them is lost.
  private func loseUsers(of service: NodeIndex) {
    let name = plan.nodes[service].name
    for dependent in servicesOn(service) {
      guard let state = services[dependent] else { continue }
      switch state.phase {
      case .ready:
        endService(dependent, .lost(name))
        loseUsers(of: dependent)
      case .starting, .settingUp: endService(dependent, .lost(name))
      case .preparing, .waiting:
        services[dependent]?.phase = .idle
        if services[service]?.failure != nil { failService(dependent, "\(name) failed") }
      case .idle, .tearingDown, .ending, .over: break
      }
    }
    for index in nodes.indices where plan.nodes[index].body == nil {
      guard case .running(let attempt) = nodes[index].phase, servicesUsed(by: index).contains(service) else { continue }
      stop(index, attempt, as: .lost(name))
    }
    for doubter in services[service]?.doubters ?? [] { loseDoubted(doubter, of: service) }
    services[service]?.doubters = []
  }

  /// An attempt has failed: before that counts, the services that it ran on are looked at. Whether there are any.
  func doubt(_ index: NodeIndex, _ end: AttemptEnd) -> Bool {
    if case .interrupting = mode { return false }
    let used = servicesUsed(by: index).filter { services[$0]?.failure == nil && !isNeverReady($0) }
    guard !used.isEmpty else { return false }
    setPhase(index, .doubted(end))
    if let gone = used.first(where: { services[$0]?.isReady != true }) {
      loseDoubted(index, of: gone)
      return true
    }
    doubts[index] = Set(used)
    for service in used {
      services[service]?.doubters.append(index)
      guard let probe = healthProbe(of: service) else {
        setAlarm(service, after: Self.patience)
        continue
      }
      if services[service]?.check != nil {
        services[service]?.isStale = true
      } else {
        ask(service, probe.check, limit: probe.spec.timeout)
      }
    }
    return true
  }

  /// A service is well: failures on it are what they seem, as far as it is concerned.
  func settleDoubts(_ service: NodeIndex) {
    let doubters = services[service]?.doubters ?? []
    services[service]?.doubters = []
    for index in doubters {
      guard case .doubted(let end) = nodes[index].phase else { continue }
      doubts[index]?.remove(service)
      guard doubts[index]?.isEmpty ?? true else { continue }
      doubts[index] = nil
      attemptFailed(index, end)
    }
  }

  private func loseDoubted(_ index: NodeIndex, of service: NodeIndex) {
    guard case .doubted(var end) = nodes[index].phase else { return }
    doubts[index] = nil
    end.outcome = .lost(plan.nodes[service].name)
    attemptLost(index, end)
  }

  /// An attempt is over because a service was lost: it runs again, without using up a retry.
  func attemptLost(_ index: NodeIndex, _ end: AttemptEnd) {
    switch modeOf(index) {
    case .halting(let reason), .failingFast(let reason):
      return self.end(index, .skipped, reason: reason, attempt: end)
    case .cancelling(let reason): return self.end(index, .cancelled, reason: reason, attempt: end)
    case .interrupting:
      write(.attemptFailed(end, next: .onResume))
      return setPhase(index, .held)
    case .running: break
    }
    let options = plan.nodes[index].options.value
    if options.interrupted == .fail {
      return self.end(
        index, .failed, reason: "it \(end.outcome.text), and says interrupted = \"fail\"", attempt: end,
        allowed: options.allowFailure)
    }
    // There is nothing to wait for.
    let gone = servicesUsed(by: index).first { services[$0]?.failure != nil }
    if case .succeeded = options.when, let gone {
      return self.end(index, .skipped, reason: "\(plan.nodes[gone].name) failed", attempt: end)
    }
    write(.attemptFailed(end, next: .again))
    if options.interrupted == .ask { return askWhetherToRunAgain(index, end.number) }
    putIntoQueue(index)
  }
}
