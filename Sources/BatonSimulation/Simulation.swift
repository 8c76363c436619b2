import BatonCore
import BatonModel
import BatonRuntime

/// What a simulated run is asked for, beside its plan and its mocks.
public struct SimulationOptions: Sendable {
  /// When it begins: 2026-01-31T12:00:00Z unless a test needs another.
  public var start = Instant(milliseconds: 1_769_860_800_000)
  /// Only these steps, groups or cells, and what they depend on; empty: all.
  public var only: [String] = []
  public var tags: [String] = []
  /// How many steps at once; nil: as many as can.
  public var jobs: Int?
  /// Resource → how much there is, beside what the workflow says. Processors and memory never lack unless they are named.
  public var resources: [String: Double] = [:]
  /// Secret → its value; others have one that tells their name.
  public var secrets: [String: String] = [:]
  /// What gates measured in the newest run that succeeded: gate → metric → value.
  public var baseline: [String: [String: Double]] = [:]
  /// How many durable bodies that wait are kept in memory (``EngineContext/bodiesInMemory``); nil: as many as in a real run.
  public var bodiesInMemory: Int?
  /// How the workflow's run before this one ended.
  public var previous: RunStatus?
  /// What people do while it goes on, by the time since its start.
  public var interventions: [Intervention] = []
  /// What people answer and send.
  public var people = PeopleBook()

  public init() {}

  /// Something that someone does at a moment.
  public struct Intervention: Sendable {
    public var after: Span
    public var request: ControlRequest

    public init(after: Span, _ request: ControlRequest) {
      self.after = after
      self.request = request
    }
  }
}

/// One driver's part of a simulated run: the real definition, the real engine and machine, with mocks in place of the
/// world and virtual time.
public struct Simulation {
  let plan: Plan
  let host: any ScriptHost
  let mocks: MockBook
  let options: SimulationOptions
  public let world: SimulatedWorld
  /// How it begins: ``Record/runStarted(_:)`` or ``Record/runResumed(_:)``.
  let opening: Record
  /// The records of the drivers before this one.
  var history: [StampedRecord] = []
  var death: VirtualJournal.Death?
  /// The records of each event are written by themselves, so that the driver can die between any two.
  var writesEachEvent = false

  public static let run = "simulated"
  static let folder = RunFolder(path: "/simulated")
  static let who = "test@simulation"

  /// How a driver's part ended.
  public enum End: Sendable {
    case ended(RunStatus)
    /// As ``VirtualJournal/Death`` said.
    case died
    /// Steps run that never end, and nothing else will happen.
    case stuck([String])
    /// The run waits for people, and nobody will answer; its records are those before the driver left.
    case waiting
    /// A mock cannot be used.
    case unusable(MockProblem)
  }

  public struct Course: Sendable {
    public var end: End
    /// Of all drivers so far.
    public var records: [StampedRecord]
    /// The last record of each write of this driver.
    public var writes: [Int64]
    public var warnings: [String]
  }

  /// The first driver of a run.
  public init(
    plan: Plan, host: any ScriptHost, observations: Observations, mocks: MockBook, options: SimulationOptions
  ) {
    self.plan = plan
    self.host = host
    self.mocks = mocks
    self.options = options
    world = SimulatedWorld()
    var asked = RunOptions()
    asked.jobs = options.jobs
    asked.only = options.only
    asked.tags = options.tags
    var start = RunStarted(
      workflow: plan.workflow.name, file: plan.workflow.file, digest: "simulated", params: plan.workflow.values,
      observations: observations, by: Self.who, options: asked)
    start.quarantine = plan.workflow.quarantine
    opening = .runStarted(start)
  }

  /// A driver that carries a run on.
  init(
    plan: Plan, host: any ScriptHost, mocks: MockBook, options: SimulationOptions, world: SimulatedWorld,
    opening: Record, history: [StampedRecord]
  ) {
    self.plan = plan
    self.host = host
    self.mocks = mocks
    self.options = options
    self.world = world
    self.opening = opening
    self.history = history
  }

