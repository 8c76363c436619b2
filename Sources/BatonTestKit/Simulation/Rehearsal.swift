import BatonCore
import BatonModel

/// Starts simulated drivers: the first one of a run, and those that carry it on.
enum Rehearsal {
  /// What was changed in the script while no driver lived.
  struct Edit {
    var scenario: Scenario
    /// The step whose work is another one now; nil: none.
    var changed: String?
  }

  static let start = Instant(milliseconds: 1_000_000)

  static func facts(of records: ArraySlice<StampedRecord>) -> RunFacts {
    var facts = RunFacts()
    for record in records { facts.apply(record) }
    return facts
  }

  static func first(
    _ scenario: Scenario, fault: Simulator.Fault?, isTraced: Bool
  ) throws(Simulator.Finding) -> SimulatedSession {
    let opening = Record.runStarted(
      RunStarted(
        workflow: "simulated", file: "/simulated.lua", digest: "", params: [:],
        observations: Observations(time: start, seed: scenario.seed), by: "simulator", options: RunOptions()))
    let session = SimulatedSession(
      scenario: scenario, plan: scenario.plan, facts: RunFacts(), log: [], opening: opening, now: start,
      seed: scenario.seed ^ 0x51A7, mayRunAgain: [], cutOff: [], spawnedBefore: [], fault: fault,
      people: SimulatedPeople(), withControl: true,
      isTraced: isTraced)
    try run(session, [])
    return session
  }

  private static func run(_ session: SimulatedSession, _ path: [Int]) throws(Simulator.Finding) {
    do throws(SimulatedSession.Violation) {
      try session.run()
    } catch {
      throw Simulator.Finding(message: error.message, crashes: path, trace: session.trace ?? [])
    }
  }

  /// Whether a driver may die with exactly these records written.
  ///
  /// What was decided at once is written at once, all or none. A run whose end does not depend on timing must converge even
  /// when that promise is broken, so there every beginning of the log is tried; elsewhere (a halt is several records) only
  /// those that a store can leave behind.
  static func mayDie(_ session: SimulatedSession, after record: Int) -> Bool {
    session.scenario.profile == .exact || session.boundaries.contains(record)
  }

  /// Another driver carries the run on after one died.
  static func next(
    _ session: SimulatedSession, after record: Int, facts: RunFacts, edit: Edit?, path: [Int], seed: UInt64,
    isTraced: Bool
  ) throws(Simulator.Finding) -> SimulatedSession {
    var random = SplitMix64(seed: seed)
    func fail(_ message: String) -> Simulator.Finding {
      Simulator.Finding(message: message, crashes: path, trace: session.trace ?? [])
    }
    // It died when the batch behind the record was about to become durable: the most had happened then.
    let commit = session.commits.first { $0.last > record }
    let alive = commit?.alive ?? []
    let open = Set(facts.openAttempts)
    for attempt in alive where !open.contains(attempt) {
      throw fail("\(attempt.step)#\(attempt.number) is left behind, and the records do not say so")
    }
    for attempt in open where facts.steps[attempt.step]?.end != nil {
      throw fail("\(attempt.step)#\(attempt.number) has ended, and the records say that it may still run")
    }
    let scenario = edit?.scenario ?? session.scenario
    let plan: ResumePlan
    do throws(BatonError) {
      let planner = ResumePlanner(
        facts: facts, inputs: { _ in nil },
        expand: { plan, group in
          facts.expansions[plan.nodes[group].name].map { Scenario.cells(of: group, in: plan, axes: $0) }
        })
      plan = try planner.plan(scenario.plan)
    } catch {
      throw fail("the run cannot be resumed: \(error.text)")
    }
    let mayRunAgain = mayRunAgain(plan.plan, facts, edit).union(forgotten(plan, facts))
    for (name, reason) in plan.invalidated where !mayRunAgain.contains(name) {
      if let end = facts.steps[name]?.end, end.kind == .step, end.status.isSuccess {
        throw fail("\(name) succeeded, and is to run again: \(reason)")
      }
    }
    let now = (commit?.time ?? Instant(milliseconds: 2_000_000)) + Span(milliseconds: Int64(random.below(2000)))
    var resumed = RunResumed(
      by: "simulator", digest: "", observations: Observations(time: start, seed: scenario.seed),
      invalidated: plan.invalidated)
    resumed.forgotten = plan.forgotten
    var spawnedBefore: Set<String> = []
    for attempt in session.spawned.prefix(commit?.spawned ?? session.spawned.count) {
      spawnedBefore.insert(attempt.step)
    }
    let next = SimulatedSession(
      scenario: scenario, plan: plan.plan, facts: facts, log: Array(session.log[..<record]),
      opening: .runResumed(resumed), now: now,
      seed: random.next(), mayRunAgain: mayRunAgain, cutOff: alive, spawnedBefore: spawnedBefore, fault: session.fault,
      people: session.people.left(by: commit?.time, after: session.log[..<record]), withControl: false,
      isTraced: isTraced)
    try run(next, path)
    return next
  }

  /// The names of all that may run again although it has succeeded: what was edited, or has to be done anew since the run
  /// ended, and what depends on it.
  static func mayRunAgain(_ plan: Plan, _ facts: RunFacts, _ edit: Edit?) -> Set<String> {
    var causes: Set<NodeIndex> = []
    for node in plan.nodes.indices {
      let name = plan.nodes[node].name
      if name == edit?.changed { causes.insert(node) }
      if !facts.isCutShort, !(facts.steps[name]?.end?.isSettled ?? false) { causes.insert(node) }
    }
    guard !causes.isEmpty else { return [] }
    let found = dependents(of: causes, in: plan).map { plan.nodes[$0] }
    // The cells of a matrix that is made anew are not in the plan yet.
    let anew = found.filter { $0.group?.pending != nil }.map { $0.name + "[" }
    let cells = facts.steps.keys.filter { name in anew.contains { name.hasPrefix($0) } }
    return Set(found.map(\.name)).union(cells)
  }

  /// The steps of bodies that are begun anew, or tried again.
  static func forgotten(_ plan: ResumePlan, _ facts: RunFacts) -> Set<String> {
    var roots = plan.invalidated.filter { $0.value != RunResumed.bodyReplays }.map(\.key)
    for (body, keys) in plan.forgotten { roots += keys.compactMap { BodyFacts.child(of: $0, in: body) } }
    return Set(facts.steps.keys.filter { name in roots.contains { name == $0 || name.hasPrefix($0 + "/") } })
  }

  /// The nodes, what depends on them or on a group that they are in, and the members of groups that do.
  static func dependents(of causes: Set<NodeIndex>, in plan: Plan) -> Set<NodeIndex> {
    var found = causes
    var changed = true
    // A group is changed from within by a member, which its other members do not feel.
    var changedWithin: Set<NodeIndex> = []
    while changed {
      changed = false
      for node in plan.nodes.indices {
        if let parent = plan.nodes[node].parent {
          if found.contains(node) || changedWithin.contains(node), changedWithin.insert(parent).inserted {
            changed = true
          }
          if found.contains(parent), found.insert(node).inserted { changed = true }
        }
        let feels = plan.nodes[node].dependencies.contains { found.contains($0) || changedWithin.contains($0) }
        if feels, found.insert(node).inserted { changed = true }
      }
    }
    return found
  }
}
