import BatonModel

/// Numbers as other tools write them.
enum DecimalText {
  /// A number of seconds: `0.004`, `12`, `1e-05`, and Surefire's `1,234.5`; nil when it is negative, too large or no number.
  static func seconds(_ bytes: ArraySlice<UInt8>) -> Span? {
    if let quick = plainSeconds(bytes) { return quick }
    var text = String(decoding: bytes.prefix(64), as: UTF8.self).filter { $0 != " " }
    if text.hasSuffix("s") { text.removeLast() }
    if text.contains(",") {
      // `0,25`: a decimal comma; else commas group thousands.
      let isDecimal = !text.contains(".") && (text.hasPrefix("0,") || text.split(separator: ",").last?.count != 3)
      text = isDecimal ? text.replacing(",", with: ".") : text.filter { $0 != "," }
    }
    return Double(text).flatMap { Span(fractionalSeconds: $0) }
  }

  /// Digits with or without a point; nil for everything else, and for what is too large.
  private static func plainSeconds(_ bytes: ArraySlice<UInt8>) -> Span? {
    var whole: Int64 = 0
    var fraction: Int64 = 0
    var scale: Int64 = 1_000_000_000
    var isFraction = false
    guard (1...30).contains(bytes.count) else { return nil }
    for byte in bytes {
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
        continue
      }
      guard (0x30...0x39).contains(byte) else { return nil }
      let digit = Int64(byte & 15)
      if isFraction {
        scale /= 10
        fraction += digit * scale
      } else {
        guard whole < 1_000_000_000 else { return nil }
        whole = whole * 10 + digit
      }
    }
    // 292 years fit.
    guard whole < 9_000_000_000 else { return nil }
    return Span(nanoseconds: whole * 1_000_000_000 + fraction)
  }
}
