import CSystem
import Glibc

/// Whole reads and writes on descriptors and files.
enum Descriptor {
  /// Writes all bytes; false, with `errno`, when it cannot.
  static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
    baton_write_all(file, bytes.baseAddress, bytes.count)
  }

  static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    bytes.withUnsafeBytes { write($0, to: file) }
  }

  /// A file's bytes from an offset on; nil, with `errno`, when it cannot be read or has more than the limit (`EFBIG`).
  static func contents(of path: String, from offset: Int = 0, limit: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var info = stat()
    guard fstat(file, &info) == 0 else { return nil }
    guard info.st_mode & S_IFMT == S_IFREG else {
      errno = EINVAL
      return nil
    }
    let size = Int(info.st_size) - offset
    if size <= 0 { return [] }
    guard size <= limit else {
      errno = EFBIG
      return nil
    }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = pread(file, buffer.baseAddress! + count, size - count, off_t(offset + count))
        if got < 0, errno == EINTR { continue }
        if got <= 0 { break }
        count += got
      }
    }
  }
}

/// Folders.
enum Folders {
  /// Makes a folder and those above it; false, with `errno`, when it cannot.
  static func make(_ path: String) -> Bool {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return true }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
    guard make(String(path[..<slash])) else { return false }
    return mkdir(path, 0o777) == 0 || errno == EEXIST
  }

  /// The names in a folder; none when it cannot be read.
  static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
