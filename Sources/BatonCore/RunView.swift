import BatonModel

/// What a run looks like: its records, folded into the state of the run and of every step.
///
/// This is for people and programs that look at a run; the engine decides from `RunMachine`. Applying a record costs well
/// under a microsecond, so that a view can follow a run of any size.
public struct RunView: Sendable {
  public let run: String
  public private(set) var workflow = ""
  public private(set) var file = ""
  public private(set) var digest = ""
  public private(set) var params: [String: Value] = [:]
  public private(set) var by = ""
  /// Where it began, as ``RunStarted/machine`` tells it.
  public private(set) var machine: [String: String] = [:]
  /// Resource → how much of it there is for the run; empty: an older Baton did not say.
  public private(set) var pool: [String: Double] = [:]
  public private(set) var options = RunOptions()
  /// The modules of others that it used when it was driven last, by name.
  public private(set) var rocks: [String: RockUse] = [:]
  /// What the project's configuration said to it; nil: nothing.
  public private(set) var settings: RunSettings?
  public private(set) var status = RunStatus.running
  /// Why the run ended as it did, or is about to.
  public private(set) var reason: String?
  public private(set) var started: Instant?
  public private(set) var ended: Instant?
  /// How long nobody drove it, between its end or its driver's and the resumptions that followed.
  public private(set) var idle = Span.zero
  /// The number of the last record that was applied.
  public private(set) var seq: Int64 = 0
  /// The time of the last record that was applied.
  public private(set) var time = Instant(nanoseconds: 0)
  /// In the order of the plan where there is one, else of their first records.
  public private(set) var steps: [StepView] = []
  public private(set) var verdicts: [Judged] = []
  /// What each service came to, in order.
  public private(set) var services: [String: [ServiceMoment]] = [:]
  /// In what they are other ones than they should be; nil: nobody has looked.
  public var drift: ServiceDrift?
  public private(set) var notifications: [Notice] = []
  /// Messages that have to be sent and neither were nor could not be: of a run that has ended, whoever carries it on sends them.
  public private(set) var owed: [Notice] = []
  public private(set) var resumptions: [Resumption] = []
  /// What people said, in order.
  public private(set) var answers: [Answer] = []
  public private(set) var signals: [Received] = []
  /// Body → its operations that are waits of their own, and go on.
  private var openWaits: [String: OpenWaits] = [:]
  /// Body → its steps that were forgotten and have not been asked for again.
  private var dropped: [String: Set<String>] = [:]
  public private(set) var halting: Halting?
  public private(set) var cancellation: Cancellation?
  /// Metric → value, as the commands of a step reported it: step → metric → last value.
  public private(set) var metrics: [String: [String: Double]] = [:]
  /// Step → what the results of its attempts say, the last one last.
  public private(set) var results: [String: [Measured]] = [:]
  /// Steps (not gates, nor groups) by status.
  public private(set) var counts: [StepStatus: Int] = [:]
  /// Steps that `--only` or `--tags` leaves out; `counts` has none of them.
  public private(set) var notSelected = 0
  /// What steps that run hold of the pool, by their positions: those that do not hold one processor and nothing else.
  private(set) var held: [Int: [String: Double]] = [:]
  /// Whose nodes were adopted; for what the run is limited to.
  private(set) var plan: Plan?

  /// Steps that run anew: what their earlier attempts measured counts no more.
  private var stale: Set<String> = []

  private var index: [String: Int] = [:]
  /// Body → its operations that are steps → whether it went on without it.
  private var bodyChildren: [String: [String: Bool]] = [:]

  public init(run: String, plan: Plan? = nil) {
    self.run = run
    if let plan { adopt(plan) }
  }

  public init(run: String, records: some Sequence<StampedRecord>, plan: Plan? = nil) {
    self.init(run: run, plan: plan)
    for record in records { apply(record) }
  }

  public subscript(step: String) -> StepView? { index[step].map { steps[$0] } }

  public func position(of step: String) -> Int? { index[step] }

  /// How long the run was driven, or has been by the given moment: without the time that passed before it was resumed. Of one
  /// whose driver is gone: until the last that is known of it.
  public func duration(at now: Instant) -> Span {
    guard let started else { return .zero }
    return max(.zero, end(at: now) - (started + idle))
  }

  private func end(at now: Instant) -> Instant { ended ?? (status == .interrupted ? time : now) }

  /// How long it has been driven without a pause: since it was started or, where it was resumed, since then.
  public func sessionDuration(at now: Instant) -> Span {
    guard let begin = resumptions.last?.time ?? started else { return .zero }
    return max(.zero, end(at: now) - begin)
  }

