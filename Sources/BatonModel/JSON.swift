/// JSON (RFC 8259) to and from ``Value``.
///
/// Written here because Foundation's codec takes 40 ns a byte and costs a millisecond of start-up; records and step
/// outputs pass through this on the hot path.
public enum JSON {
  /// What was wrong with a text, and where.
  public struct Failure: Error, Hashable {
    /// Byte offset into the text.
    public var offset: Int
    public var message: String

    package init(offset: Int, message: String) {
      self.offset = offset
      self.message = message
    }
  }

  /// How deep lists and objects may be nested.
  public static let maximumDepth = 200

  /// Reads one JSON value; anything but white space behind it is an error.
  ///
  /// - Parameters:
  ///   - isGiven: by people or programs, whose `1e999` is a mistake; in what Baton itself wrote it is infinity.
  ///   - refusesRepeats: a name that an object has twice is an error; else the last one counts.
  public static func decode(
    _ text: some Collection<UInt8>, isGiven: Bool = false, refusesRepeats: Bool = false
  ) throws(Failure) -> Value {
    if let result = text.withContiguousStorageIfAvailable({ bytes in parse(bytes, isGiven, refusesRepeats) }) {
      return try result.get()
    }
    return try Array(text).withUnsafeBufferPointer { parse($0, isGiven, refusesRepeats) }.get()
  }

  public static func decode(_ text: String, isGiven: Bool = false) throws(Failure) -> Value {
    var copy = text
    return try copy.withUTF8 { parse($0, isGiven, false) }.get()
  }

