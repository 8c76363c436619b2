extension XMLPull {
  /// What begins with `<`; nil: nothing that the caller sees.
  mutating func markup() -> Event? {
    input.position += 1
    guard let byte = input.next else { return fail("the file ends inside a tag") }
    switch byte {
    case UInt8(ascii: "/"): return endTag()
    case UInt8(ascii: "?"): return skip(until: "?>", in: "an instruction")
    case UInt8(ascii: "!"):
      input.position += 1
      if isNext("--") { return skip(until: "-->", in: "a comment") }
      if isNext("[CDATA[") { return characterData() }
      if isNext("DOCTYPE") { return documentType() }
      return fail("a tag that is none: <!")
    default: return startTag()
    }
  }

  /// Passes over the word if it stands next.
  mutating func isNext(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard input.have(count) else { return false }
    for index in 0..<count where input.window[input.position + index] != word.utf8Start[index] { return false }
    input.position += count
    return true
  }

  private mutating func skip(until word: StaticString, in what: String) -> Event? {
    var matcher = EndMatcher(word)
    while let byte = input.next {
      input.position += 1
      if matcher.isComplete(after: byte) { return nil }
    }
    return fail("the file ends inside \(what)")
  }

  /// Passes over a document type with its internal subset; whatever it declares is not used.
  private mutating func documentType() -> Event? {
    var brackets = 0
    var quote: UInt8?
    while let byte = input.next {
      input.position += 1
      if let open = quote {
        if byte == open { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
      case UInt8(ascii: "["): brackets += 1
      case UInt8(ascii: "]"): brackets -= 1
      case UInt8(ascii: "<"):
        if isNext("!--"), let event = skip(until: "-->", in: "a comment") { return event }
      case UInt8(ascii: ">") where brackets <= 0: return nil
      default: break
      }
    }
    return fail("the file ends inside the document type")
  }

  // MARK: Tags

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  private static func endsName(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "=")
      || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == 0
  }

  /// A name's bytes, its prefix left out, into `name`.
  private mutating func readName() -> Bool {
    name.removeAll(keepingCapacity: true)
    while let piece = namePiece() {
      // A prefix goes, with what came before it.
      let local = piece.lastIndex(of: UInt8(ascii: ":"))
      if local != nil { name.removeAll(keepingCapacity: true) }
      name.append(contentsOf: piece[(local.map { $0 + 1 } ?? 0)...])
      input.position += piece.count
      guard name.count < Self.nameLimit else { return false }
    }
    guard let first = name.first else { return false }
    return first >= 0x80 || first == UInt8(ascii: "_") || (first | 0x20 >= 0x61 && first | 0x20 <= 0x7A)
  }

  /// What stands next of a name, as far as the window shows it; nil: the name is at its end.
  private mutating func namePiece() -> UnsafeBufferPointer<UInt8>? {
    guard input.next != nil else { return nil }
    let start = input.position
    var place = start
    while place < input.end, !Self.endsName(input.window[place]) { place += 1 }
    return place > start ? UnsafeBufferPointer(start: input.window + start, count: place - start) : nil
  }

  private mutating func skipSpace() {
    while let byte = input.next, Self.isSpace(byte) { input.position += 1 }
  }

  private mutating func startTag() -> Event {
    guard readName() else { return fail("a tag without a proper name") }
    hasBegun = true
    scratch.removeAll(keepingCapacity: true)
    attributes.removeAll(keepingCapacity: true)
    guard pushName() else { return fail("nested more than \(Self.maximumDepth) deep") }
    while true {
      skipSpace()
      guard let byte = input.next else { return fail("the file ends inside a tag") }
      if byte == UInt8(ascii: ">") {
        input.position += 1
        return .start
      }
      if byte == UInt8(ascii: "/") {
        input.position += 1
        guard input.next == UInt8(ascii: ">") else { return fail("a tag with a slash in it") }
        input.position += 1
        isEmptyTag = true
        return .start
      }
      if let problem = readAttribute() { return fail(problem) }
    }
  }

  /// One attribute into `scratch`; what is wrong with it.
  private mutating func readAttribute() -> String? {
    let start = scratch.count
    while let piece = namePiece() {
      scratch.append(contentsOf: piece)
      input.position += piece.count
      guard scratch.count - start < Self.nameLimit else { return "an attribute's name that is too long" }
    }
    let end = scratch.count
    guard end > start else { return "expected an attribute" }
    skipSpace()
    guard input.next == UInt8(ascii: "=") else { return "an attribute without a value" }
    input.position += 1
    skipSpace()
    guard let quote = input.next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      return "an attribute's value without quotes"
    }
    input.position += 1
    guard readValue(until: quote) else { return "the file ends inside an attribute's value" }
    guard attributes.count < Self.attributeLimit else { return "more than \(Self.attributeLimit) attributes" }
    attributes.append(Attribute(name: start..<end, value: end..<scratch.count))
    return nil
  }

  private mutating func readValue(until quote: UInt8) -> Bool {
    let limit = scratch.count + Self.valueLimit
    var isCut = false
    while input.next != nil {
      let start = input.position
      let end = input.end
      var place = start
      while place < end, input.window[place] != quote, input.window[place] != UInt8(ascii: "&") { place += 1 }
      let room = max(0, limit - scratch.count)
      scratch.append(contentsOf: UnsafeBufferPointer(start: input.window + start, count: min(room, place - start)))
      isCut = isCut || place - start > room
      input.position = place
      guard place < end else { continue }
      if input.window[place] == quote {
        input.position += 1
        if isCut { cutValue() }
        return true
      }
      readReference()
      if scratch.count < limit { scratch.append(contentsOf: piece) } else { isCut = true }
    }
    return false
  }

  /// Marks that something is missing, and leaves no half character.
  private mutating func cutValue() {
    note("an attribute's value of more than \(Self.valueLimit) bytes was cut")
    while let last = scratch.last, last & 0xC0 == 0x80 { scratch.removeLast() }
    if let last = scratch.last, last >= 0xC0 { scratch.removeLast() }
    scratch.append(contentsOf: "…".utf8)
  }

  private mutating func endTag() -> Event {
    input.position += 1
    guard readName() else { return fail("an end tag without a proper name") }
    skipSpace()
    guard input.next == UInt8(ascii: ">") else { return fail("an end tag that does not end") }
    input.position += 1
    guard let start = openStarts.last else { return fail("an end tag without a start: </\(shown)>") }
    let isMatch = openNames[start...].withUnsafeBufferPointer { open in
      name.withUnsafeBufferPointer { Self.equal(open, $0) }
    }
    guard isMatch else {
      let open = String(decoding: openNames[start...].prefix(80), as: UTF8.self)
      return fail("</\(shown)> where </\(open)> is due")
    }
    popName()
    return .end
  }

  private var shown: String { String(decoding: name.prefix(80), as: UTF8.self) }
}

/// Recognises the end of a piece of markup, a byte at a time.
struct EndMatcher {
  private let word: StaticString
  private var matched = 0

  /// - Parameter word: Some equal bytes and another one, such as `-->`, or two different ones.
  init(_ word: StaticString) { self.word = word }

  mutating func isComplete(after byte: UInt8) -> Bool {
    let count = word.utf8CodeUnitCount
    if byte == word.utf8Start[matched] {
      matched += 1
      if matched == count {
        matched = 0
        return true
      }
    } else if byte == word.utf8Start[0] {
      // `--->`, `]]]>`: the last ones count.
      matched = matched == count - 1 && count > 2 ? count - 1 : 1
    } else {
      matched = 0
    }
    return false
  }
}
