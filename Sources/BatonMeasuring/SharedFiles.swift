import BatonCore
import BatonFiles
import BatonModel
import BatonRuntime

/// Tells the files that an attempt wrote from those of other steps whose globs match them too.
///
/// A file may be anyone's who ran when it was written and reads it. What only one attempt can have written is its own; what two
/// can have written is counted for neither, since nobody can tell whose it is.
struct SharedFiles {
  enum Owner: Hashable {
    case own
    /// Another step's, without doubt.
    case other(String)
    /// Its own, or this step's.
    case doubtful(String)
  }

  private let request: ResultRequest
  private let claims: ResultClaims
  private var read: [[String]: GlobSet] = [:]

  init(_ request: ResultRequest, _ claims: ResultClaims) {
    self.request = request
    self.claims = claims
  }

  /// - Parameter path: of the file, absolute.
  mutating func owner(of mark: WrittenFile, at path: FilePath, patterns: [String]) -> Owner {
    if let other = claims.owner(of: mark), other != request.step { return .other(other) }
    let couldBeOwn = request.ended.map { mark.written <= $0.nanoseconds } ?? true
    var doubt: String?
    for rival in request.rivals {
      // The steps that a durable body starts are within it: what they read is theirs.
      if request.step.hasPrefix("\(rival.step)/") { continue }
      guard mark.written + ResultFiles.slack.nanoseconds >= rival.started.nanoseconds,
        rival.ended.map({ mark.written <= $0.nanoseconds }) ?? true, reads(rival, path, patterns)
      else { continue }
      if !couldBeOwn || rival.step.hasPrefix("\(request.step)/") { return .other(rival.step) }
      doubt = doubt ?? rival.step
    }
    return doubt.map { .doubtful($0) } ?? .own
  }

  private mutating func reads(_ rival: ResultRequest.Rival, _ path: FilePath, _ patterns: [String]) -> Bool {
    if rival.workingDirectory == request.workingDirectory, rival.patterns == patterns { return true }
    guard let set = read[rival.patterns] ?? (try? GlobSet(rival.patterns)) else { return false }
    read[rival.patterns] = set
    return set.contains(path, in: FilePath(rival.workingDirectory))
  }

  /// What to tell of files that may be another step's.
  static func problem(_ names: [String], _ others: [String], step: String) -> String {
    let files = names.count == 1 ? names[0] : "\(names[0]) and \(names.count - 1) more"
    let axis = TestIdentity.cell(of: step).split(separator: "=").first
    let cure =
      axis.map { "let the path contain the cell, such as \"reports/\" .. cell.\($0) .. \"/*.xml\"" }
      ?? "give each step a path of its own"
    return "\(files) may be of \(others[0]), which ran at the same time and reads the same files: not counted; \(cure)"
  }
}
