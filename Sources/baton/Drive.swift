import BatonCommandLine
import BatonConfig
import BatonCore
import BatonCourier
import BatonFiles
import BatonLua
import BatonMeasuring
import BatonModel
import BatonNotify
import BatonProcess
import BatonReport
import BatonRuntime
import BatonSQLite
import Glibc

/// Puts an engine together from the real backends and runs it: the one place that names them all.
struct Drive {
  let project: Project
  let run: String
  let script: Script
  let plan: Plan
  let opening: Record
  let reporting: Reporting
  var facts = RunFacts()
  /// The run's records so far.
  var history: [StampedRecord] = []
  /// The steps that the run is limited to; empty: all.
  var only: Set<String> = []
  var jobs: Int?
  var noCache = false
  /// The workflows that call each other on the way to this one, which is the last.
  var callers: [String] = []
  /// The run ends as waiting instead of waiting for people.
  var noWait = false

  var folder: RunFolder { project.folder.run(run) }

  /// Step → how many tests it told at most in earlier runs; asked where a gate needs it for its estimate alone.
  private func expectedTests(_ store: SQLiteStore) throws(BatonError) -> [String: Int] {
    let rates: Set<String> = ["pass_rate", "flaky_rate"]
    let isAsked = plan.nodes.contains { $0.gate?.require.contains { rates.contains($0.metric) } ?? false }
    return isAsked ? try store.expectedTests(workflow: plan.workflow.name) : [:]
  }

  /// Ends what an engine that died left in containers and on other hosts.
  private func endElsewhere() {
    Leftovers(folder: folder.elsewhere).end { item, count, problem in
      if let problem {
        reporting.console.note("\(item.text) of \(item.step) may be there still: \(problem)")
      } else if count > 0 {
        reporting.console.note("ended \(item.text), left behind by \(item.step)")
      }
    }
  }

  /// Drives the run to its end; once.
  ///
  /// - Parameters:
  ///   - reactor: made before any other thread.
  ///   - journal: holds the run's lease, which is given back.
  ///   - ready: called when everything is in place and the run is about to go on.
  mutating func drive(
    _ reactor: PollReactor, _ store: SQLiteStore, _ journal: any Journal, ready: () -> Void
  ) throws(BatonError) -> RunStatus {
    let journal = MortalJournal.armed(journal)
    defer { journal.close() }
    let workflow = plan.workflow
    let pool = Machine.pool(workflow, project.settings, jobs: jobs)
    let durations = try store.durations(workflow: workflow.name)
    let previous = try store.previousStatus(workflow: workflow.name, before: run)
    let open =
      plan.notifications.isEmpty ? OpenFailures() : try store.openFailures(workflow: workflow.name, before: run)
    reactor.raise(to: facts.lastTime)
    let executor = try LocalExecutor(reactor: reactor, run: folder, locks: project.folder.locks)
    let openAttempts = facts.openAttempts
    if !openAttempts.isEmpty {
      let services = facts.services
      let tokens = LaunchToken.all(run: run, openAttempts) { services[$0] != nil }
      for (token, count) in executor.endLeftovers(tokens: tokens, grace: Span(seconds: 10)).sorted(by: {
        $0.key < $1.key
      })
      where count > 0 {
        reporting.console.note("ended \(count) \(count == 1 ? "process" : "processes") left behind by \(token)")
      }
    }
    endElsewhere()
    FaultPoint.reach("resume.leftovers-ended")
    let cache = ContentCache(
      folder: project.folder.cache, run: run, listings: folder.inputs, mailbox: reactor.mailbox)
    defer { cache.close() }
    let results = ResultGatherer(mailbox: reactor.mailbox, callPath: try store.callPath(of: run))
    defer { results.close() }
    let scriptFolder = File.folder(of: workflow.file)
    let notifier = ChannelNotifier(.standard(folder: scriptFolder), mailbox: reactor.mailbox)
    defer { notifier.close(waiting: .zero) }
    executor.echo(reporting.console.verbose)
    let reporter = reporting.reporter(
      run: run, plan: plan, history: history, durations: durations,
      included: only.isEmpty ? nil : Selection.closure(of: only, in: plan), jobs: Int(pool["cpu"] ?? 1),
      pool: pool)
    history = []
    var context = EngineContext(
      run: run, folder: folder, scriptFolder: scriptFolder,
      secret: { [project] in project.secrets[$0] },
      baseline: { [run] in
        reporter.told("what gates measured before", [:]) { () throws(BatonError) in try store.baselines(of: run) }
      })
    context.newFailures = { [run] steps in
      reporter.told("which tests failed before", nil) { () throws(BatonError) in
        try store.newFailures(in: run, steps: steps)
      }
    }
    context.sharedNames = {
      reporter.told("the names of tests", []) { () throws(BatonError) in try store.sharedNames() }
    }
    let past = TestPast(
      store, workflow: workflow.name, run: run, folder: scriptFolder, warn: { reporter.warning($0) })
    context.testFacts = { past.facts(near: $0) }
    context.testImpact = { past.impact($0, step: $1, inputs: $2, in: $3, $4) }
    context.noCache = noCache
    context.project = project.folder.root
    context.jobs = jobs
    context.callers = callers
    context.cancelRun = { [project, run] other in
      let request = Request(kind: .cancel, by: run, reason: "the run that called it was cancelled", time: .now)
      // Where it has not begun there is nothing to cancel.
      guard (try? store.send(request, to: other)) != nil else { return }
      try? ControlInbox.write(.mail, to: project.folder.run(other).inbox)
    }
    context.claimNotice = { claim throws(BatonError) in try store.claim(claim) }
    context.secrets = Preflight.secrets(plan).keys.compactMap { project.secrets[$0] }
    notifier.mask(context.secrets)
    // The machine is the only one to hold what it changes: no facts have to be copied then.
    var known = RunFacts()
    swap(&known, &facts)
    let machine = RunMachine(
      run: run, plan: plan, facts: consume known, opening: opening, only: only, pool: pool, durations: durations,
      expectedTests: try expectedTests(store), previous: previous, open: open, endsWhenWaiting: noWait)
    let engine = Engine(
      machine: machine,
      ports: EnginePorts(
        journal: journal, reactor: reactor, executor: executor, host: script, cache: cache, results: results,
        notifier: notifier,
        reporter: reporter,
        places: LocalPlaces(run: folder) { FolderTree.remove($0) }),
      context: context)
    if !plan.notifications.isEmpty { OwedMessages.mark(run, of: project) }
    ready()
    let status = try engine.drive()
    if !plan.notifications.isEmpty, status != .interrupted { OwedMessages.unmark(run, of: project) }
    Leftovers.closeConnections(of: run)
    RunData.clean(folder, after: status)
    JobReport.tell(run, of: project, store, reporting)
    return status
  }
}

extension Reporter {
  /// What earlier runs tell; where that cannot be read, the run goes on without it, and says so.
  fileprivate func told<Told>(_ what: String, _ nothing: Told, _ read: () throws(BatonError) -> Told) -> Told {
    do throws(BatonError) { return try read() } catch {
      warning("\(what) cannot be read, and the run goes on as if it were not known: \(error.message)")
      return nothing
    }
  }
}
