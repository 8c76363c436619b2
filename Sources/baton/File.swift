import BatonModel
import BatonSystem
import CSystem
import Glibc

/// Files and paths, without Foundation.
enum File {
  /// What the system says of an error number.
  static func message(_ number: Int32) -> String { Disk.message(number) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isFolder(_ path: String) -> Bool { Disk.isFolder(path) }

  /// The user to whom it belongs; nil: there is nothing.
  static func owner(of path: String) -> uid_t? {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_uid : nil
  }

  static func isLink(_ path: String) -> Bool {
    var info = stat()
    return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
  }

  /// The absolute path without symbolic links; nil when there is nothing.
  static func real(_ path: String) -> String? { Disk.real(path) }

  static var currentFolder: String { real(".") ?? "/" }

  /// What stands before the last `/`: `/` of `/a`, `.` of `a`.
  static func folder(of path: String) -> String { Disk.folder(of: path) }

  static func read(_ path: String) throws(BatonError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw BatonError(.usage, "cannot read \(path): \(message(errno))")
    }
    defer { close(descriptor) }
    var info = stat()
    if fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
      throw BatonError(.usage, "cannot read \(path): it is a folder")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(info.st_size) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        return bytes
      } else if errno != EINTR {
        throw BatonError(.usage, "cannot read \(path): \(message(errno))")
      }
    }
  }

  /// Makes the file; an existing one is an error unless `replacing`.
  static func write(_ bytes: [UInt8], to path: String, replacing: Bool = false) throws(BatonError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL), 0o644)
    guard descriptor >= 0 else { throw BatonError.system("write", path, errno: errno) }
    defer { close(descriptor) }
    guard baton_write_all(descriptor, bytes, bytes.count) else {
      throw BatonError.system("write", path, errno: errno)
    }
  }

  /// Adds to a file that only its owner reads, which is made when it is not there.
  static func append(_ bytes: [UInt8], to path: String) throws(BatonError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw BatonError(.failure, "cannot write \(path): \(message(errno))") }
    defer { close(file) }
    guard baton_write_all(file, bytes, bytes.count) else {
      throw BatonError(.failure, "cannot write \(path): \(message(errno))")
    }
  }

  /// The names in a folder, sorted, without `.` and `..`; empty when it cannot be read.
  static func names(in folder: String) -> [String] { Disk.names(in: folder) }
}
