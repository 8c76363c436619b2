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
    // What a step depends on may be missing.
    guard facts.check.missing.isEmpty else { return }
    let places = Set(told.filter { $0.code == "B022" }.compactMap(\.diagnostic.place))
    for node in plan.nodes where node.options.value.when == .failed && !node.dependencies.isEmpty {
      guard case .step = node.kind else { continue }
      let gates = node.dependencies.compactMap { plan.nodes.indices.contains($0) ? plan.nodes[$0] : nil }
      guard gates.allSatisfy(Self.onlyRefuses), !places.contains(facts.place(of: node)),
        node.dependencies.allSatisfy({ neverFails($0, depth: 0) })
      else { continue }
      findings.append(
        facts.finding(
          "B022", "step \"\(node.name)\" can never run: \(Self.meaning(of: gates))", at: facts.place(of: node),
          cure: Self.cure(gates)))
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

  /// What a refusal of each of them does.
  private static func meaning(of gates: [Node]) -> String {
    var parts: [(gates: [String], otherwise: GateSpec.Otherwise)] = []
    for gate in gates {
      guard let otherwise = gate.gate?.otherwise else { continue }
      if let known = parts.firstIndex(where: { $0.otherwise == otherwise }) {
        parts[known].gates.append(gate.name)
      } else {
        parts.append(([gate.name], otherwise))
      }
    }
    return parts.map { names, otherwise in
      let subject = gates.count == 1 ? "the gate" : "gate " + Names.either(names)
      return "where \(subject) refuses, \(meaning[otherwise, default: ""])"
    }.joined(separator: "; ")
  }

  /// - Parameter gates: all of which the step waits for.
  private static func cure(_ gates: [Node]) -> String {
    let others = gates.filter { $0.gate?.otherwise != .branch }.map(\.name)
    let places = gates.count == 1 ? "" : " in " + others.map { "\"\($0)\"" }.joined(separator: " and ")
    let skipped = gates.map { "deps\(key(of: $0.name)).status == \"skipped\"" }.joined(separator: " or ")
    return "to run it after a refusal: \(others.isEmpty ? "" : "otherwise = \"branch\"\(places) and ")"
      + "when = function(deps) return \(skipped) end"
  }

  /// `.quality`, `["1st"]`.
  private static func key(of name: String) -> String {
    let isName = LuaLexer.read(Array(name.utf8)).tokens.first?.name == name
    let quoted = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return isName ? ".\(name)" : "[\"\(quoted)\"]"
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
