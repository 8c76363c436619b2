import BatonCore
import BatonModel
import BatonResults
import Glibc

/// The list of failed cases that a retry is handed (`BATON_FAILED_TESTS`): one JSON object a line.
///
/// ```json
/// {"id":"tests.test_cart.test_sum[1-2]","suite":"pytest","class":"tests.test_cart","name":"test_sum","parameters":"1-2","file":"tests/test_cart.py"}
/// ```
///
/// `id` is the case as Baton shows it, and stands first, so that a shell takes it with
/// `sed -n 's/^{"id":"\([^"]*\)".*/\1/p'`. What is not known is left out.
enum FailedTests {
  /// A line, with its end.
  static func line(_ outcome: TestOutcome) -> [UInt8] {
    var bytes: [UInt8] = []
    append("{\"id\":", TestIdentity.name(outcome), to: &bytes)
    for (key, text) in [
      ("suite", outcome.suite), ("class", outcome.className), ("name", outcome.plainName),
      ("parameters", outcome.parameters), ("file", outcome.file ?? ""),
    ] where !text.isEmpty {
      append(",\"\(key)\":", text, to: &bytes)
    }
    bytes += [UInt8(ascii: "}"), 0x0A]
    return bytes
  }

  private static func append(_ key: String, _ text: String, to bytes: inout [UInt8]) {
    bytes += Array(key.utf8)
    JSON.append(text, to: &bytes)
  }

  /// Writes the lines so that they are there after a crash.
  /// - Returns: nil, or why it could not be done.
  static func write(_ lines: [UInt8], to path: String) -> String? {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    var written = 0
    while written < lines.count {
      let count = lines.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return String(cString: strerror(errno)) }
      written += count
    }
    return fsync(descriptor) == 0 ? nil : String(cString: strerror(errno))
  }

  /// The first cases of a list; nil where it cannot be read.
  static func read(_ path: String, limit: Int) -> [Value]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var cases: [Value] = []
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return line.isEmpty ? cases : nil }
      for byte in buffer[..<count] {
        guard byte == 0x0A else {
          line.append(byte)
          continue
        }
        guard let item = try? JSON.decode(line), item.map != nil else { return nil }
        cases.append(item)
        line.removeAll(keepingCapacity: true)
        if cases.count == limit { return cases }
      }
    }
  }
}
