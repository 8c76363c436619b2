import BatonModel

/// What failures of one cause have in common: message and stack without what differs from time to time.
///
/// Masked, in this order: UUIDs, times and dates, hexadecimal numbers and addresses, paths (their last part stays, without line;
/// of what lies right in a folder for temporary files, an extension of a few small letters), numbers, white space; colours go.
/// Of a stack the first ``shownFrames`` lines count that name code, without those in the test itself: they say which test it is,
/// not what went wrong. What a test printed is no stack.
public struct FailureSignature: Sendable, Hashable {
  /// How many lines of the stack count.
  public static let shownFrames = 5
  static let longest = 300

  /// The message, masked.
  public var message: String
  /// The lines of the stack that count, masked.
  public var frames: [String]
  /// Of kind, message and stack: failures with the same one have the same cause. Never negative.
  public var key: Int64

  /// - Parameters:
  ///   - isPrinted: whether the details are what the test printed: lines of a log are no stack, however they look.
  ///   - own: what names the test itself in a stack: its file's last part, its class, its name.
  ///   - subject: what failed: part of the key where nothing else is known than that a program failed (``saysNothing(_:)``).
  public init(
    type: String?, message: String?, details: String?, isPrinted: Bool = false, own: [String] = [], subject: String = ""
  ) {
    let masked = Self.masked(Self.firstLines(message ?? Self.sentence(of: details) ?? "", 2))
    self.message = masked.isEmpty ? (type ?? "no message") : masked
    frames = isPrinted ? [] : Self.frames(of: details, without: own)
    var hash = StableHash()
    hash.combine(type ?? "")
    hash.combine(self.message)
    for frame in frames { hash.combine(frame) }
    // The first line of a log is as good as none: of GoogleTest's programs it is always the same.
    let isOfLog = message.map { details?.hasPrefix($0) == true } ?? true
    if isPrinted, isOfLog || Self.saysNothing(self.message) { hash.combine(subject) }
    key = Int64(bitPattern: hash.finish().0 >> 1)
  }

  public init(_ outcome: TestOutcome) {
    self.init(
      type: outcome.type, message: outcome.message.flatMap { $0.isEmpty ? nil : $0 }, details: outcome.details,
      isPrinted: outcome.isPrinted, own: Self.own(outcome), subject: "\(outcome.className) \(outcome.plainName)")
  }

  /// Whether a message tells no cause: those of programs that ran a test and saw it fail.
  private static func saysNothing(_ message: String) -> Bool {
    let low = message.lowercased().filter { $0 != "." }
    return [
      "failed", "test failed", "timeout", "timed out", "no message", "segfault", "illegal", "interrupt", "numerical",
      "bus error",
    ].contains(low)
      || ["exited with", "exit code", "exit status", "timed out after", "subprocess "].contains { low.hasPrefix($0) }
  }

  /// `test_cart.py` of `tests/test_cart.py` or `tests.test_cart`, and the case's name; short words would be found everywhere.
  private static func own(_ outcome: TestOutcome) -> [String] {
    let file = outcome.file.flatMap { $0.split(separator: "/").last }.map(String.init)
    let module = outcome.className.split(whereSeparator: { $0 == "." || $0 == "/" || $0 == ":" }).map(String.init)
    return ([file, outcome.plainName].compactMap { $0 } + module.map { $0 + "." }).filter { $0.utf8.count > 4 }
  }

  /// Of an explanation without a message, what says what went wrong: of a traceback its last line, else the first.
  private static func sentence(of text: String?) -> String? {
    guard let text else { return nil }
    let lines = text.split(whereSeparator: \.isNewline)
    let isTraceback = lines.first?.hasPrefix("Traceback") == true
    return (isTraceback ? lines.last : lines.first).map(String.init)
  }

  private static func firstLines(_ text: String, _ count: Int) -> String {
    text.split(whereSeparator: \.isNewline).prefix(count).joined(separator: " ")
  }

