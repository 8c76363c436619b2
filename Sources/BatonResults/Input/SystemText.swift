import Glibc

/// What the system says.
enum SystemText {
  /// `No such file or directory`.
  static func error(_ number: Int32) -> String { String(cString: strerror(number)) }
}