  /// Runs until the run, or its driver, has come to its end.
  public func course() throws(BatonError) -> Course {
    var facts = RunFacts()
    for record in history { facts.apply(record) }
    let reactor = VirtualReactor(start: options.start)
    reactor.advance(to: facts.lastTime)
    for intervention in options.interventions {
      let moment = options.start + intervention.after
      if history.isEmpty || moment > facts.lastTime { reactor.plan(.control(intervention.request), at: moment) }
    }
    let journal = VirtualJournal(run: Self.run, records: history, death: death)
    let executor = MockExecutor(reactor, mocks, world, endedBefore: Self.ended(history))
    let reporter = SilentReporter()
    var stuck: [String] = []
    // How many records there were when nothing more would happen to a run that waits for people.
    var waiting: Int?
    reactor.onStandstill = { [unowned executor, unowned journal] in
      stuck = executor.stuck
      if stuck.isEmpty { waiting = journal.records.count }
      return [.control(.kill)]
    }
    let (world, people) = (world, options.people)
    world.results.begin()
    if history.isEmpty { world.mail.begin(people, at: options.start) }
    for moment in world.mail.moments { reactor.plan(.control(.mail), at: moment) }
    journal.mail = { world.mail.requests(after: $0, by: reactor.now) }
    journal.onWrite = { records in
      for moment in world.mail.heed(records, people) { reactor.plan(.control(.mail), at: moment) }
      if world.mail.problem != nil { reactor.plan(.control(.kill)) }
    }
    let only = try Selection.names(only: options.only, tags: options.tags, in: plan)
    let machine = RunMachine(
      run: Self.run, plan: plan, facts: facts, opening: opening, only: only, pool: pool, previous: options.previous,
      endsWhenWaiting: false)
    let engine = Engine(
      machine: machine,
      ports: EnginePorts(
        journal: journal, reactor: reactor, executor: executor, host: host, cache: MockCache(reactor, mocks),
        results: SimulatedResults(reactor, world.results), notifier: RecordingNotifier(reactor, world),
        reporter: reporter, places: SimulatedPlaces()),
      context: context)
    let end: End
    do throws(BatonError) {
      let status = try engine.drive()
      let problem = executor.problem ?? world.mail.problem ?? world.results.problem
      if let problem {
        end = .unusable(problem)
      } else if waiting != nil {
        end = .waiting
      } else {
        end = stuck.isEmpty ? .ended(status) : .stuck(stuck)
      }
    } catch {
      guard journal.isDead else { throw error }
      end = executor.problem.map(End.unusable) ?? .died
    }
    let records = waiting.map { Array(journal.records[..<$0]) } ?? journal.records
    return Course(end: end, records: records, writes: journal.writes, warnings: reporter.warnings)
  }

  private var context: EngineContext {
    let folder = plan.workflow.file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let (secrets, baseline) = (options.secrets, options.baseline)
    var context = EngineContext(
      run: Self.run, folder: Self.folder, scriptFolder: folder.joined(separator: "/"),
      secret: { secrets[$0] ?? "secret-\($0)" }, baseline: { baseline.mapValues { $0.mapValues { [$0] } } })
    // Nothing is gained by waiting for others where writing costs nothing.
    context.linger = .zero
    context.writesEachEvent = writesEachEvent
    if let kept = options.bodiesInMemory { context.bodiesInMemory = kept }
    return context
  }

  /// No machine's: the same everywhere.
  private var pool: [String: Double] {
    var pool: [String: Double] = ["cpu": 1e6, "memory": 1e18]
    pool.merge(options.resources) { _, new in new }
    pool.merge(plan.workflow.pool) { _, new in new }
    if let jobs = options.jobs { pool["cpu"] = Double(jobs) }
    return pool
  }

  /// Step → how many of its attempts came to their own end.
  private static func ended(_ records: [StampedRecord]) -> [String: Int] {
    var ended: [String: Int] = [:]
    for stamped in records {
      switch stamped.record {
      case .attemptFailed(let end, let next) where next != .onResume && next != .again: ended[end.step, default: 0] += 1
      case .stepEnded(let end) where end.attempt != nil && end.status != .cancelled: ended[end.step, default: 0] += 1
      default: break
      }
    }
    return ended
  }
}
