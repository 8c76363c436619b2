import BatonLua
import BatonModel

/// Statuses of steps that are compared with a word that is none (B039).
struct StatusRules {
  private(set) var findings: [CheckFinding] = []

  private static let words = Set(StepStatus.allCases.map(\.rawValue))

  init(_ facts: ScriptFacts) {
    for visit in facts.visits {
      guard case .binary(let sign, let left, let right) = visit.node.kind, sign == "==" || sign == "~=" else {
        continue
      }
      for (one, other) in [(left.bare, right.bare), (right.bare, left.bare)] {
        guard let word = other.string, !Self.words.contains(word), Self.isStatus(one, facts) else { continue }
        findings.append(
          facts.finding(
            "B039", "no step has the status \"\(word)\"", at: facts.place(of: other),
            cure: Names.nearest(to: word, in: Self.words).map { "did you mean \"\($0)\"?" }
              ?? "they are: \(StepStatus.allCases.filter(\.isTerminal).map(\.rawValue).joined(separator: ", "))"))
      }
    }
  }

  /// `deps.build.status` of a function that is called back; what a child of a body came to: `ctx:step(…) {…}.status`.
  private static func isStatus(_ node: LuaNode, _ facts: ScriptFacts) -> Bool {
    guard case .index(let base, let key) = node.kind, key.string == "status" else { return false }
    if let chain = ScriptFacts.chain(node), chain.keys.count == 2, let binding = chain.root.binding,
      binding.isParameter, binding.owner.parameters.first === binding,
      case .callback(let field)? = facts.role(of: binding.owner), ["when", "run", "check", "undo"].contains(field)
    {
      return true
    }
    var child = base.bare
    if let initial = child.binding?.initial, child.binding?.isReassigned == false { child = initial.bare }
    guard case .call(let callee, _) = child.kind, case .method(let context, "step", _) = callee.kind else {
      return false
    }
    return facts.isContext(context)
  }
}
