import BatonModel

/// Futures of durable bodies that are kept in a local which nothing reads (B038).
struct Futures {
  private let facts: ScriptFacts
  private var read: Set<ObjectIdentifier> = []
  private(set) var findings: [CheckFinding] = []

  init(_ facts: ScriptFacts) {
    self.facts = facts
    for case .name(_, let binding?) in facts.visits.lazy.map(\.node.kind) { read.insert(ObjectIdentifier(binding)) }
    for visit in facts.visits {
      guard let function = visit.node.function, facts.role(of: function).isBody else { continue }
      look(function.statements)
    }
  }

  private mutating func look(_ statements: [LuaStatement]) {
    for statement in statements {
      switch statement.kind {
      case .block(let inside), .loop(_, let inside): look(inside)
      case .branch(let parts): for part in parts { look(part.then) }
      case .local(let bindings, let values):
        for (binding, value) in zip(bindings, values) where !read.contains(ObjectIdentifier(binding)) {
          guard let (name, token) = started(value.bare) else { continue }
          findings.append(
            facts.finding(
              "B038", "what ctx:start \"\(name)\" began is never waited for: nothing uses \(binding.name)",
              at: facts.place(token), cure: "\(binding.name):await() or ctx:all { \(binding.name) }"))
        }
      case .assign, .call, .function, .localFunction, .returns, .jump: break
      }
    }
  }

  /// The child that an expression begins, and nothing more of it.
  private func started(_ node: LuaNode) -> (name: String, token: Int)? {
    var node = node
    if case .call(let callee, _) = node.kind { node = callee }
    guard case .method(let base, "start", let names) = node.kind, facts.isContext(base) else { return nil }
    return (names.first?.string ?? "…", base.first)
  }
}
