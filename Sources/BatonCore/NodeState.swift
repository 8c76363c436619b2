import BatonModel

/// Where one node stands within the machine.
struct NodeState: Sendable {
  enum Phase: Sendable {
    /// Waits for dependencies, or for its group to open.
    /// Can transition to: `asking`, `expanding`, `open`, `probing`, `judging`, `queued`, `backingOff`, `waiting`, `ended`.
    case blocked
    /// Its `when` function is being called. Can transition to: `expanding`, `open`, `probing`, `judging`, `queued`, `waiting`,
    /// `ended`.
    case asking
    /// A matrix whose cells are being made. Can transition to: `open`, `ended`.
    case expanding
    /// A group whose members may start. Can transition to: `ended`.
    case open
    /// The cache is being asked. Can transition to: `queued`, `backingOff`, `waiting`, `ended`.
    case probing
    /// A gate that is being judged. Can transition to: `waiting`, `ended`.
    case judging
    /// Ready, in the queue. Can transition to: `parked`, `running`, `ended`.
    case queued
    /// Ready, but its group is full or its mutex is taken. Can transition to: `queued`, `ended`.
    case parked
    /// Can transition to: `stopping`, `askingRetry`, `backingOff`, `queued`, `undoing`, `held`, `ended`.
    case running(attempt: Int)
    /// Its processes are being ended; the attempt will count as this. Can transition to: as `running`.
    indirect case stopping(attempt: Int, as: Outcome)
    /// Its `retry.when` function is being called. Can transition to: `backingOff`, `queued`, `held`, `ended`.
    indirect case askingRetry(AttemptEnd)
    /// Can transition to: `queued`, `ended`.
    indirect case backingOff(AttemptEnd)
    /// A service before it is ready for the first time (``ServiceState``). Can transition to: `ended`.
    case serving
    /// Its attempt failed, and the services that it ran on are being looked at. Can transition to: as `running`.
    indirect case doubted(AttemptEnd)
    /// People have to say whether it goes on (``RunFacts/questions``). Can transition to: `queued`, `backingOff`, `ended`; from
    /// one question to the next.
    case waiting
    /// A durable body that failed or was cancelled, and whose compensations are being run. Can transition to: `queued`,
    /// `ended`.
    case undoing
    /// Was cut off by the end of this driver; goes on when the run is resumed. Final in this session.
    case held
    /// Final.
    case ended(StepStatus)
    /// Not part of this run (`--only`, `--tags`). Final.
    case excluded
  }

  var phase = Phase.blocked
  /// Dependencies that have not ended, and one more while its group is not open.
  var unresolved: Int32 = 0
  /// Of a group: members that have not ended.
  var openMembers: Int32 = 0
  var failedMembers: Int32 = 0
  var cancelledMembers: Int32 = 0
  var succeededMembers: Int32 = 0
  /// Of a group: members that run now, where it has a `max`.
  var runningMembers: Int32 = 0
  /// The number of the record that says that the attempt may start; 0: none.
  var intent: Int64 = 0
  /// Something upstream failed, directly or further up.
  var failureUpstream = false
  /// Undoes what a body did: this goes on when the run is halted or cancelled.
  var isCompensating = false
}

extension NodeState.Phase {
  var isEnded: Bool {
    switch self {
    case .ended, .excluded: true
    default: false
    }
  }

  /// Whether something will happen to the node without anyone's doing.
  var isBusy: Bool {
    switch self {
    case .asking, .expanding, .probing, .judging, .queued, .parked, .running, .stopping, .askingRetry, .backingOff,
      .undoing, .serving, .doubted:
      true
    case .blocked, .open, .waiting, .held, .ended, .excluded: false
    }
  }

  var isActive: Bool {
    switch self {
    case .running, .stopping: true
    default: false
    }
  }
}