  /// One line, keys in sorted order, so that equal values have equal texts.
  public static func encode(_ value: Value) -> String {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Several lines, two spaces an indentation.
  public static func encodePretty(_ value: Value) -> String {
    var bytes: [UInt8] = []
    appendPretty(value, to: &bytes, indent: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, _ isGiven: Bool, _ refusesRepeats: Bool
  ) -> Result<Value, Failure> {
    var parser = Parser(bytes: bytes)
    parser.refusesInfinity = isGiven
    parser.refusesRepeats = refusesRepeats
    do throws(Failure) {
      let value = try parser.value(depth: 0)
      parser.skipSpace()
      guard parser.position == bytes.count else { throw parser.failure("unexpected text after the value") }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  /// Reads a text piece by piece, for who knows what comes next and wants no ``Value`` of it.
  package struct Parser {
    let bytes: UnsafeBufferPointer<UInt8>
    package private(set) var position = 0
    let maximumDepth: Int
    /// Whether a number that is larger than any that can be held is an error.
    package var refusesInfinity = false
    /// Whether a name that an object has twice is an error.
    package var refusesRepeats = false

    package init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int = JSON.maximumDepth) {
      self.bytes = bytes
      self.maximumDepth = maximumDepth
    }

    package func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }

    package var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Passes over a byte of punctuation, and white space before it; false, and nothing else, where another one stands.
    package mutating func skip(_ byte: UInt8) -> Bool {
      skipSpace()
      guard next == byte else { return false }
      position += 1
      return true
    }

    /// Passes over a word (or several bytes of punctuation), and white space before it; false where something else stands.
    package mutating func skip(word: StaticString) -> Bool {
      skipSpace()
      let count = word.utf8CodeUnitCount
      guard position + count <= bytes.count,
        (0..<count).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
      else { return false }
      position += count
      return true
    }

    /// A whole number.
    package mutating func whole() throws(Failure) -> Int64 {
      skipSpace()
      let start = position
      if next == UInt8(ascii: "-") { position += 1 }
      let digits = position
      while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
      guard position > digits, let value = integer(start..<position) else { throw failure("expected a whole number") }
      return value
    }

    package mutating func skipSpace() {
      while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    package mutating func value(depth: Int = 0) throws(Failure) -> Value {
      guard depth < maximumDepth else { throw failure("nested more than \(maximumDepth) deep") }
      skipSpace()
      guard let byte = next else { throw failure("unexpected end of text") }
      switch byte {
      case UInt8(ascii: "{"): return try object(depth: depth)
      case UInt8(ascii: "["): return try array(depth: depth)
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "t"): return try literal("true", .bool(true))
      case UInt8(ascii: "f"): return try literal("false", .bool(false))
      case UInt8(ascii: "n"): return try literal("null", .null)
      default:
        let start = position
        let value = try number()
        guard refusesInfinity, case .number(let number) = value, !number.isFinite else { return value }
        let text = String(decoding: bytes[start..<position].prefix(30), as: UTF8.self)
        throw failure("\(text) is too large for a number")
      }
    }

    mutating func literal(_ word: StaticString, _ value: Value) throws(Failure) -> Value {
      guard skip(word: word) else { throw failure("not a JSON value") }
      return value
    }

    mutating func object(depth: Int) throws(Failure) -> Value {
      position += 1
      var fields: [String: Value] = [:]
      skipSpace()
      if next == UInt8(ascii: "}") {
        position += 1
        return .map(fields)
      }
      while true {
        skipSpace()
        guard next == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
        let start = position
        let key = try string()
        if refusesRepeats, fields[key] != nil {
          position = start
          throw failure("a name that stands in the same object twice")
        }
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw failure("expected ':' after the key \"\(key)\"") }
        position += 1
        fields[key] = try value(depth: depth + 1)
        skipSpace()
        switch next {
        case UInt8(ascii: ","): position += 1
        case UInt8(ascii: "}"):
          position += 1
          return .map(fields)
        default: throw failure("expected ',' or '}'")
        }
      }
    }

    mutating func array(depth: Int) throws(Failure) -> Value {
      position += 1
      var items: [Value] = []
      skipSpace()
      if next == UInt8(ascii: "]") {
        position += 1
        return .list(items)
      }
      while true {
        items.append(try value(depth: depth + 1))
        skipSpace()
        switch next {
        case UInt8(ascii: ","): position += 1
        case UInt8(ascii: "]"):
          position += 1
          return .list(items)
        default: throw failure("expected ',' or ']'")
        }
      }
    }

    /// A string, the next byte being its opening quote.
    package mutating func string() throws(Failure) -> String {
      position += 1
      let start = position
      while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
      guard next == UInt8(ascii: "\\") else {
        guard next == UInt8(ascii: "\"") else {
          throw failure("a string that does not end, or a raw control character")
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        return text
      }
      var text = Array(bytes[start..<position])
      while let byte = next {
        switch byte {
        case UInt8(ascii: "\""):
          position += 1
          return String(decoding: text, as: UTF8.self)
        case UInt8(ascii: "\\"):
          position += 1
          try escape(into: &text)
        case 0..<0x20: throw failure("a raw control character in a string")
        default:
          text.append(byte)
          position += 1
        }
      }
      throw failure("a string that does not end")
    }

    mutating func escape(into text: inout [UInt8]) throws(Failure) {
      guard let byte = next else { throw failure("a string that does not end") }
      position += 1
      switch byte {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
      case UInt8(ascii: "u"):
        var unit = try hex4()
        if (0xD800..<0xDC00).contains(unit), next == UInt8(ascii: "\\"), position + 1 < bytes.count,
          bytes[position + 1] == UInt8(ascii: "u")
        {
          position += 2
          let low = try hex4()
          unit = (0xDC00..<0xE000).contains(low) ? 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
        }
        let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
      default: throw failure("an unknown escape in a string")
      }
    }

    mutating func hex4() throws(Failure) -> UInt32 {
      var unit: UInt32 = 0
      for _ in 0..<4 {
        guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
          throw failure("expected four hexadecimal digits after \\u")
        }
        unit = unit << 4 | UInt32(digit)
        position += 1
      }
      return unit
    }

    mutating func number() throws(Failure) -> Value {
      let start = position
      if next == UInt8(ascii: "-") { position += 1 }
      let digits = position
      func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
      while isDigit(next) { position += 1 }
      guard position > digits else { throw failure("not a JSON value") }
      guard bytes[digits] != 0x30 || position == digits + 1 else { throw failure("a number with a leading zero") }
      var whole = true
      if next == UInt8(ascii: ".") {
        whole = false
        position += 1
        guard isDigit(next) else { throw failure("a number that ends in a point") }
        while isDigit(next) { position += 1 }
      }
      if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
        whole = false
        position += 1
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
        guard isDigit(next) else { throw failure("a number with an empty exponent") }
        while isDigit(next) { position += 1 }
      }
      if whole, let value = integer(start..<position) { return .integer(value) }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      guard let value = text == notANumber ? .nan : Double(text) else { throw failure("not a number") }
      return .number(value)
    }

    /// The digits in a range, with or without a minus; nil where they are too many.
    private func integer(_ range: Range<Int>) -> Int64? {
      let negative = bytes[range.lowerBound] == UInt8(ascii: "-")
      var value: Int64 = 0
      for index in (negative ? range.dropFirst() : range) {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.subtractingReportingOverflow(Int64(bytes[index] & 15))
        if overflow || carry { return nil }
        value = sum
      }
      if negative { return value }
      return value == .min ? nil : -value
    }
  }
}

