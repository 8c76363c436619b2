import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// `baton watch`: the view of a run that another process drives.
enum WatchCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
    // Where none is under way, the newest may just have ended: its summary and its exit code are what was asked for.
    let word = context.invocation.arguments.first
    let running = word == nil ? try store.runs(limit: nil).first { $0.status == .running && $0.caller == nil } : nil
    let run = try running ?? RunChoice(store: store).run(word)
    let reporting = Reporting(context.invocation, context.console)
    let past = try PastRun(run, store, planned: false)
    let (history, view) = (past.records, past.view)
    let plan = past.plan ?? Plan(workflow: WorkflowSpec(name: view.workflow, file: view.file))
    let durations = try store.durations(workflow: view.workflow)
    let reporter = reporting.reporter(
      run: run.id, plan: plan, history: history, durations: durations, jobs: view.options.jobs ?? Machine.processors)
    context.console.endsWithReader = true
    // For programs: everything, from the beginning.
    if reporting.form == .json { for record in history { reporter.record(record) } }
    guard run.status == .running else {
      if reporting.form == .json { return run.status.exitCode }
      context.console.message(SummaryText.text(view, now: .now, palette: context.console.messagePalette))
      return run.status.exitCode
    }
    if case .live = reporting.form {} else { context.console.note("watching run \(run.id), \(run.driver ?? "")") }
    let status = try Follower(store: store, run: run.id, of: project.folder, after: view.seq).follow(
      every: reporter.refreshInterval, tick: { reporter.refresh(now: .now) },
      show: { records in
        for record in records { reporter.record(record) }
      })
    if status == .interrupted, try store.runs(limit: nil).first(where: { $0.id == run.id })?.ended == nil {
      context.console.message("the process that drove run \(run.id) is gone; carry it on with: baton resume \(run.id)")
    }
    return status.exitCode
  }
}
