import Glibc

/// What `stat` says of a file: as long as it is the same, the content is taken to be the same.
public struct FileStamp: Sendable, Hashable {
  public var device: UInt64
  public var inode: UInt64
  /// In bytes.
  public var size: Int64
  /// Last change of the content; nanoseconds since 1970.
  public var modified: Int64
  /// Last change of the content, the mode or the name; nanoseconds since 1970. A program cannot set it back.
  public var changed: Int64
  /// Type and permissions, as `st_mode`.
  public var mode: UInt32

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    mode = UInt32(status.st_mode)
  }

  public var isRegular: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
  public var isFolder: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFDIR) }
  public var isLink: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFLNK) }
  /// Whether anybody may execute it; of all permissions the one that a version control system keeps too.
  public var isExecutable: Bool { mode & 0o111 != 0 }
  public var permissions: UInt32 { mode & 0o7777 }

  /// The stamp of what lies at a path, links not followed unless asked for; nil when there is nothing.
  static func of(_ path: FilePath, follow: Bool = false) -> FileStamp? {
    var status = stat()
    let code = path.withCString { fstatat(AT_FDCWD, $0, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) }
    return code == 0 ? FileStamp(status) : nil
  }

  static func of(descriptor: Int32) -> FileStamp? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? FileStamp(status) : nil
  }
}
