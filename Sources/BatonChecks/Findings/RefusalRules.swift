import BatonLua
import BatonModel

/// Steps that wait for a failure and depend on nothing but gates: a refusal is none that they would see (B022).
struct RefusalRules {
  private let plan: Plan
  private(set) var findings: [CheckFinding] = []
  /// Nodes that were asked already.
  private var known: [NodeIndex: Bool] = [:]

  /// - Parameter told: what was found already: a step that can never run for another reason is told of once.
  init(_ plan: Plan, _ facts: ScriptFacts, told: [CheckFinding]) {
    self.plan = plan
    let places = Set(told.filter { $0.code == "B022" }.compactMap(\.diagnostic.place))
    for node in plan.nodes where node.options.value.when == .failed && !node.dependencies.isEmpty {
      guard case .step = node.kind else { continue }
      let gates = node.dependencies.compactMap { plan.nodes.indices.contains($0) ? plan.nodes[$0] : nil }
      guard gates.allSatisfy(Self.onlyRefuses), let first = gates.first, let otherwise = first.gate?.otherwise,
        !places.contains(facts.place(of: node))
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

  /// Whether all that a gate itself can come to is known: people say what a refusal is where it asks, and a function may fail.
  private static func onlyRefuses(_ node: Node) -> Bool {
    guard let gate = node.gate, gate.otherwise != .ask, gate.check == nil else { return false }
    return !hasCondition(node)
  }

  private static func hasCondition(_ node: Node) -> Bool {
    if case .callback = node.options.value.when { true } else { false }
  }

  private static let meaning: [GateSpec.Otherwise: String] = [
    .halt: "the run halts, and nothing starts", .branch: "it counts as skipped, not as failed",
    .warn: "the run goes on as if it had passed",
  ]

  private static func cure(_ gate: String, _ otherwise: GateSpec.Otherwise) -> String {
    let isName = LuaLexer.read(Array(gate.utf8)).tokens.first?.name == gate
    let quoted = gate.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    let key = isName ? ".\(gate)" : "[\"\(quoted)\"]"
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
      case .gate: Self.onlyRefuses(node)
      case .step: node.options.value.allowFailure
      case .group(let group):
        group.pending == nil && group.maxFailures == nil && !Self.hasCondition(node)
          && group.members.allSatisfy { neverFails($0, depth: depth + 1) }
      case .service: false
      }
    let answer =
      own && node.dependencies.allSatisfy { neverFails($0, depth: depth + 1) } && isSafe(in: node.parent, depth: depth)
    known[index] = answer
    return answer
  }

  /// Whether no group around a node skips or cancels it for a failure.
  private mutating func isSafe(in parent: NodeIndex?, depth: Int) -> Bool {
    var around = parent
    while let index = around, plan.nodes.indices.contains(index) {
      let group = plan.nodes[index]
      if group.group?.failFast == true || group.group?.maxFailures != nil || Self.hasCondition(group) { return false }
      guard group.dependencies.allSatisfy({ neverFails($0, depth: depth + 1) }) else { return false }
      around = group.parent
    }
    return true
  }
}
