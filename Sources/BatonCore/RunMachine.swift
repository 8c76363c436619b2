import BatonModel

/// Decides everything that happens in a run, and does nothing itself.
///
/// Events go in with the time at which they happened, actions come out; nothing else is asked or touched. What it decides
/// becomes a ``Record`` first; ``RunFacts`` changes by records alone, so a machine that is built from the facts of a run that
/// was killed goes on as the one before would have.
///
/// An object, so that none of its many fields is copied for a call. One thread at a time.
public final class RunMachine {
  enum Mode: Sendable {
    /// Can transition to: every other.
    case running
    /// Nothing new starts; what runs may end. Can transition to: `cancelling`, `interrupting`.
    case halting(String)
    /// The same, after a failure with the workflow's `fail_fast`. Can transition to: as `halting`.
    case failingFast(String)
    /// What runs is being ended. Can transition to: `interrupting`.
    case cancelling(String)
    /// What runs is being ended, to be carried on later. Final.
    case interrupting
  }

  public let run: String
  public internal(set) var plan: Plan
  public internal(set) var facts: RunFacts
  var nodes: [NodeState]
  var dependents: [[NodeIndex]]
  var paths: [Double]
  var queue = ReadyQueue()
  var pool: ResourcePool
  var demands: [ObjectIdentifier: ResourcePool.Demand] = [:]
  var parkedByGroup: [NodeIndex: ReadyQueue] = [:]
  var mutexes: [String: Mutex] = [:]
  var timers = TimerQueue()
  var mode = Mode.running
  /// Nodes whose last dependency ended, and groups whose last member did, to be looked at before an event is done with.
  var worklist: [NodeIndex] = []
  /// Of steps that failed: what their last attempt left.
  var lastFailures: [NodeIndex: FailedAttempt] = [:]
  var unfinished = 0
  var busy = 0
  var active = 0
  var waiting = 0
  /// Ready steps that need no processor, whose turn may come even when all processors are taken.
  var queuedWithoutCPU = 0
  /// Queued steps whose start is written ahead.
  var intendedAhead = 0
  /// Matrices whose cells are to be made, one after the other, because each puts its nodes at the plan's end; the first was
  /// asked for.
  var expansions: [NodeIndex] = []
  /// Child steps of bodies that have to wait until the cells have their places.
  var deferred: [(body: NodeIndex, children: [Node])] = []
  /// Gates that can't pass any more, and have not refused yet: nothing starts that they would have kept from it.
  var judgedEarly: Set<NodeIndex> = []
  /// Functions of notifications that were asked and have not answered.
  var considering = 0
  /// Questions to the other runs of the workflow that are not answered.
  var claims: [NoticeLane: NoticeClaim] = [:]
  /// Until when the other runs leave no room for a message.
  var refusedUntil: [NoticeLane: Instant] = [:]
  /// When gathered messages are looked at next.
  var noticeBell: Instant?
  /// Durable bodies that are being executed.
  var bodies: [NodeIndex: BodyState] = [:]
  /// How many of them wait, whatever for.
  var suspendedBodies = 0
  /// Bodies that may go on, once the event is done with.
  var awake: [NodeIndex] = []
  /// Services; a workflow without any pays nothing for them.
  var services: [NodeIndex: ServiceState] = [:]
  /// Services whose last user has ended, to be looked at once the event is done with.
  var unneeded: [NodeIndex] = []
  /// Nodes that keep services running.
  var serviceHolders: Set<NodeIndex> = []
  /// Services are ended at once.
  var isInHurry = false
  /// Ready steps that wait for a service, by service.
  var parkedByService: [NodeIndex: [NodeIndex]] = [:]
  /// Steps that wait for a service of their own, and hold what they need already.
  var seated: Set<NodeIndex> = []
  /// Failed attempts → the services that are yet to be looked at.
  var doubts: [NodeIndex: Set<NodeIndex>] = [:]
  /// Why members of groups are being ended that had enough failed tests (`max_failures`).
  var enoughFailures: [NodeIndex: String] = [:]
  /// Groups that had.
  var stoppedGroups: [NodeIndex: String] = [:]
  /// Why child steps are being ended.
  var givenUp: [NodeIndex: String] = [:]
  /// Compensations that bodies registered, in that order; kept between the attempts of a body.
  var compensations: [NodeIndex: [Node]] = [:]
  /// How bodies and transactions end once they are undone.
  var undoing: [NodeIndex: StepEnd] = [:]
  /// Transaction → the step that undoes one of its members now.
  var rollbacks: [NodeIndex: String] = [:]
  /// Transaction → members that are still to be undone, the newest last.
  var rollbackOrder: [NodeIndex: [NodeIndex]] = [:]
  /// Transactions that an earlier driver had begun to undo.
  var unfinishedRollbacks: Set<NodeIndex> = []
  var isFinished = false
  /// What gates that wait for people measured.
  var judgements: [NodeIndex: Judgement] = [:]
  /// Answers to questions that this driver has not come to yet.
  var heldRequests: [Request] = []
  /// Whether the facts of the drivers before are taken over.
  var hasBegun = false
  /// The run ends when nothing is left but to wait for people, instead of waiting.
  let endsWhenWaiting: Bool
  /// Whether anything ended in this session.
  var didAnything = false
  var failedSteps = 0
  let opening: Record
  let previous: RunStatus?
  /// What earlier runs of the workflow failed of, back to the last one that succeeded.
  let open: OpenFailures
  let only: Set<String>
  let durations: [String: Span]
  /// Step → how many tests it told at most in earlier runs.
  let expectedTests: [String: Int]
  /// Actions of the event that is being handled.
  var actions: [RunAction] = []
  var now = Instant(nanoseconds: 0)

