import BatonCore
import CSystem
import Glibc

/// What an attempt writes: from the pipe, masked, to its log.
struct AttemptOutput {
  static let tailSize = 4096
  /// What a pipe holds at first (pipe(7)).
  private static let smallPipe = 64 << 10
  static let largePipe = 1 << 20

  /// What one reading gave.
  enum Reading {
    case bytes
    case nothing
    case end
  }

  /// The reading end; -1: closed.
  private(set) var pipe: Int32 = -1
  private let epoll: Int32
  private var log: Int32 = -1
  private let path: String
  private var masker = SecretMasker()
  private var isLarge = false
  private var last: [UInt8] = []
  /// Bytes that came, before masking.
  private(set) var count: Int64 = 0
  /// Why the log could not be written; what comes after is thrown away.
  private(set) var failure: String?

  /// - Parameter epoll: where the pipe is registered.
  init(log path: String, epoll: Int32) {
    self.path = path
    self.epoll = epoll
  }

  mutating func open(pipe: Int32) { self.pipe = pipe }

  mutating func closePipe() {
    if pipe >= 0 { _ = baton_epoll_close(epoll, pipe) }
    pipe = -1
  }

  /// Reads once, as much as there is. `masked`: what was written to the log, for those who watch.
  mutating func read(
    into buffer: UnsafeMutableRawBufferPointer, secrets: SecretSet, masked: (UnsafeRawBufferPointer) -> Void
  ) -> Reading {
    guard pipe >= 0 else { return .end }
    let got = Glibc.read(pipe, buffer.baseAddress, buffer.count)
    if got < 0 { return errno == EINTR ? .bytes : .nothing }
    if got == 0 {
      closePipe()
      return .end
    }
    if got >= Self.smallPipe, !isLarge {
      isLarge = true
      baton_pipe_resize(pipe, Int32(Self.largePipe))
    }
    count += Int64(got)
    let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<got])
    masker.secrets = secrets
    if masker.isTransparent {
      keep(bytes, masked)
    } else {
      var clean: [UInt8] = []
      masker.feed(bytes, into: &clean)
      clean.withUnsafeBytes { keep($0, masked) }
    }
    return .bytes
  }

  /// Writes what was held back, and closes everything.
  mutating func finish(masked: (UnsafeRawBufferPointer) -> Void) {
    closePipe()
    var clean: [UInt8] = []
    masker.flush(into: &clean)
    clean.withUnsafeBytes { keep($0, masked) }
    if log >= 0, close(log) != 0, failure == nil { fail() }
    log = -1
  }

  /// The end of the masked output, cut at a character.
  var tail: String {
    var bytes = last.suffix(Self.tailSize)
    if bytes.count < last.count {
      while let first = bytes.first, first & 0xC0 == 0x80 { bytes.removeFirst() }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ masked: (UnsafeRawBufferPointer) -> Void) {
    guard !bytes.isEmpty, failure == nil else { return }
    if bytes.count > Self.tailSize {
      last = Array(bytes.suffix(Self.tailSize + 1))
    } else {
      last.append(contentsOf: bytes)
      if last.count > 4 * Self.tailSize { last.removeFirst(last.count - Self.tailSize - 1) }
    }
    if log < 0 { openLog() }
    if failure == nil, !Descriptor.write(bytes, to: log) { fail() }
    masked(bytes)
  }

  private mutating func openLog() {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
    log = Glibc.open(path, flags, 0o666)
    if log < 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), Folders.make(String(path[..<slash])) {
      log = Glibc.open(path, flags, 0o666)
    }
    if log < 0 { fail() }
  }

  private mutating func fail() {
    failure = "cannot write the log \(path): \(SystemError().text)"
  }
}
