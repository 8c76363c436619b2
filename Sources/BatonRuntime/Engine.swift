import BatonCore
import BatonModel

/// Drives one run: hands what happens to the ``RunMachine``, makes its records durable, and only then carries out what
/// follows from them.
///
/// Lives on one thread. While the disk is busy with one batch of records, the next gathers (group commit); an attempt that
/// was quick and that nothing waits for lingers some milliseconds, so that one write serves many.
public final class Engine {
  /// An attempt that was handed to the executor.
  struct Running {
    var node: NodeIndex
    var attempt: Int
    var alternative: Int?
    /// The failed tests that it was handed.
    var handover: Handover?
    /// The tests that it was told to run; nil: all.
    var tests: [String]?
    /// Of those that it names, what the changes can affect; nil: all are asked for.
    var impact: TestImpact?
    /// Set once its processes have ended, while its outputs are being kept.
    var report: AttemptReport?
    /// What its results say, once they were read.
    var summary: ResultSummary?
  }

  let machine: RunMachine
  let ports: EnginePorts
  let context: EngineContext
  var running: [Ticket: Running] = [:]
  var ticketOfNode: [NodeIndex: Ticket] = [:]
  /// Questions to the cache, by ticket.
  var probes: [Ticket: NodeIndex] = [:]
  /// Attempts whose results are being read, by ticket.
  var readings: [Ticket: Reading] = [:]
  var resultSpans = ResultSpans()
  /// Asked for with the first results that are read.
  private(set) lazy var sharedNames = context.sharedNames()
  /// Durable bodies that are executed, by their step.
  var bodies: [NodeIndex: LiveBody] = [:]
  /// Probes of services, and commands of their lives, by ticket.
  var checks: [Ticket: Check] = [:]
  /// Services → their processes, whose network others may be in.
  var processes: [NodeIndex: Int32] = [:]
  /// Bodies that wait, and of which nothing but their records is kept meanwhile.
  var asleep: Set<NodeIndex> = []
  var inputDigests: [NodeIndex: InputDigest] = [:]
  /// Of what the images are made of that steps ran in.
  var imageDigests: [NodeIndex: String] = [:]
  var lastTicket: Ticket = 0
  /// Events that the machine has not been told yet.
  var events: [RunEvent] = []
  /// Records that are not being written yet, and since when they wait.
  private var batch: [StampedRecord] = []
  private var batchSince = Instant(nanoseconds: 0)
  /// Records that are being written by the journal's own thread.
  private var inFlight: [StampedRecord] = []
  private var durable: Int64
  /// Effects that wait for a record.
  private var held: [(after: Int64, action: RunAction)] = []
  /// Effects whose records are durable and whose turn has not come: a hundred thousand bodies that may go on at once do so
  /// some hundreds at a time, so that what they ask for does not pile up.
  private var due: [RunAction] = []
  private var firstDue = 0
  /// What the machine decided last; its memory is used again.
  private var actions: [RunAction] = []
  /// Something that takes long to repeat has to be written now.
  private var isUrgent = false
  /// When what comes from outside has to be looked at, however busy the engine is.
  private var nextLook = Instant(nanoseconds: 0)
  /// The last request that the machine was told.
  private var lastRequest: Int64 = 0
  private var failure: BatonError?
  private var ended: RunStatus?

  private(set) lazy var evaluation = Evaluation(
    values: { [unowned self] in machine.values(of: $0) }, secret: { [unowned self] in secret($0) },
    call: { [unowned self] callback, arguments in call(callback, arguments) })
  private(set) lazy var builder = {
    let builder = LaunchBuilder(context: context, workflow: machine.plan.workflow.name, evaluation: evaluation)
    builder.image = { [unowned self] path throws(BatonError) in try ports.cache.image(at: path) }
    return builder
  }()
  /// Of the step that is being launched: its `run` may be a function.
  var launchTimeout: Span?
  /// What must not be seen in anything that a function of the script says.
  var secrets = SecretSet()

  public init(machine: RunMachine, ports: EnginePorts, context: EngineContext) {
    self.machine = machine
    self.ports = ports
    self.context = context
    durable = machine.facts.lastSeq
    secrets.add(context.secrets)
    if !context.secrets.isEmpty {
      ports.executor.mask(context.secrets)
      ports.results.mask(context.secrets)
    }
  }

