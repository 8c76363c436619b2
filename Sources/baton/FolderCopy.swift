import BatonCore
import BatonModel
import CSystem
import Glibc

extension FolderTree {
  /// Copies a folder with all that is below it, but for `.baton`: files with their modes, links as they are.
  static func copy(_ source: String, to target: String) throws(BatonError) {
    guard mkdir(target, 0o755) == 0 || errno == EEXIST else {
      throw BatonError.system("make the folder", target, errno: errno)
    }
    for name in File.names(in: source) where name != ".baton" {
      let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
      var info = stat()
      guard lstat(from, &info) == 0 else { continue }
      switch info.st_mode & S_IFMT {
      case S_IFDIR: try copy(from, to: to)
      case S_IFLNK:
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        if readlink(from, &path, Int(PATH_MAX)) > 0 { symlink(path, to) }
      case S_IFREG:
        try File.write(try File.read(from), to: to, replacing: true)
        chmod(to, info.st_mode & 0o7777)
      default: break
      }
    }
  }

  /// Path below the folder → a hash of what is there, without `.baton`.
  static func contents(of folder: String, below prefix: String = "") -> [String: String] {
    var contents: [String: String] = [:]
    for name in File.names(in: folder) where name != ".baton" {
      let path = "\(folder)/\(name)"
      if File.isFolder(path), !File.isLink(path) {
        contents.merge(Self.contents(of: path, below: "\(prefix)\(name)/")) { first, _ in first }
      } else {
        contents[prefix + name] =
          (try? File.read(path)).map { "\($0.count) bytes, \(StableHash.hex($0))" } ?? "unreadable"
      }
    }
    return contents
  }
}
