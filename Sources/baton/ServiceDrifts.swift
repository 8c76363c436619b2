import BatonConfig
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// What the services of a run were started as, beside what they should be now.
enum ServiceDrifts {
  /// nil: the run has no services, or its script cannot be asked: it is gone, or has mistakes.
  static func find(_ past: PastRun, _ project: Project, _ store: SQLiteStore) -> ServiceDrift? {
    let view = past.view
    guard !view.services.isEmpty, let configured = try? Drive.environment(of: view.settings, project) else {
      return nil
    }
    func drift(anew: Bool) -> ServiceDrift? {
      let found = try? RunComparison(
        configured, view.run, ResumeOptions(), store, anew: anew, history: past.records)
      defer { found?.close() }
      return found?.drift(cure: "baton resume \(view.run)")
    }
    let isMoved = view.settings.map { !$0.differences(to: configured.settings.run).isEmpty } ?? false
    guard var found = drift(anew: isMoved) ?? (isMoved ? drift(anew: false) : nil) else { return nil }
    // A run that goes on keeps what it saw of baton.json, unless it is told otherwise.
    if isMoved, found.isFound, drift(anew: false)?.services != found.services { found.cure = cure(view, configured) }
    // What was told of a run that has gone on since without it is past.
    let since = view.resumptions.last?.time ?? view.started
    found.gone = found.gone.filter { name in
      guard let last = view.services[name]?.last, let since else { return true }
      return last.time >= since
    }
    return found
  }

  /// The command that takes what baton.json says now. What it says of no environment only a new run takes.
  private static func cure(_ view: RunView, _ configured: Project) -> String {
    if let environment = configured.settings.run.environment ?? view.settings?.environment {
      return "baton resume \(view.run) --env \(ShellText.quoted(environment))"
    }
    let parameters = view.params.sorted { $0.key < $1.key }.map { name, value in
      " -p \(ShellText.quoted("\(name)=\(value.string ?? JSON.encode(value))"))"
    }
    return "baton run \(ShellText.quoted(view.file))\(parameters.joined())"
  }
}