  struct Mutex: Sendable {
    var holder: NodeIndex?
    var isLocked = false
    /// Whether the lock was asked for and the answer has not come.
    var isAsked = false
    var waiters = ReadyQueue()
  }

  /// - Parameters:
  ///   - plan: with the cells of the matrices that are expanded already.
  ///   - facts: of the records so far; empty for a new run.
  ///   - opening: ``Record/runStarted(_:)`` or ``Record/runResumed(_:)``, written first.
  ///   - only: the steps to limit the run to, with what they depend on; empty: all.
  ///   - pool: resource → how much there is.
  ///   - durations: how long steps took in earlier runs.
  ///   - expectedTests: how many tests each told at most in them.
  ///   - previous: how the workflow's run before this one ended.
  ///   - open: what earlier runs failed of, back to the last one that succeeded.
  ///   - endsWhenWaiting: the run ends as `waiting` when nothing is left but to wait for people.
  public init(
    run: String, plan: Plan, facts: RunFacts = RunFacts(), opening: Record, only: Set<String> = [],
    pool: [String: Double], durations: [String: Span] = [:], expectedTests: [String: Int] = [:],
    previous: RunStatus? = nil,
    open: OpenFailures = OpenFailures(), endsWhenWaiting: Bool = false
  ) {
    self.run = run
    self.plan = plan
    self.facts = facts
    self.facts.reserve(plan.nodes.count)
    self.opening = opening
    self.only = only
    self.previous = previous
    self.open = open
    self.endsWhenWaiting = endsWhenWaiting
    self.pool = ResourcePool(pool)
    self.durations = durations
    self.expectedTests = expectedTests
    nodes = Array(repeating: NodeState(), count: plan.nodes.count)
    let topology = Topology(plan.nodes)
    dependents = topology.dependents
    paths = topology.remainingPaths(plan.nodes) { durations[plan.nodes[$0].name]?.seconds ?? 1 }
  }

  /// When the machine wants to hear ``RunEvent/tick``, if nothing else happens.
  public var nextDeadline: Instant? { isFinished ? nil : timers.next }

  /// How many attempts run or are about to.
  public var activeAttempts: Int { active }

  /// Where a node stands, as people see it.
  public func status(of node: NodeIndex) -> StepStatus {
    if !services.isEmpty, let status = serviceStatus(of: node) { return status }
    return switch nodes[node].phase {
    case .blocked, .asking, .expanding, .excluded, .held: .pending
    case .running where bodies[node]?.isSuspended == true && nodes[node].openMembers == 0: .waiting
    case .open, .running, .stopping, .judging, .undoing, .serving, .doubted: .running
    case .probing, .queued, .parked: .ready
    case .askingRetry, .backingOff: .retrying
    case .waiting: .waiting
    case .ended(let status): status
    }
  }

