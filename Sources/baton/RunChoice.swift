import BatonModel
import BatonRuntime

/// Finds the run that a command means: by id, by a unique beginning of one, or the newest that makes sense.
struct RunChoice {
  let store: any Store

  /// - Parameters:
  ///   - word: what the user wrote; nil: nothing.
  ///   - purpose: what the command does with a run, for the message when none fits: `that can be resumed`.
  ///   - fits: whether the command makes sense for the run.
  func run(_ word: String?, purpose: String = "", fits: (RunSummary) -> Bool = { _ in true }) throws(BatonError)
    -> RunSummary
  {
    let runs = try store.runs(limit: nil)
    guard let word else {
      // Called workflows are carried on, looked at and answered by way of who called them, where that makes sense.
      if let run = runs.first(where: { $0.caller == nil && fits($0) }) ?? runs.first(where: fits) { return run }
      throw BatonError(
        .usage, "there is no run\(purpose.isEmpty ? "" : " \(purpose)")",
        cure: runs.isEmpty ? "baton run FILE starts one" : "baton runs lists all of them")
    }
    if let run = try match(word, in: runs) { return run }
    throw BatonError(
      .usage, "there is no run \"\(word)\"",
      cure: Names.proposal(for: word, in: runs.prefix(200).map(\.id)) ?? "baton runs lists all of them")
  }

  /// The run with this id or unique beginning of one; nil when there is none; an error that lists them when there are several.
  func match(_ word: String, in runs: [RunSummary]) throws(BatonError) -> RunSummary? {
    if let run = runs.first(where: { $0.id == word }) { return run }
    let candidates = runs.filter { $0.id.lowercased().hasPrefix(word.lowercased()) }
    guard candidates.count > 1 else { return candidates.first }
    let shown = candidates.prefix(5).map { "  \($0.id)  \($0.workflow), \($0.status.rawValue)" }.joined(separator: "\n")
    let more = candidates.count > 5 ? "\n  and \(candidates.count - 5) more" : ""
    throw BatonError(
      .usage, "\"\(word)\" is the beginning of \(candidates.count) runs", cure: "write more of it:\n\(shown)\(more)")
  }
}

extension RunStatus {
  /// Whether `baton resume` without a RUN thinks of such a run.
  var isResumable: Bool {
    switch self {
    case .failed, .halted, .cancelled, .interrupted, .waiting: true
    case .running, .succeeded: false
    }
  }
}
