import BatonModel

/// Services: when they start, and when nobody needs them any more.
extension RunMachine {
  static let nothingNeedsIt = "nothing that needs it is to run"

  /// Takes in the services among the nodes from a position on, and what holds services among them.
  func beginServices(from first: NodeIndex) {
    guard !services.isEmpty || plan.nodes[first...].contains(where: { $0.service != nil }) else { return }
    for index in first..<plan.nodes.count where plan.nodes[index].service != nil {
      services[index] = ServiceState()
    }
    for index in first..<plan.nodes.count where !nodes[index].phase.isEnded { hold(index) }
    // A service that nobody needs needs nothing itself.
    for index in (first..<plan.nodes.count).reversed() {
      if services[index]?.holders == 0 { leaveIdle(index) }
    }
  }

  /// A service that is not needed and was not started ends as it did before, or without having run.
  private func leaveIdle(_ index: NodeIndex) {
    guard !nodes[index].phase.isEnded else { return }
    services[index]?.phase = .over
    let known = facts.steps[plan.nodes[index].name]?.end
    guard let known, known.status.isSuccess else {
      let name = plan.nodes[index].name
      if let served = facts.services[name], served.hasServed {
        // Its driver died when all who needed it had ended.
        return end(index, .succeeded, values: served.values, fingerprint: served.fingerprint)
      }
      // Nothing is missing by it: a group of such services has succeeded.
      return end(index, .skipped, reason: Self.nothingNeedsIt, allowed: true)
    }
    end(index, known.status, reason: known.reason, values: known.values, fingerprint: known.fingerprint)
  }

  /// The services that run as long as a node does: a service lives on behind the groups around it, others do not.
  private func servicesHeld(by index: NodeIndex) -> [NodeIndex] {
    if services[index] != nil { return servicesUsed(by: index) }
    return plan.nodes[index].dependencies.filter { services[$0] != nil }
  }

  /// The services that depend on a service, themselves or with a group around them.
  func servicesOn(_ service: NodeIndex) -> [NodeIndex] {
    services.keys.sorted().filter { servicesUsed(by: $0).contains(service) }
  }

  /// A node is to run: the services that it depends on are needed by one more.
  private func hold(_ index: NodeIndex) {
    let used = servicesHeld(by: index)
    guard !used.isEmpty, serviceHolders.insert(index).inserted else { return }
    for service in used { services[service]?.holders += 1 }
  }

  /// A node has ended: the services that it depended on are needed by one less.
  func leaveServices(of index: NodeIndex) {
    guard serviceHolders.remove(index) != nil else { return }
    for dependency in servicesHeld(by: index) {
      guard var state = services[dependency] else { continue }
      state.holders -= 1
      services[dependency] = state
      if state.holders == 0 { unneeded.append(dependency) }
    }
  }

  /// Services that have become idle are asked to end, and what follows from that is done; after each event.
  func settleServices() {
    // A step that its services keep from ever starting ends while steps are being started: its body hears of it.
    while !unneeded.isEmpty || !worklist.isEmpty || !awake.isEmpty {
      while let index = unneeded.popLast() {
        if services[index]?.holders == 0 { stopService(index) }
      }
      settle()
      settleBodies()
      wakeBodies()
      schedule()
    }
  }

  /// Whether a node is a service that may be used now.
  public func isReadyService(_ index: NodeIndex) -> Bool { services[index]?.isReady ?? false }

  /// Where a service stands, as people see it; nil: the node's phase tells.
  func serviceStatus(of index: NodeIndex) -> StepStatus? {
    guard let state = services[index] else { return nil }
    switch state.phase {
    case .starting, .settingUp, .ready, .tearingDown, .ending: return .running
    case .preparing: return nodes[index].phase.isEnded ? .retrying : .running
    case .waiting: return .retrying
    case .idle where state.isOffered && !state.isWanted && !nodes[index].phase.isEnded: return .pending
    case .idle: if case .ended(.succeeded) = nodes[index].phase { return .retrying } else { return nil }
    case .over: return nil
    }
  }

