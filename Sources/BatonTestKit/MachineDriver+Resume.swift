import BatonCore
import BatonModel

extension MachineDriver {
  /// A driver that carries the run on after this one died or ended: everything that runs is gone, every record is kept.
  ///
  /// - Parameters:
  ///   - plan: the workflow as it is now; nil: unchanged.
  ///   - inputs: the digest of a step's declared inputs, now.
  public func resumed(
    _ plan: Plan, options: ResumeOptions = ResumeOptions(), pool: [String: Double] = ["cpu": 4],
    by: String = "tester@host", endsWhenWaiting: Bool = false,
    inputs: @escaping (Node) -> String? = { _ in nil }
  ) throws(BatonError) -> MachineDriver {
    let decided = try resumePlan(plan, options: options, inputs: inputs)
    var resumed = RunResumed(
      by: by, digest: "script", observations: Observations(time: clock.now, seed: 7), invalidated: decided.invalidated,
      skipped: options.skip, set: options.set, only: options.only)
    resumed.forgotten = decided.forgotten
    let next = MachineDriver(
      decided.plan, facts: recordedFacts, records: records, opening: .runResumed(resumed), only: Set(options.only),
      pool: pool, endsWhenWaiting: endsWhenWaiting, run: machine.run,
      clock: clock)
    next.lastRequest = lastRequest
    next.script = script
    next.programs = programs
    next.childOptions = childOptions
    next.values = values
    next.metrics = metrics
    next.answer = answer
    next.probe = probe
    next.cells = cells
    next.check = check
    next.baseline = baseline
    next.considers = considers
    next.board = board
    return next
  }

  /// What a resumption would do.
  public func resumePlan(
    _ plan: Plan, options: ResumeOptions = ResumeOptions(), inputs: @escaping (Node) -> String? = { _ in nil }
  ) throws(BatonError) -> ResumePlan {
    let facts = recordedFacts
    let cells = cells
    let planner = ResumePlanner(facts: facts, options: options, inputs: inputs) { plan, group in
      facts.expansions[plan.nodes[group].name].map { cells(plan, group, $0) }
    }
    return try planner.plan(plan)
  }

  /// The facts, folded anew from the records.
  public var recordedFacts: RunFacts {
    var facts = RunFacts()
    for record in records { facts.apply(record) }
    return facts
  }
}
