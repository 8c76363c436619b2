import BatonCore
import BatonModel

/// One driver of a simulated run, from its beginning to its end: the real ``RunMachine`` in a world of virtual time that
/// counts what really happens, and complains.
///
/// Records become durable in batches, after random delays; effects follow when their records are durable, as the engine does
/// it; a driver that dies is simulated by taking a beginning of its log and starting another one.
final class SimulatedSession {
  /// Something happened that must never happen.
  struct Violation: Error { var message: String }

  /// A process of the simulated world.
  struct Process {
    var id: Int
    var attempt: Int
    var started: Instant
    var outcome: Outcome
  }

  /// What the world looked like just before a batch of records became durable.
  struct Commit {
    /// The number of the batch's last record.
    var last: Int
    var time: Instant
    var alive: [StepAttempt]
    /// How many attempts had been spawned.
    var spawned: Int
  }

  private enum Happening {
    case started(NodeIndex, id: Int)
    case ended(NodeIndex, id: Int, Outcome)
    case flush
    case committed
    case locked(String)
    case control(Scenario.Control)
    case told(RunEvent)
    case sent(Request)
  }

  let scenario: Scenario
  let fate: Fate
  let fault: Simulator.Fault?
  /// Steps that may run again although they have succeeded; the names.
  let mayRunAgain: Set<String>
  var machine: RunMachine
  var random: SplitMix64
  var now: Instant
  var checks: SessionChecks

  private(set) var log: [StampedRecord]
  private(set) var commits: [Commit] = []
  private(set) var spawned: [StepAttempt] = []
  private(set) var status: RunStatus?
  /// Numbers of records behind which no more were decided at once.
  private(set) var boundaries: Set<Int> = []
  var trace: [String]?

  private var happenings: [(time: Instant, order: Int, what: Happening)] = []
  private var order = 0
  private var immediate: [RunEvent] = []
  private var batch: [StampedRecord] = []
  private var inFlight: [StampedRecord] = []
  private var flushes = false
  private var durable: Int64
  private var held: [(after: Int64, action: RunAction)] = []
  private var processes: [NodeIndex: Process] = [:]
  /// By node: the hash of its name.
  private var hashes: [UInt64]
  private var lastProcess = 0
  /// Durable bodies that are being executed, and the programs of those that were made by others.
  private var bodies: [NodeIndex: ScriptedBody] = [:]
  private var programs: [String: [BodyAct]] = [:]
  private let spawnedBefore: Set<String>
  let people: SimulatedPeople
  private let noWait: Bool

  init(
    scenario: Scenario, plan: Plan, facts: RunFacts, log: [StampedRecord], opening: Record, now: Instant, seed: UInt64,
    mayRunAgain: Set<String>, cutOff: [StepAttempt], spawnedBefore: Set<String>, fault: Simulator.Fault?,
    people: SimulatedPeople, withControl: Bool, isTraced: Bool
  ) {
    self.scenario = scenario
    self.fault = fault
    self.now = now
    self.mayRunAgain = mayRunAgain
    self.log = log
    self.spawnedBefore = spawnedBefore
    fate = Fate(seed: scenario.seed)
    random = SplitMix64(seed: seed)
    durable = facts.lastSeq
    self.people = people
    noWait = withControl && scenario.noWait
    machine = RunMachine(
      run: "run", plan: plan, facts: facts, opening: opening, pool: scenario.pool, endsWhenWaiting: noWait)
    hashes = plan.nodes.map { Fate.hash($0.name) }
    checks = SessionChecks(
      scenario: scenario, plan: plan, facts: facts, opening: opening, mayRunAgain: mayRunAgain, cutOff: cutOff,
      keepsLeftovers: fault == .keepsLeftovers)
    if isTraced { trace = [] }
    if withControl, let control = scenario.control {
      schedule(.control(control.what), after: Span(milliseconds: Int64(control.after)))
    }
    guard withControl else { return }
    for delay in scenario.signals {
      let signal = Request(kind: .signal(name: "news", value: .integer(Int64(delay))), by: "world", time: now)
      schedule(.sent(signal), after: Span(milliseconds: Int64(delay)))
    }
  }