  // MARK: The start

  /// What a service depends on has ended well.
  func serviceResolved(_ index: NodeIndex) {
    guard let state = services[index], state.holders > 0 else { return leaveIdle(index) }
    setPhase(index, .serving)
    guard plan.nodes[index].service?.startsLate == true else { return startService(index) }
    services[index]?.isOffered = true
    for dependent in dependents[index] { resolved(dependent) }
  }

  /// One less of what a node depends on is waited for.
  private func resolved(_ index: NodeIndex) {
    nodes[index].unresolved -= 1
    if nodes[index].unresolved == 0 { worklist.append(index) }
  }

  /// Whether a node waits for another: for one that has not ended, unless it is a service that starts when it is asked for.
  func isAwaited(_ index: NodeIndex) -> Bool {
    !nodes[index].phase.isEnded && services[index]?.isOffered != true
  }

  /// Starts a service, unless one that it depends on is not ready: then it starts with that.
  func startService(_ index: NodeIndex) {
    guard services[index]?.failure == nil, case .running = mode else { return }
    services[index]?.phase = .idle
    services[index]?.isWanted = true
    hold(index)
    for dependency in servicesUsed(by: index) {
      guard let other = services[dependency] else { continue }
      if other.isReady { continue }
      if other.failure != nil { return failService(index, "\(plan.nodes[dependency].name) failed") }
      if mayStart(dependency) { startService(dependency) }
      return
    }
    services[index]?.phase = .preparing
    actions.append(.prepare(index, alternative: nextAlternative(of: index), after: facts.lastSeq))
  }

  /// Whether a service does not run that could: it has been stopped, or starts late and was not asked for.
  func mayStart(_ index: NodeIndex) -> Bool {
    guard let state = services[index], state.failure == nil else { return false }
    return switch state.phase {
    case .over: true
    case .idle: state.isOffered && !state.isWanted
    default: false
    }
  }

  /// The alternative that is started next; nil: the service itself.
  private func nextAlternative(of index: NodeIndex) -> Int? {
    guard let spec = plan.nodes[index].service, let known = facts.services[plan.nodes[index].name] else { return nil }
    guard known.failures >= spec.traits(of: known.alternative).restart.attempts else { return known.alternative }
    let next = (known.alternative ?? -1) + 1
    return next < spec.alternatives.count ? next : known.alternative
  }

  func traits(of index: NodeIndex) -> ServiceSpec.Traits {
    let name = plan.nodes[index].name
    return plan.nodes[index].service?.traits(of: facts.services[name]?.alternative) ?? ServiceSpec.Traits()
  }

  /// What it will be known by is decided.
  func serviceGiven(_ index: NodeIndex, _ given: ServiceGift) {
    guard case .preparing? = services[index]?.phase else { return }
    let name = plan.nodes[index].name
    let attempt = (facts.steps[name]?.attempts ?? 0) + 1
    var change = ServiceChange(service: name, attempt: attempt, state: .given)
    change.values = given.values
    change.alternative = given.alternative
    change.fingerprint = given.fingerprint
    write(.serviceChanged(change))
    services[index]?.phase = .starting(attempt: attempt)
    services[index]?.failures = 0
    services[index]?.emitted = [:]
    let seq = write(.intended([StepAttempt(step: name, number: attempt)]))
    actions.append(.launch(index, attempt: attempt, alternative: given.alternative, after: seq))
  }

  /// It cannot be started at all: no port is free, a value of its outputs is missing.
  func serviceUnprepared(_ index: NodeIndex, _ message: String) {
    guard case .preparing? = services[index]?.phase else { return }
    failService(index, message)
  }

