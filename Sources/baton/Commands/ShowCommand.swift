import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton show`.
enum ShowCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let run = try RunChoice(store: store).run(context.invocation.arguments.first)
    let records = try store.records(of: run.id, after: 0)
    var view = RunView(run: run.id, records: records)
    if run.status == .interrupted { view.markInterrupted() }
    if view.status != .succeeded, let plan = Workflow.plan(of: records, project: project) { view.adopt(plan) }
    let clusters = CommitLogs(of: view.file).told(try store.clusters(of: run.id))
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(ShowJSON.value(view, clusters: clusters)) + "\n")
    } else {
      let palette = context.console.outputPalette
      context.console.out(ShowText.text(view, now: .now, clock: .local, palette: palette))
      context.console.out(ClustersText.section(clusters, clock: .local, palette: palette))
    }
    return 0
  }
}
