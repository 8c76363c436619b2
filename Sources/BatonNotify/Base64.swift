/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var iterator = bytes.makeIterator()
    while let first = iterator.next() {
      let second = iterator.next()
      let third = iterator.next()
      let word = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
      text.append(letters[Int(word >> 18)])
      text.append(letters[Int(word >> 12 & 63)])
      text.append(second == nil ? UInt8(ascii: "=") : letters[Int(word >> 6 & 63)])
      text.append(third == nil ? UInt8(ascii: "=") : letters[Int(word & 63)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// nil where the text is not base64. Padding may be left out.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var word: UInt32 = 0
    var bits: UInt32 = 0
    var isPadding = false
    for letter in text {
      if letter == UInt8(ascii: "=") {
        isPadding = true
        continue
      }
      guard !isPadding, let value = letters.firstIndex(of: letter) else { return nil }
      word = word << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> bits))
      }
    }
    // Six bits alone are no byte.
    return bits == 6 ? nil : bytes
  }
}
