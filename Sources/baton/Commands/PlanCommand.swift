import BatonCommandLine
import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime

/// `baton plan`, and `baton run --dry-run`.
enum PlanCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    var options = RunOptions()
    options.jobs = try invocation.integer(.jobs, atLeast: 1)
    options.only = invocation.values(.only)
    options.tags = invocation.values(.tags)
    return try show(
      context, file: invocation.arguments[0], parameters: try Workflow.parameters(invocation), options: options)
  }

  static func show(_ context: Context, file: String, parameters: Parameters, options: RunOptions) throws -> Int32 {
    let project = try Project.find(near: file)
    let (script, outlines) = try Workflow.outlined(
      file, project: project, parameters: parameters, console: context.console)
    let plan = script.plan
    let names = try Selection.names(only: options.only, tags: options.tags, in: plan)
    let included = names.isEmpty ? nil : Selection.closure(of: names, in: plan)
    let durations =
      project.hasDatabase ? try Backend.store(of: project).durations(workflow: plan.workflow.name) : [:]
    let schedule = PlanSchedule(plan, durations: durations, included: included)
    let pool = Machine.pool(plan.workflow, project.settings, jobs: options.jobs)
    let jobs = Int(pool["cpu"] ?? 1)
    if context.invocation.has(.json) {
      context.console.out(PlanJSON.bytes(plan, schedule: schedule, jobs: jobs, pool: pool, outlines: outlines))
    } else {
      context.console.out(
        PlanText.bytes(
          plan, schedule: schedule, jobs: jobs, pool: pool, palette: context.console.outputPalette,
          outlines: outlines))
    }
    return 0
  }
}