  /// How many steps there are, gates and groups apart.
  public var stepCount: Int { counts.values.reduce(0, +) }

  /// What the results of a step's last attempt say; nil where there are none, or it runs anew.
  public func summary(of step: String) -> ResultSummary? {
    stale.contains(step) ? nil : results[step]?.last?.summary
  }

  /// Where the step's results were measured, if they came out of the cache.
  public func origin(of step: String) -> Measured.Origin? {
    stale.contains(step) ? nil : results[step]?.last?.origin
  }

  /// What all steps' tests come to.
  public var tests: TestCounts {
    steps.reduce(into: TestCounts()) { sum, step in if let summary = summary(of: step.name) { sum.add(summary) } }
  }

  /// How many steps will not change any more.
  public var endedCount: Int { counts.reduce(0) { $1.key.isTerminal ? $0 + $1.value : $0 } }

  /// Adds the steps of a plan: those that have no record yet are `pending`.
  public mutating func adopt(_ plan: Plan) {
    steps.reserveCapacity(plan.nodes.count)
    index.reserveCapacity(plan.nodes.count)
    for node in plan.nodes { adopt(node) }
    self.plan = plan
    if started != nil { select() }
  }

  /// Adds one step of a plan, unless it is there.
  public mutating func adopt(_ node: Node) {
    let position = place(of: node.name, kind: node.nodeKind)
    steps[position].line = node.line
    steps[position].file = node.file
    if steps[position].kind != node.nodeKind { changeKind(of: position, to: node.nodeKind) }
  }
}

extension RunView {
  public mutating func apply(_ stamped: StampedRecord) {
    seq = stamped.seq
    let before = time
    time = stamped.time
    switch stamped.record {
    case .runStarted(let start): begin(start, at: stamped.time)
    case .runResumed(let resumed):
      if started != nil { idle = idle + max(.zero, stamped.time - (ended ?? before)) }
      resume(resumed, at: stamped.time)
    case .intended: break
    case .attemptStarted(let attempt, let executor, let pid, let demand):
      let position = place(of: attempt.step)
      setStatus(.running, of: position)
      if demand != nil || !held.isEmpty { held[position] = demand }
      steps[position].begin(attempt.number, at: stamped.time, executor: executor, pid: pid)
    case .attemptFailed(let end, let next):
      let position = place(of: end.step)
      setStatus(next.status, of: position)
      // A transaction has no attempts.
      if end.number != RunMachine.noAttempt { steps[position].close(end) }
      steps[position].next = next
    case .stepEnded(let end): finish(end, at: stamped.time)
    case .expanded(let group, let axes, _):
      let position = place(of: group, kind: .group)
      if steps[position].kind != .group { changeKind(of: position, to: .group) }
      steps[position].axes = axes
    case .gateJudged(let verdict):
      let position = place(of: verdict.gate, kind: .gate)
      if steps[position].kind != .gate { changeKind(of: position, to: .gate) }
      verdicts.append(Judged(verdict: verdict, time: stamped.time))
    case .metric(let step, _, let name, let value): metrics[step, default: [:]][name] = value
    case .measured(let measured):
      _ = place(of: measured.step)
      stale.remove(measured.step)
      results[measured.step, default: []].removeAll { $0.attempt == measured.attempt }
      results[measured.step, default: []].append(measured)
    case .progress(let step, _, let fraction, let text):
      let position = place(of: step)
      if let fraction { steps[position].fraction = fraction }
      if let text { steps[position].text = text }
    case .checkpoint(let step, _, let value): steps[place(of: step)].checkpoint = value
    case .halting(let reason, let by): halting = Halting(reason: reason, by: by, time: stamped.time)
    case .cancelRequested(let by, let reason):
      cancellation = Cancellation(by: by, reason: reason, time: stamped.time)
    case .notificationHeld, .notificationLeft: break
    case .notificationDue(let name, let key, _):
      if !owed.contains(where: { $0.key == key }) {
        owed.append(Notice(name: name, key: key, attempts: 0, error: nil, time: stamped.time))
      }
    case .operationEnded(let step, let key, _):
      bodyChildren[step, default: [:]][key] = true
      openWaits[step]?.remove(key)
    case .operated(let step, let operations):
      for operation in operations where operation.result == nil {
        guard operation.kind == .signal || operation.kind == .sleep else { continue }
        openWaits[step, default: OpenWaits()].insert(operation)
      }
      for operation in operations where operation.kind == .step {
        bodyChildren[step, default: [:]][operation.key] = false
        if !dropped.isEmpty { dropped[step]?.remove(operation.key) }
      }
    case .forgotten(let step, let keys, let reason): forget(step, keys, reason)
    case .notificationSent(let name, let key, let attempts):
      owed.removeAll { $0.key == key }
      notifications.append(Notice(name: name, key: key, attempts: attempts, error: nil, time: stamped.time))
    case .notificationFailed(let name, let key, let attempts, let error):
      owed.removeAll { $0.key == key }
      notifications.append(Notice(name: name, key: key, attempts: attempts, error: error, time: stamped.time))
    case .runEnded(let status, let reason):
      self.status = status
      self.reason = reason
      ended = stamped.time
      // Where the driver died before, they have no record of their end.
      settle(as: status == .cancelled ? .cancelled : .pending)
    case .asked(let question):
      let position = place(of: question.step, kind: question.node)
      if steps[position].kind != question.node { changeKind(of: position, to: question.node) }
      setStatus(.waiting, of: position)
      steps[position].ask(question, at: stamped.time)
    case .answered(let answer):
      let position = place(of: answer.step, kind: answer.node)
      steps[position].take(answer)
      answers.append(answer)
      if steps[position].asked == nil { setStatus(.pending, of: position) }
    case .signalReceived(let signal): signals.append(Received(signal: signal, time: stamped.time))
    case .requestTaken: break
    case .serviceChanged(let change): take(change, at: stamped.time)
    }
  }

