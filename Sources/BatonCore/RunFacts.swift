import BatonModel

/// What the records of a run say, folded up. The machine changes it only by applying a record, live and after a crash alike.
public struct RunFacts: Sendable {
  /// What is known of one step.
  public struct Step: Sendable {
    private var boxedEnd: EndBox?
    /// The number of the last attempt of which anything is known.
    public var attempts = 0
    /// Whether that attempt was written ahead and has no end.
    public var isOpen = false
    /// Whether a process of it is known to have been there.
    public var wasStarted = false
    /// The attempt of which the last record of its being cut off tells.
    public var cutOff: Int?
    /// The attempt that was about to start when the driver died, of which no more is known.
    public var perhapsCutOff: Int?
    /// Attempts that failed with the current alternative, in this session.
    public var failures = 0
    /// The alternative that is being tried; nil: the step itself.
    public var alternative: Int?
    /// Not before this moment.
    public var retryAt: Instant?
    /// The last attempt that failed and was to be followed by another.
    public var lastFailure: AttemptEnd?
    /// When the first attempt of this session started.
    public var firstStart: Instant?
    public var checkpoint: Value?
    public var metrics: [String: Double] = [:]
    /// Set by hand (`--set`), or skipped by hand (`--skip`).
    public var repair: Repair?

    /// How it ended, in the session that goes on or an earlier one.
    public var end: StepEnd? {
      get { boxedEnd?.value }
      set { boxedEnd = newValue.map(EndBox.init) }
    }

    /// The number of the last attempt where it was, or may have been, cut off. Starts of steps that must not be repeated
    /// blindly are not written ahead, so that one which is written may have happened.
    var lastCutOff: Int? {
      if let cutOff, cutOff == attempts { return cutOff }
      if let perhapsCutOff, perhapsCutOff == attempts + 1 { return perhapsCutOff }
      return nil
    }
  }

  /// Most of what is known of a step, in a place of its own: ``Step`` is looked at often.
  private final class EndBox: Sendable {
    let value: StepEnd
    init(_ value: StepEnd) { self.value = value }
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
  /// The number of the driver: 1 for the first, one more with each resumption.
  public private(set) var session = 0
  /// 1, and one more each time that the run is carried on after it had ended: a driver that died does not count.
  public private(set) var round = 1
  public private(set) var steps: [String: Step] = [:]
  /// Matrix → axes' values.
  public private(set) var expansions: [String: [String: Value]] = [:]
  public private(set) var verdicts: [String: GateVerdict] = [:]
  public private(set) var halting: (reason: String, by: String?)?
  public private(set) var cancel: (by: String, reason: String?)?
  public private(set) var outstanding: [Outstanding] = []
  public private(set) var ended: (status: RunStatus, reason: String?)?
  /// How the run ended before it was resumed, if it was.
  public private(set) var endedBefore: RunStatus?
  public private(set) var started: Instant?
  public private(set) var lastSeq: Int64 = 0
  public private(set) var lastTime = Instant(nanoseconds: 0)

  public init() {}

  /// Makes room for as many steps at once.
  mutating func reserve(_ count: Int) { steps.reserveCapacity(count) }

  private mutating func update(_ name: String, _ change: (inout Step) -> Void) { change(&steps[name, default: Step()]) }

  public mutating func apply(_ stamped: StampedRecord) {
    lastSeq = stamped.seq
    lastTime = max(lastTime, stamped.time)
    switch stamped.record {
    case .runStarted(let start):
      self.start = start
      observations = start.observations
      started = stamped.time
      session = 1
    case .runResumed(let resumed): apply(resumed)
    case .intended(let attempts):
      for attempt in attempts {
        update(attempt.step) { step in
          step.attempts = attempt.number
          step.isOpen = true
          step.wasStarted = false
        }
      }
    case .attemptStarted(let attempt, _, _):
      update(attempt.step) { step in
        step.wasStarted = true
        step.firstStart = step.firstStart ?? stamped.time
        step.retryAt = nil
        step.metrics = [:]
      }
    case .attemptFailed(let end, let next): apply(end, next)
    case .stepEnded(let end): apply(end)
    case .expanded(let group, let axes): expansions[group] = axes
    case .gateJudged(let verdict): verdicts[verdict.gate] = verdict
    case .metric(let step, _, let name, let value): update(step) { $0.metrics[name] = value }
    case .progress: break
    case .checkpoint(let step, _, let value): update(step) { $0.checkpoint = value }
    case .halting(let reason, let by): halting = (reason, by)
    case .cancelRequested(let by, let reason): cancel = (by, reason)
    case .notificationDue(let name, let key, let event):
      outstanding.append(Outstanding(name: name, key: key, event: event))
    case .notificationSent(_, let key, _), .notificationFailed(_, let key, _, _):
      outstanding.removeAll { $0.key == key }
    case .runEnded(let status, let reason): ended = (status, reason)
    }
  }

  private mutating func apply(_ end: StepEnd) {
    update(end.step) { step in
      var told = end
      // An end that is told once more by a later driver says nothing of the attempt.
      if told.attempt == nil { told.attempt = step.end?.attempt }
      step.end = told
      if end.attempt == nil, step.isOpen, !step.wasStarted { step.attempts -= 1 }
      step.isOpen = false
      step.retryAt = nil
      step.repair = nil
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
      case .failOver(let alternative):
        step.failures = 0
        step.alternative = alternative
        step.retryAt = nil
      // What was never started was not cut off.
      case .onResume: if step.wasStarted { step.cutOff = end.number }
      }
    }
  }

  /// Whether the driver died while the run was in its ordinary course: what it did then stands, failures included.
  public var isCutShort: Bool { session > 0 && ended == nil && halting == nil && cancel == nil }

  /// Whether a run that is resumed now can leave a step at that.
  public func stands(_ end: StepEnd) -> Bool {
    if end.isSettled { return true }
    guard isCutShort, end.kind == .step, end.status == .failed else { return false }
    if case .halted = end.attempt?.outcome { return false }
    return true
  }

  private mutating func apply(_ resumed: RunResumed) {
    session += 1
    if ended != nil { round += 1 }
    observations = resumed.observations
    let standing = steps.compactMapValues { step in step.end.map { stands($0) } }
    if let status = ended?.status, status != .interrupted || endedBefore == nil { endedBefore = status }
    endedBefore = endedBefore ?? .interrupted
    ended = nil
    halting = nil
    cancel = nil
    for name in steps.keys {
      guard var step = steps[name] else { continue }
      let isInvalid = resumed.invalidated[name] != nil
      if isInvalid || standing[name] == false {
        // What an edit, a person or a failed run has to be done anew for starts with its full number of tries.
        step.end = nil
        step.metrics = [:]
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
    for (name, reason) in resumed.invalidated where reason != RunResumed.memberRunsAgain { expansions[name] = nil }
    for name in resumed.skipped { update(name) { $0.repair = .skip } }
    for (name, values) in resumed.set { update(name) { $0.repair = .set(values) } }
  }

  /// The attempts that may have left processes behind when the driver died.
  public var openAttempts: [StepAttempt] {
    steps.filter(\.value.isOpen).map { StepAttempt(step: $0.key, number: $0.value.attempts) }
      .sorted { $0.step < $1.step }
  }
}
