import Glibc

/// The bytes of a file, or of memory, through a window of a fixed size: however long the file, the memory stays the same.
///
/// What stands at `position..<end` of the window has not been read yet. Whoever needs more calls ``fill()``.
struct ByteInput: ~Copyable {
  enum Source {
    case descriptor(Int32)
    /// The bytes, and how many of them have been read.
    case bytes([UInt8], Int)
    case other(any ByteSource)
  }

  static let usualSize = 1 << 18
  /// What ``have(_:)`` may be asked for, and room for any character.
  static let smallestSize = 256

  let window: UnsafeMutablePointer<UInt8>
  private let size: Int
  /// Where the next byte stands.
  var position = 0
  private(set) var end = 0
  /// Bytes that have left the window.
  private var passed = 0
  /// Line ends among them.
  private var passedLines = 0
  private var source: Source
  private var isSourceEmpty = false
  /// Set when the bytes are no UTF-8.
  private var transcoder: Transcoder?
  /// The system's error, when reading failed.
  private(set) var failure: Int32 = 0

  init(_ source: Source, size: Int = ByteInput.usualSize) {
    self.source = source
    self.size = max(size, Self.smallestSize)
    window = .allocate(capacity: self.size)
    window.initialize(repeating: 0, count: self.size)
  }

  deinit { window.deallocate() }

  /// The place of the next byte in the file, from 0; in UTF-8, whatever the file's encoding.
  var offset: Int { passed + position }

  /// The line of the next byte, from 1.
  var line: Int { 1 + passedLines + Self.lineEnds(UnsafeBufferPointer(start: window, count: position)) }

  /// The next byte; nil at the end.
  var next: UInt8? {
    @inline(__always) mutating get {
      if position == end, !fill() { return nil }
      return window[position]
    }
  }

  /// Puts more bytes behind those of the window, and forgets those before `position`. False: there are no more, or the
  /// window is full of bytes that have not been read.
  mutating func fill() -> Bool {
    guard !isSourceEmpty else { return false }
    if position > 0 {
      passedLines += Self.lineEnds(UnsafeBufferPointer(start: window, count: position))
      passed += position
      memmove(window, window + position, end - position)
      end -= position
      position = 0
    }
    guard size - end >= 4 else { return false }
    let room = UnsafeMutableBufferPointer(start: window + end, count: size - end)
    let count: Int
    if var transcoder = transcoder.take() {
      count = transcoder.fill(room) { self.readSource($0) }
      self.transcoder = transcoder
    } else {
      count = readSource(room)
    }
    end += count
    isSourceEmpty = count == 0
    return count > 0
  }

  /// Makes sure that so many bytes (at most 200) stand in the window, if there are as many; whether there are.
  mutating func have(_ count: Int) -> Bool {
    while end - position < count { if !fill() { return false } }
    return true
  }

  /// Takes what has not been read yet, and what follows, for text of that encoding.
  mutating func transcode(from encoding: TextEncoding) {
    guard encoding != .utf8 else { return }
    let unread = Array(UnsafeBufferPointer(start: window + position, count: end - position))
    end = position
    transcoder = Transcoder(encoding, unread: unread)
    isSourceEmpty = false
  }

  /// Begins anew at the first byte; false where the source cannot. Not for transcoded text.
  mutating func rewind() -> Bool {
    switch source {
    case .descriptor(let descriptor): guard lseek(descriptor, 0, SEEK_SET) == 0 else { return false }
    case .bytes(let bytes, _): source = .bytes(bytes, 0)
    case .other(let source): guard source.rewind() else { return false }
    }
    (position, end, passed, passedLines) = (0, 0, 0, 0)
    isSourceEmpty = false
    failure = 0
    return true
  }

  private mutating func readSource(_ room: UnsafeMutableBufferPointer<UInt8>) -> Int {
    guard let base = room.baseAddress, failure == 0 else { return 0 }
    switch source {
    case .descriptor(let descriptor):
      while true {
        let count = read(descriptor, base, room.count)
        if count >= 0 { return count }
        if errno != EINTR {
          failure = errno
          return 0
        }
      }
    case .bytes(let bytes, let start):
      let count = min(room.count, bytes.count - start)
      bytes.withUnsafeBufferPointer { if let from = $0.baseAddress { memcpy(base, from + start, count) } }
      source = .bytes(bytes, start + count)
      return count
    case .other(let source):
      let count = source.read(into: room)
      if count < 0 { failure = Int32(-count) }
      return max(count, 0)
    }
  }

  private static func lineEnds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    for byte in bytes where byte == 0x0A { count &+= 1 }
    return count
  }
}
