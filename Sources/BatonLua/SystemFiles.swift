import Glibc

/// Reads whole files, without Foundation.
enum SystemFiles {
  /// No source text is longer.
  static let longest = 64 << 20

  /// The absolute path without links; nil where nothing is there.
  static func real(_ path: String) -> String? {
    guard let buffer = realpath(path, nil) else { return nil }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  /// The file's bytes; nil where it can't be opened or read, is no regular file, or is longer than ``longest``.
  static func read(_ path: String) -> [UInt8]? {
    // Without O_NONBLOCK, a pipe without a writer would never open.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= longest
    else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(4096, Int(status.st_size) + 1))
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Whether the file at the path, links followed, stands below the folder; false where there is no such file.
  static func isBelow(_ folder: String, _ path: String) -> Bool {
    guard let folder = real(folder), let path = real(path) else { return false }
    return path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }
}
