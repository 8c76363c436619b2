import BatonModel

/// Finds refs that are compared with `==` or used as truth, which Lua does without asking the ref: the script would go on with a
/// wrong answer. Follows locals and globals that hold handles and refs through the scopes of the source text.
struct RefLint {
  private enum Holds { case handle, ref, other }

  /// Functions whose call returns a handle.
  private static let declaring: Set<String> = ["step", "parallel", "sequence", "matrix", "gate", "depends"]

  private let tokens: [LuaToken]
  private let file: String
  private var scopes: [[String: Holds]] = [[:]]
  private var found: [Diagnostic] = []
  /// Names that the next block declares: parameters, variables of `for`.
  private var announced: [String] = []

  /// The mistakes in one file, in order.
  static func mistakes(in tokens: [LuaToken], file: String) -> [Diagnostic] {
    var lint = RefLint(tokens: tokens, file: file)
    lint.run()
    return lint.found
  }

  private init(tokens: [LuaToken], file: String) {
    self.tokens = tokens
    self.file = file
  }

  private mutating func run() {
    var index = 0
    while index < tokens.count {
      let next = visit(index)
      index = max(next, index + 1)
    }
  }

  /// Returns where to go on.
  private mutating func visit(_ index: Int) -> Int {
    switch tokens[index].kind {
    case .keyword("function"): return openFunction(index)
    case .keyword("do"), .keyword("then"), .keyword("repeat"): open()
    case .keyword("else"), .keyword("elseif"):
      close()
      if tokens[index].isKeyword("else") { open() }
    case .keyword("end"), .keyword("until"): close()
    case .keyword("for"): return announceLoop(index)
    case .keyword("local"): return declareLocals(index)
    case .name:
      if startsExpression(index) { return chain(index) }
    case .keyword, .string, .number, .symbol: break
    }
    return index + 1
  }

  private mutating func open() {
    scopes.append(Dictionary(announced.map { ($0, .other) }, uniquingKeysWith: { first, _ in first }))
    announced = []
  }

  private mutating func close() { if scopes.count > 1 { scopes.removeLast() } }

  private func token(_ index: Int) -> LuaToken? { tokens.indices.contains(index) ? tokens[index] : nil }

  private func startsExpression(_ index: Int) -> Bool {
    guard let before = token(index - 1) else { return true }
    return !before.isSymbol(".") && !before.isSymbol(":") && !before.isKeyword("goto") && !before.isSymbol("::")
  }

  private mutating func openFunction(_ index: Int) -> Int {
    var position = index + 1
    while let token = token(position), !token.isSymbol("(") { position += 1 }
    while let token = token(position), !token.isSymbol(")") {
      if let name = token.name { announced.append(name) }
      position += 1
    }
    open()
    return position + 1
  }

  private mutating func announceLoop(_ index: Int) -> Int {
    var position = index + 1
    while let token = token(position), !token.isKeyword("in"), !token.isSymbol("="), !token.isKeyword("do") {
      if let name = token.name { announced.append(name) }
      position += 1
    }
    return position
  }

  private mutating func declareLocals(_ index: Int) -> Int {
    if let next = token(index + 1), next.isKeyword("function") {
      if let name = token(index + 2)?.name { scopes[scopes.count - 1][name] = .other }
      return index + 1
    }
    var names: [String] = []
    var position = index + 1
    while let name = token(position)?.name {
      names.append(name)
      position += 1
      if let token = token(position), token.isSymbol("<") { position += 3 }
      guard let token = token(position), token.isSymbol(",") else { break }
      position += 1
    }
    let hasValue = token(position)?.isSymbol("=") == true
    let first = hasValue && names.count == 1 ? kind(ofExpressionAt: position + 1) : .other
    for name in names { scopes[scopes.count - 1][name] = first }
    return position
  }

  // MARK: What an expression holds

  private func holds(_ name: String) -> Holds {
    for scope in scopes.reversed() { if let known = scope[name] { return known } }
    return .other
  }

  private func kind(ofExpressionAt index: Int) -> Holds {
    guard let name = token(index)?.name else { return .other }
    if Self.declaring.contains(name), holds(name) == .other, let next = token(index + 1),
      next.string != nil || next.isSymbol("(")
    {
      return endsAfterDeclaration(index + 1) ? .handle : .other
    }
    let (kind, end) = walk(index)
    return endsExpression(end) ? kind : .other
  }

  /// `"name" { … }` or `("name", …)`, and nothing that makes another value of it.
  private func endsAfterDeclaration(_ index: Int) -> Bool {
    var position = index
    while let token = token(position) {
      if token.string != nil {
        position += 1
      } else if token.isSymbol("{") || token.isSymbol("(") {
        position = skipBrackets(position)
      } else {
        break
      }
    }
    return endsExpression(position)
  }

