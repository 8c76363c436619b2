import BatonModel

/// What the records of a run say, folded up. The machine changes it only by applying a record, live and after a crash alike.
public struct RunFacts: Sendable {
  /// A durable body that failed or was cancelled, and whose compensations have not all been run.
  public struct Undoing: Sendable, Hashable {
    public var attempt: AttemptEnd
    /// Once it is undone it begins anew, because the run was resumed meanwhile.
    public var startsAnew = false
  }

  public enum Repair: Sendable, Hashable {
    case set([String: Value])
    case skip
  }

  /// A message that is due, and was not answered yet.
  public struct Outstanding: Sendable, Hashable {
    public var name: String
    public var key: String
    public var event: Value
  }

  public private(set) var start: RunStarted?
  /// What the script saw of the world, the last time that it was read for a driver.
  public private(set) var observations: Observations?
  /// Tests whose failures fail nothing, as the last driver knew them.
  public private(set) var quarantine: [QuarantineEntry] = []
  /// The number of the driver: 1 for the first, one more with each resumption.
  public private(set) var session = 0
  /// 1, and one more each time that the run is carried on after it had ended: a driver that died does not count.
  public private(set) var round = 1
  public private(set) var steps: [String: Step] = [:]
  /// Whether results of any step were read: most runs have none, and look nothing up.
  public private(set) var hasResults = false
  /// Matrix → axes' values.
  public private(set) var expansions: [String: [String: Value]] = [:]
  /// Durable bodies by the name of their step.
  public private(set) var bodies: [String: BodyFacts] = [:]
  public private(set) var services: [String: ServiceFacts] = [:]
  public private(set) var verdicts: [String: GateVerdict] = [:]
  /// Gates and steps that wait for people.
  public internal(set) var questions: [String: Asked] = [:]
  /// Name → signals that were received and not delivered yet, the oldest first.
  public internal(set) var signals: [String: [Signal]] = [:]
  public private(set) var halting: (reason: String, by: String?)?
  public private(set) var cancel: (by: String, reason: String?)?
  public private(set) var outstanding: [Outstanding] = []
  /// Messages that wait to become one with others, in the order in which they came up.
  public private(set) var held: [HeldNotice] = []
  /// The keys of all that has waited since the run was last carried on after an end: none of it waits again.
  public private(set) var gathered: Set<String> = []
  /// When messages were due before: the last ones, of each receiver.
  public private(set) var sent: [NoticeLane: [Instant]] = [:]
  /// How many messages were due so far.
  public private(set) var sentCount: [NoticeLane: Int] = [:]
  /// Why the run failed or halted, each time that it did since it last succeeded (``FailureCause``), and what people were told
  /// that something failed of: that is open for them, whatever is known of it now.
  public private(set) var openCauses: Set<String> = []
  /// Whether the run failed or halted since it last succeeded.
  public private(set) var hasFailed = false
  /// The notifications that told of a cause since the run last succeeded.
  public private(set) var tellers: Set<String> = []
  public private(set) var ended: (status: RunStatus, reason: String?)?
  /// How the run ended before it was resumed, if it was.
  public private(set) var endedBefore: RunStatus?
  public private(set) var started: Instant?
  /// From when the run's deadline counts: its start, or the resumption after it had come to an end of its own. A driver that
  /// died or was interrupted stops no clock.
  public private(set) var deadlineStart: Instant?
  /// When it was resumed, and how long nobody had driven it before that.
  private var pauses: [Pause] = []
  public private(set) var lastSeq: Int64 = 0
  public private(set) var lastTime = Instant(nanoseconds: 0)

  private struct Pause {
    var until: Instant
    var idle: Span
  }

  /// A moment on a clock that stands still while nobody drives the run: the time between two is what was worked, not what passed
  /// until somebody resumed it.
  public func driven(_ moment: Instant) -> Instant {
    var idle = Span.zero
    for pause in pauses where pause.until <= moment { idle = idle + pause.idle }
    return moment + Span(nanoseconds: -idle.nanoseconds)
  }

  /// No `rate` asks for more.
  private static let mostSent = 1000

  public init() {}

  /// What waits for one receiver.
  func held(for lane: NoticeLane) -> [HeldNotice] { held.filter { $0.lane == lane } }

