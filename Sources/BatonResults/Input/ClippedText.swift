import Glibc

/// Collects text of any length in little memory: what is longer than the limit loses its middle.
struct ClippedText {
  private let limit: Int
  private var bytes: [UInt8] = []
  /// Bytes of the middle that are gone, from ``limit`` / 2 on.
  private var lost = 0

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { bytes.isEmpty }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lost = 0
  }

  mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    var rest = more[...]
    while !rest.isEmpty {
      bytes.append(contentsOf: rest.prefix(limit))
      rest = rest.dropFirst(limit)
      if bytes.count > 2 * limit { clip() }
    }
  }

  mutating func append(_ text: String) {
    var copy = text
    copy.withUTF8 { append($0) }
  }

  /// The text without white space around it; nil when there is none. `isValid` is made false when it was no UTF-8.
  mutating func take(isValid: inout Bool) -> String? {
    defer { removeAll() }
    if bytes.count > limit { clip() }
    guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 }) else {
      return nil
    }
    guard lost > 0, first < limit / 2, last >= limit / 2 else {
      return TextBytes.string(bytes[first...last], isValid: &isValid)
    }
    // Cut between characters.
    let head = Self.characterStart(bytes, before: limit / 2)
    var tail = limit / 2
    while tail < last, bytes[tail] & 0xC0 == 0x80 { tail += 1 }
    let gone = lost + (limit / 2 - head) + (tail - limit / 2)
    return TextBytes.string(bytes[first..<max(first, head)], isValid: &isValid) + "\n… \(gone) bytes left out …\n"
      + TextBytes.string(bytes[tail...last], isValid: &isValid)
  }

  /// The largest place up to `place` at which no character is cut.
  private static func characterStart(_ bytes: [UInt8], before place: Int) -> Int {
    var start = place
    while start > 0, place - start < 4, bytes[start - 1] & 0xC0 == 0x80 { start -= 1 }
    guard start > 0, bytes[start - 1] >= 0xC0 else { return place }
    let length = bytes[start - 1] >= 0xF0 ? 4 : bytes[start - 1] >= 0xE0 ? 3 : 2
    return start - 1 + length <= place ? place : start - 1
  }

  private mutating func clip() {
    let excess = bytes.count - limit
    guard excess > 0 else { return }
    bytes.removeSubrange((limit / 2)..<(limit / 2 + excess))
    lost += excess
  }
}

/// Text out of bytes that others wrote.
enum TextBytes {
  /// The text; what is no UTF-8, and NUL, becomes U+FFFD, and `isValid` false.
  static func string(_ bytes: ArraySlice<UInt8>, isValid: inout Bool) -> String {
    let text = bytes.withUnsafeBufferPointer { bytes -> String? in
      guard let base = bytes.baseAddress else { return "" }
      if isPlain(bytes) {
        return String(unsafeUninitializedCapacity: bytes.count) { $0.initialize(fromContentsOf: bytes) }
      }
      return memchr(base, 0, bytes.count) == nil ? String(validating: bytes, as: UTF8.self) : nil
    }
    if let text { return text }
    isValid = false
    return String(decoding: bytes.contains(0) ? repaired(bytes) : Array(bytes), as: UTF8.self)
  }

  /// Whether it is ASCII without NUL, which most texts are.
  private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var marks: UInt8 = 0
    for byte in bytes { marks |= byte | (byte &- 1) }
    return marks < 0x80
  }

  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.flatMap { $0 == 0 ? Array("\u{FFFD}".utf8) : [$0] }
  }
}