  private func skipBrackets(_ index: Int) -> Int {
    var depth = 0
    var position = index
    while let token = token(position) {
      if token.isSymbol("{") || token.isSymbol("(") || token.isSymbol("[") { depth += 1 }
      if token.isSymbol("}") || token.isSymbol(")") || token.isSymbol("]") { depth -= 1 }
      position += 1
      if depth == 0 { break }
    }
    return position
  }

  private func endsExpression(_ index: Int) -> Bool {
    guard let token = token(index) else { return true }
    switch token.kind {
    case .name, .string, .number: return true
    case .keyword(let word): return word != "and" && word != "or"
    case .symbol(let symbol): return [",", ";", ")", "}", "]", "::"].contains(symbol)
    }
  }

  /// Follows `a.b[1].c` from a name on; what it holds and where it ends.
  private func walk(_ index: Int) -> (Holds, Int) {
    guard let name = token(index)?.name else { return (.other, index + 1) }
    var kind = holds(name)
    var position = index + 1
    while let token = token(position) {
      if token.isSymbol("."), let field = self.token(position + 1)?.name {
        if kind == .handle { kind = field == "out" ? .ref : .other }
        position += 2
      } else if token.isSymbol("[") {
        if kind == .handle { kind = .other }
        position = skipBrackets(position)
      } else if token.isSymbol(":") {
        kind = kind == .ref && self.token(position + 1)?.name == "map" ? .ref : .other
        position += 2
      } else if token.isSymbol("("), kind == .ref, self.token(position - 1)?.name == "map" {
        position = skipBrackets(position)
      } else {
        break
      }
    }
    return (kind, position)
  }

  // MARK: Uses

  /// At a name that begins an expression or an assignment.
  private mutating func chain(_ index: Int) -> Int {
    let (kind, end) = walk(index)
    if end == index + 1, let name = tokens[index].name, token(end)?.isSymbol("=") == true, isStatement(index) {
      assign(name, kind: self.kind(ofExpressionAt: end + 1))
      return end
    }
    guard kind == .ref else { return index + 1 }
    let text = describe(index, end)
    var (first, last) = (index, end)
    while token(first - 1)?.isSymbol("(") == true, token(last)?.isSymbol(")") == true, !isCall(first - 1) {
      first -= 1
      last += 1
    }
    let before = token(first - 1)
    let after = token(last)
    if isComparison(before) || isComparison(after) {
      report(index, "\(text) is compared before it is known: the answer would always be the same", text)
    } else if isTruth(before: before, after: after) {
      report(index, "\(text) is used as a condition before it is known: it would always hold", text)
    }
    return end
  }

  private mutating func assign(_ name: String, kind: Holds) {
    for level in scopes.indices.reversed() where scopes[level][name] != nil {
      scopes[level][name] = kind
      return
    }
    scopes[0][name] = kind
  }

  /// Whether the name begins a statement, so that `=` after it assigns and does not name a field.
  private func isStatement(_ index: Int) -> Bool {
    guard let before = token(index - 1) else { return true }
    switch before.kind {
    case .name, .string, .number: return true
    case .keyword(let word):
      return ["do", "then", "else", "end", "repeat", "nil", "true", "false", "break"].contains(word)
    case .symbol(let symbol): return [")", "}", "]", ";"].contains(symbol)
    }
  }

  private func isCall(_ parenthesis: Int) -> Bool {
    guard let before = token(parenthesis - 1) else { return false }
    return before.name != nil || before.isSymbol(")") || before.isSymbol("]")
  }

  private func isComparison(_ token: LuaToken?) -> Bool {
    token.map { $0.isSymbol("==") || $0.isSymbol("~=") } ?? false
  }

  private func isTruth(before: LuaToken?, after: LuaToken?) -> Bool {
    if before?.isKeyword("until") == true { return true }
    if let before, ["if", "elseif", "while"].contains(where: before.isKeyword), let after {
      if ["then", "do", "and", "or"].contains(where: after.isKeyword) { return true }
    }
    if before?.isKeyword("not") == true { return true }
    return after?.isKeyword("and") == true || after?.isKeyword("or") == true
  }

  private func describe(_ start: Int, _ end: Int) -> String {
    var text = ""
    for token in tokens[start..<min(end, tokens.count)] {
      switch token.kind {
      case .name(let word), .keyword(let word), .symbol(let word): text += word
      case .string(let word): text += "\"\(word)\""
      case .number: text += "…"
      }
    }
    return text.utf8.count > 60 ? String(text.prefix(57)) + "…" : text
  }

  private mutating func report(_ index: Int, _ message: String, _ text: String) {
    let place = SourcePlace(file: file, line: tokens[index].line, column: tokens[index].column)
    found.append(
      Diagnostic(
        message, at: place,
        cure:
          "decide when it is known: in ref:map(function(v) … end), in when = function(deps) … end, or in the command",
        code: "B011"))
  }
}