  private mutating func take(_ change: ServiceChange, at time: Instant) {
    let position = place(of: change.service, kind: .service)
    if steps[position].kind != .service { changeKind(of: position, to: .service) }
    if let status = change.state.status { setStatus(status, of: position) }
    if let end = change.end { steps[position].close(end) }
    if change.state == .given { steps[position].values = change.values }
    services[change.service, default: []].append(ServiceMoment(change: change, time: time))
  }

  /// The steps and gates that wait for people.
  public var waiting: [StepView] { steps.filter { $0.status == .waiting && $0.asked != nil } }

  /// Whether a durable body goes on only once someone sends it a signal.
  public func waitsForSignal(_ step: String) -> Bool { openWaits[step]?.hasSignal ?? false }

  /// What durable bodies wait for: signals, and moments. Who waits, and for what.
  public var waitsOfBodies: [(step: String, operation: Operation)] { waitsOfBodies(atMost: .max) { _ in true } }

  /// The first of them that are of a kind.
  public func waitsOfBodies(
    atMost limit: Int, where fits: (Operation) -> Bool
  ) -> [(step: String, operation: Operation)] {
    if openWaits.isEmpty || (status != .running && status != .waiting && status != .interrupted) { return [] }
    var found: [(step: String, operation: Operation)] = []
    for step in openWaits.keys.sorted() {
      for wait in openWaits[step]?.sorted ?? [] where fits(wait) {
        if found.count == limit { return found }
        found.append((step, wait))
      }
    }
    return found
  }

  /// The resumption in which a person last skipped a step or set its values; nil: nobody did.
  public func repair(of step: String) -> Resumption? {
    resumptions.last { $0.resumed.skipped.contains(step) || $0.resumed.set[step] != nil }
  }

  /// Whether a step's failure was caught by the durable body that asked for it.
  public func isCaught(_ step: StepView) -> Bool {
    var name = step.name
    while let (body, _) = BodyFacts.split(name) {
      if bodyChildren[body] != nil, self[body]?.status.isSuccess == true { return true }
      name = body
    }
    return false
  }

  /// Whether nothing goes on but waiting for people.
  public var isWaitingOnly: Bool {
    status == .running && counts[.running] == nil && counts[.retrying] == nil
      && steps.contains { $0.status == .waiting && $0.asked != nil }
  }

  /// Says what the records cannot: that the driver of a run that has not ended is gone.
  public mutating func markInterrupted() {
    guard status == .running else { return }
    status = .interrupted
    reason = "the process that drove it is gone"
    settle(as: .pending)
  }

  /// Says what it was, of a run without a record of its start.
  public mutating func complete(workflow: String, file: String) {
    guard self.workflow.isEmpty else { return }
    self.workflow = workflow
    self.file = file
    if status == .interrupted {
      reason = "the process that drove it was gone before the first record was written: nothing was done"
    }
  }