extension JSON {
  /// A number as JSON and Lua write it: `12.5`, `1e+300`; a whole one keeps its `.0`. JSON has no infinity and no NaN:
  /// they become `null`.
  public static func text(of number: Double) -> String { number.isFinite ? "\(number)" : "null" }

  private static let notANumber = "-0e999"

  /// Appends the one-line form of a value.
  ///
  /// - Parameter infinities: writes an infinite number as `1e999`, which every reader takes for infinity, instead of `null`;
  ///   and NaN as `-0e999`, which this reader takes for it, and others for zero.
  public static func append(_ value: Value, to bytes: inout [UInt8], infinities: Bool = false) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let value): append(value, to: &bytes)
    case .number(let value) where infinities && !value.isFinite:
      bytes.append(contentsOf: (value.isNaN ? notANumber : value < 0 ? "-1e999" : "1e999").utf8)
    case .number(let value): bytes.append(contentsOf: text(of: value).utf8)
    case .string(let text): append(text, to: &bytes)
    case .list(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(item, to: &bytes, infinities: infinities)
      }
      bytes.append(UInt8(ascii: "]"))
    case .map(let fields):
      bytes.append(UInt8(ascii: "{"))
      for (index, key) in fields.keys.sorted().enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(fields[key] ?? .null, to: &bytes, infinities: infinities)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Appends a whole number.
  public static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    var rest = value.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// Appends a string in quotes.
  public static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var copy = text
    copy.withUTF8 { utf8 in
      var plain = 0
      for index in utf8.indices {
        let byte = utf8[index]
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
        bytes.append(contentsOf: utf8[plain..<index])
        appendEscape(of: byte, to: &bytes)
        plain = index + 1
      }
      bytes.append(contentsOf: utf8[plain...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(0x5C)
    switch byte {
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0..<0x20:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(UInt8(ascii: "0") + byte >> 4)
      bytes.append(contentsOf: String(byte & 15, radix: 16).utf8)
    default: bytes.append(byte)
    }
  }

  private static func appendPretty(_ value: Value, to bytes: inout [UInt8], indent: Int) {
    func newline(_ depth: Int) {
      bytes.append(0x0A)
      bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }
    switch value {
    case .list(let items) where !items.isEmpty:
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newline(indent + 1)
        appendPretty(item, to: &bytes, indent: indent + 1)
      }
      newline(indent)
      bytes.append(UInt8(ascii: "]"))
    case .map(let fields) where !fields.isEmpty:
      bytes.append(UInt8(ascii: "{"))
      for (index, key) in fields.keys.sorted().enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newline(indent + 1)
        append(key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        appendPretty(fields[key] ?? .null, to: &bytes, indent: indent + 1)
      }
      newline(indent)
      bytes.append(UInt8(ascii: "}"))
    default: append(value, to: &bytes)
    }
  }
}
