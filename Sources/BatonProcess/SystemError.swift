import Glibc

/// What the system says of a call that failed.
struct SystemError: Error {
  var code: Int32

  init(_ code: Int32 = errno) { self.code = code }

  /// `No space left on device`.
  var text: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