  // MARK: The loop

  func run() throws(Violation) {
    for request in people.waiting { try tell(.request(request)) }
    try tell(.begin)
    var turns = 0
    while status == nil {
      turns += 1
      guard turns < 20_000 else { throw Violation(message: "it goes on for ever") }
      if !batch.isEmpty, inFlight.isEmpty, !flushes {
        flushes = true
        schedule(.flush, after: Span(milliseconds: [0, 0, 0, 1, 5, 25][random.below(6)]))
      }
      let deadline = machine.nextDeadline
      guard let next = earliest() else {
        guard let deadline else {
          throw Violation(message: "it is stuck: nothing is left to happen, and it has not ended")
        }
        now = max(now, deadline)
        try tell(.tick)
        continue
      }
      if let deadline, deadline < happenings[next].time {
        now = max(now, deadline)
        try tell(.tick)
        continue
      }
      let happening = happenings.remove(at: next)
      now = max(now, happening.time)
      try happen(happening.what)
    }
    try checks.ended(status, machine, log: log, alive: processes.count, unwritten: batch.count + inFlight.count)
  }

  private func earliest() -> Int? {
    guard !happenings.isEmpty else { return nil }
    var best = 0
    for position in happenings.indices.dropFirst() {
      let (left, right) = (happenings[position], happenings[best])
      if left.time < right.time || (left.time == right.time && left.order < right.order) { best = position }
    }
    return best
  }

  private func schedule(_ what: Happening, after delay: Span) {
    order += 1
    happenings.append((now + delay, order, what))
  }

  private func happen(_ happening: Happening) throws(Violation) {
    switch happening {
    case .started(let node, let id):
      if processes[node]?.id == id { try tell(.attemptStarted(node, pid: Int32(truncatingIfNeeded: id))) }
    case .ended(let node, let id, let outcome): try ended(node, id, outcome)
    case .flush:
      flushes = false
      inFlight = batch
      batch.removeAll()
      schedule(.committed, after: Span(milliseconds: [0, 0, 1, 4][random.below(4)]))
    case .committed: try committed()
    case .locked(let name):
      try checks.locked(name)
      try tell(.locked(name))
    case .control(let control):
      note("\(control.rawValue) from outside")
      switch control {
      case .interrupt: try tell(.interrupt)
      case .kill:
        try tell(.interrupt)
        try tell(.kill)
      case .cancel: try tell(.cancel(by: "someone", reason: nil))
      }
    case .told(let event): try tell(event)
    case .sent(let request):
      let sent = people.send(request, at: now)
      note("sent \(sent)")
      schedule(.told(.request(sent)), after: Span(milliseconds: Int64(random.below(3))))
    }
  }

  private func tell(_ event: RunEvent) throws(Violation) {
    immediate.append(event)
    try drain()
  }

  /// Tells the machine what the driver knows at once, before it writes anything.
  private func drain() throws(Violation) {
    while !immediate.isEmpty {
      let event = immediate.removeFirst()
      if trace != nil, trace!.count < 400 { note("event \(event)") }
      let actions = machine.handle(event, at: now)
      grow()
      for action in actions { try take(action) }
      try checks.handled(actions, machine)
    }
    boundaries.insert(log.count + inFlight.count + batch.count)
  }

  private func grow() {
    for node in hashes.count..<max(hashes.count, machine.plan.nodes.count) {
      hashes.append(Fate.hash(machine.plan.nodes[node].name))
      checks.grow(machine.plan.nodes[node].name, node)
    }
  }

  func note(_ text: @autoclosure () -> String) {
    trace?.append("\((now - Instant(nanoseconds: 0)).milliseconds) ms  \(text())")
  }

  // MARK: Records and effects

