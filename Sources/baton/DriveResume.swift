import BatonCommandLine
import BatonConfig
import BatonCore
import BatonFiles
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
    let opened = RunFacts(try store.openings(of: run))
    guard let start = opened.start else {
      throw BatonError(
        .usage, "run \(run) ended before its first record was written", cure: "start it anew with baton run")
    }
    // The rest is read while the script is: with many steps, one takes as long as the other.
    nonisolated(unsafe) let shared = store
    let reading = Meanwhile { () -> Result<([StampedRecord], RunFacts), BatonError> in
      Result { () throws(BatonError) in
        let records = try shared.records(of: run, after: 0)
        return (records, RunFacts(records))
      }
    }
    var seen = opened.observations ?? start.observations
    if anew { seen.settings = nil }
    let loaded = Result { [seen] in try load(start, seen, project) }
    let (records, facts) = try reading.value.get()
    let (script, digest) = try loaded.get()
    let cache = ContentCache(folder: project.folder.cache, run: run, mailbox: Nowhere())
    defer { cache.close() }
    let scriptFolder = File.folder(of: start.file)
    // What cannot be read, the run tells when it is carried on.
    let past = TestPast(store, workflow: start.workflow, run: run, folder: scriptFolder, warn: { _ in })
    let evaluation = Evaluation(
      values: { step in
        guard let end = facts.steps[step]?.end, end.status.isSuccess else { return options.set[step] }
        return end.values.merging(options.set[step] ?? [:]) { _, new in new }
      },
      secret: { project.secrets[$0] }, call: { script.call($0, $1, limit: Span(seconds: 10)) })
    var contents: [String: InputDigest] = [:]
    let rereading = Rereading(
      folder: project.folder.run(run), scriptFolder: scriptFolder, evaluation: evaluation, facts: facts,
      nodes: script.plan.nodes,
      tests: { () throws(BatonError) in
        (script.plan.workflow.quarantine + (try store.quarantine()), try store.sharedNames())
      })
    let planner = ResumePlanner(
      facts: facts, options: options,
      inputs: { node in
        let folder = (try? node.options.value.cwd.map { try evaluation.text(of: $0) }) ?? ""
        let path = folder.hasPrefix("/") ? folder : folder.isEmpty ? scriptFolder : "\(scriptFolder)/\(folder)"
        guard let patterns = try? evaluation.arguments(of: node.options.value.inputs) else { return nil }
        guard let now = try? cache.inputs(patterns, in: path) else { return nil }
        contents[node.name] = now
        return now.digest
      },
      images: { node in
        let executor = node.options.value.executor
        guard let source = executor.source, let text = try? evaluation.text(of: source.text), executor.isSource(text)
        else { return nil }
        return try? cache.image(at: text.hasPrefix("/") ? text : "\(scriptFolder)/\(text)")
      },
      expand: { plan, index in
        guard let pending = plan.nodes[index].group?.pending else { return nil }
        let group = plan.nodes[index].name
        let recorded = facts.expansions[group]
        var evaluation = evaluation
        evaluation.testFacts = { past.facts(near: group) }
        var axes: [String: Value] = [:]
        for (name, expr) in pending.axes {
          guard let value = try? evaluation.axis(expr, recorded: recorded?[name]) else { return nil }
          axes[name] = value
        }
        return try? script.expand(pending, group: index, first: plan.nodes.count, axes: axes)
      },
      results: { node, end in
        if case .gone(let problem) = rereading.find(node, end) { return problem }
        return nil
      })
    var plan = try planner.plan(script.plan)
    try rereading.confirm()
    InputChanges(project).name(in: &plan, of: run, now: contents)
    return Resumption(
      script: script, digest: digest, facts: facts, history: records, plan: plan,
      rereading: rereading)
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

/// For a cache that is asked on the caller's thread only.
private final class Nowhere: Mailbox {
  func post(_ input: EngineInput) {}
}

extension File {
  /// A path as people read it: relative to where they stand, when it lies below.
  static func shown(_ path: String) -> String {
    let here = currentFolder + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
