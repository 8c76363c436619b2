import BatonLua
import BatonModel

/// What can be told of a script from its text: its declarations, and what each of its functions is for.
final class ScriptFacts {
  /// `step "name" {…}`.
  struct Declaration {
    var kind: String
    var name: String
    /// Position of the token of its kind.
    var token: Int
    /// Its fields, where they stand behind it.
    var fields: LuaNode?
    var node: LuaNode
  }

  /// Who calls a function, and what its first parameter is.
  enum Role {
    /// A durable body: `ctx`.
    case body
    /// A field such as `when`, `run` or `check`: what the step depends on.
    case callback(String)
    /// Of `ctx:effect`.
    case effect
    /// Whoever the function around it is for.
    case nested
  }

  /// A place in the text, with all that stands around it.
  struct Visit {
    var node: LuaNode
    var around: [LuaWalk.Around]
  }

  static let kinds: Set<String> = [
    "step", "parallel", "sequence", "matrix", "gate", "transaction", "service", "pool", "call", "notify", "workflow",
  ]
  private static let callbacks: Set<String> = [
    "when", "run", "check", "undo", "select", "message", "title", "on", "failover",
  ]

  let tree: LuaTree
  let check: FileCheck
  private(set) var declarations: [Declaration] = []
  private(set) var visits: [Visit] = []
  /// Assignments, and functions that are given a name, local or not.
  private(set) var statements: [(statement: LuaStatement, around: [LuaWalk.Around])] = []
  private var declaring: Set<Int> = []
  /// Positions of declarations by their lines.
  private var byLine: [Int32: [Int]] = [:]
  private var returned: [ObjectIdentifier: [[LuaNode]]] = [:]
  private var roles: [ObjectIdentifier: Role] = [:]
  private var declaredBy: [ObjectIdentifier: Declaration] = [:]

  init(_ tree: LuaTree, check: FileCheck) {
    self.tree = tree
    self.check = check
    var walk = LuaWalk(
      onNode: { [unowned self] in visit($0, $1) },
      onStatement: { [unowned self] in visit($0, $1) })
    walk.walk(tree)
  }

  private func visit(_ statement: LuaStatement, _ around: [LuaWalk.Around]) {
    switch statement.kind {
    case .assign, .function, .localFunction: statements.append((statement, around))
    case .returns(let values):
      for case .function(let function) in around.reversed() {
        returned[ObjectIdentifier(function), default: []].append(values)
        break
      }
    case .local, .call, .block, .loop, .branch, .jump: break
    }
  }

  private func visit(_ node: LuaNode, _ around: [LuaWalk.Around]) {
    visits.append(Visit(node: node, around: around))
    if let declaration = Self.declaration(node) {
      // The outer of two calls has the fields, and comes first.
      if declaring.insert(declaration.token).inserted {
        byLine[tree.tokens[declaration.token].line, default: []].append(declarations.count)
        declarations.append(declaration)
      }
      declaredBy[ObjectIdentifier(node)] = declaration
    }
    if let function = node.function { roles[ObjectIdentifier(function)] = Self.role(of: function, node, around) }
  }

  /// `step "name" {…}`, `step("name", {…})`, `step "name"` alone.
  private static func declaration(_ node: LuaNode) -> Declaration? {
    guard case .call(let callee, let arguments) = node.kind else { return nil }
    if let kind = callee.global, kinds.contains(kind), let name = arguments.first?.string {
      return Declaration(kind: kind, name: name, token: callee.first, fields: arguments.dropFirst().first, node: node)
    }
    if case .call(let inner, let names) = callee.kind, let kind = inner.global, kinds.contains(kind),
      let name = names.first?.string
    {
      return Declaration(kind: kind, name: name, token: inner.first, fields: arguments.first, node: node)
    }
    return nil
  }

  private static func role(of function: LuaFunction, _ node: LuaNode, _ around: [LuaWalk.Around]) -> Role {
    if function.parameters.first?.name == "ctx" { return .body }
    switch around.last {
    case .field(let field)?:
      if case .none = field.key, around.count >= 3, case .node(let call) = around[around.count - 3] {
        if isStep(call) { return .body }
      }
      if let name = field.name, callbacks.contains(name) { return .callback(name) }
    case .node(let parent)?:
      if case .method(_, let method, let arguments) = parent.kind, arguments.contains(where: { $0 === node }) {
        if method == "effect" { return .effect }
        if method == "undo" { return .body }
        if method == "map", arguments.count == 1 { return .callback("map") }
      }
    case .function?, .loop?, .condition?, .statement?, nil: break
    }
    return .nested
  }