  /// What these records say, which are all of the run so far.
  public init(_ records: [StampedRecord]) {
    // Most steps have two: their start, and their end.
    steps.reserveCapacity(records.count / 2)
    for record in records { apply(record) }
  }

  /// Makes room for as many steps at once.
  mutating func reserve(_ count: Int) { steps.reserveCapacity(count) }

  private mutating func update(_ name: String, _ change: (inout Step) -> Void) { change(&steps[name, default: Step()]) }

  public mutating func apply(_ stamped: StampedRecord) {
    lastSeq = stamped.seq
    let before = lastTime
    lastTime = max(lastTime, stamped.time)
    switch stamped.record {
    case .runStarted(let start):
      self.start = start
      observations = start.observations
      quarantine = start.quarantine
      started = stamped.time
      deadlineStart = stamped.time
      session = 1
    case .runResumed(let resumed):
      if let ended, ended.status != .interrupted { deadlineStart = stamped.time }
      if started != nil { pauses.append(Pause(until: stamped.time, idle: max(.zero, stamped.time - before))) }
      apply(resumed)
    case .intended(let attempts):
      for attempt in attempts {
        update(attempt.step) { step in
          step.attempts = attempt.number
          step.isOpen = true
          step.wasStarted = false
        }
      }
    case .attemptStarted(let attempt, _, _, _):
      update(attempt.step) { step in
        step.wasStarted = true
        if step.firstStart == nil { step.firstStart = stamped.time }
        step.begin()
      }
    case .attemptFailed(let end, let next): apply(end, next)
    case .stepEnded(let end): apply(end)
    case .expanded(let group, let axes, _): expansions[group] = axes
    case .gateJudged(let verdict): verdicts[verdict.gate] = verdict
    case .metric(let step, _, let name, let value): update(step) { $0.metrics[name] = value }
    case .measured(let measured):
      hasResults = true
      update(measured.step) { step in
        step.results = measured
        guard let file = measured.summary.file else { return }
        step.earlierResults.removeAll { $0 == file }
        step.earlierResults.append(file)
      }
    case .progress: break
    case .checkpoint(let step, _, let value): update(step) { $0.checkpoint = value }
    case .halting(let reason, let by): halting = (reason, by)
    case .cancelRequested(let by, let reason): cancel = (by, reason)
    case .notificationHeld(let name, let key, let event):
      keepOpen(event, by: name)
      guard let lane = NoticeLane(name: name, key: key) else { return }
      held.append(HeldNotice(lane: lane, key: key, event: event, time: stamped.time))
      gathered.insert(key)
    case .notificationLeft(_, let keys): held.removeAll { keys.contains($0.key) }
    case .notificationDue(let name, let key, let event):
      outstanding.append(Outstanding(name: name, key: key, event: event))
      keepOpen(event, by: name)
      guard let lane = NoticeLane(name: name, key: key) else { return }
      held.removeAll { $0.lane == lane }
      sentCount[lane, default: 0] += 1
      sent[lane, default: []].append(stamped.time)
      if let count = sent[lane]?.count, count > 2 * Self.mostSent { sent[lane]?.removeFirst(count - Self.mostSent) }
    case .notificationSent(_, let key, _), .notificationFailed(_, let key, _, _):
      outstanding.removeAll { $0.key == key }
    case .runEnded(let status, let reason):
      end(status, reason)
    case .operated(let step, let operations):
      for operation in operations { bodies[step, default: BodyFacts()].add(operation) }
    case .operationEnded(let step, let key, let result):
      bodies[step]?.end(key, result)
      consume(key, in: step, result)
    case .forgotten(let step, let keys, let reason):
      if reason == Record.undone, steps[step]?.undoing?.startsAnew == true, bodies[step] == nil { beginAnew(keys) }
      forget(keys, in: step)
    case .asked(let question): apply(question, at: stamped.time)
    case .answered(let answer): apply(answer)
    case .signalReceived(let signal): signals[signal.name, default: []].append(signal)
    case .requestTaken: break
    case .serviceChanged(let change):
      services[change.service, default: ServiceFacts()].apply(change)
      if change.end != nil { update(change.service) { $0.isOpen = false } }
      // It is needed once more.
      if change.state == .given { update(change.service) { $0.end = nil } }
    }
  }

