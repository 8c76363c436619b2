import CSystem
import Glibc

/// Finds programs in a `PATH` as execvp(3) does, and remembers where they were.
struct ProgramLookup {
  enum Answer: Equatable {
    case found(String)
    /// There, but not for us to execute.
    case notExecutable(String)
    case missing
  }

  /// What execvp(3) searches when there is no `PATH`.
  static let standardPath = "/bin:/usr/bin"

  private struct Key: Hashable {
    var program: String
    var path: String
  }

  private var known: [Key: String] = [:]

  /// - Parameter folder: what relative entries of `PATH` are relative to.
  mutating func find(_ program: String, path: String, folder: String) -> Answer {
    if program.utf8.contains(UInt8(ascii: "/")) { return .found(program) }
    let key = Key(program: program, path: path)
    if let place = known[key] { return .found(place) }
    var refused: String?
    for entry in path.split(separator: ":", omittingEmptySubsequences: false) {
      let isAbsolute = entry.utf8.first == UInt8(ascii: "/")
      let base = isAbsolute ? String(entry) : entry.isEmpty ? folder : "\(folder)/\(entry)"
      let place = "\(base)/\(program)"
      var info = stat()
      guard stat(place, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { continue }
      if access(place, X_OK) == 0 {
        if isAbsolute, refused == nil { known[key] = place }
        return .found(place)
      }
      refused = refused ?? place
    }
    return refused.map { .notExecutable($0) } ?? .missing
  }

  /// The program was not where it had been.
  mutating func forget(_ program: String, path: String) { known[Key(program: program, path: path)] = nil }
}