  /// Nothing runs any more.
  private mutating func settle(as status: StepStatus) {
    guard counts[.running] != nil || counts[.retrying] != nil else { return }
    for position in steps.indices where steps[position].status == .running || steps[position].status == .retrying {
      setStatus(status, of: position)
      if let last = steps[position].attempts.indices.last, steps[position].attempts[last].outcome == nil {
        steps[position].attempts[last].outcome = status == .cancelled ? .cancelled : .interrupted
      }
    }
  }

  private mutating func begin(_ start: RunStarted, at time: Instant) {
    workflow = start.workflow
    file = start.file
    digest = start.digest
    params = start.params
    by = start.by
    machine = start.machine
    pool = start.pool
    rocks = start.observations.rocks
    settings = start.observations.settings
    options = start.options
    status = .running
    started = time
    select()
  }

  /// Leaves out of the counts what the run is limited not to do: what was done before stays what it is.
  private mutating func select() {
    let only = resumptions.last?.resumed.only ?? []
    guard let plan, notSelected > 0 || !only.isEmpty || !options.only.isEmpty || !options.tags.isEmpty else { return }
    let names = try? Selection.names(
      only: only.isEmpty ? options.only : only, tags: only.isEmpty ? options.tags : [], in: plan)
    let selected = Selection.closure(of: names ?? [], in: plan)
    for (node, isSelected) in zip(plan.nodes, selected) {
      guard let position = index[node.name], steps[position].outside != .removed else { continue }
      setOutside(!isSelected && steps[position].status == .pending ? .notSelected : nil, of: position)
    }
  }

  private mutating func setOutside(_ outside: StepView.Outside?, of position: Int) {
    let old = steps[position].outside
    guard old != outside else { return }
    steps[position].outside = outside
    guard steps[position].kind == .step else { return }
    if old == .notSelected { notSelected -= 1 }
    if outside == .notSelected { notSelected += 1 }
    if old == nil { count(steps[position].status, -1) }
    if outside == nil { count(steps[position].status, 1) }
  }

  /// Steps that the workflow does not have any more count no more, whatever became of them; others may be back.
  private mutating func remove(_ removed: [String]) {
    for position in steps.indices where steps[position].outside == .removed {
      setOutside(nil, of: position)
      steps[position].reason = nil
      stale.remove(steps[position].name)
    }
    for name in removed {
      guard let position = index[name] else { continue }
      setOutside(.removed, of: position)
      steps[position].reason = RunResumed.removedStep
      stale.insert(name)
    }
  }

  /// What succeeded and was not invalidated is kept; everything else starts over.
  private mutating func resume(_ resumed: RunResumed, at time: Instant) {
    rocks = resumed.observations.rocks
    settings = resumed.observations.settings
    if !resumed.pool.isEmpty { pool = resumed.pool }
    resumptions.append(Resumption(resumed: resumed, time: time))
    digest = resumed.digest
    status = .running
    reason = nil
    ended = nil
    halting = nil
    cancellation = nil
    for (body, keys) in resumed.forgotten { forget(body, keys, "asked for anew") }
    for position in steps.indices {
      let name = steps[position].name
      if resumed.invalidated[name] != nil { steps[position].asked = nil }
      let stands = steps[position].isSettled || standsInBody(position)
      let keeps = stands && resumed.invalidated[name] == nil
      if keeps, !steps[position].isSettled { continue }
      if !keeps || steps[position].status.isSuccess { setStatus(keeps ? .kept : .pending, of: position) }
      if !keeps {
        steps[position].startOver(reason: resumed.invalidated[steps[position].name])
        if !stands || resumed.invalidated[name] != nil { stale.insert(name) }
      }
    }
    remove(resumed.removed)
    for (step, values) in resumed.set {
      let position = place(of: step)
      setStatus(.succeeded, of: position)
      steps[position].values.merge(values) { _, new in new }
      steps[position].reason = "values set by \(resumed.signature)"
      steps[position].ended = time
    }
    for step in resumed.skipped {
      let position = place(of: step)
      setStatus(.skipped, of: position)
      steps[position].values = [:]
      steps[position].reason = "skipped by \(resumed.signature)"
      steps[position].ended = time
    }
    select()
  }

  /// A body has made something of its failure or refusal, or had it cancelled.
  private func standsInBody(_ position: Int) -> Bool {
    guard let (body, child) = BodyFacts.split(steps[position].name),
      let isGivenUp = bodyChildren[body]?[BodyFacts.key(ofChild: child)]
    else { return false }
    let isRefused = steps[position].kind == .gate && steps[position].status == .skipped
    return steps[position].status == .failed || isRefused || (isGivenUp && steps[position].status == .cancelled)
  }

