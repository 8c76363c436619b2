import BatonModel

/// Reads a dump of SQL as `pg_dump` writes it: the rows of `COPY … FROM stdin` and of `INSERT … VALUES`, and what stands around
/// them as it is (https://www.postgresql.org/docs/current/sql-copy.html, sql-syntax-lexical.html).
struct SQLReader {
  struct Cell {
    enum Kind { case copied, text, escaped, number, other }
    var kind: Kind
    /// As it stands there.
    var raw: [UInt8]
    /// What it means; nil: NULL.
    var value: [UInt8]?
    /// What follows the literal: `::date`.
    var suffix: [UInt8] = []
  }

  struct Row {
    /// As the dump calls it: `public.people`.
    var table: String
    var columns: [String]
    var cells: [Cell]
    /// What stands before each cell, and behind the last.
    var gaps: [[UInt8]]
    var line: Int
  }

  enum Event {
    case text([UInt8], line: Int)
    case row(Row)
  }

  private enum Mode {
    case statements
    case copying(String, [String])
    case inserting(String, [String])
  }

  private struct Token {
    enum Kind: Equatable {
      case end, number, other
      /// A word that is no name in quotes, in lower case.
      case word(String)
      case name(String)
      case text([UInt8], isEscaped: Bool)
      case symbol(UInt8)
    }
    var kind: Kind
    /// Space and comments before it.
    var lead: [UInt8]
    var bytes: [UInt8]
    var all: [UInt8] { lead + bytes }
  }

  /// Longer statements, rows apart, are none.
  static let longest = 64 << 20
  private let source: ByteSource
  private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var pushedBack: [UInt8] = []
  private var isAtEnd = false
  private var mode = Mode.statements
  private(set) var line = 1

  init(_ source: ByteSource) { self.source = source }

  var name: String { source.name }
  mutating func next() throws(BatonError) -> Event? {
    switch mode {
    case .copying(let table, let columns): return try copied(table, columns)
    case .inserting(let table, let columns): return try inserted(table, columns)
    case .statements: return try statement()
    }
  }

  private func problem(_ message: String, cure: String? = nil) -> BatonError {
    DataProblem.error(message, source.name, line: line, column: 1, cure: cure)
  }

  // MARK: Bytes

  private mutating func byte() throws(BatonError) -> UInt8? {
    if let byte = pushedBack.popLast() {
      if byte == 0x0A { line += 1 }
      return byte
    }
    if position == piece.count {
      guard !isAtEnd else { return nil }
      piece = try source.next()
      position = 0
      if piece.isEmpty {
        isAtEnd = true
        return nil
      }
    }
    position += 1
    if piece[position - 1] == 0x0A { line += 1 }
    return piece[position - 1]
  }

  private mutating func putBack(_ byte: UInt8) {
    if byte == 0x0A { line -= 1 }
    pushedBack.append(byte)
  }

  private mutating func peek() throws(BatonError) -> UInt8? {
    let next = try byte()
    if let next { putBack(next) }
    return next
  }

  // MARK: COPY

  private mutating func copied(_ table: String, _ columns: [String]) throws(BatonError) -> Event? {
    let start = line
    var text: [UInt8] = []
    while let next = try byte() {
      text.append(next)
      if next == 0x0A { break }
      guard text.count <= Self.longest else { throw problem("a row of more than \(Self.longest >> 20) MB") }
    }
    if text.isEmpty {
      throw problem("the rows of \(table) have no end", cure: "the file is cut off: \\. ends them")
    }
    let content = text.last == 0x0A ? text.dropLast() : text[...]
    if content.elementsEqual([0x5C, 0x2E]) {
      mode = .statements
      return .text(text, line: start)
    }
    let parts = content.split(separator: 0x09, omittingEmptySubsequences: false)
    guard parts.count == columns.count else {
      throw DataProblem.error(
        "\(parts.count) \(parts.count == 1 ? "value" : "values") where \(table) has \(columns.count) columns",
        source.name, line: start, column: 1)
    }
    let cells = parts.map { Cell(kind: .copied, raw: Array($0), value: Self.unescaped($0)) }
    let gaps: [[UInt8]] =
      [[]] + Array(repeating: [0x09], count: columns.count - 1) + [text.last == 0x0A ? [0x0A] : []]
    return .row(Row(table: table, columns: columns, cells: cells, gaps: gaps, line: start))
  }

