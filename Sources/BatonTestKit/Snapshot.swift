import Glibc

/// Texts that users see, kept in files beside the tests: `Snapshots/NAME.txt`.
///
/// With `BATON_RECORD_SNAPSHOTS=1` in the environment the files are written anew; the differences are then for a person to
/// judge, in version control.
public enum Snapshot {
  /// What differs from the text that is kept; nil when nothing does.
  ///
  /// - Parameter testFile: `#filePath` of the test.
  public static func mismatch(_ text: String, named name: String, testFile: String) -> String? {
    let folder = testFile.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/Snapshots"
    let path = "\(folder)/\(name).txt"
    if getenv("BATON_RECORD_SNAPSHOTS") != nil {
      mkdir(folder, 0o755)
      return write(text, to: path) ? nil : "cannot write \(path)"
    }
    guard let kept = read(path) else { return "there is no \(path): run with BATON_RECORD_SNAPSHOTS=1, and look at it" }
    if kept == text { return nil }
    let before = kept.split(separator: "\n", omittingEmptySubsequences: false)
    let now = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(before, now).prefix { $0 == $1 }.count
    return """
      \(path):\(line + 1) differs
        kept: \(line < before.count ? String(before[line]) : "(the end)")
        now:  \(line < now.count ? String(now[line]) : "(the end)")
      the whole is now:
      \(text)
      """
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    return fwrite(bytes, 1, bytes.count, file) == bytes.count
  }
}