  func serviceStarted(_ index: NodeIndex, pid: Int32?) {
    guard var state = services[index], let attempt = state.attempt else { return }
    write(
      .attemptStarted(
        StepAttempt(step: plan.nodes[index].name, number: attempt),
        executor: plan.nodes[index].options.value.executor.text,
        pid: pid))
    guard case .starting = state.phase else { return }
    state.startedAt = now
    services[index] = state
    if traits(of: index).ready == nil { return serviceAnswers(index, attempt) }
    setAlarm(index, after: .zero)
  }

  // MARK: Ready

  /// It answers: what it is set up with is done, the first time.
  private func serviceAnswers(_ index: NodeIndex, _ attempt: Int) {
    let known = facts.services[plan.nodes[index].name]
    if !traits(of: index).setup.isEmpty, known?.isSetUp != true {
      services[index]?.phase = .settingUp(attempt: attempt, command: 0)
      return ask(index, .setup(0), limit: traits(of: index).setupLimit)
    }
    becomeReady(index, attempt)
  }

  private func becomeReady(_ index: NodeIndex, _ attempt: Int) {
    let name = plan.nodes[index].name
    let known = facts.services[name]
    var loss = known?.loss
    if let alternative = known?.alternative, let given = known?.given {
      loss = "to alternative \(alternative + 1): \(given)"
    }
    var change = ServiceChange(service: name, attempt: attempt, state: .ready, reason: loss)
    change.isFailover = known?.given != nil
    change.values = services[index]?.emitted ?? [:]
    write(.serviceChanged(change))
    services[index]?.phase = .ready(attempt: attempt)
    services[index]?.failures = 0
    if let loss { announce(.recovered, step: index, reason: loss) }
    if case .serving = nodes[index].phase { openService(index) }
    if let health = traits(of: index).health { setAlarm(index, after: health.interval ?? ProbeSpec.health) }
    for dependent in servicesOn(index) {
      guard let state = services[dependent], case .idle = state.phase, case .serving = stage(dependent),
        state.isWanted || !state.isOffered
      else {
        continue
      }
      startService(dependent)
    }
    unparkUsers(of: index)
    if services[index]?.holders == 0 { unneeded.append(index) }
  }

  /// A service that is to run, whether it was ready before or not.
  private func stage(_ index: NodeIndex) -> NodeState.Phase {
    if case .ended(.succeeded) = nodes[index].phase, services[index]?.holders ?? 0 > 0 { return .serving }
    return nodes[index].phase
  }

  /// What depends on it may start: as far as that goes, it has ended well.
  private func openService(_ index: NodeIndex) {
    didAnything = true
    setPhase(index, .ended(.succeeded))
    if services[index]?.isOffered != true { for dependent in dependents[index] { resolved(dependent) } }
    if let parent = plan.nodes[index].parent {
      nodes[parent].openMembers -= 1
      count(.succeeded, allowed: false, in: parent)
      if nodes[parent].openMembers == 0 { worklist.append(parent) }
    }
  }

  // MARK: Probes

  func setAlarm(_ index: NodeIndex, after delay: Span) {
    guard var state = services[index] else { return }
    state.alarm += 1
    services[index] = state
    timers.insert(.service(index, alarm: state.alarm), at: now + delay)
  }

  func serviceAlarm(_ index: NodeIndex, _ alarm: Int) {
    guard let state = services[index], state.alarm == alarm else { return }
    switch state.phase {
    case .starting: ask(index, .ready, limit: traits(of: index).ready?.timeout)
    case .ready:
      guard let probe = healthProbe(of: index) else { return settleDoubts(index) }
      ask(index, probe.check, limit: probe.spec.timeout)
    case .waiting: startService(index)
    case .idle, .preparing, .settingUp, .tearingDown, .ending, .over: break
    }
  }

  /// What can tell how a service is that was ready; nil: its process alone.
  func healthProbe(of index: NodeIndex) -> (check: ServiceCheck, spec: ProbeSpec)? {
    let traits = traits(of: index)
    if let health = traits.health { return (.health, health) }
    guard let ready = traits.ready else { return nil }
    // What it has said once it has said for good.
    if case .log = ready.kind { return nil }
    return (.ready, ready)
  }

