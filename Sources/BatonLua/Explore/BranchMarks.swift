import BatonModel

/// Puts calls into Lua source where it asks whether a value is true, equal to another, or smaller, and around loops, so that
/// stdlib/explore sees what Lua does without asking anyone. Lines stay what they are.
///
/// Follows the grammar of Lua 5.4 (reference manual, section 9). Text that it can't follow stays unmarked.
struct BranchMarks {
  private struct Failure: Error {}

  private let source: [UInt8]
  private let tokens: [LuaToken]
  /// Where each token begins.
  private let starts: [Int]
  private var position = 0
  private var depth = 0
  /// Offset → what closes there, innermost first, and what opens there, outermost last.
  private var closing: [Int: [String]] = [:]
  private var opening: [Int: [String]] = [:]
  /// Offset of a token that is replaced → its length and the text.
  private var replaced: [Int: (count: Int, text: String)] = [:]

  static func marked(_ source: [UInt8]) -> [UInt8] {
    var marks = BranchMarks(source)
    do {
      try marks.block()
      return marks.position == marks.tokens.count ? marks.result() : source
    } catch {
      return source
    }
  }

  private init(_ source: [UInt8]) {
    self.source = source
    tokens = LuaLexer.tokens(of: source)
    var lines = [0]
    for (offset, byte) in source.enumerated() where byte == UInt8(ascii: "\n") { lines.append(offset + 1) }
    starts = tokens.map { lines[Int($0.line) - 1] + Int($0.column) - 1 }
  }

