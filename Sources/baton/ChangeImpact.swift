import BatonCore
import BatonFiles
import BatonLua
import BatonMeasuring
import BatonModel

/// What the changes since a revision can affect in a workflow.
struct ChangeImpact {
  var changes: ChangedFiles
  var impact: Impact

  /// - Throws: `.usage` where git, the repository or the revision is not there.
  static func find(since revision: String, script: Script, plan: Plan, project: Project) throws(BatonError)
    -> ChangeImpact
  {
    let folder = File.folder(of: plan.workflow.file)
    var changes = try ChangedFilesFinder.find(since: revision, in: folder)
    // What Baton itself writes, where git is not told to ignore it.
    changes.files.removeAll { "\(changes.top)/\($0)".hasPrefix(project.folder.baton + "/") }
    let paths = Set(changes.files.map { "\(changes.top)/\($0)" })
    let own = script.loadedFiles.first { paths.contains(File.real($0) ?? $0) || paths.contains($0) }
    let inputs = TouchedInputs(top: changes.top, files: changes.files)
    let impact = Impact(
      plan, since: revision, everything: own.map { "\(File.shown($0)) changed, which says what there is to do" }
    ) { node in
      let options = node.options.value
      guard options.given.contains("inputs") || !options.inputs.isEmpty else { return .undeclared }
      var patterns: [String] = []
      for input in options.inputs {
        guard case .plain(let pattern) = input else { return .touched("its inputs are known only when it runs") }
        patterns.append(pattern)
      }
      switch options.cwd {
      case .dynamic?: return .touched("its folder is known only when it runs")
      case .plain(let path)?:
        return inputs.reason(patterns, in: path.hasPrefix("/") ? path : "\(folder)/\(path)").map { .touched($0) }
          ?? .untouched
      case nil: return inputs.reason(patterns, in: folder).map { .touched($0) } ?? .untouched
      }
    }
    return ChangeImpact(changes: changes, impact: impact)
  }
}
