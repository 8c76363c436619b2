import BatonConfig
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// What the services of a run were started as, beside what they should be now.
enum ServiceDrifts {
  /// nil: the run has no services, or its script cannot be asked: it is gone, or has mistakes.
  static func find(_ view: RunView, _ project: Project, _ store: SQLiteStore) -> ServiceDrift? {
    guard !view.services.isEmpty, let configured = try? Drive.environment(of: view.settings, project) else {
      return nil
    }
    let isMoved = view.settings.map { !$0.differences(to: configured.settings.run).isEmpty } ?? false
    // A run that goes on keeps what it saw of baton.json, unless it is told otherwise.
    for anew in isMoved ? [false, true] : [false] {
      guard let found = try? Drive.compare(configured, view.run, ResumeOptions(), store, anew: anew) else { continue }
      let environment = anew ? (configured.settings.run.environment ?? view.settings?.environment) : nil
      let drift = view.drift(
        found.plan, cure: "baton resume \(view.run)" + (environment.map { " --env \($0)" } ?? ""))
      if !isMoved || anew || drift.services.values.contains(where: { !$0.isEmpty }) || !drift.gone.isEmpty {
        return drift
      }
    }
    return nil
  }
}
