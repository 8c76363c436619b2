import Glibc

/// A folder of one test, removed with it; nothing but files lies in it.
final class ScratchFolder {
  let path: String

  init() {
    var template = Array("/tmp/baton-notify-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer {
      $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    path = made ?? "/nowhere"
  }

  /// The content of a file; nothing when there is none.
  static func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return String(decoding: bytes[..<max(0, Glibc.read(descriptor, &bytes, bytes.count))], as: UTF8.self)
  }

  deinit {
    guard let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      unlink("\(path)/\(name)")
    }
    closedir(stream)
    rmdir(path)
  }
}
