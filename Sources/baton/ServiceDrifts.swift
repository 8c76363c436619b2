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
      let drift = view.drift(found.plan, cure: cure(view, configured, anew: anew))
      if !isMoved || anew || drift.services.values.contains(where: { !$0.isEmpty }) || !drift.gone.isEmpty {
        return drift
      }
    }
    return nil
  }

  /// The command that mends it. What baton.json says of no environment only a new run takes.
  private static func cure(_ view: RunView, _ configured: Project, anew: Bool) -> String {
    guard anew else { return "baton resume \(view.run)" }
    guard let environment = configured.settings.run.environment ?? view.settings?.environment else {
      return "baton run \(view.file)"
    }
    return "baton resume \(view.run) --env \(environment)"
  }
}
