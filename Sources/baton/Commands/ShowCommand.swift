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
    let plan = Workflow.plan(of: records, project: project)
    if view.status != .succeeded, let plan { view.adopt(plan) }
    let clusters = CommitLogs(of: view.file).told(try store.clusters(of: run.id))
    let trend = try store.trend(workflow: run.workflow, branch: nil, through: run.id, limit: ReportSource.trendRuns)
    let quality = trend.last.flatMap { Quality($0) }
    // Of runs without tests nothing is said of trends: they may be about anything.
    let evidence = try RunEvidence(history: store).gather(
      view, plan: plan, clusters: clusters, trend: trend, tests: Set(try store.ends(of: run.id).map(\.test)))
    let recommendations = Recommendation.all(evidence).filter { quality != nil || $0.rule != .tooLittleData }
    if context.invocation.has(.json) {
      let value = ShowJSON.value(view, clusters: clusters, quality: quality, recommendations: recommendations)
      context.console.out(JSON.encodePretty(value) + "\n")
    } else {
      let palette = context.console.outputPalette
      context.console.out(ShowText.text(view, now: .now, clock: .local, palette: palette))
      context.console.out(ClustersText.section(clusters, clock: .local, palette: palette))
      context.console.out(QualityText.section(quality, recommendations, palette: palette))
    }
    return 0
  }
}
