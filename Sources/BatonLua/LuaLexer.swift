/// A word of Lua source text, with its place.
package struct LuaToken {
  package enum Kind: Equatable {
    case name(String)
    case keyword(String)
    /// The text between the delimiters, escapes as they stand.
    case string(String)
    case number
    case symbol(String)
  }

  package var kind: Kind
  /// 1-based.
  package var line: Int32
  /// 1-based, in bytes.
  package var column: Int32
  /// Where it stands among the source's bytes.
  package var range: Range<Int>

  package func isSymbol(_ text: String) -> Bool { kind == .symbol(text) }
  package func isKeyword(_ text: String) -> Bool { kind == .keyword(text) }
  package var name: String? { if case .name(let text) = kind { text } else { nil } }
  package var string: String? { if case .string(let text) = kind { text } else { nil } }
}

/// A comment, without its `--`.
package struct LuaComment {
  package var text: String
  /// 1-based.
  package var line: Int32
  /// 1-based, in bytes: of its `--`.
  package var column: Int32
}

/// Cuts Lua 5.4 source into tokens (reference manual, section 3.1), for finding places and for lints. Never fails: what is no
/// Lua is passed over, because the compiler reports it.
package struct LuaLexer {
  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not",
    "or", "repeat", "return", "then", "true", "until", "while",
  ]

  private let source: [UInt8]
  private var position = 0
  private var line: Int32 = 1
  private var lineStart = 0
  /// nil: nobody asks for them.
  private var comments: [LuaComment]?

  /// The tokens, and the comments between them.
  package static func read(_ source: [UInt8]) -> (tokens: [LuaToken], comments: [LuaComment]) {
    var lexer = LuaLexer(source: source)
    lexer.comments = []
    return (lexer.all(), lexer.comments ?? [])
  }

  static func tokens(of source: [UInt8]) -> [LuaToken] {
    var lexer = LuaLexer(source: source)
    return lexer.all()
  }

  private mutating func all() -> [LuaToken] {
    var tokens: [LuaToken] = []
    if source.first == UInt8(ascii: "#") { skipLine() }
    while let token = next() { tokens.append(token) }
    return tokens
  }

  private init(source: [UInt8]) { self.source = source }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    position + ahead < source.count ? source[position + ahead] : nil
  }

  private mutating func advance() {
    if source[position] == UInt8(ascii: "\n") {
      line += 1
      lineStart = position + 1
    }
    position += 1
  }

  private mutating func skipLine() {
    while let next = byte(), next != UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func next() -> LuaToken? {
    while let start = byte() {
      if start == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
        skipComment()
        continue
      }
      let token = (line, Int32(position - lineStart + 1), position)
      guard let kind = scan(start) else {
        if position < source.count { advance() }
        continue
      }
      return LuaToken(kind: kind, line: token.0, column: token.1, range: token.2..<position)
    }
    return nil
  }

  private mutating func skipComment() {
    let (line, column) = (line, Int32(position - lineStart + 1))
    position += 2
    let start = position
    let text = longString()
    if text == nil { skipLine() }
    if comments != nil {
      let content = text ?? String(decoding: source[start..<position], as: UTF8.self)
      comments?.append(LuaComment(text: content, line: line, column: column))
    }
  }

  private mutating func scan(_ start: UInt8) -> LuaToken.Kind? {
    switch start {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      let word = take { $0.isLetterOrDigit }
      return Self.keywords.contains(word) ? .keyword(word) : .name(word)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "."):
      if let digit = byte(1), digit.isDigit { return number() }
      let dots = take { $0 == UInt8(ascii: ".") }
      return .symbol(dots)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(quoted(start))
    case UInt8(ascii: "["):
      if let text = longString() { return .string(text) }
      return symbol()
    case 0...32: return nil
    default: return symbol()
    }
  }

  private mutating func take(_ belongs: (UInt8) -> Bool) -> String {
    let start = position
    while let next = byte(), belongs(next) { position += 1 }
    return String(decoding: source[start..<position], as: UTF8.self)
  }

  private mutating func number() -> LuaToken.Kind {
    var before: UInt8 = 0
    while let next = byte() {
      let isSign = next == UInt8(ascii: "-") || next == UInt8(ascii: "+")
      let isExponent = before | 0x20 == UInt8(ascii: "e") || before | 0x20 == UInt8(ascii: "p")
      guard next.isLetterOrDigit || next == UInt8(ascii: ".") || (isSign && isExponent) else { break }
      before = next
      position += 1
    }
    return .number
  }

  private mutating func symbol() -> LuaToken.Kind {
    let pair = String(decoding: source[position..<min(position + 2, source.count)], as: UTF8.self)
    if ["==", "~=", "<=", ">=", "//", "::", "<<", ">>"].contains(pair) {
      position += 2
      return .symbol(pair)
    }
    defer { position += 1 }
    return .symbol(String(UnicodeScalar(source[position])))
  }

  private mutating func quoted(_ quote: UInt8) -> String {
    position += 1
    let start = position
    while let next = byte(), next != quote, next != UInt8(ascii: "\n") {
      if next == UInt8(ascii: "\\"), byte(1) != nil { advance() }
      advance()
    }
    let text = String(decoding: source[start..<position], as: UTF8.self)
    if byte() == quote { position += 1 }
    return text
  }

  /// At `[[` or `[=[`: the text up to its end; nil, and nothing taken, where no long bracket opens.
  private mutating func longString() -> String? {
    guard byte() == UInt8(ascii: "[") else { return nil }
    var level = 0
    while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
    guard byte(1 + level) == UInt8(ascii: "[") else { return nil }
    position += level + 2
    let start = position
    while let next = byte() {
      if next == UInt8(ascii: "]"), byte(level + 1) == UInt8(ascii: "]"),
        (0..<level).allSatisfy({ byte($0 + 1) == UInt8(ascii: "=") })
      {
        let text = String(decoding: source[start..<position], as: UTF8.self)
        position += level + 2
        return text
      }
      advance()
    }
    return String(decoding: source[start..<position], as: UTF8.self)
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetterOrDigit: Bool {
    isDigit || self == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
}
