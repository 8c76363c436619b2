import CSystem
import Glibc

/// Small files, read and replaced as a whole.
enum FileContent {
  /// The bytes of a file; nil when it cannot be read or is longer than it should be.
  static func read(_ path: FilePath, atMost limit: Int) -> [UInt8]? {
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let stamp = FileStamp.of(descriptor: descriptor), stamp.isRegular, stamp.size <= limit else { return nil }
    let size = Int(stamp.size)
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else {
          isWhole = false
          return
        }
        count += got
      }
    }
    return isWhole ? bytes : nil
  }

  /// Puts a file with this content in place of what is there, in one go: readers see the old one or the new one. False, and
  /// `errno` says why, when it cannot be written.
  static func replace(_ path: FilePath, with bytes: [UInt8]) -> Bool {
    guard let (temporary, descriptor) = TemporaryFile.create(beside: path) else { return false }
    let isWritten = bytes.withUnsafeBytes { write(all: $0, to: descriptor) }
    let code = errno
    close(descriptor)
    if isWritten, temporary.withCString({ from in path.withCString { rename(from, $0) } }) == 0 { return true }
    let reason = isWritten ? errno : code
    temporary.withCString { _ = unlink($0) }
    errno = reason
    return false
  }

  /// False, and `errno` says why, when not all could be written.
  static func write(all bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    baton_write_all(descriptor, bytes.baseAddress, bytes.count)
  }
}

/// New files under names that nothing else uses.
enum TemporaryFile {
  /// Makes an empty file in the folder of `path`, and that folder when it is not there. nil, and `errno` says why, when
  /// there can be none.
  static func create(beside path: FilePath) -> (path: FilePath, descriptor: Int32)? {
    guard let folder = path.parent else {
      errno = EINVAL
      return nil
    }
    var clock = timespec()
    clock_gettime(CLOCK_MONOTONIC, &clock)
    for attempt in 0..<100 {
      let name = ".new-\(getpid())-\(clock.tv_nsec)-\(attempt)"
      let path = FilePath(name).resolved(in: folder)
      let descriptor = path.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
      if descriptor >= 0 { return (path, descriptor) }
      let missing = attempt == 0 && errno == ENOENT
      guard errno == EEXIST || (missing && Folder.create(folder)) else { return nil }
    }
    return nil
  }
}

/// Folders.
enum Folder {
  /// Makes a folder and those above it; true when it is there. `errno` says why it cannot be.
  static func create(_ path: FilePath) -> Bool {
    if path.withCString({ mkdir($0, 0o777) }) == 0 { return true }
    switch errno {
    case EEXIST:
      if FileStamp.of(path, follow: true)?.isFolder == true { return true }
      errno = ENOTDIR
      return false
    case ENOENT:
      guard let parent = path.parent, create(parent) else { return false }
      return path.withCString { mkdir($0, 0o777) } == 0 || errno == EEXIST
    default: return false
    }
  }

  /// The names in a folder, in no order; none where it cannot be read.
  static func names(in path: FilePath) -> [FilePath] {
    guard let stream = path.withCString({ opendir($0) }), let offset = MemoryLayout<dirent>.offset(of: \.d_name)
    else { return [] }
    defer { closedir(stream) }
    var names: [FilePath] = []
    while let entry = readdir(stream) {
      let text = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
      let bytes = UnsafeRawBufferPointer(start: text, count: strlen(text))
      if !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) { names.append(FilePath(bytes: Array(bytes))) }
    }
    return names
  }
}
