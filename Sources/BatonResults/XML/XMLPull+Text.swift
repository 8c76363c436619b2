extension XMLPull {
  /// Text up to the next tag into `text`, at most a piece of it.
  mutating func readText() {
    while text.count < Self.textPiece, input.next != nil {
      let start = input.position
      let end = min(input.end, start + Self.textPiece)
      var place = start
      while place < end, input.window[place] != UInt8(ascii: "<"), input.window[place] != UInt8(ascii: "&") {
        place += 1
      }
      text.append(contentsOf: UnsafeBufferPointer(start: input.window + start, count: place - start))
      input.position = place
      guard place < input.end else { continue }
      if input.window[place] == UInt8(ascii: "<") { return }
      if input.window[place] == UInt8(ascii: "&") {
        readReference()
        text.append(contentsOf: piece)
      }
    }
  }

  /// Passes over text; false where there must be none.
  mutating func skipText() -> Bool {
    let mayBeText = depth > 0
    while input.next != nil {
      let end = input.end
      var place = input.position
      while place < end, input.window[place] != UInt8(ascii: "<") {
        if !mayBeText, !Self.isSpace(input.window[place]) {
          input.position = place
          return false
        }
        place += 1
      }
      input.position = place
      if place < end { return true }
    }
    return true
  }

  /// What stands between `<![CDATA[` and `]]>`: text, in pieces.
  mutating func characterData() -> Event? {
    guard depth > 0 else { return fail("text outside of the document") }
    isCharacterData = true
    return moreCharacterData()
  }

  mutating func moreCharacterData() -> Event? {
    text.removeAll(keepingCapacity: true)
    while input.have(3) {
      let end = input.end - 2
      var place = input.position
      let limit = min(end, place + Self.textPiece)
      let start = place
      while place < limit, input.window[place] != UInt8(ascii: "]") { place += 1 }
      if wantsText {
        text.append(contentsOf: UnsafeBufferPointer(start: input.window + start, count: place - start))
      }
      input.position = place
      if place < limit {
        if isNext("]]>") {
          isCharacterData = false
          return text.isEmpty ? nil : .text
        }
        if wantsText { text.append(UInt8(ascii: "]")) }
        input.position += 1
      }
      if text.count >= Self.textPiece { return .text }
    }
    return fail("the file ends inside character data")
  }

  /// A reference such as `&amp;` or `&#x20AC;`, the next byte being its `&`, into ``piece``. One that is not known stays as it
  /// stands: entities that a document type declares are never expanded.
  mutating func readReference() {
    input.position += 1
    piece.removeAll(keepingCapacity: true)
    piece.append(UInt8(ascii: "&"))
    while let byte = input.next, piece.count < 64 {
      let isPart = byte >= 0x80 || byte == UInt8(ascii: "#") || Self.isLetterOrDigit(byte)
      if byte == UInt8(ascii: ";") {
        input.position += 1
        if let known = Self.character(piece[1...]) {
          piece.removeAll(keepingCapacity: true)
          piece.append(contentsOf: String(Character(known)).utf8)
        } else {
          note("an entity that is not expanded: &\(String(decoding: piece[1...], as: UTF8.self));")
          piece.append(byte)
        }
        return
      }
      guard isPart else { break }
      input.position += 1
      piece.append(byte)
    }
    note("a '&' that is no reference")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
  }

  private static func character(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
    if equal(name, "lt") { return "<" }
    if equal(name, "gt") { return ">" }
    if equal(name, "amp") { return "&" }
    if equal(name, "quot") { return "\"" }
    if equal(name, "apos") { return "'" }
    guard name.first == UInt8(ascii: "#") else { return nil }
    let digits = name.dropFirst()
    let isHexadecimal = digits.first == UInt8(ascii: "x")
    let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
    guard text.first != "+", let code = UInt32(text, radix: isHexadecimal ? 16 : 10) else { return nil }
    // A surrogate or NUL written as a reference is no character.
    return code == 0 ? "\u{FFFD}" : Unicode.Scalar(code) ?? "\u{FFFD}"
  }

  /// Byte-order mark and declared encoding of the file.
  mutating func findEncoding() {
    _ = input.have(3)
    let start = (0..<input.end).prefix(3).map { input.window[$0] }
    if start == [0xEF, 0xBB, 0xBF] {
      input.position += 3
      return
    }
    if start.starts(with: [0xFF, 0xFE]) {
      input.position += 2
      return input.transcode(from: .utf16LittleEndian)
    }
    if start.starts(with: [0xFE, 0xFF]) {
      input.position += 2
      return input.transcode(from: .utf16BigEndian)
    }
    if start.starts(with: [0x3C, 0]) { return input.transcode(from: .utf16LittleEndian) }
    if start.starts(with: [0, 0x3C]) { return input.transcode(from: .utf16BigEndian) }
    _ = input.have(200)
    let head = Array(UnsafeBufferPointer(start: input.window, count: min(200, input.end)))
    guard head.starts(with: "<?xml".utf8), let end = head.firstIndex(of: UInt8(ascii: ">")) else { return }
    guard let name = Self.declaredEncoding(String(decoding: head[..<end], as: UTF8.self)) else { return }
    if let encoding = TextEncoding(name: name) {
      input.transcode(from: encoding)
    } else if !name.lowercased().hasPrefix("utf-16") {
      note("the encoding \(name) is not known; read as UTF-8")
    }
  }

  private static func declaredEncoding(_ declaration: String) -> String? {
    guard let word = declaration.firstRange(of: "encoding") else { return nil }
    let value = declaration[word.upperBound...].drop { $0 == " " || $0 == "=" }
    guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
    return String(value.dropFirst().prefix { $0 != quote })
  }
}
