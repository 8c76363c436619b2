import BatonModel
import Glibc

/// Reads the file that a ``ResultCollector`` has written.
public enum ResultsFile {
  /// Hands over the items one by one, in the order in which they were collected; the file may be of any size.
  ///
  /// A line that is no item (the torn end of a file whose writer was killed) becomes a ``ResultItem/problem(_:)``.
  ///
  /// - Parameters:
  ///   - tests: Of more test cases than this, the others are passed over unread.
  ///   - take: When it throws, nothing more is read.
  /// - Throws: ``ResultFileError`` when the file cannot be read, or what `take` throws.
  public static func read(_ path: String, tests: Int = .max, into take: (ResultItem) throws -> Void) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ResultFileError("read", path, errno) }
    defer { close(descriptor) }
    var lines = LineInput(ByteInput(.descriptor(descriptor), size: 1 << 20), limit: lineLimit)
    var left = tests
    while true {
      let line = lines.next()
      switch line {
      case .none: break
      case .line:
        if left <= 0, lines.withLine({ ItemCoding.isTest($0) }) { continue }
        let item = lines.withLine { ItemCoding.item($0) }
        if case .test? = item { left -= 1 }
        try take(item ?? .problem("\(path):\(lines.number): the line is no item of results"))
        continue
      case .tooLong:
        try take(.problem("\(path):\(lines.number): the line is too long"))
        continue
      }
      if lines.failure != 0 { throw ResultFileError("read", path, lines.failure) }
      return
    }
  }

  /// Changes test cases in a file that was written, which is replaced at once.
  ///
  /// - Returns: the digest of the new content, hexadecimal.
  public static func rewrite(_ path: String, _ change: (inout TestOutcome) -> Void) throws -> String {
    let other = "\(path).new"
    var file = try ItemFile(path: other, mask: nil)
    try read(path) { item in
      guard case .test(var outcome) = item else { return try file.append(item) }
      change(&outcome)
      try file.append(.test(outcome))
    }
    let digest = try file.finish()
    guard rename(other, path) == 0 else { throw ResultFileError("write", path, errno) }
    return digest
  }

  /// No item's line is longer.
  static let lineLimit = 64 << 20
}