  private func take(_ action: RunAction) throws(Violation) {
    switch action {
    case .record(let record):
      note("record \(record.seq) \(record.record)")
      batch.append(record)
    case .prepare(_, _, let after), .check(_, _, _, let after), .launch(_, _, _, let after), .ask(_, _, _, let after),
      .probe(_, let after), .expand(_, let after),
      .judge(_, let after), .notify(_, let after), .claim(_, let after), .finished(_, let after),
      .proceed(_, _, let after):
      let isHasty =
        if case .proceed = action { fault == .goesOnBeforeDurable } else { fault == .actsBeforeDurable }
      if after <= durable || isHasty { try perform(action) } else { held.append((after, action)) }
    case .stop(let node, let grace): stop(node, grace)
    case .endCheck(let node, let number):
      answer(.serviceChecked(node, number: number, failure: "it took too long to answer"))
    case .lock(let name):
      try checks.askedForLock(name)
      schedule(.locked(name), after: Span(milliseconds: Int64(random.below(6))))
    case .unlock(let name):
      let holders = processes.keys.filter { machine.plan.nodes[$0].options.value.mutex == name }
      try checks.unlocked(name, whileHeldBy: holders.map { machine.plan.nodes[$0].name })
    case .drop(let node): bodies[node] = nil
    case .consider(let notification, let event):
      let yes = Fate.hash(event["kind"]?.string ?? "") % 2 == 0
      immediate.append(.considered(notification: notification, event: event, yes))
    }
  }

  private func committed() throws(Violation) {
    let alive = processes.map { StepAttempt(step: machine.plan.nodes[$0.key].name, number: $0.value.attempt) }
    log += inFlight
    if fault == .losesEnds { log.removeAll { if case .stepEnded = $0.record { true } else { false } } }
    commits.append(Commit(last: log.count, time: now, alive: alive, spawned: spawned.count))
    durable = inFlight.last?.seq ?? durable
    note("durable up to \(durable)")
    try checks.committed(inFlight)
    try people.committed(inFlight)
    for record in inFlight { if case .asked(let question) = record.record { answer(question) } }
    inFlight.removeAll()
    let waiting = held
    held.removeAll()
    for entry in waiting {
      if entry.after <= durable { try perform(entry.action) } else { held.append(entry) }
    }
    try drain()
  }

  private func perform(_ action: RunAction) throws(Violation) {
    switch action {
    case .launch(let node, let attempt, let alternative, let after):
      guard after <= durable else {
        throw Violation(message: "\(machine.plan.nodes[node].name) starts before its record is durable")
      }
      try launch(node, attempt, alternative)
    case .prepare(let node, let alternative, _):
      answer(
        .serviceGiven(
          node, ServiceGift(alternative: alternative, values: ["port": 1], fingerprint: fingerprint(node))))
    case .check(let node, _, let number, _):
      // Some take longer than they may.
      if scenario.profile == .timed, random.chance(3) { break }
      let isWell = processes[node] != nil && !random.chance(8)
      answer(.serviceChecked(node, number: number, failure: isWell ? nil : "no connection"))
    case .ask(let node, let question, _, _):
      let number: UInt64 =
        question == .when ? 0 : 1 + UInt64(machine.facts.steps[machine.plan.nodes[node].name]?.failures ?? 0)
      let yes = fate.answersYes(hashes[node], number)
      answer(.answered(node, question, yes ? .yes : .no(reason: "the function said no")))
    case .probe(let node, _): answer(.probed(node, probe(node)))
    case .expand(let node, _): expand(node)
    case .judge(let node, _): judge(node)
    case .notify(let outstanding, let after):
      try checks.sent(outstanding, isDurable: after <= durable)
      answer(.notificationSent(key: outstanding.key, attempts: 1))
    case .claim(let claim, let after):
      guard after <= durable else {
        throw Violation(message: "\(claim.key) is claimed before what has gathered is durable")
      }
      answer(.claimed(claim.lane, claim.held.isEmpty ? .nothing : .granted([])))
    case .finished(let status, _): self.status = status
    case .proceed(let node, _, let after):
      guard after <= durable else {
        throw Violation(message: "\(machine.plan.nodes[node].name) goes on before what it waited for is durable")
      }
      try execute(node)
    case .record, .stop, .lock, .unlock, .consider, .drop, .endCheck: break
    }
  }

