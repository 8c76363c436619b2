import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// Gathers what recommendations rest on, for `show` and for reports alike.
struct RunEvidence {
  let history: any TestHistory

  /// Rows of steps that are read at most.
  private static let rows = 200_000
  private static let runs = 20
  private static let cases = 500

  /// - Parameters:
  ///   - clusters: the causes of the run's failures.
  ///   - trend: up to this run.
  ///   - tests: ``TestIdentity/key`` of the cases of this run.
  func gather(
    _ view: RunView, plan: Plan?, clusters: [FailureCluster], trend: [TrendPoint], tests: Set<Int64>
  ) throws(BatonError) -> Evidence {
    var evidence = Evidence()
    evidence.clusters = clusters
    evidence.trend = trend
    evidence.plan = plan
    for kind in [CaseQuery.View.failing, .flaky] {
      evidence.cases += try history.cases(CaseQuery(kind, limit: Self.cases)).filter {
        tests.contains($0.identity.key)
      }
    }
    let limit = max(2, min(Self.runs, Self.rows / max(1, view.steps.count)))
    (evidence.steps, evidence.gates) = try history.practice(through: view.run, limit: limit)
    evidence.changed = view.steps.lazy.compactMap { view.summary(of: $0.name)?.changed }.first
    if view.ended != nil { evidence.duration = view.duration(at: view.time) }
    return evidence
  }
}
