import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// `baton resume`.
enum ResumeCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let project = try Project.find().granting(invocation)
    let store = try Backend.database(of: project)
    // Without a name: the newest that is not done, or owes a message; when all are done, the newest, whose workflow may have
    // been edited.
    let choice = RunChoice(store: store)
    let word = invocation.arguments.first
    let owed = try word == nil ? store.owedMessages(limit: 10) : [:]
    let unfinished =
      try word == nil
      ? store.runs(limit: nil).first {
        ($0.status.isResumable || $0.driver == nil && owed[$0.id] != nil) && $0.caller == nil
      } : nil
    let run = try unfinished ?? choice.run(word, purpose: "that can be carried on") { $0.status != .running }
    var options = ResumeOptions()
    options.from = invocation.values(.from)
    options.only = invocation.values(.resumeOnly)
    options.skip = invocation.values(.skip)
    options.reason = invocation.value(.repairReason)
    options.by = invocation.value(.repairAs)
    for word in invocation.values(.set) {
      let repair = try Repair(word)
      options.set[repair.step, default: [:]][repair.name] = repair.value
    }
    for name in options.from where options.set[name] != nil || options.skip.contains(name) {
      throw BatonError(
        .usage, "--from \(name) runs it again, and \(options.set[name] == nil ? "--skip" : "--set") takes it as done",
        cure: "leave one of them out")
    }
    return try Drive.resume(
      ResumeRequest(
        project: project, run: run.id, options: options, takesSettings: invocation.has(.environment),
        jobs: try invocation.integer(.jobs, atLeast: 1, atMost: ResourceLimits.jobs) ?? project.settings.jobs,
        noCache: invocation.has(.noCache),
        dryRun: invocation.has(.dryRun), detach: invocation.has(.detach),
        noWait: invocation.has(.noWait),
        reporting: Reporting(invocation, context.console)))
  }
}
