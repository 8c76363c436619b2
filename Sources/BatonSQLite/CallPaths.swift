import BatonRuntime

/// Where called workflows are called from: a step of one is another one for each step that calls it, as the steps of one
/// workflow are, so that what fails by one call and passes by another is no proof of a flaky test.
struct CallPaths {
  private let connection: Connection
  /// The run that was asked for last; outcomes come run by run.
  private var last: (run: String, path: String)?

  init(_ connection: Connection) { self.connection = connection }

  /// `chrome/unit` of step `unit` of a run that step `chrome` calls; of a run that a person started, the step's own name.
  mutating func place(of step: String, in run: String) throws(DatabaseError) -> String {
    if let last, last.run == run { return last.path.isEmpty ? step : "\(last.path)/\(step)" }
    var path = ""
    var next = run
    for _ in 0..<SubRun.deepest {
      let found = try connection.statement("SELECT caller FROM runs WHERE id = ?").bind(1, next)
        .first { $0.optionalText(0) }
      guard let caller = found, let slash = caller.firstIndex(of: "/") else { break }
      let step = caller[caller.index(after: slash)...]
      path = path.isEmpty ? String(step) : "\(step)/\(path)"
      next = String(caller[..<slash])
    }
    last = (run, path)
    return path.isEmpty ? step : "\(path)/\(step)"
  }
}
