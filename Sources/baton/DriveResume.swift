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

/// A run as its records tell it, beside its workflow as it is now.
struct Resumption {
  var script: Script
  /// Of the script's text.
  var digest: String
  var facts: RunFacts
  var history: [StampedRecord]
  var plan: ResumePlan
  var rereading: Rereading

  /// Nothing starts again: what was done counts as it was done.
  mutating func keepAll() {
    plan.invalidated = [:]
    plan.forgotten = [:]
  }
}

extension Drive {
  /// `baton resume`: compares the run's records with its workflow as it is now, says what starts again, and drives it.
  static func resume(_ request: ResumeRequest) throws -> Int32 {
    let console = request.reporting.console
    let reactor = try PollReactor()
    let store = try SQLiteStore(existing: request.project.folder.database)
    let wanted = request.options
    var request = request
    let seen = try observations(of: request.run, store)
    request.project = try environment(of: seen?.settings, request.project)
    var first = try compare(request.project, request.run, wanted, store, anew: request.takesSettings)
    if request.cancelling != nil { first.keepAll() }
    let isRepair = !wanted.skip.isEmpty || !wanted.set.isEmpty
    console.diagnostics(first.script.warnings)
    if !request.dryRun { try Override.check(first, request) }
    let used = first.facts.observations?.rocks ?? first.facts.start?.observations.rocks ?? [:]
    for change in changes(from: used, to: first.script.observations.rocks) { console.note(change) }
    if request.cancelling == nil {
      for change in changes(of: seen?.settings, request) { console.note(change) }
    }
    if request.dryRun, request.reporting.form == .json {
      console.out(JSON.encodePretty(ResumeText.json(first.plan, run: request.run, options: wanted)) + "\n")
      return 0
    }
    if request.cancelling == nil, first.plan.again.isEmpty, first.plan.read.isEmpty,
      first.facts.ended?.status == .succeeded,
      first.facts.outstanding.isEmpty, !isRepair
    {
      console.note("nothing to do: all \(first.plan.kept) steps of run \(request.run) are as they were")
      return 0
    }
    if request.dryRun {
      console.out(ResumeText.text(first.plan, run: request.run, options: wanted, isDry: true))
      return 0
    }
    if request.cancelling == nil {
      try Preflight.check(
        first.plan.plan, secrets: request.project.secrets,
        pool: Machine.pool(
          first.plan.plan.workflow, request.project.settings, jobs: request.jobs ?? first.facts.start?.options.jobs))
    }
    if request.detach { return try Detachment.start(console, run: request.run) }
    // Whoever was asked to end the run and did not live to do so: this is said later, and counts.
    let outdated = try store.requests(to: request.run).filter { $0.kind == .cancel }
    FaultPoint.reach("resume.before-lease")
    let journal = try store.open(run: request.run)
    for cancel in outdated { try store.withdraw(request: cancel.id) }
    if let cancel = request.cancelling { _ = try store.send(cancel, to: request.run) }
    FaultPoint.reach("resume.leased")
    // Whoever drove the run until now may have written more.
    var resumption =
      try store.records(of: request.run, after: first.facts.lastSeq).isEmpty
      ? first : compare(request.project, request.run, wanted, store, anew: request.takesSettings)
    if request.cancelling == nil {
      console.note(ResumeText.text(resumption.plan, run: request.run, options: wanted, isDry: false))
      try readResults(&resumption, request, store, journal)
    } else {
      resumption.keepAll()
    }
    let start = resumption.facts.start
    let only = try Selection.names(
      only: wanted.only.isEmpty ? start?.options.only ?? [] : wanted.only,
      tags: wanted.only.isEmpty ? start?.options.tags ?? [] : [], in: resumption.plan.plan)
    var resumed = RunResumed(
      by: wanted.by ?? Machine.who, digest: resumption.digest, observations: resumption.script.observations,
      invalidated: resumption.plan.invalidated, skipped: wanted.skip, set: wanted.set, only: wanted.only,
      jobs: request.jobs, noCache: request.noCache)
    resumed.reason = wanted.reason
    resumed.removed = resumption.plan.removed
    resumed.forgotten = resumption.plan.forgotten
    resumed.plan = RecordedPlan(resumption.history).change(to: resumption.plan.plan)
    resumed.quarantine = resumption.plan.plan.workflow.quarantine + (try store.quarantine())
    console.diagnostics(QuarantineNotice.warnings(resumed.quarantine, at: .now))
    resumed.pool = Machine.pool(
      resumption.plan.plan.workflow, request.project.settings, jobs: request.jobs ?? start?.options.jobs)
    resumed.code = GitFolder.code(in: File.folder(of: resumption.plan.plan.workflow.file))
    var drive = Drive(
      project: request.project, run: request.run, script: resumption.script, plan: resumption.plan.plan,
      opening: .runResumed(resumed), reporting: request.reporting)
    drive.facts = resumption.facts
    drive.history = resumption.history
    drive.only = only
    drive.jobs = request.jobs ?? start?.options.jobs
    drive.noCache = request.noCache
    drive.callers = (request.call?.callers ?? []) + [resumption.plan.plan.workflow.file]
    drive.noWait = request.noWait
    return try drive.drive(reactor, store, journal) { Detachment.ready() }.exitCode
  }

  /// What a resumption of the run would do now.
  static func compare(
    _ project: Project, _ run: String, _ options: ResumeOptions, _ store: SQLiteStore, anew: Bool = false
  ) throws -> Resumption {
    let comparison = try RunComparison(project, run, options, store, anew: anew)
    defer { comparison.close() }
    return try comparison.resumption()
  }

  /// Reads the script of a run again, with the run's own parameters, and shown the world that it saw.
  static func load(_ start: RunStarted, _ observations: Observations, _ project: Project) throws
    -> (Script, digest: String)
  {
    var asked = Script.Request(
      file: File.shown(start.file), absolutePath: start.file, source: try Workflow.source(of: start),
      observations: observations, environment: { Environment[$0] },
      modules: try modules(of: start.file, in: project))
    asked.params = start.params
    return (try ScriptReading(asked, in: project).load(), StableHash.hex(asked.source))
  }
}

extension File {
  /// A path as people read it: relative to where they stand, when it lies below.
  static func shown(_ path: String) -> String {
    let here = currentFolder + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
