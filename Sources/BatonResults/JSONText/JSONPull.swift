/// Reads JSON (RFC 8259) token by token in constant memory, for files of any size and origin; several texts may stand in one
/// file, one after the other. Strings are cut at a limit. `NaN` and `Infinity`, which Python writes, are numbers here.
struct JSONPull: ~Copyable {
  enum Token: Equatable {
    case beginObject, endObject, beginArray, endArray
    /// In ``JSONPull/text``; a value follows.
    case key
    /// In ``JSONPull/text``.
    case string
    case number(Double)
    case bool(Bool)
    case null
    case finished
    /// Cannot be read on from here: ``JSONPull/failure`` says why.
    case malformed
  }

  static let maximumDepth = 256
  /// Of one string, in bytes; what is longer is cut.
  static let stringLimit = 16 << 10

  var input: ByteInput
  /// The last key's or string's bytes.
  private(set) var text: [UInt8] = []
  private(set) var failure = ""
  /// What is open, outermost first: true for an object.
  private var open: [Bool] = []
  private var expected = Expected.value

  private enum Expected { case value, valueOrEnd, key, keyOrEnd, commaOrEnd }

  init(_ input: consuming ByteInput) {
    self.input = input
    skipMark()
  }

  /// Begins anew at the file's first byte; false where that cannot be.
  mutating func rewind() -> Bool {
    guard input.rewind() else { return false }
    open.removeAll()
    expected = .value
    failure = ""
    skipMark()
    return true
  }

  /// Passes over a byte-order mark.
  private mutating func skipMark() {
    guard input.have(3) else { return }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if (0..<3).allSatisfy({ input.window[$0] == mark[$0] }) { input.position = 3 }
  }

  var depth: Int { open.count }

  /// The last key or string.
  var string: String {
    var isValid = true
    return TextBytes.string(text[...], isValid: &isValid)
  }

  func isText(_ word: StaticString) -> Bool { XMLPull.equal(text[...], word) }

