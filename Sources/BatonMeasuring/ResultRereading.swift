import BatonCore
import BatonModel
import BatonRuntime
import BatonSystem

/// Reads the results of an attempt that ended long ago anew, from what it left: the files in its folder, where nothing has written
/// to them since, else those that were kept as its artifacts.
public enum ResultRereading {
  /// - Parameters:
  ///   - request: as for an attempt that has just ended.
  ///   - end: when it did.
  /// - Returns: how to read it, or why it can't be.
  public static func find(_ request: ResultRequest, endedAt end: Instant) -> Found {
    for source in request.sources {
      if case .callback = source.reader {
        return .gone("a function reads them, which is told of an attempt as it ends")
      }
    }
    var problems = problems(request, endedAt: end)
    if problems.isEmpty { return .there(request) }
    var kept = request
    kept.workingDirectory = request.artifactFolder
    // Copies are younger than the attempt, or as old as what they are copies of.
    kept.since = Instant(nanoseconds: 0)
    if Self.problems(kept, endedAt: Instant(nanoseconds: .max - ResultFiles.slack.nanoseconds)).isEmpty {
      return .there(kept)
    }
    return .gone(problems.removeFirst())
  }

  public enum Found {
    case there(ResultRequest)
    case gone(String)
  }

  private static func problems(_ request: ResultRequest, endedAt end: Instant) -> [String] {
    request.sources.compactMap { ResultFiles.problem($0, request, endedAt: end) }
  }

  /// What the entries of the quarantine that are over say of the tests in it. It is read for that, and nothing of it is kept.
  ///
  /// - Returns: a sentence for each that names one; nil where there is no folder for temporary files.
  public static func expired(_ request: ResultRequest, secrets: [String], callPath: String) -> [String]? {
    guard request.quarantine.contains(where: { $0.isExpired(at: request.moment) }) else { return [] }
    guard let folder = Disk.temporaryFolder() else { return nil }
    defer { Disk.remove(folder) }
    var look = request
    look.runFolder = folder
    look.artifactFolder = "\(folder)/artifacts"
    return read(look, secrets: secrets, callPath: callPath).expired
  }

  /// Reads them, on this thread, and writes their items to the request's file.
  ///
  /// - Parameters:
  ///   - secrets: to be replaced by `***`.
  ///   - callPath: the steps that the run is called from, with a slash behind each: entries of the quarantine may name their cells.
  public static func read(_ request: ResultRequest, secrets: [String], callPath: String) -> ResultSummary {
    var set = SecretSet()
    set.add(secrets)
    var gathering = Gathering(request, set, callPath: callPath)
    return gathering.run([])
  }
}
