import Glibc

/// A folder of one test below `/tmp`, removed with all that is in it when the value is gone. Its path alone does not keep
/// it: where nothing else is handed on, let the suite hold the value, or use `with`.
public final class ScratchFolder: Sendable {
  /// Absolute; `/nowhere` where none could be made, so that the test fails and harms nothing.
  public let path: String

  public init() {
    var template = Array("/tmp/baton-scratch-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer {
      $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    path = made ?? "/nowhere"
  }

  deinit { Self.remove(path) }

  /// Calls with a folder that is there as long as the call lasts.
  public static func with<Answer>(_ use: (ScratchFolder) throws -> Answer) rethrows -> Answer {
    let folder = ScratchFolder()
    defer { withExtendedLifetime(folder) {} }
    return try use(folder)
  }

  /// Writes a file in it, makes the folders on the way, and gives the file's path.
  /// - Parameter mode: what the file has afterwards; nil: 0600 when it is new, else what it had.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8], mode: mode_t? = nil) -> String {
    let place = "\(path)/\(name)"
    makeFolder(name.split(separator: "/").dropLast().joined(separator: "/"))
    let file = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode ?? 0o600)
    guard file >= 0 else { return place }
    defer { close(file) }
    if let mode { fchmod(file, mode) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count <= 0 { break }
      rest = rest.dropFirst(count)
    }
    return place
  }

  @discardableResult
  public func write(_ name: String, _ text: String, mode: mode_t? = nil) -> String {
    write(name, Array(text.utf8), mode: mode)
  }

  /// Makes a folder in it and those on the way, where they are not there, and gives its path.
  @discardableResult
  public func makeFolder(_ name: String) -> String {
    var place = path
    for piece in name.split(separator: "/") {
      place += "/\(piece)"
      mkdir(place, 0o755)
    }
    return place
  }

  /// The bytes of a file in it; none where there is no such file.
  public func bytes(_ name: String) -> [UInt8] { Self.bytes(at: "\(path)/\(name)") }

  /// The same as a text.
  public func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

  /// The bytes of any file.
  public static func bytes(at path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Removes a file, or a folder with all that is in it.
  public static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    closedir(stream)
    for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