  mutating func next() -> Token {
    while true {
      skipSpace()
      guard let byte = input.next else { return end() }
      switch expected {
      case .commaOrEnd:
        switch byte {
        case UInt8(ascii: ","):
          input.position += 1
          expected = open.last == true ? .key : .value
          continue
        case UInt8(ascii: "}") where open.last == true: return close(.endObject)
        case UInt8(ascii: "]") where open.last == false: return close(.endArray)
        default: return fail("expected ',' or '\(open.last == true ? "}" : "]")'")
        }
      case .key, .keyOrEnd:
        if byte == UInt8(ascii: "}"), expected == .keyOrEnd { return close(.endObject) }
        return key(byte)
      case .value, .valueOrEnd:
        if byte == UInt8(ascii: "]"), expected == .valueOrEnd { return close(.endArray) }
        return value(byte)
      }
    }
  }

  /// Passes over the value whose first token was the given one.
  /// - Returns: Whether it could be read.
  mutating func skip(_ token: Token) -> Bool {
    guard token == .beginObject || token == .beginArray else { return token != .malformed && token != .finished }
    let outside = depth - 1
    while depth > outside {
      let token = next()
      if token == .malformed || token == .finished { return false }
    }
    return true
  }

  private mutating func end() -> Token {
    if input.failure != 0 { return fail(SystemText.error(input.failure)) }
    return open.isEmpty ? .finished : fail("the file ends inside \(open.last == true ? "an object" : "a list")")
  }

  mutating func fail(_ message: String) -> Token {
    failure = message
    return .malformed
  }

  private mutating func skipSpace() {
    while let byte = input.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { input.position += 1 }
  }

  private mutating func close(_ token: Token) -> Token {
    input.position += 1
    open.removeLast()
    afterValue()
    return token
  }

  private mutating func afterValue() { expected = open.isEmpty ? .value : .commaOrEnd }

  private mutating func begin(isObject: Bool) -> Token {
    guard open.count < Self.maximumDepth else { return fail("nested more than \(Self.maximumDepth) deep") }
    input.position += 1
    open.append(isObject)
    expected = isObject ? .keyOrEnd : .valueOrEnd
    return isObject ? .beginObject : .beginArray
  }

  private mutating func key(_ byte: UInt8) -> Token {
    guard byte == UInt8(ascii: "\"") else { return fail("expected a key in quotes") }
    if let problem = readString() { return fail(problem) }
    skipSpace()
    guard input.next == UInt8(ascii: ":") else { return fail("expected ':' after the key \"\(string.prefix(80))\"") }
    input.position += 1
    expected = .value
    return .key
  }

  private mutating func value(_ byte: UInt8) -> Token {
    switch byte {
    case UInt8(ascii: "{"): return begin(isObject: true)
    case UInt8(ascii: "["): return begin(isObject: false)
    case UInt8(ascii: "\""):
      if let problem = readString() { return fail(problem) }
      afterValue()
      return .string
    default:
      guard let token = word() else { return fail("not a JSON value") }
      afterValue()
      return token
    }
  }

  /// A number or one of the names; nil when it is neither.
  private mutating func word() -> Token? {
    text.removeAll(keepingCapacity: true)
    while let byte = input.next, Self.isWordByte(byte) {
      guard text.count < 400 else { return nil }
      text.append(byte)
      input.position += 1
    }
    guard let first = text.first else { return nil }
    switch first {
    case UInt8(ascii: "t"): return isText("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return isText("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return isText("null") ? .null : nil
    case UInt8(ascii: "N"): return isText("NaN") ? .number(.nan) : nil
    case UInt8(ascii: "I"): return isText("Infinity") ? .number(.infinity) : nil
    case UInt8(ascii: "-"), 0x30...0x39:
      if isText("-Infinity") { return .number(-.infinity) }
      return number().map { .number($0) }
    default: return nil
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
  }

  private func number() -> Double? {
    if text.count <= 15 {
      var whole = 0
      var isPlain = true
      for byte in text {
        guard (0x30...0x39).contains(byte) else {
          isPlain = false
          break
        }
        whole = whole * 10 + Int(byte & 15)
      }
      if isPlain { return Double(whole) }
    }
    // Swift reads more than JSON allows: hexadecimal digits, for one.
    guard text.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
    return Double(String(decoding: text, as: UTF8.self))
  }

  // MARK: Strings

  /// A string into `text`, the next byte being its quote; what is wrong with it.
  private mutating func readString() -> String? {
    input.position += 1
    text.removeAll(keepingCapacity: true)
    while input.next != nil {
      let start = input.position
      let end = input.end
      var place = start
      while place < end, input.window[place] != UInt8(ascii: "\""), input.window[place] != UInt8(ascii: "\\"),
        input.window[place] >= 0x20
      { place += 1 }
      let room = max(0, Self.stringLimit - text.count)
      text.append(contentsOf: UnsafeBufferPointer(start: input.window + start, count: min(room, place - start)))
      input.position = place
      guard place < end else { continue }
      let byte = input.window[place]
      input.position += 1
      if byte == UInt8(ascii: "\"") {
        dropHalfCharacter()
        return nil
      }
      if byte < 0x20 { return "a raw control character in a string" }
      if let problem = escape() { return problem }
    }
    return "the file ends inside a string"
  }

  /// At the limit a character may have been cut.
  private mutating func dropHalfCharacter() {
    guard text.count >= Self.stringLimit else { return }
    while let last = text.last, last & 0xC0 == 0x80 { text.removeLast() }
    if let last = text.last, last >= 0xC0 { text.removeLast() }
    text.append(contentsOf: "…".utf8)
  }

  private mutating func append(_ byte: UInt8) { if text.count < Self.stringLimit { text.append(byte) } }

  private mutating func escape() -> String? {
    guard let byte = input.next else { return "the file ends inside a string" }
    input.position += 1
    switch byte {
    case UInt8(ascii: "n"): append(0x0A)
    case UInt8(ascii: "t"): append(0x09)
    case UInt8(ascii: "r"): append(0x0D)
    case UInt8(ascii: "b"): append(0x08)
    case UInt8(ascii: "f"): append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): append(byte)
    case UInt8(ascii: "u"):
      guard var unit = hexadecimal() else { return "expected four hexadecimal digits after \\u" }
      if (0xD800..<0xDC00).contains(unit), input.have(2), input.window[input.position] == UInt8(ascii: "\\"),
        input.window[input.position + 1] == UInt8(ascii: "u")
      {
        input.position += 2
        guard let low = hexadecimal() else { return "expected four hexadecimal digits after \\u" }
        unit = (0xDC00..<0xE000).contains(low) ? 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
      }
      for byte in UTF8.encode(Unicode.Scalar(unit) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter { append(byte) }
    default: return "an unknown escape in a string"
    }
    return nil
  }

  private mutating func hexadecimal() -> UInt32? {
    guard input.have(4) else { return nil }
    var unit: UInt32 = 0
    for index in 0..<4 {
      let byte = input.window[input.position + index]
      switch byte {
      case 0x30...0x39: unit = unit << 4 | UInt32(byte & 15)
      case 0x41...0x46, 0x61...0x66: unit = unit << 4 | UInt32(byte & 15 + 9)
      default: return nil
      }
    }
    input.position += 4
    return unit
  }
}