  private func answer(_ event: RunEvent) { schedule(.told(event), after: Span(milliseconds: Int64(random.below(4)))) }

  /// People answer what they have seen asked, each once.
  private func answer(_ question: Question) {
    let isPatient = question.kind == .interrupted || question.until != nil || noWait
    let maySilence = scenario.profile == .timed && isPatient
    for person in 0..<question.quorum where people.isNew(question, person) {
      let hash = Fate.hash(question.step)
      guard let approves = fate.approves(hash, question.kind, person: person, mayStaySilent: maySilence) else {
        continue
      }
      let fields = approves && !question.form.isEmpty ? ["v": fate.filledIn(hash)] : [:]
      let answer = Request.Kind.answer(
        step: question.step, question: question.id, approved: approves, role: question.by.first ?? "", fields: fields)
      schedule(
        .sent(Request(kind: answer, by: "p\(person)", reason: "it is random", time: now)),
        after: Span(milliseconds: Int64(random.below(600))))
    }
  }

  // MARK: Bodies

  private func program(_ name: String) -> [BodyAct]? {
    if let made = programs[name] { return made }
    for draft in scenario.drafts where draft.name == name { if case .body(let acts) = draft.kind { return acts } }
    return nil
  }

  /// Lets a body go on until it waits or ends.
  private func execute(_ node: NodeIndex) throws(Violation) {
    let name = machine.plan.nodes[node].name
    guard var body = bodies[node], let acts = program(name) else { return }
    body.isBlindToEffects = fault == .repeatsEffects
    let before = body.trace
    var turn = body.turn(acts, facts: machine.facts)
    note("body \(name) sees \(body.trace.dropFirst(before.count))")
    guard body.trace.starts(with: before) else {
      throw Violation(message: "\(name) sees \(body.trace), and saw \(before) before")
    }
    for effect in body.effects { try checks.carriedOut(effect, of: name) }
    programs.merge(body.nested) { _, new in new }
    bodies[node] = body
    switch turn.next {
    case .waits: break
    case .returned, .ended: turn.fingerprint = fingerprint(node)
    }
    immediate.append(.bodyTurned(node, turn))
  }

  // MARK: Attempts

  private func launch(_ node: NodeIndex, _ attempt: Int, _ alternative: Int?) throws(Violation) {
    let name = machine.plan.nodes[node].name
    if machine.plan.nodes[node].body != nil {
      note("execute \(name)#\(attempt)")
      immediate.append(.attemptStarted(node, pid: nil))
      bodies[node] = ScriptedBody(name: name)
      return try execute(node)
    }
    guard given(node) != nil else {
      let result = AttemptResult(outcome: .scriptError("a value is missing"), started: now, ended: now)
      return immediate.append(.attemptEnded(node, result))
    }
    note("spawn \(name)#\(attempt)")
    try checks.spawned(node, attempt, machine, alive: Array(processes.keys))
    spawned.append(StepAttempt(step: name, number: attempt))
    lastProcess += 1
    let failures = machine.facts.steps[name]?.failures ?? 0
    let outcome = fate.outcome(
      hashes[node], alternative: (alternative ?? -1) + 1, failures: failures, mayHalt: scenario.profile == .timed)
    let delay = Span(milliseconds: Int64(random.below(3)))
    processes[node] = Process(id: lastProcess, attempt: attempt, started: now + delay, outcome: outcome)
    schedule(.started(node, id: lastProcess), after: delay)
    if machine.plan.nodes[node].service != nil {
      // It runs until it is ended, or dies.
      if random.chance(35) {
        schedule(
          .ended(node, id: lastProcess, .signaled(9)), after: delay + Span(milliseconds: Int64(random.below(400))))
      }
      return
    }
    for (metric, value) in fate.metrics(hashes[node]) {
      schedule(.told(.reported(node, .metric(name: metric, value: value))), after: delay)
    }
    schedule(
      .ended(node, id: lastProcess, outcome),
      after: delay + fate.duration(hashes[node], attempt: attempt + random.below(2)))
  }

