import BatonCore
import BatonModel

/// Drives a ``RunMachine`` by hand, in virtual time, with every record durable at once.
///
/// Attempts start when they are launched and end when the test says so (``finish(_:_:values:)``), or as scripted
/// (``runToEnd()``).
public final class MachineDriver {
  public struct Launched: Hashable, CustomStringConvertible {
    public var step: String
    public var attempt: Int
    public var alternative: Int?

    public var description: String { "\(step)#\(attempt)" + (alternative.map { "/\($0)" } ?? "") }
  }

  public let machine: RunMachine
  public let clock: MockClock
  /// Everything that was recorded, earlier sessions included.
  public private(set) var records: [StampedRecord]
  /// Everything that was launched in this session, in order.
  public private(set) var launched: [Launched] = []
  /// Steps whose attempts run, in the order of their launch.
  public private(set) var running: [String] = []
  public private(set) var stopped: [(step: String, grace: Span)] = []
  /// `lock NAME` and `unlock NAME`, in order.
  public private(set) var locking: [String] = []
  public private(set) var notified: [RunFacts.Outstanding] = []
  public private(set) var claimed: [NoticeClaim] = []
  /// What the runs of the workflow know of each other's messages.
  public var board = MemoryNoticeBoard()
  public private(set) var status: RunStatus?

  /// Step → how its attempts end, the first first; the last one counts for all that follow; success where there is none.
  public var script: [String: [Outcome]] = [:]
  /// Step → what it emits when it succeeds.
  public var values: [String: [String: Value]] = [:]
  /// Step → metrics that it reports before it ends.
  public var metrics: [String: [String: Double]] = [:]
  /// The answer of `when` and `retry.when` functions.
  public var answer: (String, RunEvent.Question, Outcome?) -> RunEvent.Answer = { _, _, _ in .yes }
  public var probe: (String) -> RunEvent.Probe = { _ in .miss }
  public var cells: (Plan, NodeIndex, [String: Value]) -> Expansion = { plan, group, axes in
    TestCells.expansion(of: group, in: plan, axes: axes)
  }
  /// What a gate's `check` says; nil: the gate has none.
  public var check: (String) -> RunEvent.Answer = { _ in .yes }
  public var baseline: [String: Double] = [:]
  public var considers: (Value) -> Bool = { _ in false }
  /// Whether notifications are answered as sent.
  public var sendsNotifications = true
  /// Whether a lock is had as soon as it is asked for.
  public var givesLocks = true
  /// What is said of how services are, by `NAME ready`, `NAME health`, `NAME setup` and so on; well where nothing is said.
  public var checks: (String) -> String? = { _ in nil }
  /// Whether checks are answered at once; else ``answerChecks()`` does.
  public var answersChecks = true
  /// Checks that were asked for, in order.
  public private(set) var checked: [String] = []
  private var openChecks: [(node: NodeIndex, number: Int, name: String)] = []
  /// Whether an attempt ends as soon as it is stopped.
  public var stopsAtOnce = true

  /// The number of the last request that was sent.
  var lastRequest: Int64 = 0
  private var pending: [RunEvent] = []
  private var hasBegun = false

  /// Durable bodies that were told to go on, and what had ended.
  public private(set) var proceeded: [(step: String, ended: [String])] = []
  public private(set) var dropped: [String] = []
  /// What the durable bodies do, by the full names of their steps.
  public var programs: [String: [BodyAct]] = [:]
  /// The options of child steps of bodies, by their full names.
  public var childOptions: [String: StepOptions] = [:]
  /// What each body saw when it was last executed.
  public internal(set) var traces: [String: [String]] = [:]
  /// `BODY: EFFECT`, in the order in which they were carried out.
  public internal(set) var effects: [String] = []
  var scripted: [String: ScriptedBody] = [:]

  public init(
    _ plan: Plan, facts: RunFacts = RunFacts(), records: [StampedRecord] = [], opening: Record? = nil,
    only: Set<String> = [], pool: [String: Double] = ["cpu": 4], durations: [String: Span] = [:],
    expectedTests: [String: Int] = [:],
    previous: RunStatus? = nil, open: OpenFailures = OpenFailures(), endsWhenWaiting: Bool = false,
    run: String = "run-1",
    clock: MockClock = MockClock()
  ) {
    self.clock = clock
    self.records = records
    machine = RunMachine(
      run: run, plan: plan, facts: facts, opening: opening ?? Self.opening(plan, clock), only: only, pool: pool,
      durations: durations, expectedTests: expectedTests, previous: previous, open: open,
      endsWhenWaiting: endsWhenWaiting)
  }