  private func result() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count * 2)
    var offset = 0
    while offset <= source.count {
      for text in closing[offset] ?? [] { bytes += text.utf8 }
      for text in (opening[offset] ?? []).reversed() { bytes += text.utf8 }
      if let other = replaced[offset] {
        bytes += other.text.utf8
        offset += other.count
        continue
      }
      if offset < source.count { bytes.append(source[offset]) }
      offset += 1
    }
    return bytes
  }

  // MARK: Tokens

  private var token: LuaToken? { position < tokens.count ? tokens[position] : nil }
  private func isSymbol(_ text: String) -> Bool { token?.isSymbol(text) ?? false }
  private func isKeyword(_ text: String) -> Bool { token?.isKeyword(text) ?? false }

  private mutating func accept(symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(symbol: String) throws(Failure) { if !accept(symbol: symbol) { throw Failure() } }

  private mutating func accept(keyword: String) -> Bool {
    guard isKeyword(keyword) else { return false }
    position += 1
    return true
  }

  private mutating func expect(keyword: String) throws(Failure) { if !accept(keyword: keyword) { throw Failure() } }

  private mutating func expectName() throws(Failure) {
    guard token?.name != nil else { throw Failure() }
    position += 1
  }

  // MARK: Marks

  private func offset(_ token: Int) -> Int { token < starts.count ? starts[token] : source.count }

  private mutating func open(_ text: String, at token: Int) { opening[offset(token), default: []].append(text) }

  /// Behind what was read last. A comment may stand before the end of the text.
  private mutating func close(_ text: String) {
    closing[offset(position), default: []].append(position < tokens.count ? text : "\n" + text)
  }

  private func line(_ token: Int) -> Int32 { token < tokens.count ? tokens[token].line : 0 }

  /// The text of some tokens, as a Lua string.
  private func quoted(from first: Int) -> String {
    var text = String(decoding: source[offset(first)..<offset(position)], as: UTF8.self)
    text = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " || $0 == "\t" })
    }.joined(separator: " ")
    while text.last?.isWhitespace == true { text.removeLast() }
    if text.count > 80 { text = text.prefix(79) + "…" }
    return "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }

  // MARK: Statements

  private mutating func block() throws(Failure) {
    depth += 1
    defer { depth -= 1 }
    if depth > 150 { throw Failure() }
    while let token {
      if case .keyword(let word) = token.kind, ["end", "else", "elseif", "until"].contains(word) { return }
      if accept(keyword: "return") {
        if let next = self.token, !Self.endsBlock(next), !next.isSymbol(";") { try expressions() }
        _ = accept(symbol: ";")
        return
      }
      try statement()
    }
  }

  private static func endsBlock(_ token: LuaToken) -> Bool {
    ["end", "else", "elseif", "until"].contains { token.isKeyword($0) }
  }

  private mutating func statement() throws(Failure) {
    guard let token else { throw Failure() }
    switch token.kind {
    case .symbol(";"): position += 1
    case .symbol("::"):
      position += 1
      try expectName()
      try expect(symbol: "::")
    case .keyword("if"): try branch()
    case .keyword("while"): try whileLoop()
    case .keyword("repeat"): try repeatLoop()
    case .keyword("for"): try forLoop()
    case .keyword("do"):
      position += 1
      try block()
      try expect(keyword: "end")
    case .keyword("function"):
      position += 1
      try expectName()
      while accept(symbol: ".") { try expectName() }
      if accept(symbol: ":") { try expectName() }
      try functionBody()
    case .keyword("local"): try local()
    case .keyword("break"):
      open("__break() ", at: position)
      position += 1
    case .keyword("goto"):
      position += 1
      try expectName()
    case .keyword, .name, .string, .number, .symbol:
      try suffixed()
      if isSymbol("=") || isSymbol(",") {
        while accept(symbol: ",") { try suffixed() }
        try expect(symbol: "=")
        try expressions()
      }
    }
  }

  private mutating func branch() throws(Failure) {
    position += 1
    try test()
    try expect(keyword: "then")
    try block()
    while accept(keyword: "elseif") {
      try test()
      try expect(keyword: "then")
      try block()
    }
    if accept(keyword: "else") { try block() }
    try expect(keyword: "end")
  }

  private mutating func test() throws(Failure) {
    let first = position
    try expression()
    open("__test(", at: first)
    close(") ")
  }

  private mutating func beginLoop() {
    open("do local __l <close> = __loop(\(line(position))) ", at: position)
    position += 1
  }

  private mutating func endLoop() { close(" end ") }

  private mutating func whileLoop() throws(Failure) {
    let start = position
    beginLoop()
    let first = position
    try expression()
    let text = quoted(from: start)
    open("__while(__mark(), ", at: first)
    close(", \(text)) ")
    try expect(keyword: "do")
    try block()
    try expect(keyword: "end")
    endLoop()
  }

  private mutating func repeatLoop() throws(Failure) {
    beginLoop()
    try block()
    let start = position
    try expect(keyword: "until")
    let first = position
    try expression()
    let text = quoted(from: start)
    open("__until(__mark(), ", at: first)
    close(", \(text)) ")
    endLoop()
  }

  private mutating func forLoop() throws(Failure) {
    beginLoop()
    let name = token?.name
    try expectName()
    if accept(symbol: "=") {
      var place = 0
      repeat {
        place += 1
        let first = position
        try expression()
        open("__bound(", at: first)
        close(", \(place)) ")
      } while accept(symbol: ",")
      try expect(keyword: "do")
      if let name { close("local \(name) = __number(\(name)) ") }
    } else {
      while accept(symbol: ",") { try expectName() }
      try expect(keyword: "in")
      let first = position
      try expressions()
      open("__each(", at: first)
      close(") ")
      try expect(keyword: "do")
    }
    try block()
    try expect(keyword: "end")
    endLoop()
  }

  private mutating func local() throws(Failure) {
    position += 1
    if accept(keyword: "function") {
      try expectName()
      return try functionBody()
    }
    repeat {
      try expectName()
      if accept(symbol: "<") {
        try expectName()
        try expect(symbol: ">")
      }
    } while accept(symbol: ",")
    if accept(symbol: "=") { try expressions() }
  }

  // MARK: Expressions

  private mutating func expressions() throws(Failure) {
    repeat { try expression() } while accept(symbol: ",")
  }

  /// Priorities to the left and right of binary operators, as in Lua's own parser (`lparser.c`).
  private static let priorities: [String: (left: Int, right: Int)] = [
    "or": (1, 1), "and": (2, 2), "<": (3, 3), ">": (3, 3), "<=": (3, 3), ">=": (3, 3), "~=": (3, 3), "==": (3, 3),
    "|": (4, 4), "~": (5, 5), "&": (6, 6), "<<": (7, 7), ">>": (7, 7), "..": (9, 8), "+": (10, 10), "-": (10, 10),
    "*": (11, 11), "/": (11, 11), "//": (11, 11), "%": (11, 11), "^": (14, 13),
  ]
  private static let unary = 12

  private var operatorText: String? {
    switch token?.kind {
    case .symbol(let text)?: text
    case .keyword(let word)? where word == "and" || word == "or": word
    default: nil
    }
  }

  private mutating func expression(above limit: Int = 0) throws(Failure) {
    depth += 1
    defer { depth -= 1 }
    if depth > 150 { throw Failure() }
    let start = position
    if isKeyword("not") {
      replaced[offset(position)] = (3, "__not(")
      position += 1
      try expression(above: Self.unary)
      close(") ")
    } else if isSymbol("-") || isSymbol("#") || isSymbol("~") {
      position += 1
      try expression(above: Self.unary)
    } else {
      try simple()
    }
    while let text = operatorText, let priority = Self.priorities[text], priority.left > limit {
      if text == "and" || text == "or" {
        open("__test(", at: start)
        close(") ")
      }
      let sign = position
      position += 1
      try expression(above: priority.right)
      switch text {
      case "==", "~=":
        replaced[offset(sign)] = (2, ", ")
        open(text == "==" ? "__equal(" : "__differs(", at: start)
        close(") ")
      case "<", ">", "<=", ">=":
        replaced[offset(sign)] = (text.utf8.count, ", ")
        open("__order(", at: start)
        close(", \"\(text)\") ")
      default: break
      }
    }
  }

  private mutating func simple() throws(Failure) {
    switch token?.kind {
    case .number?, .string?, .symbol("...")?, .keyword("nil")?, .keyword("true")?, .keyword("false")?: position += 1
    case .symbol("{")?: try table()
    case .keyword("function")?:
      position += 1
      try functionBody()
    default: try suffixed()
    }
  }

  /// `name`, `(expression)`, and what follows: fields, indices, calls.
  private mutating func suffixed() throws(Failure) {
    if accept(symbol: "(") {
      try expression()
      try expect(symbol: ")")
    } else {
      try expectName()
    }
    while let token {
      switch token.kind {
      case .symbol("."):
        position += 1
        try expectName()
      case .symbol("["):
        position += 1
        try expression()
        try expect(symbol: "]")
      case .symbol(":"):
        position += 1
        try expectName()
        try arguments()
      case .symbol("("), .symbol("{"), .string: try arguments()
      case .keyword, .name, .number, .symbol: return
      }
    }
  }

  private mutating func arguments() throws(Failure) {
    switch token?.kind {
    case .string?: position += 1
    case .symbol("{")?: try table()
    default:
      try expect(symbol: "(")
      if !isSymbol(")") { try expressions() }
      try expect(symbol: ")")
    }
  }

  private mutating func table() throws(Failure) {
    try expect(symbol: "{")
    while !isSymbol("}") {
      if accept(symbol: "[") {
        try expression()
        try expect(symbol: "]")
        try expect(symbol: "=")
      } else if token?.name != nil, position + 1 < tokens.count, tokens[position + 1].isSymbol("=") {
        position += 2
      }
      try expression()
      guard accept(symbol: ",") || accept(symbol: ";") else { break }
    }
    try expect(symbol: "}")
  }

  private mutating func functionBody() throws(Failure) {
    try expect(symbol: "(")
    if !isSymbol(")") {
      repeat {
        if accept(symbol: "...") { break }
        try expectName()
      } while accept(symbol: ",")
    }
    try expect(symbol: ")")
    try block()
    try expect(keyword: "end")
  }
}