  /// The values of the refs of a step; nil when one is missing.
  private func given(_ node: NodeIndex) -> [Value]? {
    var values: [Value] = []
    var isMissing = false
    guard case .shell(.dynamic(let expr)) = machine.plan.nodes[node].command else { return [] }
    expr.forEachRef { ref in
      if let value = machine.values(of: ref.step)?[ref.path[0] == .name("v") ? "v" : "list"] {
        values.append(value)
      } else {
        isMissing = true
      }
    }
    return isMissing ? nil : values
  }

  private func result(_ node: NodeIndex) -> [String: Value] {
    var command: UInt64 = 0
    switch machine.plan.nodes[node].command {
    case .shell(.plain(let text)): command = Fate.hash(text)
    case .shell(.dynamic(.concat(let parts))):
      if case .literal(let value) = parts.first { command = Fate.hash(value.text) }
    default: break
    }
    return fate.values(hashes[node], command: command, given: given(node) ?? [])
  }

  private func ended(_ node: NodeIndex, _ id: Int, _ outcome: Outcome) throws(Violation) {
    guard let process = processes[node], process.id == id else { return }
    processes[node] = nil
    let values = outcome == .succeeded ? result(node) : [:]
    try tell(
      .attemptEnded(
        node,
        AttemptResult(
          outcome: outcome, started: min(process.started, now), ended: now, values: values,
          fingerprint: fingerprint(node))))
  }

  private func fingerprint(_ node: NodeIndex) -> Fingerprint {
    FingerprintBuilder.fingerprint(
      of: machine.plan.nodes[node], env: machine.plan.workflow.env, values: { machine.values(of: $0) },
      isService: { machine.facts.services[$0] != nil })
  }

  private func stop(_ node: NodeIndex, _ grace: Span) {
    guard let process = processes[node] else {
      held.removeAll { if case .launch(node, _, _, _) = $0.action { true } else { false } }
      immediate.append(.attemptEnded(node, AttemptResult(outcome: .cancelled, started: now, ended: now)))
      return
    }
    note("stop \(machine.plan.nodes[node].name)")
    let delay = Span(milliseconds: Int64(random.below(Int(grace.milliseconds) + 1)))
    schedule(.ended(node, id: process.id, .signaled(15)), after: delay)
  }

  private func probe(_ node: NodeIndex) -> RunEvent.Probe {
    let name = machine.plan.nodes[node].name
    guard spawnedBefore.contains(name), given(node) != nil,
      fate.outcome(hashes[node], alternative: 0, failures: 0, mayHalt: false) == .succeeded
    else { return .miss }
    return .hit(values: result(node), fingerprint: fingerprint(node))
  }

  private func expand(_ node: NodeIndex) {
    guard let matrix = machine.plan.nodes[node].group?.pending, case .ref(let ref) = matrix.axes["x"] else { return }
    guard let list = machine.values(of: ref.step)?["list"] else {
      return answer(.expansionFailed(node, "the list is missing"))
    }
    let axes = ["x": list]
    answer(.expanded(node, axes: axes, Scenario.cells(of: node, in: machine.plan, axes: axes)))
  }

  private func judge(_ node: NodeIndex) {
    guard let declared = machine.plan.nodes[node].gate else { return }
    let (gate, isEarly) = machine.judged(node, by: declared)
    var verdict = GateEvaluation.verdict(
      gate: machine.plan.nodes[node].name, spec: gate, sources: machine.sources(of: node), baseline: [:])
    if gate.check != nil, !isEarly, !fate.answersYes(hashes[node], 40) {
      verdict.refuse(nil)
    }
    answer(.judged(node, .verdict(verdict, fingerprint: fingerprint(node))))
  }
}
