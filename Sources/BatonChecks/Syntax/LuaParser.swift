import BatonLua

/// Parses Lua 5.4 (reference manual, section 9) and resolves names to their declarations. Gives up where the text is no Lua, or
/// nests deeper than can be followed without the risk of a stack that overflows: then nil comes back, and nothing is told.
struct LuaParser {
  private struct GivesUp: Error {}

  /// Deeper than Lua's compiler lets expressions nest (`LUAI_MAXCCALLS`, 200).
  private static let deepest = 220
  /// Longest chain of operators or calls that is followed: each is a level of the tree.
  private static let longest = 1500

  private let tokens: [LuaToken]
  private var position = 0
  private var depth = 0
  private var function: LuaFunction
  private var scopes: [[String: LuaBinding]] = [[:]]

  static func parse(_ tokens: [LuaToken]) -> LuaFunction? {
    let root = LuaFunction(parent: nil, first: 0)
    var parser = LuaParser(tokens: tokens, root: root)
    guard let statements = try? parser.block(), parser.position == tokens.count else { return nil }
    root.statements = statements
    root.last = max(0, tokens.count - 1)
    return root
  }

  private init(tokens: [LuaToken], root: LuaFunction) {
    self.tokens = tokens
    function = root
  }

  // MARK: Tokens

  private var token: LuaToken? { position < tokens.count ? tokens[position] : nil }
  private func isKeyword(_ word: String) -> Bool { token?.isKeyword(word) == true }
  private func isSymbol(_ text: String) -> Bool { token?.isSymbol(text) == true }

  private mutating func takeKeyword(_ word: String) throws(GivesUp) {
    guard isKeyword(word) else { throw GivesUp() }
    position += 1
  }

  private mutating func takeSymbol(_ text: String) throws(GivesUp) {
    guard isSymbol(text) else { throw GivesUp() }
    position += 1
  }

