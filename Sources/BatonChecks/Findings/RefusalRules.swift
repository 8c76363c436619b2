import BatonModel

/// Steps that wait for a failure and depend on nothing but gates: a refusal is none that they would see (B022).
struct RefusalRules {
  private let plan: Plan
  private(set) var findings: [CheckFinding] = []
  /// Nodes that were asked already.
  private var known: [NodeIndex: Bool] = [:]

  init(_ plan: Plan, _ facts: ScriptFacts) {
    self.plan = plan
    for node in plan.nodes where node.options.value.when == .failed && !node.dependencies.isEmpty {
      guard case .step = node.kind else { continue }
      let gates = node.dependencies.compactMap { plan.nodes.indices.contains($0) ? plan.nodes[$0] : nil }
      // Of `ask`, people say what a refusal comes to.
      guard gates.allSatisfy({ $0.gate.map { $0.otherwise != .ask } ?? false }), let first = gates.first,
        let otherwise = first.gate?.otherwise
      else { continue }
      let isNever = node.dependencies.allSatisfy { neverFails($0, depth: 0) }
      findings.append(
        facts.finding(
          "B022",
          "step \"\(node.name)\" "
            + (isNever ? "can never run" : "runs only where what is before gate \"\(first.name)\" failed")
            + ": where the gate refuses, " + Self.meaning[otherwise, default: ""],
          at: facts.place(of: node), cure: Self.cure(first.name, otherwise)))
    }
  }

  private static let meaning: [GateSpec.Otherwise: String] = [
    .halt: "the run halts, and nothing starts", .branch: "it counts as skipped, not as failed",
    .warn: "the run goes on as if it had passed",
  ]

  private static func cure(_ gate: String, _ otherwise: GateSpec.Otherwise) -> String {
    let key = gate.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? ".\(gate)" : "[\"\(gate)\"]"
    return "to run it after a refusal: \(otherwise == .branch ? "" : "otherwise = \"branch\" and ")"
      + "when = function(deps) return deps\(key).status == \"skipped\" end"
  }

  /// Whether nothing can make a node count as failed for what depends on it; a gate's refusal is looked at apart.
  private mutating func neverFails(_ index: NodeIndex, depth: Int) -> Bool {
    guard depth < 100, plan.nodes.indices.contains(index) else { return false }
    if let answer = known[index] { return answer }
    let node = plan.nodes[index]
    let own: Bool =
      switch node.kind {
      case .gate(let gate): gate.check == nil
      case .step: node.options.value.allowFailure
      case .group(let group): group.pending == nil && group.members.allSatisfy { neverFails($0, depth: depth + 1) }
      case .service: false
      }
    let answer = own && node.dependencies.allSatisfy { neverFails($0, depth: depth + 1) }
    known[index] = answer
    return answer
  }
}
