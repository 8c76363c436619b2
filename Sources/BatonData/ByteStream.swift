import BatonModel
import CSystem
import Glibc

/// A file that is read from its beginning to its end, in pieces: what it holds is never in memory as a whole.
public final class ByteSource {
  private let file: Int32
  private var buffer: UnsafeMutableRawBufferPointer
  /// As messages name it.
  public let name: String

  /// - Parameter path: `-` is standard input.
  public init(_ path: String, name: String? = nil) throws(BatonError) {
    self.name = name ?? path
    file = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw BatonError(.usage, "cannot read \(path): \(String(cString: strerror(errno)))") }
    buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
  }

  deinit {
    close(file)
    buffer.deallocate()
  }

  /// The next piece, valid until the next call; empty at the end.
  func next() throws(BatonError) -> UnsafeRawBufferPointer {
    while true {
      let count = read(file, buffer.baseAddress, buffer.count)
      if count >= 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
      if errno != EINTR { throw BatonError(.usage, "cannot read \(name): \(String(cString: strerror(errno)))") }
    }
  }
}

/// A file that is written from its beginning to its end. It has its name only when it is whole.
public final class ByteSink {
  private let file: Int32
  private let path: String?
  private let draft: String?
  var bytes: [UInt8] = []
  private var isWhole = false

  /// - Parameter path: `-` is standard output; an existing file is replaced when the new one is whole.
  public init(_ path: String) throws(BatonError) {
    if path == "-" {
      (self.path, draft, file) = (nil, nil, dup(1))
    } else {
      let draft = "\(path).baton-\(getpid())"
      (self.path, self.draft) = (path, draft)
      file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    }
    guard file >= 0 else { throw BatonError(.usage, "cannot write \(path): \(String(cString: strerror(errno)))") }
    bytes.reserveCapacity(1 << 17)
  }

  deinit {
    close(file)
    if !isWhole, let draft { unlink(draft) }
  }

  /// Hands over what has gathered, where it is much.
  @inline(__always)
  func passOn() throws(BatonError) {
    if bytes.count >= 1 << 16 { try flush() }
  }

  private func flush() throws(BatonError) {
    guard baton_write_all(file, bytes, bytes.count) else {
      throw BatonError(
        errno == EPIPE ? .usage : .failure,
        "cannot write \(path ?? "standard output"): \(String(cString: strerror(errno)))")
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Everything is written.
  public func finish() throws(BatonError) {
    try flush()
    if let draft, let path {
      guard fsync(file) == 0, rename(draft, path) == 0 else {
        throw BatonError(.failure, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
    }
    isWhole = true
  }
}

/// Something in a data file that cannot be understood, and where.
struct DataProblem {
  /// `FILE:LINE:COLUMN: error: …`; both count from 1, columns in bytes.
  static func error(_ message: String, _ file: String, line: Int, column: Int, cure: String? = nil) -> BatonError {
    BatonError(
      .usage, message, at: SourcePlace(file: file, line: Int32(clamping: line), column: Int32(clamping: column)),
      cure: cure)
  }
}
