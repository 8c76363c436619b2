import BatonModel

/// Where values come from: which of them may hold anything, because somebody outside of the script says what.
struct Taint {
  private let facts: ScriptFacts
  private let params: [String: ParamSpec]
  let flow: ValueFlow

  init(_ facts: ScriptFacts) {
    self.facts = facts
    flow = ValueFlow(facts)
    params = Dictionary(
      (facts.check.known?.workflow.params ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether it is a ref: a value that is known later, and quoted by itself.
  func isRef(_ node: LuaNode, depth: Int = 0) -> Bool {
    let node = node.bare
    guard depth < 8 else { return false }
    if case .method(let base, "map", let arguments) = node.kind, arguments.count == 1 {
      return isRef(base, depth: depth + 1)
    }
    if let binding = node.binding, !binding.isReassigned, let initial = binding.initial {
      return isRef(initial, depth: depth + 1)
    }
    guard let chain = ScriptFacts.chain(node), !chain.keys.isEmpty else { return false }
    if chain.root.global == "cell" { return true }
    if chain.keys.contains(where: { $0.string == "out" }) { return facts.declaration(of: chain.root.binding) != nil }
    guard let binding = chain.root.binding, !binding.isReassigned, let initial = binding.initial else { return false }
    return initial.binding == nil && isRef(initial, depth: depth + 1)
  }

  /// What a value is that may hold anything, in words; nil: it is the script's own, or cannot be told.
  func source(of node: LuaNode, depth: Int = 0) -> String? {
    let node = node.bare
    guard depth < 12 else { return nil }
    func of(_ other: LuaNode) -> String? { source(of: other, depth: depth + 1) }
    if isRef(node) { return nil }
    switch node.kind {
    case .binary("..", let left, let right), .binary("or", let left, let right): return of(left) ?? of(right)
    case .binary("and", _, let right): return of(right)
    case .call(let callee, let arguments): return call(callee, arguments, node, of)
    case .method(let base, let method, let arguments):
      if facts.isContext(base) { return ["signal", "value"].contains(method) ? "what ctx:\(method) gives" : nil }
      switch method {
      case "format": return arguments.lazy.compactMap(of).first ?? of(base)
      case "lower", "upper", "rep", "reverse", "sub": return of(base)
      default: return nil
      }
    case .index: return index(node, of)
    case .table(let fields): return fields.lazy.map(\.value).compactMap(of).first
    case .name(_, let binding?):
      if binding.isReassigned { return flow.value(of: binding, before: node).flatMap(of) }
      if let initial = binding.initial { return of(initial) }
      if let list = binding.iterated { return iterated(list, of) }
      return flow.arguments(of: binding).lazy.compactMap(of).first
    default: return nil
    }
  }

  private func call(_ callee: LuaNode, _ arguments: [LuaNode], _ node: LuaNode, _ of: (LuaNode) -> String?) -> String? {
    if callee.global == "tostring" { return arguments.first.flatMap(of) }
    guard let chain = ScriptFacts.chain(callee), let library = chain.root.global, chain.keys.count == 1 else {
      return nil
    }
    switch "\(library).\(chain.keys[0].string ?? "")" {
    case "os.getenv": return "an environment variable"
    case "string.format", "table.concat": return arguments.lazy.compactMap(of).first
    case "string.lower", "string.upper", "string.sub", "string.rep": return arguments.first.flatMap(of)
    default: return nil
    }
  }

  private func iterated(_ list: LuaNode, _ of: (LuaNode) -> String?) -> String? {
    if case .call(let callee, let arguments) = list.bare.kind, ["ipairs", "pairs"].contains(callee.global) {
      return arguments.first.flatMap(of)
    }
    return nil
  }

  private func index(_ node: LuaNode, _ of: (LuaNode) -> String?) -> String? {
    guard let chain = ScriptFacts.chain(node), let first = chain.keys.first else {
      // `ctx:sh("…").text`, `ctx:step "x" {…}.out.y`.
      return result(of: node)
    }
    if chain.root.global == "env" { return "an environment variable" }
    if chain.root.global == "params" { return first.string.flatMap { name in params[name].flatMap(Self.phrase) } }
    guard let binding = chain.root.binding else { return nil }
    let names = chain.keys.map(\.string)
    if let axis = names.first.flatMap({ $0 }).flatMap({ flow.axis($0, of: binding) }) {
      // By the time of the call a cell is plain text.
      return isRef(axis) ? "a cell that another step emitted" : of(axis)
    }
    if binding.isParameter, binding.owner.parameters.first === binding,
      case .callback(let field)? = facts.role(of: binding.owner), field != "map"
    {
      return names.contains("out") ? "what another step emitted" : nil
    }
    if binding.isReassigned { return nil }
    guard let initial = binding.initial else { return binding.iterated.flatMap { iterated($0, of) } }
    if isOperation(initial) { return Self.output(names) }
    return initial.table == nil && initial.function == nil ? of(initial) : nil
  }

  /// Of `operation.text`, where the operation stands in the same expression.
  private func result(of node: LuaNode) -> String? {
    var names: [String?] = []
    var current = node
    while case .index(let base, let key) = current.kind {
      names.append(key.string)
      current = base.bare
    }
    return isOperation(current) ? Self.output(names) : nil
  }

  private static func output(_ names: [String?]) -> String? {
    names.contains { ["out", "text", "lines"].contains($0) } ? "what another step gave back" : nil
  }

  /// `ctx:sh …`, `ctx:step "name" {…}`, `future:await()`.
  private func isOperation(_ node: LuaNode) -> Bool {
    switch node.bare.kind {
    case .method(let base, let method, _):
      return facts.isContext(base) && ["sh", "exec", "step", "http", "call", "approval"].contains(method)
    case .call(let callee, _):
      if case .method(let base, let method, _) = callee.kind { return facts.isContext(base) && method == "step" }
      return false
    default: return false
    }
  }

  /// What a parameter may hold; nil: nothing that a shell would take for more than a word.
  private static func phrase(_ param: ParamSpec) -> String? {
    switch param.kind {
    case .string(pattern: nil): "a parameter that may be any text"
    case .list, .table: "a parameter that may hold any text"
    case .string, .integer, .number, .boolean, .choice: nil
    }
  }
}
