/// One component of a pattern (what stands between two slashes) that has `*`, `?` or `[…]` in it.
///
/// `?` and `[…]` stand for one character of UTF-8; a byte that is none stands for itself.
struct GlobWildcard: Sendable, Hashable {
  enum Token: Sendable, Hashable {
    case byte(UInt8)
    case anyCharacter
    case oneOf(ranges: [ClosedRange<UInt32>], negated: Bool)
    case star
  }

  var tokens: [Token]

  /// Whether the component itself begins with a dot: only then does it match hidden files.
  var matchesHidden: Bool { tokens.first == .byte(UInt8(ascii: ".")) }

  /// The bytes, where there is nothing but bytes.
  var literal: [UInt8]? {
    var bytes: [UInt8] = []
    for token in tokens {
      guard case .byte(let byte) = token else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// Reads a component.
  init(_ component: [UInt8], of pattern: String) throws(GlobError) {
    tokens = []
    var index = 0
    while index < component.count {
      let byte = component[index]
      switch byte {
      case UInt8(ascii: "*"):
        if tokens.last == .star {
          throw GlobError(pattern, "** stands for folders of any depth and must be alone between slashes")
        }
        tokens.append(.star)
      case UInt8(ascii: "?"): tokens.append(.anyCharacter)
      case UInt8(ascii: "\\"):
        index += 1
        guard index < component.count else { throw GlobError(pattern, "nothing follows the last \\") }
        tokens.append(.byte(component[index]))
      case UInt8(ascii: "["):
        guard let end = GlobBrackets.end(in: component, from: index) else {
          throw GlobError(pattern, "no ] closes the [", cure: "write \\[ for a bracket in a file's name")
        }
        tokens.append(try GlobWildcard.set(component[(index + 1)..<end], of: pattern))
        index = end
      default: tokens.append(.byte(byte))
      }
      index += 1
    }
  }

  private static func set(_ inner: ArraySlice<UInt8>, of pattern: String) throws(GlobError) -> Token {
    var rest = inner
    var negated = false
    if rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^") {
      negated = true
      rest = rest.dropFirst()
    }
    func next() -> UInt32? {
      if rest.first == UInt8(ascii: "\\"), rest.count > 1 { rest = rest.dropFirst() }
      return rest.withUnsafeBufferPointer { bytes in
        bytes.isEmpty ? nil : character(in: bytes, at: 0)
      }.map { character in
        rest = rest.dropFirst(character.length)
        return character.scalar
      }
    }
    var ranges: [ClosedRange<UInt32>] = []
    while let low = next() {
      guard rest.first == UInt8(ascii: "-"), rest.count > 1 else {
        ranges.append(low...low)
        continue
      }
      rest = rest.dropFirst()
      guard let high = next(), low <= high else { throw GlobError(pattern, "a range in [ ] runs backwards") }
      ranges.append(low...high)
    }
    guard !ranges.isEmpty else { throw GlobError(pattern, "nothing stands between [ and ]") }
    return .oneOf(ranges: ranges, negated: negated)
  }

  /// Whether a whole name matches. Takes at most the product of both lengths: a star is given up only for a later one.
  func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var token = 0
    var position = 0
    var retry: (token: Int, position: Int)?
    while true {
      if token < tokens.count, tokens[token] == .star {
        token += 1
        if token == tokens.count { return true }
        retry = (token, position)
        continue
      }
      if position == name.count {
        return token == tokens.count
      }
      if token < tokens.count, let length = GlobWildcard.consume(tokens[token], name, at: position) {
        token += 1
        position += length
        continue
      }
      guard let again = retry else { return false }
      token = again.token
      position = again.position + 1
      retry = (token, position)
    }
  }

  /// How many bytes the token takes; nil when it does not match.
  private static func consume(_ token: Token, _ name: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
    switch token {
    case .byte(let byte): return name[position] == byte ? 1 : nil
    case .star: return 0
    case .anyCharacter: return character(in: name, at: position).length
    case .oneOf(let ranges, let negated):
      let character = character(in: name, at: position)
      return ranges.contains { $0.contains(character.scalar) } != negated ? character.length : nil
    }
  }

  /// The character at a position; a byte that begins no valid one is a character by itself, outside of Unicode.
  private static func character(
    in bytes: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (scalar: UInt32, length: Int) {
    let first = bytes[position]
    if first < 0x80 { return (UInt32(first), 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    guard length > 1, position + length <= bytes.count else { return (0x11_0000 + UInt32(first), 1) }
    var scalar = UInt32(first & (0xFF >> UInt8(length + 1)))
    for offset in 1..<length {
      let byte = bytes[position + offset]
      guard byte & 0xC0 == 0x80 else { return (0x11_0000 + UInt32(first), 1) }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    return (scalar, length)
  }
}
