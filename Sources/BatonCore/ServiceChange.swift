import BatonModel

/// Something that a service came to, or that was decided of it.
public struct ServiceChange: Sendable, Hashable {
  public enum State: String, Sendable, CaseIterable {
    /// Its ports, folder and outputs are decided, and the alternative by which it runs; it is about to start.
    case given
    /// It answers: what depends on it may start.
    case ready
    /// It does not answer any more, and is being ended.
    case unhealthy
    /// Its process is gone, and was not meant to be.
    case down
    /// Nobody needs it, and it is being ended.
    case stopping
    /// It was ended.
    case stopped

    /// Where the service stands then, as people see it; nil: as before.
    public var status: StepStatus? {
      switch self {
      case .given, .stopping: nil
      case .ready: .running
      case .unhealthy, .down: .retrying
      case .stopped: .pending
      }
    }
  }

  /// What people are told of: its state, or that it is back, itself or by another alternative; nil: nothing.
  public var event: String? {
    switch state {
    case .given: nil
    case .ready: isFailover ? "failed-over" : reason == nil ? "ready" : "recovered"
    case .unhealthy, .down, .stopping, .stopped: state.rawValue
    }
  }

  public var service: String
  /// Of its process, as of steps; 0: none was started.
  public var attempt: Int
  public var state: State
  /// Why, in words.
  public var reason: String?
  /// What it emits, once it is given; of what is ready: what its `ready` and its `setup` emitted beside that.
  public var values: [String: Value] = [:]
  /// What runs; nil: the service itself.
  public var alternative: Int?
  /// When it is started again, where it is.
  public var until: Instant?
  /// How its process ended.
  public var end: AttemptEnd?
  /// It failed by itself, as opposed to being ended for another's sake: this counts against its `restart`.
  public var counts = false
  /// Of what is ready: another alternative than before is.
  public var isFailover = false
  /// Of what was ended: why its teardown was not done.
  public var complaint: String?
  /// What it is made of.
  public var fingerprint: Fingerprint?

  public init(service: String, attempt: Int, state: State, reason: String? = nil) {
    self.service = service
    self.attempt = attempt
    self.state = state
    self.reason = reason
  }

  /// As a record has it.
  var value: Value {
    var fields: [String: Value] = ["state": .string(state.rawValue)]
    if let reason { fields["reason"] = .string(reason) }
    if !values.isEmpty { fields["values"] = .map(values) }
    if let alternative { fields["alternative"] = .integer(Int64(alternative)) }
    if let until { fields["until"] = .integer(until.nanoseconds) }
    if counts { fields["counts"] = true }
    if isFailover { fields["failover"] = true }
    if let complaint { fields["complaint"] = .string(complaint) }
    if let end {
      fields["end"] = [
        "outcome": .string(end.outcome.code), "started": .integer(end.started.nanoseconds),
        "ended": .integer(end.ended.nanoseconds), "executor": .string(end.executor),
      ]
    }
    if let fingerprint {
      fields["fingerprint"] = .list(fingerprint.parts.flatMap { [.string($0.name), .string($0.value)] })
    }
    return .map(fields)
  }

  init?(service: String, attempt: Int, _ fields: Value) {
    guard let state = fields["state"]?.string.flatMap(State.init) else { return nil }
    self.init(service: service, attempt: attempt, state: state, reason: fields["reason"]?.string)
    values = fields["values"]?.map ?? [:]
    alternative = fields["alternative"]?.integer.map(Int.init)
    until = fields["until"]?.integer.map { Instant(nanoseconds: $0) }
    counts = fields["counts"]?.bool ?? false
    isFailover = fields["failover"]?.bool ?? false
    complaint = fields["complaint"]?.string
    if let told = fields["end"] {
      guard let outcome = told["outcome"]?.string.flatMap(Outcome.init(code:)),
        let started = told["started"]?.integer, let ended = told["ended"]?.integer,
        let executor = told["executor"]?.string
      else { return nil }
      end = AttemptEnd(
        step: service, number: attempt, outcome: outcome, started: Instant(nanoseconds: started),
        ended: Instant(nanoseconds: ended), executor: executor)
    }
    if let words = fields["fingerprint"]?.strings {
      guard words.count.isMultiple(of: 2) else { return nil }
      fingerprint = Fingerprint(
        parts: stride(from: 0, to: words.count, by: 2).map { .init(name: words[$0], value: words[$0 + 1]) })
    }
  }
}

/// What the records say of a service.
public struct ServiceFacts: Sendable, Hashable {
  /// Of the last change.
  public internal(set) var state = ServiceChange.State.stopped
  /// What it emits.
  public internal(set) var values: [String: Value] = [:]
  /// What its `ready` and its `setup` emitted: that outlives its process, as what was set up does.
  private var emitted: [String: Value] = [:]
  /// Starts that failed, and losses, with the current alternative, since the run was last carried on after an end.
  public internal(set) var failures = 0
  public internal(set) var alternative: Int?
  public internal(set) var fingerprint: Fingerprint?
  /// Whether it has been ready since it was last needed.
  public internal(set) var wasReady = false
  /// Whether it has been ready at all.
  public internal(set) var hasServed = false
  /// Whether what `setup` says was done, with the current alternative: what it holds outlives its process.
  public internal(set) var isSetUp = false
  /// How often it was lost and came back, over the whole run.
  public internal(set) var recoveries = 0
  /// How often another alternative was taken, over the whole run.
  public internal(set) var failovers = 0
  /// Why it was lost, and has not come back.
  public internal(set) var loss: String?
  /// Why the alternative before the current one was given up, which was not ready yet.
  public internal(set) var given: String?
  /// What went wrong last.
  private var trouble: String?

  public init() {}

  /// Those that it was given last.
  public var ports: [Int] { (values["port"]?.map ?? [:]).values.compactMap { $0.integer.map { Int(clamping: $0) } } }

  /// The run is carried on: nothing runs any more.
  ///
  /// - Parameter anew: it had come to an end of its own.
  mutating func resume(anew: Bool) {
    state = .stopped
    wasReady = false
    loss = nil
    given = nil
    if anew { failures = 0 }
  }

  mutating func apply(_ change: ServiceChange) {
    state = change.state
    switch change.state {
    case .given:
      if alternative != change.alternative {
        failures = 0
        isSetUp = false
        emitted = [:]
        given = loss ?? trouble ?? "it was given up"
      }
      values = change.values.merging(emitted) { _, own in own }
      alternative = change.alternative
      fingerprint = change.fingerprint
    case .ready:
      if change.isFailover { failovers += 1 } else if loss != nil { recoveries += 1 }
      loss = nil
      given = nil
      wasReady = true
      hasServed = true
      isSetUp = true
      emitted.merge(change.values) { _, new in new }
      values.merge(change.values) { _, new in new }
    case .unhealthy: loss = loss ?? change.reason ?? "it is unhealthy"
    case .down:
      trouble = change.reason
      if wasReady { loss = loss ?? change.reason ?? "it went down" }
      if change.counts { failures += 1 }
    case .stopping: break
    case .stopped:
      loss = nil
      wasReady = false
    }
  }
}
