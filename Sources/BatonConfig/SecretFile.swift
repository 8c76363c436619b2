import BatonModel
import CSystem
import Glibc

/// The files that stores and keys are.
enum SecretFile {
  private static let longest = 64 << 20

  /// nil where there is nothing.
  static func read(_ path: String) throws(BatonError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw BatonError(.usage, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= longest {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        return bytes
      } else if errno != EINTR {
        throw BatonError(.usage, "cannot read \(path): \(String(cString: strerror(errno)))")
      }
    }
    throw BatonError(.usage, "\(path) is longer than 64 MB", cure: "this is no file of secrets")
  }

  static func replace(_ bytes: [UInt8], at path: String, mode: mode_t) throws(BatonError) {
    let draft = "\(path).baton-\(getpid())"
    unlink(draft)
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw BatonError(.usage, "cannot write \(path): \(String(cString: strerror(errno)))") }
    let isWritten = baton_write_all(file, bytes, bytes.count) && fsync(file) == 0
    let reason = errno
    close(file)
    guard isWritten, rename(draft, path) == 0 else {
      let text = String(cString: strerror(isWritten ? errno : reason))
      unlink(draft)
      throw BatonError(.failure, "cannot write \(path): \(text)")
    }
  }

  static func makeFolders(above path: String) throws(BatonError) {
    for cut in path.indices.dropFirst() where path[cut] == "/" {
      let folder = String(path[..<cut])
      if mkdir(folder, 0o700) != 0, errno != EEXIST {
        throw BatonError(.usage, "cannot make the folder \(folder): \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Holds others off who change files of this folder as well.
  static func locked<Result>(_ folder: String, _ body: () throws(BatonError) -> Result) throws(BatonError) -> Result {
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw BatonError(.usage, "cannot read \(folder): \(String(cString: strerror(errno)))") }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
    return try body()
  }
}