  /// - Parameter limit: how long it may take; nil: as long as it likes.
  func ask(_ index: NodeIndex, _ check: ServiceCheck, limit: Span?) {
    guard var state = services[index], state.check == nil else { return }
    state.checks += 1
    state.check = state.checks
    state.isStale = false
    state.isLate = false
    services[index] = state
    actions.append(.check(index, check, number: state.checks, after: facts.lastSeq))
    if let limit { timers.insert(.serviceCheck(index, number: state.checks), at: now + limit) }
  }

  /// It takes too long.
  func serviceCheckLate(_ index: NodeIndex, _ number: Int) {
    guard services[index]?.check == number else { return }
    services[index]?.isLate = true
    actions.append(.endCheck(index, number: number))
  }

  /// - Parameter failure: what the probe or the command said; nil: all is well.
  /// - Parameter values: what it emitted, where all is well.
  func serviceChecked(_ index: NodeIndex, _ number: Int, _ failure: String?, _ values: [String: Value]) {
    guard var state = services[index], state.check == number else { return }
    state.check = nil
    let traits = traits(of: index)
    switch state.phase {
    case .starting(let attempt):
      guard let ready = traits.ready else { break }
      guard let failure else {
        state.emit(values)
        services[index] = state
        return serviceAnswers(index, attempt)
      }
      if now >= state.startedAt + ready.startPeriod { state.failures += 1 }
      services[index] = state
      if state.failures >= ready.retries {
        let late = (now - state.startedAt).text
        return endService(index, .failed("it was not ready \(late) after its start: \(failure)"))
      }
      return setAlarm(index, after: ready.pause(after: now - state.startedAt))
    case .settingUp(let attempt, let command):
      state.emit(values)
      services[index] = state
      if state.isLate { return endService(index, .failed("its setup took longer than \(traits.setupLimit.text)")) }
      if let failure { return endService(index, .failed("its setup failed: \(failure)")) }
      guard command + 1 < traits.setup.count else { return becomeReady(index, attempt) }
      services[index]?.phase = .settingUp(attempt: attempt, command: command + 1)
      return ask(index, .setup(command + 1), limit: traits.setupLimit)
    case .ready: return healthTold(index, state, failure)
    case .tearingDown(let attempt, let command):
      if let failure, state.complaint == nil {
        let limit = Self.longestTeardown.text
        state.complaint = state.isLate ? "its teardown took longer than \(limit)" : "its teardown failed: \(failure)"
      }
      services[index] = state
      guard command + 1 < traits.teardown.count else { return endService(index, .unneeded) }
      services[index]?.phase = .tearingDown(attempt: attempt, command: command + 1)
      return ask(index, .teardown(command + 1), limit: Self.longestTeardown)
    case .idle, .preparing, .ending, .waiting, .over: break
    }
    services[index] = state
  }

  private func healthTold(_ index: NodeIndex, _ told: ServiceState, _ failure: String?) {
    var state = told
    guard let probe = healthProbe(of: index) else {
      services[index] = state
      return
    }
    let usual = probe.spec.interval ?? ProbeSpec.health
    guard let failure else {
      state.failures = 0
      services[index] = state
      // Someone began to doubt while it was being asked: that may have been before.
      if state.isStale { return ask(index, probe.check, limit: probe.spec.timeout) }
      settleDoubts(index)
      if probe.check == .health { setAlarm(index, after: usual) }
      return
    }
    state.failures += 1
    services[index] = state
    if state.failures >= probe.spec.retries { return serviceUnhealthy(index, failure) }
    setAlarm(index, after: state.doubters.isEmpty ? usual : min(usual, ProbeSpec.hasty))
  }

  // MARK: The end

  /// No teardown takes longer.
  static let longestTeardown = Span(seconds: 60)