  /// Lines that say where in the code it happened: the innermost ones, in the order of the text.
  private static func frames(of details: String?, without own: [String]) -> [String] {
    guard let details else { return [] }
    var frames: [String] = []
    var rest = details[...].utf8
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
      let text = Substring(rest[..<end].drop { $0 == 0x20 || $0 == 0x09 })
      rest = rest[end...].dropFirst()
      let isFrame =
        text.hasPrefix("at ") || text.hasPrefix("File \"") || text.hasPrefix("#")
        || text.utf8.contains(UInt8(ascii: "(")) && text.utf8.contains(UInt8(ascii: ":"))
        || isPlace(text)
      guard isFrame, !own.contains(where: { text.range(of: $0) != nil }) else { continue }
      frames.append(masked(String(text)))
      if frames.count == shownFrames { break }
    }
    return frames
  }

  /// `src/cart.py:12: AssertionError`, `cart_test.go:33: …`.
  private static func isPlace(_ text: Substring) -> Bool {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let name = text[..<colon]
    let after = text[text.utf8.index(after: colon)...].utf8.first
    return name.utf8.contains(UInt8(ascii: ".")) && !name.utf8.contains(UInt8(ascii: " "))
      && after.map { (48...57).contains($0) } == true
  }

  /// A text without what differs from time to time: `expected 3 at /tmp/x/a.py:12` becomes `expected N at a.py`.
  public static func masked(_ text: String) -> String {
    var output: [UInt8] = []
    let bytes = Array(text.utf8.prefix(8 * longest))
    var index = 0
    var token: [UInt8] = []
    func flush() {
      if !token.isEmpty { output += maskedToken(token) }
      token.removeAll(keepingCapacity: true)
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case 0x1B: index = afterEscape(bytes, index)
      case 0x20, 0x09, 0x0A, 0x0D:
        flush()
        if output.last != 0x20, !output.isEmpty { output.append(0x20) }
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "("), UInt8(ascii: ")"),
        UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","),
        UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"):
        flush()
        output.append(byte)
      default: token.append(byte)
      }
    }
    flush()
    while output.last == 0x20 { output.removeLast() }
    // A date and a time apart by a space are one moment.
    let joined = String(decoding: output, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: true)
    var words: [Substring] = []
    for word in joined { if !(word == "TIME" && words.last == "TIME") { words.append(word) } }
    return String(words.joined(separator: " ").prefix(longest))
  }

  /// Where a terminal's escape sequence ends (ECMA-48: `ESC [ … final`, `ESC x`): colours say nothing of a cause.
  private static func afterEscape(_ bytes: [UInt8], _ start: Int) -> Int {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return min(start + 1, bytes.count) }
    var index = start + 1
    while index < bytes.count, !(0x40...0x7E).contains(bytes[index]) { index += 1 }
    return min(index + 1, bytes.count)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (97...102).contains(byte) || (65...70).contains(byte)
  }

  private static func maskedToken(_ token: [UInt8]) -> [UInt8] {
    if isUUID(token) { return Array("UUID".utf8) }
    if isTime(token) { return Array("TIME".utf8) }
    if token.count > 2, token[0] == UInt8(ascii: "0"), token[1] | 0x20 == UInt8(ascii: "x"),
      token[2...].allSatisfy(isHex)
    {
      return Array("HEX".utf8)
    }
    if token.count >= 8, token.allSatisfy(isHex), token.contains(where: isDigit), !token.allSatisfy(isDigit) {
      return Array("HEX".utf8)
    }
    if let slash = token.lastIndex(of: UInt8(ascii: "/")) ?? token.lastIndex(of: UInt8(ascii: "\\")), token.count > 1 {
      let hasScheme = token.count > slash && String(decoding: token, as: UTF8.self).contains("://")
      if !hasScheme {
        let name = withoutLine(Array(token[(slash + 1)...]))
        return isTemporary(token[..<slash]) ? named("TEMP", as: name) : numbersMasked(name)
      }
    }
    return numbersMasked(withoutLine(token))
  }

  /// Where names are made up by whoever needs one.
  private static func isTemporary(_ folder: ArraySlice<UInt8>) -> Bool {
    ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp"].contains { folder.elementsEqual($0.utf8) }
  }

  /// A word with the extension of a name: of `tmpab12.json`, `TEMP.json`. What stands behind the dot of `tmp.Xq1k`, which
  /// `mktemp` makes, and of `agent.4711` is as made up as the rest.
  private static func named(_ word: String, as name: [UInt8]) -> [UInt8] {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), !name[..<dot].elementsEqual("tmp".utf8) else {
      return Array(word.utf8)
    }
    let isExtension = (2...6).contains(name.count - dot) && name[(dot + 1)...].allSatisfy { (97...122).contains($0) }
    return Array(word.utf8) + (isExtension ? name[dot...] : [])
  }

  /// `a.py:12:3` → `a.py`.
  private static func withoutLine(_ token: [UInt8]) -> [UInt8] {
    guard let colon = token.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      token[..<colon].contains(UInt8(ascii: ".")), !token[..<colon].allSatisfy({ isDigit($0) || $0 == 46 }),
      token.count > colon + 1, isDigit(token[colon + 1])
    else { return token }
    return Array(token[..<colon])
  }

  /// Every number becomes `N`; one that is part of a name (`test2`, `sha256`, `E0382`) stays. What stands behind `_`, or is
  /// longer, is counted up: `user_7`, `session12`.
  private static func numbersMasked(_ token: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var index = 0
    while index < token.count {
      let byte = token[index]
      guard isDigit(byte) else {
        output.append(byte)
        index += 1
        continue
      }
      if let end = endOfAddress(token, at: index) {
        output += "HEX".utf8
        index = end
        continue
      }
      let end = token[index...].firstIndex { !isDigit($0) } ?? token.count
      if isPartOfName(token, index..<end) {
        output += token[index..<end]
        index = end
        continue
      }
      while index < token.count, isDigit(token[index]) || token[index] == UInt8(ascii: ".") {
        index += 1
      }
      if token[index - 1] == UInt8(ascii: ".") { index -= 1 }
      // Of `12ms` and `3.5s`, the unit stays.
      output.append(UInt8(ascii: "N"))
      if index < token.count, isLetter(token[index]) {
        while index < token.count, isLetter(token[index]) {
          output.append(token[index])
          index += 1
        }
      }
    }
    return output
  }

  /// Where `0x109180` ends that begins here, in a longer token: of `(0x109180)`, `+0x125`.
  private static func endOfAddress(_ token: [UInt8], at start: Int) -> Int? {
    guard start + 2 < token.count, token[start] == UInt8(ascii: "0"), token[start + 1] | 0x20 == UInt8(ascii: "x"),
      isHex(token[start + 2])
    else { return nil }
    return token[(start + 2)...].firstIndex { !isHex($0) } ?? token.count
  }

  /// Names that come in sizes and versions: of `sha256` and `sha512`, the number says which.
  private static let sized = [
    "aes", "amd", "arm", "base", "crc", "f", "float", "i", "int", "md", "rsa", "sha", "u", "uint", "utf", "win", "x",
  ]

  /// Whether digits belong to the letters right before them: a single one, that of a code in capitals (`E501`), a size.
  /// In `1920x1080` and `7f12`, the letters belong to the digits before.
  private static func isPartOfName(_ token: [UInt8], _ digits: Range<Int>) -> Bool {
    let isPart = { (byte: UInt8) in isLetter(byte) && byte != UInt8(ascii: "_") }
    let start = token[..<digits.lowerBound].lastIndex { !isPart($0) }.map { $0 + 1 } ?? 0
    let letters = token[start..<digits.lowerBound]
    guard !letters.isEmpty else { return false }
    if start > 0, isDigit(token[start - 1]) { return false }
    if digits.count == 1 { return true }
    let isCapital = { (byte: UInt8) in (65...90).contains(byte) }
    let rest = token[digits.upperBound...].prefix(2)
    // `HTTP404Error` is of two words.
    let isWord = rest.first.map { !isLetter($0) || isCapital($0) && (97...122).contains(rest.last ?? 0) } ?? true
    return isWord && letters.allSatisfy(isCapital)
      || sized.contains { letters.lazy.map { $0 | 0x20 }.elementsEqual($0.utf8) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func isUUID(_ token: [UInt8]) -> Bool {
    guard token.count == 36 else { return false }
    return token.enumerated().allSatisfy { index, byte in
      [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : isHex(byte)
    }
  }

  /// `12:30:05.123`, `2026-01-31`, `2026-01-31T12:00:00Z`, `2026-01-31T12:00:00+02:00`.
  private static func isTime(_ token: [UInt8]) -> Bool {
    guard token.count >= 5, isDigit(token[0]) else { return false }
    let digits = token.count(where: isDigit)
    let colons = token.count { $0 == UInt8(ascii: ":") }
    let dashes = token.count { $0 == UInt8(ascii: "-") }
    guard token.allSatisfy({ isDigit($0) || ":-.TZ+".utf8.contains($0) }) else { return false }
    return (colons >= 2 && digits >= 5) || (dashes == 2 && digits >= 8)
  }
}
