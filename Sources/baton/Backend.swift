import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// Where the concrete store is named.
enum Backend {
  /// What a project's runs are read from; an error that says so when nothing was ever run here.
  static func store(of project: Project) throws(BatonError) -> any Store { try database(of: project) }

  /// The same, with what only house-keeping and repairs ask of it.
  static func database(of project: Project) throws(BatonError) -> SQLiteStore {
    guard project.hasDatabase else {
      throw BatonError(
        .usage, "there are no runs in \(project.folder.root)", cure: "baton run FILE starts one, -C DIR names a project"
      )
    }
    return try SQLiteStore(existing: project.folder.database)
  }
}