  /// nil: `\N`.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    if text.elementsEqual([0x5C, 0x4E]) { return nil }
    guard text.contains(0x5C) else { return Array(text) }
    return resolved(Array(text))
  }

  /// With its backslashes resolved.
  private static func resolved(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    func digits(_ start: Int, _ most: Int, _ base: Int) -> (value: Int, end: Int) {
      var (value, end) = (0, start)
      while end < text.count, end < start + most, let digit = Character(UnicodeScalar(text[end])).hexDigitValue,
        digit < base
      {
        value = value * base + digit
        end += 1
      }
      return (value, end)
    }
    while index < text.count {
      guard text[index] == 0x5C, index + 1 < text.count else {
        result.append(text[index])
        index += 1
        continue
      }
      let sign = text[index + 1]
      index += 2
      switch sign {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "v"): result.append(0x0B)
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        let (value, end) = digits(index - 1, 3, 8)
        result.append(UInt8(truncatingIfNeeded: value))
        index = end
      case UInt8(ascii: "x"):
        let (value, end) = digits(index, 2, 16)
        if end == index { result.append(sign) } else { result.append(UInt8(truncatingIfNeeded: value)) }
        index = end
      default: result.append(sign)
      }
    }
    return result
  }

  // MARK: Statements

  private mutating func statement() throws(BatonError) -> Event? {
    let start = line
    var token = try token()
    var raw = token.all
    switch token.kind {
    case .end: return raw.isEmpty ? nil : .text(raw, line: start)
    case .word("copy"):
      let (table, after) = try tableName(&raw)
      guard case .symbol(0x28) = after.kind else {
        throw problem("COPY \(table) does not name its columns", cure: "dump it with pg_dump, which does")
      }
      let columns = try columnNames(&raw)
      var words: [String] = []
      while true {
        token = try self.token()
        raw += token.all
        if token.kind == .end || token.kind == .symbol(0x3B) { break }
        if case .word(let word) = token.kind { words.append(word) }
      }
      guard words == ["from", "stdin"] else {
        if words.first == "from" {
          throw problem(
            "COPY \(table) is written in another way than masking knows",
            cure: "COPY … FROM stdin; as pg_dump writes it")
        }
        return .text(raw, line: start)
      }
      while let next = try byte() {
        raw.append(next)
        if next == 0x0A { break }
      }
      mode = .copying(table, columns)
      return .text(raw, line: start)
    case .word("insert"):
      let into = try self.token()
      raw += into.all
      let (table, after) = try tableName(&raw)
      guard case .symbol(0x28) = after.kind else {
        throw problem(
          "INSERT INTO \(table) does not name its columns", cure: "pg_dump --column-inserts, or without --inserts")
      }
      let columns = try columnNames(&raw)
      while true {
        token = try self.token()
        raw += token.all
        if token.kind == .word("values") {
          mode = .inserting(table, columns)
          return .text(raw, line: start)
        }
        if token.kind == .end || token.kind == .symbol(0x3B) { return .text(raw, line: start) }
      }
    default:
      while token.kind != .end, token.kind != .symbol(0x3B) {
        token = try self.token()
        raw += token.all
        guard raw.count <= Self.longest else { throw problem("a statement of more than \(Self.longest >> 20) MB") }
      }
      return .text(raw, line: start)
    }
  }

  /// `ONLY`, a schema and a name, and the token behind them.
  private mutating func tableName(_ raw: inout [UInt8]) throws(BatonError) -> (String, Token) {
    var parts: [String] = []
    var isOpen = true
    while true {
      let token = try token()
      raw += token.all
      switch token.kind {
      case .word("only") where parts.isEmpty: continue
      case .word(let word) where isOpen:
        parts.append(word)
        isOpen = false
      case .name(let name) where isOpen:
        parts.append(name)
        isOpen = false
      case .symbol(0x2E): isOpen = true
      default: return (parts.joined(separator: "."), token)
      }
    }
  }

  private mutating func columnNames(_ raw: inout [UInt8]) throws(BatonError) -> [String] {
    var names: [String] = []
    while true {
      let token = try token()
      raw += token.all
      switch token.kind {
      case .word(let word): names.append(word)
      case .name(let name): names.append(name)
      case .symbol(0x2C): continue
      case .symbol(0x29): return names
      default: throw problem("a list of columns has no end")
      }
    }
  }

  // MARK: INSERT

  private mutating func inserted(_ table: String, _ columns: [String]) throws(BatonError) -> Event? {
    let start = line
    var gap: [UInt8] = []
    while true {
      let token = try token()
      gap += token.all
      switch token.kind {
      case .symbol(0x2C): continue
      case .symbol(0x28): return .row(try tuple(table, columns, gap, start))
      case .symbol(0x3B), .end:
        mode = .statements
        return .text(gap, line: start)
      default:
        // ON CONFLICT, RETURNING: to the end of the statement.
        mode = .statements
        var token = token
        while token.kind != .end, token.kind != .symbol(0x3B) {
          token = try self.token()
          gap += token.all
        }
        return .text(gap, line: start)
      }
    }
  }

  private mutating func tuple(
    _ table: String, _ columns: [String], _ first: [UInt8], _ start: Int
  ) throws(BatonError) -> Row {
    var row = Row(table: table, columns: columns, cells: [], gaps: [], line: start)
    var gap = first
    var tokens: [Token] = []
    var depth = 0
    while true {
      let token = try token()
      switch token.kind {
      case .end: throw problem("a row of \(table) has no end")
      case .symbol(0x28): depth += 1
      case .symbol(0x29) where depth > 0: depth -= 1
      case .symbol(0x29),
        .symbol(0x2C) where depth == 0:
        if let lead = tokens.first?.lead { gap += lead }
        row.gaps.append(gap)
        row.cells.append(Self.cell(tokens))
        gap = token.all
        tokens.removeAll()
        if token.kind == .symbol(0x2C) { continue }
        row.gaps.append(gap)
        guard row.cells.count == columns.count else {
          throw DataProblem.error(
            "\(row.cells.count) values where \(table) has \(columns.count) columns", source.name, line: start, column: 1
          )
        }
        return row
      default: break
      }
      tokens.append(token)
      guard tokens.count < 100_000 else { throw problem("a value of \(table) has no end") }
    }
  }

  private static func cell(_ tokens: [Token]) -> Cell {
    guard let first = tokens.first else { return Cell(kind: .other, raw: [], value: []) }
    let raw = first.bytes + tokens.dropFirst().flatMap(\.all)
    switch first.kind {
    case .word("null") where tokens.count == 1: return Cell(kind: .other, raw: raw, value: nil)
    case .text(let value, let isEscaped):
      let suffix = tokens.dropFirst()
      // A cast, and nothing else, may follow.
      guard suffix.isEmpty || suffix.first?.kind == .symbol(0x3A) else { break }
      return Cell(
        kind: isEscaped ? .escaped : .text, raw: raw, value: value, suffix: suffix.flatMap(\.all))
    case .number where tokens.count == 1: return Cell(kind: .number, raw: raw, value: first.bytes)
    case .symbol(0x2D) where tokens.count == 2 && tokens[1].kind == .number:
      return Cell(kind: .number, raw: raw, value: raw)
    default: break
    }
    return Cell(kind: .other, raw: raw, value: raw)
  }

  // MARK: Tokens

  private mutating func token() throws(BatonError) -> Token {
    var lead: [UInt8] = []
    while let next = try byte() {
      guard lead.count <= Self.longest else { throw problem("a comment of more than \(Self.longest >> 20) MB") }
      switch next {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x20: lead.append(next)
      case UInt8(ascii: "-") where try peek() == UInt8(ascii: "-"): try comment(next, &lead)
      case UInt8(ascii: "/") where try peek() == UInt8(ascii: "*"): try blockComment(next, &lead)
      // Words to psql itself: \connect, \restrict.
      case 0x5C: try comment(next, &lead)
      default:
        var token = try token(next)
        token.lead = lead
        return token
      }
    }
    return Token(kind: .end, lead: lead, bytes: [])
  }

  private mutating func comment(_ first: UInt8, _ lead: inout [UInt8]) throws(BatonError) {
    lead.append(first)
    while let next = try byte() {
      lead.append(next)
      if next == 0x0A { return }
    }
  }

  private mutating func blockComment(_ first: UInt8, _ lead: inout [UInt8]) throws(BatonError) {
    lead.append(first)
    var depth = 0
    var last: UInt8 = first
    while let next = try byte() {
      lead.append(next)
      if last == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        depth += 1
        last = 0
      } else if last == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
        depth -= 1
        last = 0
        if depth == 0 { return }
      } else {
        last = next
      }
    }
  }

  private mutating func token(_ first: UInt8) throws(BatonError) -> Token {
    var bytes = [first]
    switch first {
    case UInt8(ascii: "'"):
      let value = try quoted(0x27, escapes: false, &bytes)
      return Token(kind: .text(value, isEscaped: false), lead: [], bytes: bytes)
    case UInt8(ascii: "\""):
      let value = try quoted(0x22, escapes: false, &bytes)
      return Token(kind: .name(String(decoding: value, as: UTF8.self)), lead: [], bytes: bytes)
    case UInt8(ascii: "$"):
      if let kind = try dollars(&bytes) { return Token(kind: kind, lead: [], bytes: bytes) }
      return Token(kind: .other, lead: [], bytes: bytes)
    case 0x30...0x39:
      while let next = try peek(), next.isLetterOrDigit || next == UInt8(ascii: ".") {
        bytes.append(next)
        _ = try byte()
        // 1e-5
        if next | 0x20 == UInt8(ascii: "e"), let sign = try peek(), sign == 0x2B || sign == 0x2D {
          bytes.append(sign)
          _ = try byte()
        }
      }
      return Token(kind: .number, lead: [], bytes: bytes)
    case _ where first.isLetterOrDigit || first == UInt8(ascii: "_") || first >= 0x80:
      while let next = try peek(), next.isLetterOrDigit || next == 0x5F || next == 0x24 || next >= 0x80 {
        bytes.append(next)
        _ = try byte()
      }
      if bytes.count == 1, bytes[0] | 0x20 == UInt8(ascii: "e"), try peek() == 0x27 {
        _ = try byte()
        bytes.append(0x27)
        let value = try quoted(0x27, escapes: true, &bytes)
        return Token(kind: .text(value, isEscaped: true), lead: [], bytes: bytes)
      }
      return Token(kind: .word(String(decoding: bytes, as: UTF8.self).lowercased()), lead: [], bytes: bytes)
    default: return Token(kind: .symbol(first), lead: [], bytes: bytes)
    }
  }

  /// What stands between quotes, of which two are one.
  private mutating func quoted(
    _ quote: UInt8, escapes: Bool, _ bytes: inout [UInt8]
  ) throws(BatonError) -> [UInt8] {
    var value: [UInt8] = []
    while let next = try byte() {
      bytes.append(next)
      guard bytes.count <= Self.longest else { break }
      if escapes, next == 0x5C, let sign = try byte() {
        bytes.append(sign)
        value += [next, sign]
      } else if next == quote {
        guard try peek() == quote else { return escapes ? Self.resolved(value) : value }
        _ = try byte()
        bytes.append(quote)
        value.append(quote)
      } else {
        value.append(next)
      }
    }
    throw problem("a text has no end")
  }

  /// `$tag$ … $tag$`; nil: it is none.
  private mutating func dollars(_ bytes: inout [UInt8]) throws(BatonError) -> Token.Kind? {
    while let next = try peek(), next.isLetterOrDigit || next == 0x5F || next >= 0x80 {
      bytes.append(next)
      _ = try byte()
    }
    guard try peek() == UInt8(ascii: "$") else { return nil }
    _ = try byte()
    bytes.append(UInt8(ascii: "$"))
    let tag = bytes
    while let next = try byte() {
      bytes.append(next)
      guard bytes.count <= Self.longest else { break }
      if next == UInt8(ascii: "$"), bytes.count >= 2 * tag.count, bytes.suffix(tag.count).elementsEqual(tag) {
        return .text(Array(bytes[tag.count..<(bytes.count - tag.count)]), isEscaped: false)
      }
    }
    throw problem("a text in $ has no end")
  }
}
