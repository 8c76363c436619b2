import BatonLua
import BatonModel

/// Functions that look at steps which they are not given (B035).
struct DependencyRules {
  private(set) var findings: [CheckFinding] = []

  init(_ facts: ScriptFacts) {
    guard let plan = facts.check.known else { return }
    let index = plan.indexByName()
    for declaration in facts.declarations where declaration.kind == "step" || declaration.kind == "gate" {
      guard let fields = declaration.fields?.bare.table, let place = index[declaration.name],
        plan.nodes[place].file == facts.tree.file,
        plan.nodes[place].line == facts.tree.tokens[declaration.token].line
      else { continue }
      let known = Set(plan.nodes[place].dependencies.map { plan.nodes[$0].name })
      for field in fields where ["when", "run", "check"].contains(field.name) {
        guard let function = field.value.bare.function, let parameter = function.parameters.first,
          case .callback? = facts.role(of: function)
        else { continue }
        look(facts, parameter, known, index, declaration)
      }
    }
  }

  private mutating func look(
    _ facts: ScriptFacts, _ parameter: LuaBinding, _ known: Set<String>, _ index: [String: NodeIndex],
    _ declaration: ScriptFacts.Declaration
  ) {
    for visit in facts.visits {
      guard case .index(let base, let key) = visit.node.kind, base.binding === parameter, let name = key.string,
        !known.contains(name),
        !facts.check.missing.contains(name),
        // What all of it measured.
        !(declaration.kind == "gate" && name == "metrics")
      else { continue }
      // `deps.x and deps.x.out` asks first; `deps.x.out` would end with an error.
      guard case .node(let parent)? = visit.around.last, case .index(let inner, _) = parent.kind, inner === visit.node
      else { continue }
      let asks = facts.visits.contains { other in
        guard case .index(let base, let key) = other.node.kind, base.binding === parameter, key.string == name else {
          return false
        }
        if case .node(let parent)? = other.around.last, case .index = parent.kind { return false }
        return true
      }
      if asks { continue }
      let cure =
        index[name] != nil
        ? "add it: depends = { …, \"\(name)\" }"
        : Names.proposal(for: name, in: known.sorted())
          ?? (known.isEmpty ? "it depends on nothing" : "it depends on \(known.sorted().joined(separator: ", "))")
      findings.append(
        facts.finding(
          "B035", "\(declaration.kind) \"\(declaration.name)\" does not depend on \"\(name)\": the field is nil",
          at: facts.place(key.first), cure: cure))
    }
  }
}
