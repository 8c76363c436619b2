import BatonCore
import BatonLua
import BatonModel
import BatonRuntime

/// A workflow with its mocks, driven by one driver after the other, each of which reads it anew as a new process would.
public struct ChaosSubject {
  public var source: WorkflowSource
  let mocks: MockBook
  let options: SimulationOptions
  let seed: UInt64
  /// Kept as long as there is something to drive: whoever answers the functions of the mocks.
  public var owner: AnyObject?

  public init(source: WorkflowSource, mocks: MockBook, options: SimulationOptions, seed: UInt64 = 1) {
    self.source = source
    self.mocks = mocks
    self.options = options
    self.seed = seed
  }

  /// A run by one driver or several.
  struct Trial {
    var world = SimulatedWorld()
    var records: [StampedRecord] = []
    /// The last record of each write of the last driver.
    var writes: [Int64] = []
    /// How the last driver's part ended; nil: there was none yet.
    var end: Simulation.End?
    /// Steps that were started although the record of their success was on disk.
    var repeated: [String] = []
    /// Where the drivers died that did.
    var crashes: [CrashPoint] = []

    /// How the run stands; nil: its last driver did not come to an end.
    var status: RunStatus? {
      switch end {
      case .ended(let status)?: status
      case .waiting?: .waiting
      case .died?, .stuck?, .unusable?, nil: nil
      }
    }

    var lastSeq: Int64 { records.last?.seq ?? 0 }
  }

  /// One more driver, which dies at a point of the run's records, or comes to the end.
  func drive(_ trial: inout Trial, until crash: CrashPoint? = nil) throws {
    var simulation = try trial.records.isEmpty ? first() : next(trial)
    simulation.death = crash?.death
    simulation.writesEachEvent = true
    let before = trial.world.starts.count
    let done = Self.succeeded(trial.records)
    let world = simulation.world
    let course = try simulation.course()
    for start in world.starts[(trial.records.isEmpty ? 0 : before)...] where done.contains(start.step) {
      trial.repeated.append(start.step)
    }
    trial.world = world
    trial.records = course.records
    trial.writes = course.writes
    trial.end = course.end
    if let crash, case .died = course.end { trial.crashes.append(crash) }
  }

  /// Whether a next driver has something to do. A run that has ended in any other way than success is a matter for people.
  func isUnfinished(_ trial: Trial) -> Bool {
    var facts = RunFacts()
    for record in trial.records { facts.apply(record) }
    // Nobody will answer.
    if case .waiting? = trial.end { return false }
    guard let ended = facts.ended else { return true }
    return ended.status == .succeeded && !facts.outstanding.isEmpty
  }

  private func first() throws -> Simulation {
    let script = try source.load(Observations(time: options.start, seed: seed))
    return Simulation(
      plan: script.plan, host: script, observations: script.observations, mocks: mocks, options: options)
  }

  private func next(_ trial: Trial) throws -> Simulation {
    var facts = RunFacts()
    for record in trial.records { facts.apply(record) }
    guard let start = facts.start else { return try first() }
    let script = try source.load(facts.observations ?? start.observations)
    let secrets = options.secrets
    let evaluation = Evaluation(
      values: { step in facts.steps[step]?.end?.usableValues },
      secret: { secrets[$0] ?? "secret-\($0)" }, call: { script.call($0, $1, limit: Span(seconds: 10)) })
    let planner = ResumePlanner(
      facts: facts, inputs: { _ in MockCache.digest.digest },
      expand: { plan, group in
        guard let pending = plan.nodes[group].group?.pending else { return nil }
        var axes: [String: Value] = [:]
        let recorded = facts.expansions[plan.nodes[group].name]
        for (name, expr) in pending.axes {
          guard let value = try? evaluation.axis(expr, recorded: recorded?[name]) else { return nil }
          axes[name] = value
        }
        return try? script.expand(pending, group: group, first: plan.nodes.count, axes: axes)
      })
    let decided = try planner.plan(script.plan)
    var resumed = RunResumed(
      by: Simulation.who, digest: start.digest, observations: script.observations, invalidated: decided.invalidated)
    resumed.forgotten = decided.forgotten
    resumed.quarantine = decided.plan.workflow.quarantine
    return Simulation(
      plan: decided.plan, host: script, mocks: mocks, options: options, world: trial.world,
      opening: .runResumed(resumed), history: trial.records)
  }

  private static func succeeded(_ records: [StampedRecord]) -> Set<String> {
    var done: Set<String> = []
    for case .stepEnded(let end) in records.map(\.record) where end.status.isSuccess { done.insert(end.step) }
    return done
  }
}
