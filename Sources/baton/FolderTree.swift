import BatonModel
import CSystem
import Glibc

/// A folder with all that is below it. Symbolic links are never followed.
enum FolderTree {
  /// The bytes of all files.
  static func size(_ path: String) -> Int64 {
    var info = stat()
    guard lstat(path, &info) == 0 else { return 0 }
    guard info.st_mode & S_IFMT == S_IFDIR else { return Int64(info.st_size) }
    return File.names(in: path).reduce(0) { $0 + size("\(path)/\($1)") }
  }

  /// Deletes it; what can't be deleted stays.
  static func remove(_ path: String) {
    var info = stat()
    guard lstat(path, &info) == 0 else { return }
    if info.st_mode & S_IFMT == S_IFDIR {
      for name in File.names(in: path) { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// Makes a folder, and those above it that are missing.
  static func make(_ path: String) throws(BatonError) {
    var info = stat()
    if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { return }
    let above = File.folder(of: path)
    if above != path, !above.isEmpty { try make(above) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw BatonError(.usage, "cannot make the folder \(path): \(File.message(errno))")
    }
  }
}
