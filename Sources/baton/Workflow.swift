import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// What the commands do with a workflow's file beside running it.
enum Workflow {
  /// Says what is wrong with the name of a script, if anything is.
  static func checkFile(_ file: String) throws(BatonError) {
    if File.isFolder(file) {
      let inside = File.names(in: file).filter { $0.hasSuffix(".lua") }
      throw BatonError(
        .usage, "\(file) is a folder, not a workflow",
        cure: inside.first.map { "did you mean \(file.hasSuffix("/") ? file : file + "/")\($0)?" })
    }
    guard !File.exists(file) else { return }
    let folder = File.folder(of: file)
    let near = File.names(in: folder).filter { $0.hasSuffix(".lua") }.map { folder == "." ? $0 : "\(folder)/\($0)" }
    throw BatonError(
      .usage, "there is no file \(file)",
      cure: Names.proposal(for: file, in: near)
        ?? (near.isEmpty ? "baton init makes a workflow.lua" : "there is \(near.prefix(5).joined(separator: ", "))"))
  }

  /// `-p` and `--params`.
  static func parameters(_ invocation: Invocation) throws(BatonError) -> Parameters {
    var parameters = try Parameters(invocation.values(.param))
    if let file = invocation.value(.params) { try parameters.add(json: try File.read(file), file: file) }
    return parameters
  }

  /// The plan of a run as its script stands now, with the run's own parameters and observations; nil when the script is gone
  /// or has mistakes. For showing a run that has not ended.
  static func plan(of view: RunView, records: [StampedRecord] = []) -> Plan? {
    nil
  }
}
