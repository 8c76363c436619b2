import Glibc

/// A file that lines are appended to, with a digest of all of them.
struct ItemFile: ~Copyable {
  private static let bufferSize = 1 << 18

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var digest = ContentDigest()
  private var isClosed = false

  /// Makes the file, or empties the one that is there.
  init(path: String) throws(ResultFileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ResultFileError("write", path, errno) }
    buffer.reserveCapacity(Self.bufferSize + (64 << 10))
  }

  deinit { if !isClosed { close(descriptor) } }

  /// Lets `line` append a line, its end included.
  mutating func append(_ line: (inout [UInt8]) -> Void) throws(ResultFileError) {
    line(&buffer)
    if buffer.count >= Self.bufferSize { try flush() }
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
    let failure = buffer.withUnsafeBufferPointer { bytes -> Int32 in
      digest.update(bytes)
      var written = 0
      while written < bytes.count {
        let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0, errno != EINTR { return errno }
        written += max(0, count)
      }
      return 0
    }
    buffer.removeAll(keepingCapacity: true)
    guard failure == 0 else { throw ResultFileError("write", path, failure) }
  }
}