  private mutating func forget(_ body: String, _ keys: [String], _ reason: String) {
    let isUndone = reason == Record.undone
    let children = keys.compactMap { BodyFacts.child(of: $0, in: body) }
    for key in keys {
      bodyChildren[body]?[key] = nil
      openWaits[body]?.remove(key)
    }
    for position in steps.indices {
      let name = steps[position].name
      guard children.contains(where: { name == $0 || name.hasPrefix($0 + "/") }) else { continue }
      if isUndone {
        if steps[position].status.isSuccess { setStatus(.undone, of: position) }
        steps[position].isSettled = false
        continue
      }
      setStatus(.pending, of: position)
      steps[position].startOver(reason: reason)
    }
    if !isUndone { dropped[body, default: []].formUnion(keys.filter { $0.hasPrefix("step ") }) }
  }

  /// A body has ended well without steps that it had asked for once: nothing will come of them.
  private mutating func leaveOut(_ body: String) {
    for key in dropped.removeValue(forKey: body) ?? [] {
      guard let child = BodyFacts.child(of: key, in: body), let position = index[child],
        steps[position].status == .pending
      else { continue }
      setStatus(.skipped, of: position)
      steps[position].reason = "\(body) does not ask for it any more"
    }
  }

  private mutating func finish(_ end: StepEnd, at time: Instant) {
    let position = place(of: end.step, kind: end.kind)
    if steps[position].kind != end.kind { changeKind(of: position, to: end.kind) }
    setStatus(end.status, of: position)
    if !openWaits.isEmpty { openWaits[end.step] = nil }
    if !dropped.isEmpty, end.status.isSuccess { leaveOut(end.step) }
    if let attempt = end.attempt { steps[position].close(attempt) }
    steps[position].reason = end.reason
    steps[position].allowed = end.allowed
    steps[position].isSettled = end.isSettled
    steps[position].ended = end.attempt?.ended ?? time
    steps[position].next = nil
    steps[position].asked = nil
    if !end.values.isEmpty { steps[position].values = end.values }
    if let fingerprint = end.fingerprint { steps[position].fingerprint = fingerprint }
  }

  private mutating func place(of step: String, kind: NodeKind = .step) -> Int {
    if let position = index[step] { return position }
    let position = steps.count
    index[step] = position
    steps.append(StepView(name: step, kind: kind))
    if kind == .step { counts[.pending, default: 0] += 1 }
    return position
  }

  private mutating func setStatus(_ status: StepStatus, of position: Int) {
    let old = steps[position].status
    guard old != status else { return }
    if old == .running, !held.isEmpty { held[position] = nil }
    steps[position].status = status
    guard steps[position].kind == .step, steps[position].outside == nil else { return }
    count(old, -1)
    count(status, 1)
  }

  private mutating func changeKind(of position: Int, to kind: NodeKind) {
    setOutside(nil, of: position)
    if steps[position].kind == .step { count(steps[position].status, -1) }
    steps[position].kind = kind
    if kind == .step { count(steps[position].status, 1) }
  }

  private mutating func count(_ status: StepStatus, _ change: Int) {
    let sum = counts[status, default: 0] + change
    counts[status] = sum == 0 ? nil : sum
  }
}

extension RunView {
  /// Whether a gate's end says nothing but what its verdict said.
  public func isVerdictOfGate(_ end: StepEnd) -> Bool {
    end.kind == .gate && end.reason?.hasPrefix("refused") != false
      && verdicts.contains { $0.verdict.gate == end.step }
  }

  /// What a service came to, and when.
  public struct ServiceMoment: Sendable {
    public var change: ServiceChange
    public var time: Instant
  }

  /// A gate's verdict and when it fell.
  public struct Judged: Sendable {
    public var verdict: GateVerdict
    public var time: Instant
  }

  /// A message that was sent, or could not be.
  public struct Notice: Sendable {
    public var name: String
    public var key: String
    public var attempts: Int
    public var error: String?
    public var time: Instant
  }

  /// A signal and when it came.
  public struct Received: Sendable {
    public var signal: Signal
    public var time: Instant
  }

  /// Someone carried the run on.
  public struct Resumption: Sendable {
    public var resumed: RunResumed
    public var time: Instant
  }

  public struct Halting: Sendable {
    public var reason: String
    public var by: String?
    public var time: Instant
  }

  public struct Cancellation: Sendable {
    public var by: String
    public var reason: String?
    public var time: Instant
  }
}
