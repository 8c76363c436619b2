import BatonCommandLine
import BatonCore
import BatonModel
import BatonRuntime

/// Where the concrete store is named.
enum Backend {
  /// The project's database; an error that says so when nothing was ever run here.
  static func store(of project: Project) throws(BatonError) -> any Store {
    guard project.hasDatabase else {
      throw BatonError(
        .usage, "there are no runs in \(project.folder.root)", cure: "baton run FILE starts one")
    }
    throw BatonError(.failure, "no store yet")
  }
}
