import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel

/// `baton run`.
enum RunCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let file = invocation.arguments[0]
    try Workflow.checkFile(file)
    var options = RunOptions()
    let project = try Project.configured(near: file).granting(invocation)
    options.jobs = try invocation.integer(.jobs, atLeast: 1, atMost: ResourceLimits.jobs) ?? project.settings.jobs
    options.only = invocation.values(.only)
    options.tags = invocation.values(.tags)
    options.noCache = invocation.has(.noCache)
    let parameters = try Workflow.parameters(invocation)
    if invocation.has(.dryRun) {
      return try PlanCommand.show(
        context, file: file, parameters: parameters, options: options, changedSince: invocation.value(.changedSince))
    }
    return try Drive.run(
      RunRequest(
        project: project, file: file, parameters: parameters, options: options,
        changedSince: invocation.value(.changedSince), detach: invocation.has(.detach),
        noWait: invocation.has(.noWait),
        reporting: Reporting(invocation, context.console)))
  }
}