  private static func opening(_ plan: Plan, _ clock: MockClock) -> Record {
    .runStarted(
      RunStarted(
        workflow: plan.workflow.name, file: plan.workflow.file, digest: "script", params: [:],
        observations: Observations(time: clock.now, seed: 7), by: "tester@host", options: RunOptions()))
  }

  public func begin() {
    hasBegun = true
    send(.begin)
  }

  public func send(_ event: RunEvent) {
    pending.append(event)
    while !pending.isEmpty {
      for action in machine.handle(pending.removeFirst(), at: clock.now) { perform(action) }
    }
  }

  /// Ends the attempt of a step that runs.
  public func finish(_ step: String, _ outcome: Outcome = .succeeded, values: [String: Value]? = nil) {
    guard let position = running.firstIndex(of: step) else {
      preconditionFailure("\"\(step)\" does not run; what runs: \(running)")
    }
    running.remove(at: position)
    for (name, value) in (metrics[step] ?? [:]).sorted(by: { $0.key < $1.key }) {
      send(.reported(index(step), .metric(name: name, value: value)))
    }
    send(
      .attemptEnded(
        index(step),
        AttemptResult(
          outcome: outcome, started: clock.now, ended: clock.now,
          values: values ?? (outcome == .succeeded ? self.values[step] : nil) ?? [:],
          fingerprint: fingerprint(index(step)))))
  }

  /// Moves the clock, and tells the machine at every moment that it asked for.
  public func advance(by span: Span) {
    let end = clock.now + span
    while let moment = machine.nextDeadline, moment <= end {
      clock.advance(to: moment)
      send(.tick)
    }
    clock.advance(to: end)
  }

  /// Lets everything that runs end as ``script`` says, the first launched first, until the run is over or nothing happens
  /// any more.
  @discardableResult
  public func runToEnd() -> RunStatus? {
    if !hasBegun { begin() }
    while status == nil {
      if let step = running.first(where: { machine.plan.nodes[index($0)].service == nil }) {
        finish(step, scripted(step))
      } else if let moment = machine.nextDeadline {
        clock.advance(to: moment)
        send(.tick)
      } else {
        break
      }
    }
    return status
  }

  private func scripted(_ step: String) -> Outcome {
    let outcomes = script[step] ?? []
    let attempt = machine.facts.steps[step]?.attempts ?? 1
    return attempt <= outcomes.count ? outcomes[attempt - 1] : outcomes.last ?? .succeeded
  }

  // MARK: What became of it

  ///
  /// A step of a body that is asked for anew has a node of its own: the last one counts.
  public func index(_ name: String) -> NodeIndex {
    guard let position = machine.plan.nodes.lastIndex(where: { $0.name == name }) else {
      preconditionFailure("the plan has no node \"\(name)\"")
    }
    return position
  }

  public func status(_ name: String) -> StepStatus { machine.status(of: index(name)) }

  /// How a node ended.
  public func end(_ name: String) -> StepEnd? { machine.facts.steps[name]?.end }

  public func reason(_ name: String) -> String? { end(name)?.reason }

  /// The names of all launches, in order.
  public var order: [String] { launched.map(\.step) }

  // MARK: Effects

  /// Lets a body go on until it waits or ends.
  private func execute(_ node: NodeIndex, _ name: String) {
    guard var body = scripted[name], let acts = programs[name] else { return }
    var turn = body.turn(acts, facts: machine.facts) { [childOptions] in childOptions[$0] ?? StepOptions() }
    switch turn.next {
    case .waits: break
    case .returned, .ended: turn.fingerprint = fingerprint(node)
    }
    programs.merge(body.nested) { _, new in new }
    effects += body.effects.map { "\(name): \($0)" }
    traces[name] = body.trace
    scripted[name] = body
    pending.append(.bodyTurned(node, turn))
  }

  private func answerOpenChecks() {
    for check in openChecks {
      pending.append(.serviceChecked(check.node, number: check.number, failure: checks(check.name)))
    }
    openChecks = []
  }

  /// Answers the checks that are open, as ``checks`` says.
  public func answerChecks() {
    answerOpenChecks()
    send(.tick)
  }

