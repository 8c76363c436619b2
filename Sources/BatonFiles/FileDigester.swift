import BatonModel
import Glibc

/// Reads files for their digests, and remembers them. Belongs to one thread.
final class FileDigester {
  let cache: StatCache
  private let hash = ContentHash()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 4096)
  /// Files that were read since the start.
  private(set) var filesRead = 0

  init(cache: StatCache) { self.cache = cache }

  deinit { buffer.deallocate() }

  /// The digest of a regular file's content; links are followed.
  ///
  /// - Parameter stamp: of the file, when it is known already.
  func digest(of path: FilePath, _ stamp: FileStamp?) throws(FilesError) -> Digest {
    if let stamp, let known = cache.digest(of: path, stamp) { return known }
    // Not to hang on a named pipe that took the file's place.
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw .system("read", path.text) }
    defer { close(descriptor) }
    guard let before = FileStamp.of(descriptor: descriptor) else { throw .system("read", path.text) }
    guard before.isRegular else { throw FilesError("cannot read \(path.text): it is no file") }
    if stamp == nil, let known = cache.digest(of: path, before) { return known }
    filesRead += 1
    var length: Int64 = 0
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        let code = errno
        _ = hash.finish()
        throw .system("read", path.text, code)
      }
      if count == 0 { break }
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      length += Int64(count)
    }
    let digest = hash.finish()
    // A file that changed while it was read has this digest by chance.
    if FileStamp.of(descriptor: descriptor) == before, length == before.size { cache.remember(path, before, digest) }
    return digest
  }
}