  /// Nobody needs it: it is asked to end, once its teardown is done.
  func stopService(_ index: NodeIndex) {
    guard let state = services[index] else { return }
    let name = plan.nodes[index].name
    switch state.phase {
    case .ready(let attempt):
      write(.serviceChanged(ServiceChange(service: name, attempt: attempt, state: .stopping)))
      guard !traits(of: index).teardown.isEmpty, !isInHurry else { return endService(index, .unneeded) }
      services[index]?.phase = .tearingDown(attempt: attempt, command: 0)
      if let check = state.check {
        services[index]?.check = nil
        actions.append(.endCheck(index, number: check))
      }
      ask(index, .teardown(0), limit: Self.longestTeardown)
    case .starting(let attempt), .settingUp(let attempt, _):
      write(.serviceChanged(ServiceChange(service: name, attempt: attempt, state: .stopping)))
      endService(index, .unneeded)
    case .ending(let attempt, .failed), .ending(let attempt, .lost):
      services[index]?.phase = .ending(attempt: attempt, .unneeded)
    case .idle, .preparing, .waiting: serviceOver(index)
    case .tearingDown, .ending, .over: break
    }
  }

  /// Has its processes ended.
  func endService(_ index: NodeIndex, _ cause: ServiceState.Cause, grace: Span? = nil) {
    guard let state = services[index], let attempt = state.attempt else { return }
    if let check = state.check { actions.append(.endCheck(index, number: check)) }
    services[index]?.check = nil
    services[index]?.phase = .ending(attempt: attempt, cause)
    let alternatives = plan.nodes[index].options.value.failover
    let number = facts.services[plan.nodes[index].name]?.alternative
    let own = number.flatMap { alternatives.indices.contains($0) ? alternatives[$0].grace : nil }
    let polite = grace ?? own ?? plan.nodes[index].options.value.grace
    actions.append(.stop(index, grace: isInHurry ? .zero : polite))
  }

  /// Those that are being ended, and those that will be, are not waited for.
  func hurryServices() {
    isInHurry = true
    for index in services.keys.sorted() {
      switch services[index]?.phase {
      case .ending: actions.append(.stop(index, grace: .zero))
      case .tearingDown: endService(index, .unneeded)
      default: break
      }
    }
  }

  /// A service has come to its end and is not started again.
  func serviceOver(_ index: NodeIndex) {
    guard let state = services[index] else { return }
    services[index]?.phase = .over
    let name = plan.nodes[index].name
    if case .serving = nodes[index].phase {
      return end(
        index, .skipped, reason: modeText ?? Self.nothingNeedsIt, attempt: state.lastEnd, allowed: modeText == nil)
    }
    guard case .ended(.succeeded) = nodes[index].phase else { return }
    write(
      .stepEnded(
        StepEnd(
          step: name, status: .succeeded, attempt: state.lastEnd, values: facts.services[name]?.values ?? [:],
          fingerprint: facts.services[name]?.fingerprint, kind: .service)))
    leaveServices(of: index)
  }

  /// Why nothing starts any more.
  private var modeText: String? {
    switch mode {
    case .halting(let reason), .failingFast(let reason), .cancelling(let reason): reason
    case .interrupting: "the run was interrupted"
    case .running: nil
    }
  }

  /// Whether processes of services are there, or things are asked of them. Ends those that nothing live depends on.
  func endAllServices() -> Bool {
    guard !services.isEmpty else { return false }
    var isAnyLive = false
    for index in services.keys.sorted() {
      guard let state = services[index], state.isLive || isPending(state) else { continue }
      isAnyLive = isAnyLive || state.isLive
      let isHeld = servicesOn(index).contains { services[$0]?.isLive == true }
      if !isHeld { stopService(index) }
    }
    return isAnyLive
  }

  private func isPending(_ state: ServiceState) -> Bool {
    switch state.phase {
    case .preparing, .waiting: true
    default: false
    }
  }
}