  /// How many bodies are executed before what they asked for is written.
  private static let bodiesAtOnce = 1024
  /// How long the engine may be busy with its own before it looks at what comes from outside.
  private static let longestDeafness = Span(milliseconds: 5)
  /// How many records are written together at most.
  private static let longestBatch = 4096

  /// Runs until nothing is left to do.
  ///
  /// - Throws: when records could not be written; every process was ended then, and the run is resumable.
  public func drive() throws(BatonError) -> RunStatus {
    FaultPoint.reach("engine.before-begin")
    takeRequests()
    // What is to be undone has to be there first.
    func isCancel(_ event: RunEvent) -> Bool {
      if case .request(let request) = event { request.kind == .cancel } else { false }
    }
    events = events.filter { !isCancel($0) } + [.begin] + events.filter(isCancel)
    while true {
      handleEvents()
      if let failure { try abandon(failure) }
      if let ended {
        FaultPoint.reach("engine.ended")
        return ended
      }
      let isBusy = commit() || performDue()
      let now = ports.reactor.now
      // A body that never waits for anything but the disk must not keep others, nor whoever wants to end it, from being heard.
      if isBusy, now < nextLook { continue }
      nextLook = now + Self.longestDeafness
      if !isBusy { ports.journal.rest() }
      for input in ports.reactor.wait(until: isBusy ? now : nextMoment) { take(input) }
      if let moment = machine.nextDeadline, moment <= ports.reactor.now {
        // An answer that was given in time counts, although its bell is yet to ring.
        if machine.isWaitingForPeople { takeRequests() }
        events.append(.tick)
      }
      if ports.reporter.refreshInterval != nil { ports.reporter.refresh(now: ports.reactor.now) }
    }
  }

  /// What the records of the run say so far.
  public var facts: RunFacts { machine.facts }

  private func handleEvents() {
    var position = 0
    while position < events.count {
      let event = events[position]
      position += 1
      machine.handle(event, at: ports.reactor.now, into: &actions)
      for action in actions { take(action) }
      if actions.capacity > Self.longestBatch { actions = [] }
      if batch.count >= (context.writesEachEvent ? 1 : Self.longestBatch) {
        isUrgent = true
        break
      }
    }
    if position < events.count {
      events.removeFirst(position)
    } else {
      events.removeAll(keepingCapacity: events.capacity <= Self.longestBatch)
    }
  }

  private func take(_ action: RunAction) {
    switch action {
    case .record(let record):
      if batch.isEmpty { batchSince = ports.reactor.now }
      batch.append(record)
      switch record.record {
      case .stepEnded(let end):
        // What took long must not be done again because of a power cut right now.
        if let attempt = end.attempt, attempt.ended - attempt.started > Span(milliseconds: 100) { isUrgent = true }
      case .runStarted, .runResumed, .runEnded, .attemptFailed, .checkpoint, .gateJudged, .expanded, .halting,
        .cancelRequested, .notificationDue, .notificationHeld, .notificationLeft, .operated, .operationEnded,
        .forgotten, .asked, .answered,
        .signalReceived, .requestTaken, .serviceChanged:
        isUrgent = true
      case .intended, .attemptStarted, .metric, .measured, .progress, .notificationSent, .notificationFailed: break
      }
    case .prepare(_, _, let after), .check(_, _, _, let after), .proceed(_, _, let after), .launch(_, _, _, let after),
      .ask(_, _, _, let after), .probe(_, let after),
      .expand(_, let after),
      .judge(_, let after), .notify(_, let after), .claim(_, let after), .finished(_, let after):
      if after <= durable { perform(action) } else { held.append((after, action)) }
    case .stop(let node, let grace): stop(node, grace)
    case .drop(let node): drop(node)
    case .endCheck(let node, let number): endCheck(number, of: node)
    case .lock(let name): ports.executor.lock(name)
    case .unlock(let name): ports.executor.unlock(name)
    case .consider(let notification, let event): consider(notification, event)
    }
  }

