import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton show`.
enum ShowCommand {
  /// What is known of a run.
  struct Shown {
    var view: RunView
    var clusters: [FailureCluster]
    var quality: Quality?
    var recommendations: [Recommendation]

    /// As `--json` prints it.
    var json: Value {
      ShowJSON.value(view, clusters: clusters, quality: quality, recommendations: recommendations)
    }
  }

  static func run(_ context: Context) throws -> Int32 {
    let shown = try gather(context.invocation.arguments.first)
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(shown.json) + "\n")
    } else {
      let palette = context.console.outputPalette
      context.console.out(ShowText.text(shown.view, now: .now, clock: .local, palette: palette))
      context.console.out(ClustersText.section(shown.clusters, clock: .local, palette: palette))
      context.console.out(QualityText.section(shown.quality, shown.recommendations, palette: palette))
    }
    return 0
  }

  /// - Parameter word: the run as the user named it; nil: the newest.
  static func gather(_ word: String?) throws -> Shown {
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let run = try RunChoice(store: store).run(word)
    let past = try PastRun(run, store, planned: false)
    let plan = past.plan
    var view = past.view
    if view.status != .succeeded, let plan { view.adopt(plan) }
    view.drift = ServiceDrifts.find(past, project, store)
    let clusters = CommitLogs(of: view.file).told(try store.clusters(of: run.id))
    let trend = try store.trend(workflow: run.workflow, branch: nil, through: run.id, limit: ReportSource.trendRuns)
    let quality = trend.last.flatMap { Quality($0) }
    // Of runs without tests nothing is said of trends: they may be about anything.
    let evidence = try RunEvidence(history: store).gather(
      view, plan: plan, clusters: clusters, trend: trend, tests: Set(try store.ends(of: run.id).map(\.test)))
    let recommendations = Recommendation.all(evidence).filter { quality != nil || $0.rule != .tooLittleData }
    return Shown(view: view, clusters: clusters, quality: quality, recommendations: recommendations)
  }
}
