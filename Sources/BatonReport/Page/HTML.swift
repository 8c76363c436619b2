/// A piece of an HTML document. What the source code says stands as it is; whatever is interpolated is escaped, unless it is
/// itself a piece. So no name, message or path can become markup.
///
/// Control characters become U+FFFD, and what turns the direction of text (U+202A…202E, U+2066…2069) its number: such names
/// would not be what they seem.
public struct HTML: ExpressibleByStringInterpolation, Sendable {
  public private(set) var bytes: [UInt8]

  public init() { bytes = [] }
  public init(stringLiteral value: StaticString) {
    bytes = value.withUTF8Buffer(Array.init)
  }
  public init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

  /// Bytes that are markup already: style sheets and scripts of this program.
  public init(trusted bytes: [UInt8]) { self.bytes = bytes }

  public var isEmpty: Bool { bytes.isEmpty }

  public static func += (left: inout HTML, right: HTML) { left.bytes += right.bytes }

  /// Pieces one after the other.
  public static func joined(_ pieces: some Sequence<HTML>) -> HTML {
    var all = HTML()
    for piece in pieces { all += piece }
    return all
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var bytes: [UInt8] = []

    public init(literalCapacity: Int, interpolationCount: Int) {
      bytes.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    public mutating func appendLiteral(_ literal: StaticString) {
      literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
    // A literal, or a choice between literals, is a piece; a text that the program was told is not.
    @_disfavoredOverload
    public mutating func appendInterpolation(_ text: String) { HTML.escape(text, to: &bytes) }
    public mutating func appendInterpolation(_ html: HTML) { bytes += html.bytes }
    public mutating func appendInterpolation(_ html: HTML?) { if let html { bytes += html.bytes } }
    public mutating func appendInterpolation(_ number: Int) { bytes += String(number).utf8 }
    /// A length or a coordinate: two decimals.
    public mutating func appendInterpolation(_ number: Double) { bytes += HTML.number(number).utf8 }
  }

  /// At most two decimals, with a point; 0 for what is no number.
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "0" }
    let hundredths = Int((value * 100).rounded())
    let whole = hundredths.magnitude / 100
    let rest = hundredths.magnitude % 100
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  static func escape(_ text: String, to bytes: inout [UInt8]) {
    var copy = text
    copy.withUTF8 { utf8 in
      var plain = 0
      var index = 0
      func flush(_ replacement: some Sequence<UInt8>, skipping count: Int) {
        bytes.append(contentsOf: utf8[plain..<index])
        bytes.append(contentsOf: replacement)
        index += count
        plain = index
      }
      while index < utf8.count {
        switch utf8[index] {
        case UInt8(ascii: "&"): flush("&amp;".utf8, skipping: 1)
        case UInt8(ascii: "<"): flush("&lt;".utf8, skipping: 1)
        case UInt8(ascii: ">"): flush("&gt;".utf8, skipping: 1)
        case UInt8(ascii: "\""): flush("&quot;".utf8, skipping: 1)
        case UInt8(ascii: "'"): flush("&#39;".utf8, skipping: 1)
        case 0x0A, 0x09: index += 1
        case ..<0x20, 0x7F: flush(replacement, skipping: 1)
        case 0xC2 where index + 1 < utf8.count && utf8[index + 1] < 0xA0: flush(replacement, skipping: 2)
        case 0xE2 where index + 2 < utf8.count && Direction.turns(utf8[index + 1], utf8[index + 2]):
          flush(Direction.name(utf8[index + 1], utf8[index + 2]).utf8, skipping: 3)
        default: index += 1
        }
      }
      bytes.append(contentsOf: utf8[plain..<utf8.count])
    }
  }
}

/// The characters that turn the direction of text: U+202A…202E and U+2066…2069, by the last two bytes of their UTF-8.
enum Direction {
  static func turns(_ second: UInt8, _ third: UInt8) -> Bool {
    second == 0x80 ? (0xAA...0xAE).contains(third) : second == 0x81 && (0xA6...0xA9).contains(third)
  }

  static func name(_ second: UInt8, _ third: UInt8) -> String {
    "[U+\(String(0x2000 + UInt32(second & 0x3F) << 6 + UInt32(third & 0x3F), radix: 16, uppercase: true))]"
  }

  /// The text with their numbers in place of them.
  static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isTurn($0) }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
      if isTurn(scalar) {
        out += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private static func isTurn(_ scalar: Unicode.Scalar) -> Bool {
    (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }
}