  private func perform(_ action: RunAction) {
    switch action {
    case .launch(let node, let attempt, let alternative, _): launch(node, attempt, alternative)
    case .ask(let node, let question, let outcome, _): ask(node, question, outcome)
    case .probe(let node, _): probe(node)
    case .expand(let node, _): expand(node)
    case .judge(let node, _): judge(node)
    case .notify(let outstanding, _): notify(outstanding)
    case .claim(let claim, _): self.claim(claim)
    case .proceed(let node, let ended, _): proceed(node, ended: ended)
    case .prepare(let node, let alternative, _): prepare(node, alternative)
    case .check(let node, let check, let number, _): begin(check, number, of: node)
    case .finished(let status, _):
      if status == .succeeded, !machine.facts.services.isEmpty { clearPlaces() }
      ended = status
    case .record, .stop, .drop, .lock, .unlock, .consider, .endCheck: break
    }
  }

  /// A called workflow that was cancelled is ended by force after so long.
  static let longestUndoing = Span(seconds: 24 * 3600)

  /// Ends an attempt, also one that has not been started yet.
  private func stop(_ node: NodeIndex, _ grace: Span) {
    if let ticket = ticketOfNode[node] {
      var grace = grace
      if case .call = machine.plan.nodes[node].command, grace > .zero {
        // The steps of the other run have their own.
        grace = grace + Span(seconds: 5)
        if machine.facts.cancel != nil {
          context.cancelRun(subRun(of: node))
          // It undoes what it did, for which a run that nobody called has its time too.
          grace = max(grace, Self.longestUndoing)
        }
      }
      if running[ticket]?.report == nil { ports.executor.stop(ticket, grace: grace) }
      return
    }
    // A body that was begun, of which the machine has not heard.
    drop(node)
    func isItsLaunch(_ action: RunAction) -> Bool { if case .launch(node, _, _, _) = action { true } else { false } }
    held.removeAll { isItsLaunch($0.action) }
    due.removeSubrange(..<firstDue)
    firstDue = 0
    due.removeAll(where: isItsLaunch)
    let now = ports.reactor.now
    events.append(.attemptEnded(node, AttemptResult(outcome: .cancelled, started: now, ended: now)))
  }

  // MARK: Durability

  private var nextMoment: Instant? {
    var moments = [machine.nextDeadline]
    if !batch.isEmpty, inFlight.isEmpty { moments.append(batchSince + context.linger) }
    if let interval = ports.reporter.refreshInterval { moments.append(ports.reactor.now + interval) }
    return moments.compactMap(\.self).min()
  }

  /// Writes what has gathered, if it is time. Returns whether something became durable on this thread.
  private func commit() -> Bool {
    guard !batch.isEmpty, inFlight.isEmpty, failure == nil else { return false }
    let isIdle = running.isEmpty
    guard isIdle || isUrgent || !held.isEmpty || ports.reactor.now >= batchSince + context.linger else { return false }
    FaultPoint.reach("engine.before-commit")
    var records: [StampedRecord] = []
    swap(&records, &batch)
    isUrgent = false
    guard isIdle else {
      inFlight = records
      ports.journal.append(records, mailbox: ports.reactor.mailbox)
      return false
    }
    // Nothing runs that would have to be watched meanwhile: this thread writes, which saves two changes of threads.
    do throws(BatonError) {
      try ports.journal.appendNow(records)
      becameDurable(records)
    } catch {
      failure = error
    }
    return true
  }

  private func becameDurable(_ records: [StampedRecord]) {
    FaultPoint.reach("engine.committed")
    durable = records.last?.seq ?? durable
    var waiting: [(after: Int64, action: RunAction)] = []
    swap(&waiting, &held)
    for entry in waiting {
      if entry.after > durable {
        held.append(entry)
      } else if case .launch(let node, _, _, _) = entry.action, machine.plan.nodes[node].body == nil {
        // First of all: what is told meanwhile costs the run no time.
        perform(entry.action)
      } else {
        due.append(entry.action)
      }
    }
    for record in records { ports.reporter.record(record) }
    _ = performDue()
  }

  /// Does what may be done, so many at a time. Whether there was something.
  private func performDue() -> Bool {
    guard firstDue < due.count else { return false }
    let end = min(due.count, firstDue + Self.bodiesAtOnce)
    while firstDue < min(end, due.count) {
      firstDue += 1
      perform(due[firstDue - 1])
    }
    if firstDue >= due.count {
      due.removeAll(keepingCapacity: due.capacity <= Self.longestBatch)
      firstDue = 0
    } else if firstDue > Self.longestBatch, firstDue > due.count / 2 {
      // What they asked for needs the room that they had.
      due = Array(due[firstDue...])
      firstDue = 0
    }
    return true
  }