  /// Whether a call declares a step, or a child of one.
  private static func isStep(_ node: LuaNode) -> Bool {
    guard case .call(let callee, _) = node.kind else {
      if case .method(_, let method, _) = node.kind { return ["step", "start"].contains(method) }
      return false
    }
    if callee.global == "step" { return true }
    if case .call(let inner, _) = callee.kind { return inner.global == "step" }
    if case .method(_, let method, _) = callee.kind { return ["step", "start"].contains(method) }
    return false
  }

  // MARK: Questions

  /// The function that the place belongs to, and what it is for: nested ones are for whom the one around them is for.
  func role(at around: [LuaWalk.Around]) -> (role: Role, function: LuaFunction)? {
    for place in around.reversed() {
      guard case .function(let function) = place else { continue }
      guard let role = roles[ObjectIdentifier(function)] else { return nil }
      if case .nested = role { continue }
      return (role, function)
    }
    return nil
  }

  func role(of function: LuaFunction) -> Role? { roles[ObjectIdentifier(function)] }

  /// The body that the place is in, also within its effects.
  func body(at around: [LuaWalk.Around]) -> LuaFunction? {
    for place in around.reversed() {
      if case .function(let function) = place, case .body? = roles[ObjectIdentifier(function)] { return function }
    }
    return nil
  }

  /// What a function returns, at each of its ends.
  func returns(of function: LuaFunction) -> [[LuaNode]] { returned[ObjectIdentifier(function)] ?? [] }

  /// Whether it is the `ctx` of a body.
  func isContext(_ node: LuaNode) -> Bool {
    guard let binding = node.binding, binding.isParameter, binding.owner.parameters.first === binding,
      case .body? = roles[ObjectIdentifier(binding.owner)]
    else { return false }
    return true
  }

  /// What the name was declared with: `local build = step "build" {…}`.
  func declaration(of binding: LuaBinding?) -> Declaration? {
    guard let initial = binding?.initial, binding?.isReassigned == false else { return nil }
    return declaredBy[ObjectIdentifier(initial.bare)]
  }

  /// `a.b["c"][1]` as its root and its keys; nil where something else is in between.
  static func chain(_ node: LuaNode) -> (root: LuaNode, keys: [LuaNode])? {
    var keys: [LuaNode] = []
    var current = node
    while case .index(let base, let key) = current.kind {
      keys.append(key)
      current = base.bare
    }
    guard case .name = current.kind else { return nil }
    return (current, keys.reversed())
  }

  // MARK: Places

  func place(_ token: Int) -> SourcePlace {
    guard tree.tokens.indices.contains(token) else { return SourcePlace(file: tree.file) }
    return SourcePlace(file: tree.file, line: tree.tokens[token].line, column: tree.tokens[token].column)
  }

  func place(of node: LuaNode) -> SourcePlace { place(node.first) }

  /// The line and column of a byte of the source.
  func place(byte offset: Int) -> SourcePlace {
    var line: Int32 = 1
    var start = 0
    for index in 0..<min(offset, tree.source.count) where tree.source[index] == 0x0A {
      line += 1
      start = index + 1
    }
    return SourcePlace(file: tree.file, line: line, column: Int32(offset - start + 1))
  }

  /// Where a node of the plan is declared, with the column where this file says it.
  func place(of node: Node) -> SourcePlace {
    guard node.file == tree.file else { return node.place }
    let word = byLine[node.line]?.first { node.name.hasSuffix(declarations[$0].name) }
    return word.map { place(declarations[$0].token) } ?? node.place
  }

  /// The source of an expression, shortened.
  func text(of node: LuaNode) -> String {
    guard tree.tokens.indices.contains(node.first), tree.tokens.indices.contains(node.last) else { return "…" }
    let range = tree.tokens[node.first].range.lowerBound..<tree.tokens[node.last].range.upperBound
    let text = String(decoding: tree.source[range], as: UTF8.self)
    return text.count > 50 ? String(text.prefix(49)) + "…" : text
  }

  func range(_ first: Int, _ last: Int) -> Range<Int> {
    tree.tokens[first].range.lowerBound..<tree.tokens[last].range.upperBound
  }

  func finding(
    _ code: String, _ message: String, at place: SourcePlace, cure: String? = nil, edits: [CheckFinding.Edit] = []
  ) -> CheckFinding {
    let severity = Rule.named(code)?.severity ?? .warning
    return CheckFinding(Diagnostic(message, at: place, cure: cure, severity: severity, code: code), edits: edits)
  }
}