  /// What a step emitted, once its dependents may use it.
  public func values(of step: String) -> [String: Value]? {
    if !facts.services.isEmpty, let service = facts.services[step] { return service.values }
    return facts.steps[step]?.end?.usableValues
  }

  /// Lets the machine decide what follows from an event.
  public func handle(_ event: RunEvent, at moment: Instant) -> [RunAction] {
    var result: [RunAction] = []
    handle(event, at: moment, into: &result)
    return result
  }

  /// The same; the actions take the place of what is in the array, whose memory is used again.
  public func handle(_ event: RunEvent, at moment: Instant, into result: inout [RunAction]) {
    result.removeAll(keepingCapacity: true)
    if actions.isEmpty { swap(&result, &actions) }
    decide(event, at: moment)
    // What was decided before the beginning is told with it.
    if hasBegun { swap(&result, &actions) }
  }

  private func decide(_ event: RunEvent, at moment: Instant) {
    now = max(now, moment)
    guard !isFinished else { return }
    switch event {
    case .begin:
      begin()
      hasBegun = true
      takeHeld()
    case .attemptStarted(let node, let pid): attemptStarted(node, pid: pid)
    case .attemptEnded(let node, let result): attemptEnded(node, result)
    case .reported(let node, let fact): reported(node, fact)
    case .answered(let node, .when, let answer): whenAnswered(node, answer)
    case .answered(let node, .retry, let answer): retryAnswered(node, answer)
    case .probed(let node, let probe): probed(node, probe)
    case .expanded(let node, let axes, let expansion): expanded(node, axes, expansion)
    case .expansionFailed(let node, let message): expansionFailed(node, message)
    case .judged(let node, let judgement): judged(node, judgement)
    case .serviceGiven(let node, let given): serviceGiven(node, given)
    case .serviceUnprepared(let node, let message): serviceUnprepared(node, message)
    case .serviceChecked(let node, let number, let failure, let values):
      serviceChecked(node, number, failure, values)
    case .locked(let name): locked(name)
    case .cancel(let by, let reason): cancel(by: by, reason: reason)
    case .request(let request): take(request)
    case .interrupt: interrupt(grace: nil)
    case .kill: interrupt(grace: .zero)
    case .notificationSent(let key, let attempts):
      answered(key) { .notificationSent(name: $0, key: key, attempts: attempts) }
    case .notificationFailed(let key, let attempts, let error):
      answered(key) { .notificationFailed(name: $0, key: key, attempts: attempts, error: error) }
    case .considered(let notification, let event, let yes):
      considering -= 1
      if yes { due(notification, event, event["kind"]?.string ?? "") }
    case .claimed(let lane, let answer): claimed(lane, answer)
    case .bodyTurned(let node, let turn): bodyTurned(node, turn)
    case .bodyForgot(let node, let keys, let reason):
      write(.forgotten(step: plan.nodes[node].name, keys: keys, reason: reason))
    case .tick: tick()
    }
    guard hasBegun else { return }
    settle()
    settleBodies()
    wakeBodies()
    schedule()
    if !services.isEmpty { settleServices() }
    settleNotices()
    finishIfDone()
  }

  /// Writes a record: the only way in which facts change.
  @discardableResult
  func write(_ record: Record) -> Int64 {
    let stamped = StampedRecord(seq: facts.lastSeq + 1, time: max(now, facts.lastTime), record: record)
    facts.apply(stamped)
    actions.append(.record(stamped))
    return stamped.seq
  }

  func setPhase(_ node: NodeIndex, _ phase: NodeState.Phase) {
    let old = nodes[node].phase
    if old.isBusy { busy -= 1 }
    if phase.isBusy { busy += 1 }
    if old.isActive { active -= 1 }
    if phase.isActive { active += 1 }
    if case .waiting = old { waiting -= 1 }
    if case .waiting = phase { waiting += 1 }
    if !old.isEnded, phase.isEnded { unfinished -= 1 }
    nodes[node].phase = phase
  }
}
