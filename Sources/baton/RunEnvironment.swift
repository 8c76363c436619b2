import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonRuntime
import BatonSQLite

/// The environment of a run that is carried on: the one that it began in, with the values that it saw there.
extension Drive {
  /// What the run saw last of the world; nil where it has no records.
  static func observations(of run: String, _ store: SQLiteStore) throws(BatonError) -> Observations? {
    let opened = RunFacts(try store.openings(of: run))
    return opened.observations ?? opened.start?.observations
  }

  /// The project as the run needs it: secrets and limits are those of its environment.
  static func environment(of settings: RunSettings?, _ project: Project) throws -> Project {
    guard let settings, Project.askedEnvironment == nil else { return try project.configured() }
    if let name = settings.environment, project.configuration?.environments.contains(name) != true {
      throw BatonError(
        .usage, "the run began in the environment \"\(name)\", which baton.json does not have any more",
        cure: "put it back, or carry the run on in another one: baton resume --env NAME")
    }
    return try project.configured(as: settings.environment)
  }

  /// What baton.json says otherwise than when the run began, and what becomes of it, in words.
  static func changes(of seen: RunSettings?, _ request: ResumeRequest) -> [String] {
    let differences = (seen ?? RunSettings()).differences(to: request.project.settings.run)
    guard !differences.isEmpty, seen != nil || request.takesSettings else { return [] }
    let name = request.project.settings.run.environment
    let end =
      request.takesSettings
      ? "the run goes on with what baton.json says now"
      : "the run goes on with what it began with; "
        + (name.map { "baton resume --env \($0) takes what baton.json says now" }
          ?? "a new run takes what baton.json says now")
    return differences.map { "baton.json: \($0.text)" } + [end]
  }
}

extension Project {
  /// What the project says of agents, and the environment that was chosen.
  var agents: Value {
    guard let name = settings.run.environment, case .map(var fields) = settings.agents else { return settings.agents }
    fields["chosen"] = .string(name)
    return .map(fields)
  }
}