  /// What people are told that something failed of stays open until the run succeeds.
  private mutating func keepOpen(_ event: Value, by notification: String) {
    guard let causes = event["causes"]?.strings, !causes.isEmpty else { return }
    openCauses.formUnion(causes)
    tellers.insert(notification)
  }

  private mutating func end(_ status: RunStatus, _ reason: String?) {
    if status == .succeeded {
      openCauses = []
      tellers = []
      hasFailed = false
    } else {
      openCauses.formUnion(causes(of: status, reason))
      if status == .failed || status == .halted { hasFailed = true }
    }
    ended = (status, reason)
  }

  /// The members of a transaction that were undone are to be done again.
  private mutating func beginAnew(_ undone: [String]) {
    for key in undone {
      let member = String(key.dropFirst(5))
      guard steps[member]?.end?.status == .undone else { continue }
      update(member) { step in
        step.end = nil
        step.failures = 0
        step.alternative = nil
        step.generation += 1
      }
    }
  }

  /// Operations that count no more, and all that is below them. What is around them goes on.
  private mutating func forget(_ keys: [String], in body: String) {
    var children: Set<String> = []
    bodies[body]?.forget(keys)
    for key in keys {
      if let child = BodyFacts.child(of: key, in: body) ?? BodyFacts.compensation(of: key, in: body) {
        children.insert(child)
      }
    }
    forgetSteps(children)
    if bodies[body]?.operations.isEmpty ?? true { steps[body]?.undoing = nil }
    reopen(body)
  }

  /// A body that is a step of another is executed again: what the outer one asked for behind it may change.
  private mutating func reopen(_ name: String) {
    var current = name
    while let (outer, key) = body(of: current) {
      if steps[current]?.end != nil {
        update(current) { step in
          step.end = nil
          step.failures = 0
          step.alternative = nil
          step.retryAt = nil
        }
        bodies[outer]?.loosen(after: key)
      }
      current = outer
    }
  }

  /// Of child steps that are asked for anew only their number of attempts stays, so that no attempt has the name of another.
  private mutating func forgetSteps(_ names: Set<String>) {
    guard !names.isEmpty else { return }
    func isBelow(_ name: String) -> Bool {
      var current = name
      while let (body, _) = BodyFacts.split(current) {
        if names.contains(body) { return true }
        current = body
      }
      return false
    }
    for name in Array(steps.keys) where names.contains(name) || isBelow(name) {
      var fresh = Step()
      fresh.attempts = steps[name]?.attempts ?? 0
      fresh.generation = (steps[name]?.generation ?? 0) + 1
      steps[name] = fresh
      verdicts[name] = nil
    }
    for name in Array(bodies.keys) where names.contains(name) || isBelow(name) { bodies[name] = nil }
  }

  private mutating func apply(_ end: StepEnd) {
    if !questions.isEmpty { questions[end.step] = nil }
    update(end.step) { step in
      // An end that is told once more by a later driver says nothing of the attempt.
      let before = end.attempt == nil ? step.end?.attempt : nil
      step.end = end
      if let before { step.end?.attempt = before }
      if end.attempt == nil, step.isOpen, !step.wasStarted { step.attempts -= 1 }
      step.isOpen = false
      step.clearWaits()
      if let attempt = end.attempt { step.attempts = attempt.number }
    }
  }

  private mutating func apply(_ end: AttemptEnd, _ next: Record.Next) {
    update(end.step) { step in
      step.isOpen = false
      step.attempts = end.number
      step.lastFailure = end
      switch next {
      case .retry(let moment):
        step.failures += 1
        step.retryAt = moment
        step.handover = step.handover(after: end)
      case .failOver(let alternative):
        step.failures = 0
        step.alternative = alternative
        step.retryAt = nil
        step.handover = nil
      // What was never started was not cut off.
      case .onResume: if step.wasStarted { step.cutOff = end.number }
      case .again: step.retryAt = nil
      case .undo:
        step.retryAt = nil
        step.undoing = step.undoing ?? Undoing(attempt: end)
      }
    }
  }

  mutating func forgetCutOff(_ name: String) {
    update(name) { step in
      step.cutOff = nil
      step.perhapsCutOff = nil
    }
  }

