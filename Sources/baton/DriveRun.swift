import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonMeasuring
import BatonModel
import BatonProcess
import BatonReport
import BatonRuntime
import BatonSQLite
import Glibc

extension Drive {
  /// `baton run`: defines the workflow, makes a run of it, and drives it.
  static func run(_ request: RunRequest) throws -> Int32 {
    let (script, digest) = try load(request)
    let plan = script.plan
    let only = try Selection.names(only: request.options.only, tags: request.options.tags, in: plan)
    try Preflight.check(
      plan, secrets: request.project.secrets,
      pool: Machine.pool(plan.workflow, request.project.settings, jobs: request.options.jobs))
    var options = request.options
    if let revision = request.changedSince {
      let impact = try ChangeImpact.find(since: revision, script: script, plan: plan, project: request.project)
      options.changes = ChangeScope(changes: impact.changes, leftOut: impact.impact.leftOut)
    }
    if request.detach { return try Detachment.start(request.reporting.console, run: Machine.newRunID()) }
    let reactor = try PollReactor()
    try request.project.make()
    let store = try SQLiteStore(creating: request.project.folder.database)
    let run = request.call?.run ?? Detachment.run ?? Machine.newRunID()
    var start = RunStarted(
      workflow: plan.workflow.name, file: plan.workflow.file, digest: digest, params: plan.workflow.values,
      observations: script.observations, by: request.call?.parent ?? Machine.who, options: options)
    start.machine = Machine.facts(near: File.folder(of: plan.workflow.file))
    start.pool = Machine.pool(plan.workflow, request.project.settings, jobs: request.options.jobs)
    start.code = GitFolder.code(in: File.folder(of: plan.workflow.file))
    start.plan = PlanShape(plan)
    start.quarantine = plan.workflow.quarantine + (try store.quarantine())
    request.reporting.console.diagnostics(QuarantineNotice.warnings(start.quarantine, at: script.observations.time))
    let journal = try store.create(
      run: run, workflow: plan.workflow.name, file: plan.workflow.file, caller: request.call?.parent, at: .now)
    var drive = Drive(
      project: request.project, run: run, script: script, plan: plan, opening: .runStarted(start),
      reporting: request.reporting)
    drive.only = only
    drive.jobs = request.options.jobs
    drive.noCache = request.options.noCache
    drive.callers = (request.call?.callers ?? []) + [plan.workflow.file]
    drive.noWait = request.noWait
    let code = try drive.drive(reactor, store, journal) { Detachment.ready() }.exitCode
    if request.call == nil {
      OwedMessages.send(request.project, store, besides: run, request.reporting.console)
    }
    return code
  }

  /// Reads the script as the user named it, and tells the digest of its text.
  static func load(_ request: RunRequest) throws -> (Script, digest: String) {
    let path = try absolute(request.file)
    var asked = Script.Request(
      file: request.file, absolutePath: path, source: try File.read(path),
      observations: Observations(time: .now, seed: UInt64.random(in: 0 ... .max)), environment: { Environment[$0] },
      modules: try modules(of: path, in: request.project))
    asked.params = request.parameters.typed
    asked.rawParams = request.parameters.raw
    let console = request.reporting.console
    asked.onPrint = { console.note($0) }
    let script = try ScriptReading(asked, in: request.project).load()
    request.reporting.console.diagnostics(script.warnings)
    return (script, StableHash.hex(asked.source))
  }

  static func absolute(_ file: String) throws(BatonError) -> String {
    guard let path = File.real(file) else {
      throw BatonError(.usage, "there is no file \(file)", cure: "baton init makes a workflow to begin with")
    }
    return path
  }
}
