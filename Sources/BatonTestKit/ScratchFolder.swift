import Glibc

/// A folder of one test below `/tmp`, removed with all that is in it when the value is gone.
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

  /// Writes a file in it, and gives its path; folders on the way are there.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) -> String {
    let place = "\(path)/\(name)"
    let file = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return place }
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count <= 0 { break }
      rest = rest.dropFirst(count)
    }
    return place
  }

  @discardableResult
  public func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }

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

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    closedir(stream)
    rmdir(path)
  }
}
