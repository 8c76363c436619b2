import Glibc

/// The release binary under test and the folder of the sources.
enum Binary {
  /// The package's folder.
  static let root: String = {
    let file = #filePath
    return file.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
  }()

  /// `$BATON_BINARY`, else the release build of this package.
  static let path: String = {
    if let given = getenv("BATON_BINARY") { return String(cString: given) }
    return "\(root)/.build/release/baton"
  }()

  /// - Throws: When there is no binary: these tests prove nothing without it.
  static func require() throws {
    guard access(path, X_OK) == 0 else {
      throw HarnessError("no binary at \(path): run scripts/test, or swift build -c release and set BATON_BINARY")
    }
  }
}

/// The harness itself could not do its work.
struct HarnessError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
