import BatonModel

/// Where a service stands within the machine.
struct ServiceState: Sendable {
  enum Phase: Sendable {
    /// Not needed yet, or waits for the services that it depends on. Can transition to: `preparing`, `over`.
    case idle
    /// Its ports and outputs are being decided. Can transition to: `starting`, `idle`, `over`.
    case preparing
    /// Its process is there, or about to be. Can transition to: `settingUp`, `ready`, `ending`, `waiting`, `idle`, `over`.
    case starting(attempt: Int)
    /// It answers, and its `setup` is being done. Can transition to: as `starting`.
    case settingUp(attempt: Int, command: Int)
    /// Can transition to: `tearingDown`, `ending`, `waiting`, `idle`, `over`.
    case ready(attempt: Int)
    /// Nobody needs it, and its `teardown` is being done. Can transition to: `ending`, `over`.
    case tearingDown(attempt: Int, command: Int)
    /// Its processes are being ended. Can transition to: `waiting`, `idle`, `over`.
    case ending(attempt: Int, Cause)
    /// Until it is started again. Can transition to: `preparing`, `idle`, `over`.
    case waiting
    /// Stopped, or failed for good. Can transition to: `idle`, where it is needed once more.
    case over
  }

  /// Why a service is ended.
  enum Cause: Sendable {
    /// Nobody needs it.
    case unneeded
    /// It was not well.
    case failed(String)
    /// What it depends on was lost.
    case lost(String)
  }

  var phase = Phase.idle
  /// It starts late, and what depends on it may come to its turn: that starts it.
  var isOffered = false
  /// Somebody has asked for its start.
  var isWanted = false
  /// What depends on it and has not ended.
  var holders = 0
  /// Probes in a row that failed.
  var failures = 0
  /// The number of the probe or command that runs now.
  var check: Int?
  /// How many there were.
  var checks = 0
  /// An answer is wanted that was asked for later than the one under way.
  var isStale = false
  /// The check under way has taken too long.
  var isLate = false
  /// Why its teardown was not done.
  var complaint: String?
  var startedAt = Instant(nanoseconds: 0)
  /// Tells its last timer from those before.
  var alarm = 0
  /// Steps whose failure waits for a look at it.
  var doubters: [NodeIndex] = []
  /// It will not come back; why.
  var failure: String?
  /// How its last process ended.
  var lastEnd: AttemptEnd?
  /// What its `ready` and its `setup` have emitted since its process was started.
  var emitted: [String: Value] = [:]

  /// Takes in what was emitted; where it is to be found is the engine's to say.
  mutating func emit(_ values: [String: Value]) {
    for (name, value) in values where !ServiceSpec.givenOutputs.contains(name) { emitted[name] = value }
  }

  /// Whether a process of it is there, or about to be.
  var isLive: Bool {
    switch phase {
    case .starting, .settingUp, .ready, .tearingDown, .ending: true
    case .idle, .preparing, .waiting, .over: false
    }
  }

  var isReady: Bool { if case .ready = phase { true } else { false } }

  var attempt: Int? {
    switch phase {
    case .starting(let attempt), .settingUp(let attempt, _), .ready(let attempt), .tearingDown(let attempt, _),
      .ending(let attempt, _):
      attempt
    case .idle, .preparing, .waiting, .over: nil
    }
  }
}

/// Something that is run to learn how a service is, or that belongs to its life.
public enum ServiceCheck: Sendable, Hashable {
  case ready
  case health
  /// The command of that place.
  case setup(Int)
  case teardown(Int)

  /// One word for it.
  public var name: String {
    switch self {
    case .ready: "ready"
    case .health: "health"
    case .setup: "setup"
    case .teardown: "teardown"
    }
  }
}
