import BatonModel

/// Reads expressions of GitHub Actions by precedence.
struct ExpressionParser {
  enum Token: Equatable {
    case name(String)
    case string(String)
    case number(Double)
    case symbol(String)
    case end
  }

  static let deepest = 60
  static let contexts: Set<String> = [
    "github", "env", "vars", "secrets", "matrix", "needs", "steps", "inputs", "runner", "job", "strategy", "jobs",
  ]
  /// Name in lower case → how many arguments at least and at most.
  static let functions: [String: ClosedRange<Int>] = [
    "contains": 2...2, "startswith": 2...2, "endswith": 2...2, "format": 1...255, "join": 1...2, "tojson": 1...1,
    "fromjson": 1...1, "hashfiles": 1...255, "success": 0...255, "always": 0...0, "cancelled": 0...0,
    "failure": 0...255,
  ]

  private let bytes: [UInt8]
  private var position = 0
  private var token = Token.end
  private var start = 0

  static func parse(_ text: String) throws(ExpressionFailure) -> ActionExpression {
    var parser = ExpressionParser(bytes: Array(text.utf8))
    try parser.advance()
    if parser.token == .end { throw ExpressionFailure(message: "an empty expression", offset: 0) }
    let expression = try parser.binary(0, depth: 0)
    guard parser.token == .end else { throw parser.failure("unexpected \(parser.shown)") }
    return expression
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func failure(_ message: String) -> ExpressionFailure { ExpressionFailure(message: message, offset: start) }

  private var shown: String {
    switch token {
    case .name(let name): "\"\(name)\""
    case .string(let text): "'\(text)'"
    case .number(let number): Node.text(of: number)
    case .symbol(let symbol): "\"\(symbol)\""
    case .end: "end of the expression"
    }
  }

  // MARK: Words

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private mutating func advance() throws(ExpressionFailure) {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    start = position
    guard position < bytes.count else {
      token = .end
      return
    }
    let byte = bytes[position]
    if Self.isLetter(byte) {
      while position < bytes.count,
        Self.isLetter(bytes[position]) || Self.isDigit(bytes[position]) || bytes[position] == UInt8(ascii: "-")
      { position += 1 }
      token = .name(String(decoding: bytes[start..<position], as: UTF8.self))
    } else if byte == UInt8(ascii: "'") {
      try string()
    } else if Self.isDigit(byte)
      || (startsNumber(byte) && position + 1 < bytes.count && startsFraction(bytes[position + 1]))
    {
      try number()
    } else {
      try symbol()
    }
  }

  private func startsNumber(_ byte: UInt8) -> Bool { [0x2B, 0x2D, 0x2E].contains(byte) }
  private func startsFraction(_ byte: UInt8) -> Bool { Self.isDigit(byte) || byte == 0x2E }

  private mutating func string() throws(ExpressionFailure) {
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "'") {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "'") else {
          position += 1
          token = .string(String(decoding: text, as: UTF8.self))
          return
        }
        position += 1
      }
      text.append(bytes[position])
      position += 1
    }
    throw failure("a string that does not end")
  }

  private mutating func number() throws(ExpressionFailure) {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      let sign = (byte == 0x2B || byte == 0x2D) && [UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position - 1])
      guard Self.isDigit(byte) || Self.isLetter(byte) || byte == 0x2E || sign else { break }
      position += 1
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if text.hasPrefix("0x"), let value = Int64(text.dropFirst(2), radix: 16) {
      token = .number(Double(value))
    } else if text.hasPrefix("0o"), let value = Int64(text.dropFirst(2), radix: 8) {
      token = .number(Double(value))
    } else if let value = Double(text), value.isFinite {
      token = .number(value)
    } else {
      throw failure("\"\(text)\" is no number")
    }
  }

  private mutating func symbol() throws(ExpressionFailure) {
    for symbol in ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ".", ",", "*"] {
      let word = Array(symbol.utf8)
      guard bytes[position...].starts(with: word) else { continue }
      position += word.count
      token = .symbol(symbol)
      return
    }
    let letter = String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1)
    throw failure(
      letter == "\"" ? "strings stand between single quotes" : "unexpected \"\(letter)\"")
  }

  // MARK: Expressions

  private mutating func binary(_ least: Int, depth: Int) throws(ExpressionFailure) -> ActionExpression {
    guard depth < Self.deepest else { throw failure("nested more than \(Self.deepest) deep") }
    var left = try unary(depth: depth)
    var length = 0
    while case .symbol(let symbol) = token, let op = ActionExpression.Operator(rawValue: symbol), op.precedence > least
    {
      length += 1
      guard length + depth < 4 * Self.deepest else { throw failure("too long") }
      try advance()
      let right = try binary(op.precedence, depth: depth + 1)
      left = .binary(op, left, right)
    }
    return left
  }

  private mutating func unary(depth: Int) throws(ExpressionFailure) -> ActionExpression {
    guard depth < Self.deepest else { throw failure("nested more than \(Self.deepest) deep") }
    if token == .symbol("!") {
      try advance()
      return .not(try unary(depth: depth + 1))
    }
    return try postfix(depth: depth)
  }

  private mutating func postfix(depth: Int) throws(ExpressionFailure) -> ActionExpression {
    var value = try primary(depth: depth)
    var length = 0
    while true {
      length += 1
      guard length < Self.deepest else { throw failure("too long") }
      if token == .symbol(".") {
        try advance()
        switch token {
        case .name(let name): value = .property(value, name)
        case .symbol("*"): value = .wildcard(value)
        default: throw failure("expected a name behind \".\", not \(shown)")
        }
        try advance()
      } else if token == .symbol("[") {
        try advance()
        if token == .symbol("*") {
          try advance()
          value = .wildcard(value)
        } else {
          let index = try binary(0, depth: depth + 1)
          if case .literal(.string(let name)) = index {
            value = .property(value, name)
          } else {
            value = .index(value, index)
          }
        }
        try take("]")
      } else {
        return value
      }
    }
  }

  private mutating func take(_ symbol: String) throws(ExpressionFailure) {
    guard token == .symbol(symbol) else { throw failure("expected \"\(symbol)\", not \(shown)") }
    try advance()
  }

  private mutating func primary(depth: Int) throws(ExpressionFailure) -> ActionExpression {
    switch token {
    case .string(let text):
      try advance()
      return .literal(.string(text))
    case .number(let number):
      try advance()
      return .literal(Int64(exactly: number).map(Value.integer) ?? .number(number))
    case .symbol("("):
      try advance()
      let inner = try binary(0, depth: depth + 1)
      try take(")")
      return inner
    case .name(let name): return try word(name, depth: depth)
    case .symbol, .end: throw failure("expected a value, not \(shown)")
    }
  }

  private mutating func word(_ name: String, depth: Int) throws(ExpressionFailure) -> ActionExpression {
    let place = failure("")
    func unknown(_ message: String, _ known: [String]) -> ExpressionFailure {
      let near = Names.proposal(for: name, in: known).map { ": \($0)" } ?? ""
      return ExpressionFailure(message: message + near, offset: place.offset)
    }
    try advance()
    switch name {
    case "true": return .literal(true)
    case "false": return .literal(false)
    case "null": return .literal(.null)
    case "NaN", "Infinity": return .literal(.null)
    default: break
    }
    guard token == .symbol("(") else {
      let lower = name.lowercased()
      guard Self.contexts.contains(lower) else {
        throw unknown("there is no context \"\(name)\"", Self.contexts.sorted())
      }
      return .context(lower)
    }
    guard let counts = Self.functions[name.lowercased()] else {
      throw unknown(
        "there is no function \"\(name)\"",
        [
          "contains", "startsWith", "endsWith", "format", "join", "toJSON", "fromJSON", "hashFiles", "success",
          "always", "cancelled", "failure",
        ])
    }
    try advance()
    var arguments: [ActionExpression] = []
    if token != .symbol(")") {
      arguments.append(try binary(0, depth: depth + 1))
      while token == .symbol(",") {
        try advance()
        arguments.append(try binary(0, depth: depth + 1))
      }
    }
    try take(")")
    guard counts.contains(arguments.count) else {
      throw ExpressionFailure(
        message:
          "\(name) takes \(counts.lowerBound == counts.upperBound ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)") values, not \(arguments.count)",
        offset: place.offset)
    }
    return .call(name.lowercased(), arguments)
  }
}
