/// Children of durable bodies that are asked for under a name that was taken before (B036), told from the text: in each round
/// of a loop, or twice on one way through the body.
struct ChildNames {
  private let facts: ScriptFacts
  private(set) var findings: [CheckFinding] = []

  init(_ facts: ScriptFacts) {
    self.facts = facts
    for visit in facts.visits {
      guard let function = visit.node.function, facts.role(of: function).isBody else { continue }
      walk(function.statements, isLoop: false, [])
    }
  }

  /// - Parameters:
  ///   - isLoop: whether the statements are done again.
  ///   - before: names that were asked for on the way here.
  private mutating func walk(_ statements: [LuaStatement], isLoop: Bool, _ before: Set<String>) {
    var known = before
    for statement in statements {
      switch statement.kind {
      case .local(_, let values), .assign(_, let values), .returns(let values):
        for value in values { look(at: value, isLoop, &known) }
      case .call(let node): look(at: node, isLoop, &known)
      case .block(let inside): walk(inside, isLoop: isLoop, known)
      case .loop(_, let inside): walk(inside, isLoop: true, known)
      case .branch(let parts): for part in parts { walk(part.then, isLoop: isLoop, known) }
      case .function, .localFunction, .jump: break
      }
    }
  }

  /// The child that an expression asks for first of all: `ctx:step("a") { … }.out.x`.
  private mutating func look(at node: LuaNode, _ isLoop: Bool, _ known: inout Set<String>) {
    var current = node.bare
    while true {
      switch current.kind {
      case .call(let callee, _): current = callee.bare
      case .index(let base, _): current = base.bare
      case .method(let base, let method, let arguments):
        guard ["step", "start"].contains(method), facts.isContext(base), let name = arguments.first?.string else {
          current = base.bare
          continue
        }
        // Of a loop it is told where the operation is looked at.
        if !known.insert(name).inserted, !isLoop {
          findings.append(
            facts.finding(
              "B036", "a child \"\(name)\" was asked for before: the second one ends the body with an error",
              at: facts.place(base.first), cure: "give each a name of its own"))
        }
        return
      default: return
      }
    }
  }
}
