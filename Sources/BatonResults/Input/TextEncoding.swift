/// The encodings of text that are understood; everything else is read as UTF-8.
enum TextEncoding {
  case utf8, latin1, windows1252, utf16LittleEndian, utf16BigEndian

  /// By the name that an XML declaration gives; nil: an unknown one.
  init?(name: String) {
    switch name.lowercased() {
    case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
    case "iso-8859-1", "latin1", "latin-1", "iso8859-1", "iso_8859-1": self = .latin1
    case "windows-1252", "cp1252": self = .windows1252
    default: return nil
    }
  }
}

/// Makes UTF-8 of bytes in another encoding, piece by piece.
struct Transcoder {
  private let encoding: TextEncoding
  /// Read, and not yet made UTF-8.
  private var raw: [UInt8]
  private var next = 0

  private static let piece = 1 << 16

  init(_ encoding: TextEncoding, unread: [UInt8]) {
    self.encoding = encoding
    raw = unread
  }

  /// Fills the room with UTF-8; how many bytes of it. 0: there are no more.
  mutating func fill(
    _ room: UnsafeMutableBufferPointer<UInt8>, from read: (UnsafeMutableBufferPointer<UInt8>) -> Int
  ) -> Int {
    var count = 0
    while count + 4 <= room.count {
      if raw.count - next < 4 { readMore(from: read) }
      guard let scalar = scalar() else { break }
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
        room[count] = byte
        count += 1
      }
    }
    return count
  }

  private mutating func readMore(from read: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
    raw.removeFirst(next)
    next = 0
    let more = [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, count in count = read(buffer) }
    raw += more
  }

  private mutating func scalar() -> Unicode.Scalar? {
    switch encoding {
    case .utf8, .latin1: return byte().map { Unicode.Scalar($0) }
    case .windows1252:
      guard let byte = byte() else { return nil }
      return (0x80..<0xA0).contains(byte) ? Self.windows[Int(byte) - 0x80] : Unicode.Scalar(byte)
    case .utf16LittleEndian, .utf16BigEndian:
      guard let high = unit() else { return nil }
      guard UTF16.isLeadSurrogate(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
      let before = next
      guard let low = unit(), UTF16.isTrailSurrogate(low) else {
        next = before
        return "\u{FFFD}"
      }
      return UTF16.decode(UTF16.EncodedScalar([high, low]))
    }
  }

  private mutating func byte() -> UInt8? {
    guard next < raw.count else { return nil }
    defer { next += 1 }
    return raw[next]
  }

  private mutating func unit() -> UInt16? {
    guard next + 1 < raw.count else { return nil }
    defer { next += 2 }
    let (first, second) = (UInt16(raw[next]), UInt16(raw[next + 1]))
    return encoding == .utf16BigEndian ? first << 8 | second : second << 8 | first
  }

  /// What Windows-1252 has at 0x80…0x9F (WHATWG Encoding).
  private static let windows: [Unicode.Scalar] = Array(
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)
}
