import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton plan`, and `baton run --dry-run`.
enum PlanCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    var options = RunOptions()
    options.jobs = try invocation.integer(.jobs, atLeast: 1, atMost: ResourceLimits.jobs)
    options.only = invocation.values(.only)
    options.tags = invocation.values(.tags)
    return try show(
      context, file: invocation.arguments[0], parameters: try Workflow.parameters(invocation), options: options,
      changedSince: invocation.value(.changedSince))
  }

  static func show(
    _ context: Context, file: String, parameters: Parameters, options: RunOptions, changedSince: String?
  ) throws -> Int32 {
    let project = try Project.configured(near: file).granting(context.invocation)
    let (script, outlines) = try Workflow.outlined(
      file, project: project, parameters: parameters, console: context.console)
    let store = project.hasDatabase ? try Backend.database(of: project) : nil
    let (plan, shards) = PlannedShards.deal(script, store, project.secrets) { context.console.note("warning: \($0)") }
    context.console.diagnostics(
      QuarantineNotice.warnings(try QuarantineNotice.entries(plan.workflow, in: project), at: .now))
    let names = try Selection.names(only: options.only, tags: options.tags, in: plan)
    var included = names.isEmpty ? nil : Selection.closure(of: names, in: plan)
    let impact = try changedSince.map {
      try ChangeImpact.find(since: $0, script: script, plan: plan, project: project)
    }
    if let impact {
      let all = included ?? Array(repeating: true, count: plan.nodes.count)
      included = plan.nodes.indices.map { all[$0] && impact.impact.leftOut[plan.nodes[$0].name] == nil }
    }
    let durations = try store?.durations(workflow: plan.workflow.name) ?? [:]
    let schedule = PlanSchedule(plan, durations: durations, included: included)
    let pool = Machine.pool(plan.workflow, project.settings, jobs: options.jobs)
    let jobs = Int(pool["cpu"] ?? 1)
    if context.invocation.has(.json) {
      context.console.out(
        PlanJSON.bytes(
          plan, schedule: schedule, jobs: jobs, pool: pool, outlines: outlines, shards: shards,
          impact: impact.map { ($0.changes, $0.impact) }))
    } else {
      context.console.out(
        PlanText.bytes(
          plan, schedule: schedule, jobs: jobs, pool: pool, palette: context.console.outputPalette,
          outlines: outlines, shards: shards, impact: impact.map { ($0.changes, $0.impact) }))
    }
    return 0
  }
}