  private mutating func accept(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func name() throws(GivesUp) -> (String, Int) {
    guard let name = token?.name else { throw GivesUp() }
    position += 1
    return (name, position - 1)
  }

  // MARK: Names

  private func find(_ name: String) -> LuaBinding? {
    for scope in scopes.reversed() { if let binding = scope[name] { return binding } }
    return nil
  }

  private mutating func declare(_ binding: LuaBinding) { scopes[scopes.count - 1][binding.name] = binding }

  // MARK: Statements

  private mutating func scoped() throws(GivesUp) -> [LuaStatement] {
    scopes.append([:])
    let statements = try block()
    scopes.removeLast()
    return statements
  }

  private mutating func block() throws(GivesUp) -> [LuaStatement] {
    depth += 1
    guard depth < Self.deepest else { throw GivesUp() }
    var statements: [LuaStatement] = []
    while let token {
      if ["end", "else", "elseif", "until"].contains(where: token.isKeyword) { break }
      if accept(";") { continue }
      let first = position
      statements.append(LuaStatement(kind: try statement(), first: first))
    }
    depth -= 1
    return statements
  }

  private mutating func statement() throws(GivesUp) -> LuaStatement.Kind {
    guard case .keyword(let word)? = token?.kind else {
      if accept("::") {
        _ = try name()
        try takeSymbol("::")
        return .jump
      }
      return try expressionStatement()
    }
    switch word {
    case "local": return try local()
    case "function": return try namedFunction()
    case "return": return try returns()
    case "do":
      position += 1
      let inside = try scoped()
      try takeKeyword("end")
      return .block(inside)
    case "if": return try branch()
    case "while":
      position += 1
      let condition = try expression()
      try takeKeyword("do")
      let inside = try scoped()
      try takeKeyword("end")
      return .loop([condition], inside)
    case "repeat":
      position += 1
      scopes.append([:])
      let inside = try block()
      try takeKeyword("until")
      let condition = try expression()
      scopes.removeLast()
      return .loop([condition], inside)
    case "for": return try loop()
    case "break":
      position += 1
      return .jump
    case "goto":
      position += 1
      _ = try name()
      return .jump
    default: return try expressionStatement()
    }
  }

  private mutating func local() throws(GivesUp) -> LuaStatement.Kind {
    position += 1
    if isKeyword("function") {
      position += 1
      let (name, token) = try name()
      let binding = LuaBinding(name, token: token, owner: function)
      declare(binding)
      return .localFunction(binding, try functionBody(from: position))
    }
    var bindings: [LuaBinding] = []
    repeat {
      let (name, token) = try name()
      bindings.append(LuaBinding(name, token: token, owner: function))
      if accept("<") {
        _ = try self.name()
        try takeSymbol(">")
      }
    } while accept(",")
    let values = accept("=") ? try expressions() : []
    if bindings.count == 1, values.count == 1 { bindings[0].initial = values[0] }
    for binding in bindings { declare(binding) }
    return .local(bindings, values)
  }

  private mutating func namedFunction() throws(GivesUp) -> LuaStatement.Kind {
    let first = position
    position += 1
    let (base, token) = try name()
    let binding = find(base)
    binding?.isReassigned = true
    var target = LuaNode(.name(base, binding), token, token)
    var isMethod = false
    while isSymbol(".") || isSymbol(":") {
      isMethod = isSymbol(":")
      position += 1
      let (key, place) = try name()
      target = LuaNode(.index(target, LuaNode(.string(key), place, place)), token, place)
      if isMethod { break }
    }
    return .function(target, try functionBody(from: first, isMethod: isMethod))
  }

  private mutating func returns() throws(GivesUp) -> LuaStatement.Kind {
    position += 1
    if token == nil || isSymbol(";") || ["end", "else", "elseif", "until"].contains(where: { isKeyword($0) }) {
      return .returns([])
    }
    return .returns(try expressions())
  }

  private mutating func branch() throws(GivesUp) -> LuaStatement.Kind {
    var parts: [(condition: LuaNode?, then: [LuaStatement])] = []
    repeat {
      position += 1
      let condition = try expression()
      try takeKeyword("then")
      parts.append((condition, try scoped()))
    } while isKeyword("elseif")
    if isKeyword("else") {
      position += 1
      parts.append((nil, try scoped()))
    }
    try takeKeyword("end")
    return .branch(parts)
  }

  private mutating func loop() throws(GivesUp) -> LuaStatement.Kind {
    position += 1
    var bindings: [LuaBinding] = []
    repeat {
      let (name, token) = try name()
      bindings.append(LuaBinding(name, token: token, owner: function))
    } while accept(",")
    let isNumeric = accept("=")
    if !isNumeric { try takeKeyword("in") }
    let heads = try expressions()
    if !isNumeric, let head = heads.first { for binding in bindings { binding.iterated = head } }
    try takeKeyword("do")
    scopes.append([:])
    for binding in bindings { declare(binding) }
    let inside = try block()
    scopes.removeLast()
    try takeKeyword("end")
    return .loop(heads, inside)
  }

  private mutating func expressionStatement() throws(GivesUp) -> LuaStatement.Kind {
    let node = try suffixed()
    guard isSymbol("=") || isSymbol(",") else { return .call(node) }
    var targets = [node]
    while accept(",") { targets.append(try suffixed()) }
    try takeSymbol("=")
    let values = try expressions()
    for target in targets { target.binding?.isReassigned = true }
    return .assign(targets, values)
  }

  // MARK: Expressions

  private mutating func expressions() throws(GivesUp) -> [LuaNode] {
    var nodes = [try expression()]
    while accept(",") { nodes.append(try expression()) }
    return nodes
  }

  /// Left and right priority of the binary operators (`lparser.c`).
  private static let priorities: [String: (left: Int, right: Int)] = [
    "or": (1, 1), "and": (2, 2), "<": (3, 3), ">": (3, 3), "<=": (3, 3), ">=": (3, 3), "~=": (3, 3), "==": (3, 3),
    "|": (4, 4), "~": (5, 5), "&": (6, 6), "<<": (7, 7), ">>": (7, 7), "..": (9, 8), "+": (10, 10), "-": (10, 10),
    "*": (11, 11), "/": (11, 11), "//": (11, 11), "%": (11, 11), "^": (14, 13),
  ]

  private var binaryOperator: String? {
    switch token?.kind {
    case .symbol(let text)?: Self.priorities[text] == nil ? nil : text
    case .keyword(let word)? where word == "and" || word == "or": word
    default: nil
    }
  }

  private mutating func expression(above limit: Int = 0) throws(GivesUp) -> LuaNode {
    depth += 1
    guard depth < Self.deepest else { throw GivesUp() }
    let first = position
    var left: LuaNode
    switch token?.kind {
    case .symbol("-")?, .symbol("#")?, .symbol("~")?, .keyword("not")?:
      let text = if case .symbol(let symbol)? = token?.kind { symbol } else { "not" }
      position += 1
      let operand = try expression(above: 12)
      left = LuaNode(.unary(text, operand), first, operand.last)
    default: left = try simple()
    }
    var length = 0
    while let text = binaryOperator, let priority = Self.priorities[text], priority.left > limit {
      length += 1
      guard length < Self.longest else { throw GivesUp() }
      position += 1
      let right = try expression(above: priority.right)
      left = LuaNode(.binary(text, left, right), first, right.last)
    }
    depth -= 1
    return left
  }

  private mutating func simple() throws(GivesUp) -> LuaNode {
    guard let token else { throw GivesUp() }
    let first = position
    func leaf(_ kind: LuaNode.Kind) -> LuaNode { LuaNode(kind, first, first) }
    switch token.kind {
    case .number:
      position += 1
      return leaf(.number)
    case .string(let text):
      position += 1
      return leaf(.string(text))
    case .keyword("nil"):
      position += 1
      return leaf(.null)
    case .keyword("true"), .keyword("false"):
      position += 1
      return leaf(.truth(token.isKeyword("true")))
    case .symbol("..."):
      position += 1
      return leaf(.vararg)
    case .symbol("{"): return try table()
    case .keyword("function"):
      position += 1
      let made = try functionBody(from: first)
      return LuaNode(.function(made), first, position - 1)
    case .name, .keyword, .symbol: return try suffixed()
    }
  }

  private mutating func suffixed() throws(GivesUp) -> LuaNode {
    let first = position
    var node: LuaNode
    if accept("(") {
      let inner = try expression()
      try takeSymbol(")")
      node = LuaNode(.parenthesis(inner), first, position - 1)
    } else {
      let (name, place) = try name()
      node = LuaNode(.name(name, find(name)), place, place)
    }
    var length = 0
    while let token {
      length += 1
      guard length < Self.longest else { throw GivesUp() }
      switch token.kind {
      case .symbol("."):
        position += 1
        let (key, place) = try name()
        node = LuaNode(.index(node, LuaNode(.string(key), place, place)), first, place)
      case .symbol("["):
        position += 1
        let key = try expression()
        try takeSymbol("]")
        node = LuaNode(.index(node, key), first, position - 1)
      case .symbol(":"):
        position += 1
        let (method, _) = try name()
        guard let arguments = try arguments() else { throw GivesUp() }
        node = LuaNode(.method(node, method, arguments), first, position - 1)
      default:
        guard let arguments = try arguments() else { return node }
        node = LuaNode(.call(node, arguments), first, position - 1)
      }
    }
    return node
  }

  /// `(…)`, `"…"`, `{…}`; nil: no arguments stand here.
  private mutating func arguments() throws(GivesUp) -> [LuaNode]? {
    switch token?.kind {
    case .string(let text)?:
      position += 1
      return [LuaNode(.string(text), position - 1, position - 1)]
    case .symbol("{")?: return [try table()]
    case .symbol("(")?:
      position += 1
      if accept(")") { return [] }
      let list = try expressions()
      try takeSymbol(")")
      return list
    default: return nil
    }
  }

  private mutating func table() throws(GivesUp) -> LuaNode {
    let first = position
    depth += 1
    guard depth < Self.deepest else { throw GivesUp() }
    try takeSymbol("{")
    var fields: [LuaField] = []
    while !isSymbol("}") {
      if accept("[") {
        let key = try expression()
        try takeSymbol("]")
        try takeSymbol("=")
        fields.append(LuaField(key: .computed(key), value: try expression()))
      } else if let name = token?.name, position + 1 < tokens.count, tokens[position + 1].isSymbol("=") {
        let place = position
        position += 2
        fields.append(LuaField(key: .name(name, token: place), value: try expression()))
      } else {
        fields.append(LuaField(key: .none, value: try expression()))
      }
      guard accept(",") || accept(";") else { break }
    }
    try takeSymbol("}")
    depth -= 1
    return LuaNode(.table(fields), first, position - 1)
  }

  /// From the parenthesis of the parameters on.
  private mutating func functionBody(from first: Int, isMethod: Bool = false) throws(GivesUp) -> LuaFunction {
    let outer = function
    let made = LuaFunction(parent: outer, first: first)
    function = made
    scopes.append([:])
    if isMethod { take(parameter: "self", at: position, of: made) }
    try takeSymbol("(")
    while !isSymbol(")") {
      if accept("...") { break }
      let (name, place) = try name()
      take(parameter: name, at: place, of: made)
      guard accept(",") else { break }
    }
    try takeSymbol(")")
    made.statements = try block()
    try takeKeyword("end")
    made.last = position - 1
    scopes.removeLast()
    function = outer
    return made
  }

  private mutating func take(parameter name: String, at place: Int, of function: LuaFunction) {
    let binding = LuaBinding(name, token: place, owner: function, isParameter: true)
    function.parameters.append(binding)
    declare(binding)
  }
}
