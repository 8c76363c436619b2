import Glibc

/// Reads XML piece by piece in constant memory, for files that may be of any size and of any origin.
///
/// It is no validating parser. A document type is passed over and its entities are never expanded (no external files, no
/// "billion laughs"); texts and values are cut at a limit; what can be understood although it is not well-formed (a bare `&`, a
/// control character, several documents in one file) is read. XML 1.0, https://www.w3.org/TR/xml/.
struct XMLPull: ~Copyable {
  enum Event {
    /// A start tag: ``name`` and the attributes are there until the next event. An empty tag's end follows by itself.
    case start
    case end
    /// Some of the text between tags, in ``text``; a long text comes in several pieces. Only when ``wantsText``.
    case text
    case finished
    /// Cannot be read on from here: ``failure`` says why.
    case malformed
  }

  /// How deep elements may be nested.
  static let maximumDepth = 256
  static let nameLimit = 1000
  static let attributeLimit = 256
  /// Of one attribute's value, in bytes; what is longer is cut.
  static let valueLimit = 16 << 10
  static let textPiece = 1 << 14

  var input: ByteInput
  /// Whether text is handed out; else it is passed over.
  var wantsText = false
  /// The local name of the element that was just begun or ended.
  var name: [UInt8] = []
  var text: [UInt8] = []
  var failure = ""
  /// What was strange, and read nevertheless; whoever reads this empties it.
  var oddities: [String] = []

  var scratch: [UInt8] = []
  var attributes: [Attribute] = []
  /// The names of the elements that are open, one after the other, and where each begins.
  var openNames: [UInt8] = []
  var openStarts: [Int] = []
  var isEmptyTag = false
  var hasBegun = false
  var isCharacterData = false
  /// What a reference stands for.
  var piece: [UInt8] = []

  struct Attribute {
    var name: Range<Int>
    var value: Range<Int>
  }

  init(_ input: consuming ByteInput) {
    self.input = input
    findEncoding()
  }

  var depth: Int { openStarts.count }

  mutating func next() -> Event {
    if isEmptyTag {
      isEmptyTag = false
      popName()
      return .end
    }
    if isCharacterData, let event = moreCharacterData() { return event }
    while true {
      guard let byte = input.next else { return end() }
      if byte == UInt8(ascii: "<") {
        if let event = markup() { return event }
      } else if wantsText, depth > 0 {
        text.removeAll(keepingCapacity: true)
        readText()
        if !text.isEmpty { return .text }
      } else if !skipText() {
        return fail("text outside of the document")
      }
    }
  }

  private mutating func end() -> Event {
    if input.failure != 0 { return fail(SystemText.error(input.failure)) }
    if depth > 0 { return fail("the file ends inside <\(openText)>") }
    if !hasBegun { return fail("no XML: the file is empty") }
    return .finished
  }

  private var openText: String {
    String(decoding: openNames[(openStarts.last ?? 0)...].prefix(80), as: UTF8.self)
  }

  mutating func fail(_ message: String) -> Event {
    failure = message
    return .malformed
  }

  mutating func note(_ oddity: String) {
    if oddities.count < 8, !oddities.contains(oddity) { oddities.append(oddity) }
  }

  // MARK: Names and attributes

  func isNamed(_ word: StaticString) -> Bool { Self.equal(name[...], word) }

  static func equal(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
    bytes.withUnsafeBufferPointer { equal($0, word) }
  }

  private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count == count, let base = bytes.baseAddress else { return bytes.count == count }
    return memcmp(base, word.utf8Start, count) == 0
  }

  static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ others: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count == others.count, let first = bytes.baseAddress, let second = others.baseAddress else {
      return bytes.count == others.count
    }
    return memcmp(first, second, bytes.count) == 0
  }

  /// The value of an attribute of the element that was just begun.
  func value(_ word: StaticString) -> ArraySlice<UInt8>? {
    let found = scratch.withUnsafeBufferPointer { bytes in
      attributes.firstIndex { Self.equal(UnsafeBufferPointer(rebasing: bytes[$0.name]), word) }
    }
    return found.map { scratch[attributes[$0].value] }
  }

  /// The same as text.
  mutating func string(_ word: StaticString) -> String? {
    guard let bytes = value(word) else { return nil }
    return string(of: bytes)
  }

  mutating func string(of bytes: ArraySlice<UInt8>) -> String {
    var isValid = true
    let string = TextBytes.string(bytes, isValid: &isValid)
    if !isValid { note("text that is not UTF-8") }
    return string
  }

  /// Of long runs of elements the same attribute mostly has the same value: then `cached` serves again.
  mutating func string(_ word: StaticString, cached: inout String) {
    guard let bytes = value(word) else {
      cached = ""
      return
    }
    let isSame = bytes.withUnsafeBufferPointer { bytes in
      cached.utf8.withContiguousStorageIfAvailable { Self.equal($0, bytes) } ?? false
    }
    if !isSame { cached = string(of: bytes) }
  }

  // MARK: Open elements

  mutating func pushName() -> Bool {
    guard depth < Self.maximumDepth else { return false }
    openStarts.append(openNames.count)
    openNames.append(contentsOf: name)
    return true
  }

  mutating func popName() {
    guard let start = openStarts.popLast() else { return }
    name.removeAll(keepingCapacity: true)
    name.append(contentsOf: openNames[start...])
    openNames.removeSubrange(start...)
  }
}
