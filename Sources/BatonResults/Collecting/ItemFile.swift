import BatonModel
import Glibc

/// A file that lines are appended to, with a digest of all of them.
struct ItemFile: ~Copyable {
  private static let bufferSize = 1 << 18

  private let path: String
  private let descriptor: Int32
  private var writer: ItemWriter
  private var digest = ContentDigest()
  private var isClosed = false

  /// Makes the file, or empties the one that is there.
  init(path: String, mask: ((String) -> String)?) throws(ResultFileError) {
    self.path = path
    writer = ItemWriter(mask: mask)
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ResultFileError("write", path, errno) }
    writer.bytes.reserveCapacity(Self.bufferSize + (64 << 10))
  }

  deinit { if !isClosed { close(descriptor) } }

  /// Appends an item's line.
  mutating func append(_ item: ResultItem) throws(ResultFileError) {
    writer.append(item)
    if writer.bytes.count >= Self.bufferSize { try flush() }
  }

  /// Writes what is left, makes it durable and closes the file.
  /// - Returns: The digest of the whole content, hexadecimal.
  mutating func finish() throws(ResultFileError) -> String {
    try flush()
    guard fsync(descriptor) == 0 else { throw ResultFileError("write", path, errno) }
    isClosed = true
    guard close(descriptor) == 0 else { throw ResultFileError("write", path, errno) }
    return digest.finish()
  }

  private mutating func flush() throws(ResultFileError) {
    let failure = writer.bytes.withUnsafeBufferPointer { bytes -> Int32 in
      digest.update(bytes)
      var written = 0
      while written < bytes.count {
        let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0, errno != EINTR { return errno }
        written += max(0, count)
      }
      return 0
    }
    writer.bytes.removeAll(keepingCapacity: true)
    guard failure == 0 else { throw ResultFileError("write", path, failure) }
  }
}