  /// Whether the run's ordinary course was left in the middle, because the driver died, or only people were waited for: what
  /// was done stands, failures included.
  public var isCutShort: Bool {
    session > 0 && (ended == nil || ended?.status == .waiting) && halting == nil && cancel == nil
  }

  /// Whether a run that is resumed now can leave a step at that.
  public func stands(_ end: StepEnd) -> Bool {
    if end.isSettled { return true }
    if case .halted = end.attempt?.outcome { return false }
    // What a body made of a failure is recorded behind it: only those that it did not catch are tried again.
    if let (_, key) = body(of: end.step) {
      if key.hasPrefix("undo ") { return end.status == .failed && ended == nil }
      let isJudged = end.kind == .gate && end.status == .skipped
      return end.status == .failed || isJudged || wasGivenUp(end.step)
    }
    guard isCutShort, end.kind == .step else { return false }
    return end.status == .failed || end.status == .undone
  }

  private mutating func apply(_ resumed: RunResumed) {
    session += 1
    if ended != nil {
      round += 1
      gathered = []
    }
    observations = resumed.observations
    quarantine = resumed.quarantine
    let startsAnew = ended != nil || cancel != nil
    for name in resumed.skipped + resumed.set.keys.sorted() {
      guard let (body, key) = body(of: name) else { continue }
      bodies[body]?.loosen(after: key)
      reopen(body)
    }
    for (name, reason) in resumed.invalidated where reason == RunResumed.bodyReplays { reopen(name) }
    let standing = steps.compactMapValues { step in step.end.map { stands($0) } }
    if let status = ended?.status, status != .interrupted || endedBefore == nil { endedBefore = status }
    endedBefore = endedBefore ?? .interrupted
    ended = nil
    halting = nil
    cancel = nil
    for name in services.keys { services[name]?.resume(anew: startsAnew) }
    for name in steps.keys {
      guard var step = steps[name] else { continue }
      // A body that was cut off replays its records, the number of its tries among them.
      let isInvalid = resumed.invalidated[name].map { $0 != RunResumed.bodyReplays || step.end != nil } ?? false
      if startsAnew { step.undoing?.startsAnew = true }
      if isInvalid || standing[name] == false {
        // What an edit, a person or a failed run has to be done anew for starts with its full number of tries.
        let reason = resumed.invalidated[name]
        if reason != nil, reason != RunResumed.memberRunsAgain, reason != RunResumed.bodyReplays {
          step.generation += 1
        }
        step.end = nil
        step.metrics = [:]
        step.results = nil
        step.handover = nil
        if resumed.invalidated[name] != nil { step.earlierResults = [] }
        step.repair = nil
        step.failures = 0
        step.alternative = nil
        step.retryAt = nil
        step.cutOff = nil
        step.perhapsCutOff = nil
        verdicts[name] = nil
      }
      if step.end == nil {
        step.firstStart = nil
        if step.isOpen, !isInvalid {
          if step.wasStarted { step.cutOff = step.attempts } else { step.perhapsCutOff = step.attempts }
        }
        if step.isOpen, !step.wasStarted { step.attempts -= 1 }
        step.isOpen = false
      }
      steps[name] = step
    }
    for name in resumed.invalidated.keys { questions[name] = nil }
    for (name, reason) in resumed.invalidated where reason != RunResumed.memberRunsAgain { expansions[name] = nil }
    forgetBodies(resumed)
    for name in resumed.skipped { update(name) { $0.repair = .skip } }
    for (name, values) in resumed.set { update(name) { $0.repair = .set(values) } }
  }

  /// Bodies that are to run from their beginning, and operations that a person wants to be done anew.
  private mutating func forgetBodies(_ resumed: RunResumed) {
    guard !bodies.isEmpty else { return }
    for (name, reason) in resumed.invalidated where reason != RunResumed.bodyReplays {
      guard let known = bodies[name] else { continue }
      forget(Array(known.operations.keys), in: name)
      bodies[name] = nil
    }
    for (name, keys) in resumed.forgotten { forget(keys, in: name) }
  }

  /// The attempts that may have left processes behind when the driver died.
  public var openAttempts: [StepAttempt] {
    steps.filter(\.value.isOpen).map { StepAttempt(step: $0.key, number: $0.value.attempts) }
      .sorted { $0.step < $1.step }
  }
}
