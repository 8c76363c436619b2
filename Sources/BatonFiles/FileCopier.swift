import Glibc

/// Copies files and tells the digest of what was copied. Belongs to one thread.
///
/// Where the file system can share blocks (Btrfs, XFS) nothing is copied, and a change to either file leaves the other
/// as it is.
final class FileCopier {
  private let hash = ContentHash()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 4096)

  deinit { buffer.deallocate() }

  struct Copied {
    var digest: Digest
    var size: Int64
    /// Of the file that was copied, when it was opened.
    var stamp: FileStamp
  }

  /// Copies a file's content into an empty file that is open for writing.
  func copy(_ source: FilePath, to descriptor: Int32, named target: FilePath) throws(FilesError) -> Copied {
    let input = source.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard input >= 0 else { throw .system("read", source.text) }
    defer { close(input) }
    guard let stamp = FileStamp.of(descriptor: input) else { throw .system("read", source.text) }
    guard stamp.isRegular else { throw FilesError("cannot read \(source.text): it is no file") }
    let isShared = ioctl(descriptor, FileCopier.shareBlocks, input) == 0
    var size: Int64 = 0
    // What was shared is read from the copy, which nobody changes.
    let from = isShared ? try reopen(target) : input
    defer { if isShared { close(from) } }
    while true {
      let count = read(from, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        let code = errno
        _ = hash.finish()
        throw .system("read", source.text, code)
      }
      if count == 0 { break }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(piece)
      size += Int64(count)
      if !isShared, !FileContent.write(all: piece, to: descriptor) {
        let code = errno
        _ = hash.finish()
        throw .system("write", target.text, code)
      }
    }
    return Copied(digest: hash.finish(), size: size, stamp: stamp)
  }

  private func reopen(_ path: FilePath) throws(FilesError) -> Int32 {
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system("read", path.text) }
    return descriptor
  }

  /// `FICLONE` (ioctl_ficlone(2)).
  private static let shareBlocks: UInt = 0x4004_9409
}
