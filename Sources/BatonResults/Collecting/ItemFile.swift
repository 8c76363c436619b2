import BatonModel
import Glibc

/// A file that lines are appended to, with a digest of all of them.
struct ItemFile: ~Copyable {
  private static let bufferSize = 1 << 18
  /// Of what is written beside the reading thread, so that both go on most of the time.
  private static let room = bufferSize + (64 << 10)

  private let output: Output
  private let background: (any BackgroundWork)?
  private var writer: ItemWriter
  private var isClosed = false

  /// Makes the file, or empties the one that is there.
  ///
  /// - Parameter background: takes what is to be written, of all but short files; nil: nobody does.
  init(path: String, mask: ((String) -> String)?, background: (any BackgroundWork)? = nil) throws(ResultFileError) {
    writer = ItemWriter(mask: mask)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ResultFileError("write", path, errno) }
    output = Output(path, descriptor)
    self.background = background
    writer.bytes.reserveCapacity(Self.room)
  }

  deinit {
    if !isClosed {
      background?.finish()
      close(output.descriptor)
    }
  }

  /// Appends an item's line.
  mutating func append(_ item: ResultItem) throws(ResultFileError) {
    writer.append(item)
    if writer.bytes.count >= Self.bufferSize { try flush() }
  }

  /// Writes what is left, makes it durable and closes the file.
  /// - Returns: The digest of the whole content, hexadecimal.
  mutating func finish() throws(ResultFileError) -> String {
    try settle()
    output.write(writer.bytes)
    try settle()
    guard fsync(output.descriptor) == 0 else { throw ResultFileError("write", output.path, errno) }
    isClosed = true
    guard close(output.descriptor) == 0 else { throw ResultFileError("write", output.path, errno) }
    return output.digest.finish()
  }

  /// One buffer is filled while the one before it is written; there are no more.
  private mutating func flush() throws(ResultFileError) {
    try settle()
    let (output, full) = (output, writer.bytes)
    if background?.submit({ output.write(full) }) == true {
      writer.bytes = []
      writer.bytes.reserveCapacity(Self.room)
      return
    }
    output.write(full)
    writer.bytes.removeAll(keepingCapacity: true)
    try settle()
  }

  private func settle() throws(ResultFileError) {
    background?.finish()
    guard output.failure == 0 else { throw ResultFileError("write", output.path, output.failure) }
  }

  /// Where the bytes go.
  private final class Output: @unchecked Sendable {
    // Sound because the one who hands over a piece waits until it is written before it touches anything here.
    let path: String
    let descriptor: Int32
    var digest = ContentDigest()
    /// The system's error, when writing failed: what comes behind it is not written.
    var failure: Int32 = 0

    init(_ path: String, _ descriptor: Int32) {
      self.path = path
      self.descriptor = descriptor
    }

    func write(_ bytes: [UInt8]) {
      bytes.withUnsafeBufferPointer { bytes in
        digest.update(bytes)
        var written = 0
        while written < bytes.count, failure == 0 {
          let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
          if count < 0, errno != EINTR { failure = errno }
          written += max(0, count)
        }
      }
    }
  }
}
