import BatonCore
import BatonModel

/// Runs random workflows through the real ``RunMachine``, lets the driver die after every record, and carries the run on:
/// whatever happens, the invariants hold, and the end is that of a run that was never cut off.
public enum Simulator {
  /// A mistake that the simulated driver makes on purpose, to show that it would be seen.
  public enum Fault: String, Sendable, CaseIterable {
    /// Effects do not wait for their records.
    case actsBeforeDurable
    /// The processes of a dead driver are not ended.
    case keepsLeftovers
    /// Ends of steps are told as durable, and are not.
    case losesEnds
    /// Bodies go on before what they waited for is durable.
    case goesOnBeforeDurable
    /// Bodies that are executed again do not look whether an effect was recorded.
    case repeatsEffects
  }

  /// What was simulated.
  public struct Report: Sendable {
    public var plans = 0
    /// How often a driver died and another carried the run on.
    public var crashes = 0
    public var records = 0
    /// How the runs ended that were not cut off.
    public var statuses: [RunStatus: Int] = [:]
  }

  /// The first scenario that went wrong, as small as it could be made.
  public struct Failure: Error, CustomStringConvertible {
    public var seed: UInt64
    public var message: String
    /// After which records the drivers died.
    public var crashes: [Int]
    public var scenario: String
    public var trace: [String]

    public var description: String {
      """
      seed \(seed): \(message)
      drivers died after records \(crashes)
      \(scenario)
      \(trace.joined(separator: "\n"))
      """
    }
  }

  /// What went wrong in one scenario, and where.
  struct Finding: Error {
    var message: String
    var crashes: [Int]
    var trace: [String]
  }

  /// - Throws: the first failure, shrunk, with the trace of its last driver.
  public static func run(
    seeds: Range<UInt64>, fault: Fault? = nil, withBodies: Bool = false, withServices: Bool = false
  ) throws(Failure) -> Report {
    var report = Report()
    for seed in seeds {
      let scenario = ScenarioGenerator.scenario(seed: seed, withBodies: withBodies, withServices: withServices)
      do throws(Finding) {
        try examine(scenario, fault: fault, &report)
      } catch {
        throw ScenarioShrinker.failure(of: scenario, fault: fault, finding: error)
      }
    }
    return report
  }

  /// How a run ended, as far as it must not depend on crashes.
  struct Ending: Equatable {
    struct Step: Equatable {
      var status: StepStatus
      var allowed: Bool
      var values: [String: Value]
    }

    var status: RunStatus?
    var steps: [String: Step]
    var expansions: [String: [String: Value]]

    init(_ session: SimulatedSession) {
      status = session.status
      expansions = session.machine.facts.expansions
      steps = session.machine.facts.steps.compactMapValues { known in
        guard let end = known.end, end.kind != .service else { return nil }
        return Step(status: end.status.isSuccess ? .succeeded : end.status, allowed: end.allowed, values: end.values)
      }
    }

    func difference(from other: Ending) -> String? {
      if self == other { return nil }
      if status != other.status {
        return "the run is \(status?.rawValue ?? "nothing"), not \(other.status?.rawValue ?? "nothing")"
      }
      for name in Set(steps.keys).union(other.steps.keys).sorted() where steps[name] != other.steps[name] {
        func text(_ step: Step?) -> String {
          step.map { "\($0.status.rawValue) \(JSON.encode(.map($0.values)))" } ?? "nothing"
        }
        return "\(name) is \(text(steps[name])), not \(text(other.steps[name]))"
      }
      return "the cells are \(expansions), not \(other.expansions)"
    }
  }

  static func examine(
    _ scenario: Scenario, fault: Fault?, _ report: inout Report, isTraced: Bool = false
  ) throws(Finding) {
    let first = try Rehearsal.first(scenario, fault: fault, isTraced: isTraced)
    report.plans += 1
    report.records += first.log.count
    report.statuses[first.status ?? .running, default: 0] += 1
    let expected = Ending(first)
    var facts = RunFacts()
    var random = SplitMix64(seed: scenario.seed ^ 0xC4A5)
    for record in 1...first.log.count {
      facts.apply(first.log[record - 1])
      guard Rehearsal.mayDie(first, after: record) else { continue }
      report.crashes += 1
      let second = try Rehearsal.next(
        first, after: record, facts: facts, edit: nil, path: [record], seed: random.next(), isTraced: isTraced)
      try compare(second, expected, scenario, [record])
      if second.log.count > record + 1, random.chance(25) {
        report.crashes += 1
        try dieAgain(second, record, expected, &random, isTraced: isTraced)
      }
    }
    if scenario.profile == .exact { try editAndResume(first, &random, &report, isTraced: isTraced) }
  }

  private static func compare(
    _ session: SimulatedSession, _ expected: Ending, _ scenario: Scenario, _ path: [Int]
  ) throws(Finding) {
    func finding(_ message: String) -> Finding {
      Finding(message: message, crashes: path, trace: session.trace ?? [])
    }
    if let message = LogChecks.repeatedMessage(session.log) { throw finding(message) }
    if let message = LogChecks.repeatedRequest(session.log), session.scenario.profile == .timed {
      throw finding(message)
    }
    guard scenario.profile == .exact else { return }
    if let difference = Ending(session).difference(from: expected) { throw finding("after a crash, \(difference)") }
    if let message = LogChecks.tooManyTries(session.log, session.machine.plan) { throw finding(message) }
  }

  /// The driver that carries the run on dies too.
  private static func dieAgain(
    _ session: SimulatedSession, _ record: Int, _ expected: Ending, _ random: inout SplitMix64, isTraced: Bool
  ) throws(Finding) {
    let again = record + 1 + random.below(session.log.count - record - 1)
    guard Rehearsal.mayDie(session, after: again) else { return }
    let path = [record, again]
    let third = try Rehearsal.next(
      session, after: again, facts: Rehearsal.facts(of: session.log[..<again]), edit: nil, path: path,
      seed: random.next(),
      isTraced: isTraced)
    try compare(third, expected, session.scenario, path)
  }

  /// A step's command is edited while the driver is dead: it and what depends on it run again, nothing else does, and the
  /// end is that of the edited workflow.
  private static func editAndResume(
    _ first: SimulatedSession, _ random: inout SplitMix64, _ report: inout Report, isTraced: Bool
  ) throws(Finding) {
    let record = 1 + random.below(first.log.count)
    let steps = first.scenario.drafts.filter { if case .step = $0.kind { true } else { false } }
    guard Rehearsal.mayDie(first, after: record), let step = steps.isEmpty ? nil : random.pick(steps) else { return }
    let isRelevant = random.chance(70)
    var edited = first.scenario
    guard let position = edited.drafts.firstIndex(where: { $0.name == step.name }) else { return }
    if isRelevant {
      edited.drafts[position].kind = .step(text: "run \(step.name) otherwise")
    } else {
      edited.drafts[position].options.description = "edited"
      edited.drafts[position].options.priority += 1
    }
    let expected = Ending(try Rehearsal.first(edited, fault: nil, isTraced: false))
    report.crashes += 1
    let session = try Rehearsal.next(
      first, after: record, facts: Rehearsal.facts(of: first.log[..<record]),
      edit: Rehearsal.Edit(scenario: edited, changed: isRelevant ? step.name : nil), path: [record],
      seed: random.next(),
      isTraced: isTraced)
    guard let difference = Ending(session).difference(from: expected) else { return }
    throw Finding(
      message: "after a crash and an edit of \(step.name), \(difference)", crashes: [record], trace: session.trace ?? []
    )
  }
}
