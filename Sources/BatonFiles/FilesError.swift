import Glibc

/// Why files could not be found, read or kept.
public struct FilesError: Error, Sendable, Hashable {
  /// What is wrong, in a sentence without a full stop, with the path or the pattern.
  public var message: String

  public init(_ message: String) { self.message = message }

  /// `cannot read src/main.c: Permission denied`.
  static func system(_ doing: String, _ path: String, _ code: Int32 = errno) -> FilesError {
    FilesError("cannot \(doing) \(path): \(String(cString: strerror(code)))")
  }
}
