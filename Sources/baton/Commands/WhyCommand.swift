import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton why`.
enum WhyCommand {
  /// In how many earlier runs of the workflow the step's last success is looked for.
  private static let depth = 20

  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let words = context.invocation.arguments
    let step = words[words.count - 1]
    let run = try RunChoice(store: store).run(words.count == 2 ? words[0] : nil)
    let records = try store.records(of: run.id, after: 0)
    let earlier = try earlierSuccess(of: step, before: run, store)
    guard var report = WhyReport(run: run.id, step: step, records: records, earlier: earlier) else {
      let view = RunView(run: run.id, records: records, plan: RecordedPlan(records).shown)
      if view[step] != nil {
        throw BatonError(
          .usage, "nothing has happened to step \"\(step)\" in run \(run.id) yet", cure: "baton show \(run.id)")
      }
      throw BatonError(
        .usage, "there is no step \"\(step)\" in run \(run.id)",
        cure: Names.proposal(for: step, in: view.steps.map(\.name)) ?? "baton show \(run.id) lists the steps")
    }
    let other = report.comparedWith.flatMap { $0.hasPrefix("run ") ? String($0.dropFirst(4)) : nil }
    report.differences = InputChanges(project).named(report.differences, before: other ?? run.id, now: run.id)
    report.next = next(step, project, run, store)
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(report.json) + "\n")
    } else {
      context.console.out(report.text(palette: context.console.outputPalette))
    }
    return 0
  }

  /// The work of the step when it last succeeded in an earlier run of the same workflow.
  private static func earlierSuccess(of step: String, before run: RunSummary, _ store: any Store) throws
    -> (run: String, fingerprint: Fingerprint)?
  {
    let older = try store.runs(limit: nil).filter { $0.workflow == run.workflow && $0.started < run.started }
    for candidate in older.prefix(depth) {
      for record in try store.records(of: candidate.id, after: 0).reversed() {
        guard case .stepEnded(let end) = record.record, end.step == step, end.status.isSuccess,
          let fingerprint = end.fingerprint
        else { continue }
        return (candidate.id, fingerprint)
      }
    }
    return nil
  }

  /// The body or transaction of the plan that a step belongs to.
  private static func owner(of step: String, in plan: Plan) -> String? {
    var name = step
    while let (outer, _) = BodyFacts.split(name) {
      if plan.nodes.contains(where: { $0.name == outer }) { return outer }
      name = outer
    }
    return nil
  }

  /// What a resumption would do with the step; nil where the script is gone or has mistakes, or the run is under way.
  private static func next(_ step: String, _ project: Project, _ run: RunSummary, _ store: SQLiteStore)
    -> (runsAgain: Bool, reason: String, differences: [WhyReport.Difference])?
  {
    guard run.status != .running,
      let own = try? Drive.environment(of: Drive.observations(of: run.id, store)?.settings, project),
      let resumption = try? Drive.compare(own, run.id, ResumeOptions(), store)
    else {
      return nil
    }
    let plan = resumption.plan
    guard let decision = plan.again.first(where: { $0.step == step }) else {
      if plan.plan.nodes.contains(where: { $0.name == step }) { return (false, "its work is unchanged", []) }
      if plan.removed.contains(step) { return (false, RunResumed.removedStep, []) }
      guard let body = owner(of: step, in: plan.plan) else { return nil }
      guard let decision = plan.again.first(where: { $0.step == body }) else {
        return (false, "\(body) is kept, and with it what it did", [])
      }
      return (false, "\(body) goes on behind it, if it asks for it again (\(decision.reason))", [])
    }
    return (
      true, decision.reason,
      decision.differences.map { WhyReport.Difference(part: $0.name, before: $0.before, now: $0.now) }
    )
  }
}