  private func perform(_ action: RunAction) {
    switch action {
    case .record(let record): records.append(record)
    case .launch(let node, let attempt, let alternative, _):
      let name = machine.plan.nodes[node].name
      launched.append(Launched(step: name, attempt: attempt, alternative: alternative))
      if machine.plan.nodes[node].body != nil {
        pending.append(.attemptStarted(node, pid: nil))
        scripted[name] = ScriptedBody(name: name)
        return execute(node, name)
      }
      running.append(name)
      pending.append(.attemptStarted(node, pid: Int32(1000 + launched.count)))
    case .stop(let node, let grace):
      let name = machine.plan.nodes[node].name
      stopped.append((name, grace))
      guard stopsAtOnce, let position = running.firstIndex(of: name) else { return }
      running.remove(at: position)
      let result = AttemptResult(outcome: .signaled(15), started: clock.now, ended: clock.now)
      pending.append(.attemptEnded(node, result))
    case .prepare(let node, let alternative, _):
      let given = ServiceGift(
        alternative: alternative, values: ["host": "127.0.0.1", "port": ["main": 20_001]],
        fingerprint: fingerprint(node))
      pending.append(.serviceGiven(node, given))
    case .check(let node, let check, let number, _):
      let name = "\(machine.plan.nodes[node].name) \(check.name)"
      checked.append(name)
      openChecks.append((node, number, name))
      if answersChecks { answerOpenChecks() }
    case .endCheck(let node, let number):
      guard let position = openChecks.firstIndex(where: { $0.node == node && $0.number == number }) else { return }
      openChecks.remove(at: position)
      pending.append(.serviceChecked(node, number: number, failure: "it took too long to answer"))
    case .ask(let node, let question, let outcome, _):
      pending.append(.answered(node, question, answer(machine.plan.nodes[node].name, question, outcome)))
    case .probe(let node, _): pending.append(.probed(node, probe(machine.plan.nodes[node].name)))
    case .expand(let node, _): expand(node)
    case .judge(let node, _): judge(node)
    case .lock(let name):
      locking.append("lock \(name)")
      if givesLocks { pending.append(.locked(name)) }
    case .unlock(let name): locking.append("unlock \(name)")
    case .notify(let outstanding, _):
      notified.append(outstanding)
      if sendsNotifications { pending.append(.notificationSent(key: outstanding.key, attempts: 1)) }
    case .claim(let claim, _):
      claimed.append(claim)
      pending.append(.claimed(claim.lane, board.claim(claim)))
    case .consider(let notification, let event):
      pending.append(.considered(notification: notification, event: event, considers(event)))
    case .proceed(let node, let ended, _):
      proceeded.append((machine.plan.nodes[node].name, ended))
      execute(node, machine.plan.nodes[node].name)
    case .drop(let node): dropped.append(machine.plan.nodes[node].name)
    case .finished(let status, _): self.status = status
    }
  }

  /// What the machine's own expressions are worth now.
  public var evaluation: Evaluation {
    let machine = machine
    return Evaluation(
      values: { machine.values(of: $0) }, secret: { _ in nil }, call: { _, _ in .raised("a test has no script") })
  }

  public func fingerprint(_ node: NodeIndex) -> Fingerprint {
    FingerprintBuilder.fingerprint(
      of: machine.plan.nodes[node], env: machine.plan.workflow.env, values: { machine.values(of: $0) },
      isService: { machine.facts.services[$0] != nil })
  }

  private func expand(_ node: NodeIndex) {
    guard let matrix = machine.plan.nodes[node].group?.pending else { return }
    do throws(Evaluation.Failure) {
      var axes: [String: Value] = [:]
      for (name, expr) in matrix.axes { axes[name] = try evaluation.value(of: expr) }
      pending.append(.expanded(node, axes: axes, cells(machine.plan, node, axes)))
    } catch {
      pending.append(.expansionFailed(node, error.text))
    }
  }

  private func judge(_ node: NodeIndex) {
    guard let declared = machine.plan.nodes[node].gate else { return }
    let (gate, isEarly) = machine.judged(node, by: declared)
    let name = machine.plan.nodes[node].name
    var verdict = GateEvaluation.verdict(
      gate: name, spec: gate, sources: machine.sources(of: node), baseline: baseline)
    if gate.check != nil, !isEarly {
      switch check(name) {
      case .yes: break
      case .no(let reason):
        verdict.refuse(reason)
      case .raised(let message): return pending.append(.judged(node, .failed("its check raised an error: \(message)")))
      case .fail(let reason): return pending.append(.judged(node, .failed(reason)))
      case .halt(let reason): return pending.append(.judged(node, .halt(reason)))
      }
    }
    pending.append(.judged(node, .verdict(verdict, fingerprint: fingerprint(node))))
  }
}