  /// Records cannot be written: no effect may follow any more. Ends all processes.
  private func abandon(_ error: BatonError) throws(BatonError) {
    for ticket in Array(running.keys) + checks.keys { ports.executor.stop(ticket, grace: .zero) }
    let limit = ports.reactor.now + Span(seconds: 10)
    while !running.isEmpty, ports.reactor.now < limit {
      for input in ports.reactor.wait(until: limit) {
        if case .attemptEnded(let ticket, _) = input { running[ticket] = nil }
      }
    }
    throw error
  }

  // MARK: Inputs

  /// Tells the machine what was sent to the run since the last look.
  /// Who called this workflow and was cancelled sends a request and then the signal, which only says that there is one: what
  /// the workflow did is undone, as it would be if the request had come alone.
  private func interrupt() {
    if context.callers.count > 1 { takeRequests() }
    let isBeingCancelled = events.contains {
      if case .request(let request) = $0 { request.kind == .cancel } else { false }
    }
    if context.callers.count > 1, machine.facts.cancel != nil || isBeingCancelled { return }
    let graces = running.values.map { machine.plan.nodes[$0.node].options.value.grace }
    if let grace = graces.max() { ports.reporter.stopping(graces.count, grace: grace) }
    events.append(.interrupt)
  }

  private func takeRequests() {
    do throws(BatonError) {
      for request in try ports.journal.requests(after: lastRequest) {
        lastRequest = request.id
        FaultPoint.reach("engine.request-read")
        events.append(.request(request))
      }
    } catch {
      failure = failure ?? error
    }
  }

  private func take(_ input: EngineInput) {
    switch input {
    case .attemptStarted(let ticket, let pid):
      if let attempt = running[ticket] {
        if machine.plan.nodes[attempt.node].service != nil { processes[attempt.node] = pid }
        events.append(.attemptStarted(attempt.node, pid: pid))
      }
    case .attemptEnded(let ticket, let report): attemptEnded(ticket, report)
    case .commandReport(let ticket, let report):
      guard let attempt = running[ticket] else { return }
      switch report {
      case .progress(let fraction, let text):
        events.append(.reported(attempt.node, .progress(fraction: fraction, text: text)))
      case .metric(let name, let value): events.append(.reported(attempt.node, .metric(name: name, value: value)))
      case .checkpoint(let value): events.append(.reported(attempt.node, .checkpoint(value)))
      case .unreadable(let problem):
        ports.reporter.warning("step \"\(machine.plan.nodes[attempt.node].name)\": BATON_EVENTS: \(problem)")
      }
    case .output(let ticket, let bytes):
      if let attempt = running[ticket] {
        ports.reporter.output(step: machine.plan.nodes[attempt.node].name, attempt: attempt.attempt, bytes: bytes)
      }
    case .locked(let name): events.append(.locked(name))
    case .committed:
      let records = inFlight
      inFlight = []
      becameDurable(records)
    case .storeFailed(let error): failure = error
    case .probed(let ticket, let answer): probed(ticket, answer)
    case .saved(let ticket, let answer): saved(ticket, answer)
    case .resultTexts(let ticket, let texts): told(ticket, texts)
    case .resultsRead(let ticket, let summary): resultsRead(ticket, summary)
    case .resultsWritten(let ticket): resultsWritten(ticket)
    case .notified(let key, .sent(let attempts)): events.append(.notificationSent(key: key, attempts: attempts))
    case .notified(let key, .failed(let attempts, let error)):
      let name = machine.facts.outstanding.first { $0.key == key }?.name
      ports.reporter.warning("\(name.map { "notification \"\($0)\"" } ?? "a notification") was not sent: \(error)")
      events.append(.notificationFailed(key: key, attempts: attempts, error: error))
    case .control(.cancel(let by, let reason)): events.append(.cancel(by: by, reason: reason))
    case .control(.mail): takeRequests()
    case .control(.interrupt): interrupt()
    case .control(.kill): events.append(.kill)
    case .control(.resized): ports.reporter.resized()
    }
  }
}
