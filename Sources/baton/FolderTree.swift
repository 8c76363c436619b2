import BatonModel
import BatonSystem
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
  static func remove(_ path: String) { Disk.remove(path) }

  /// Makes a folder, and those above it that are missing.
  static func make(_ path: String) throws(BatonError) {
    do throws(BatonError) { try Disk.make(folder: path) } catch { throw BatonError(.usage, error.message) }
  }
}
