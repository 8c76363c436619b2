import BatonLua
import BatonModel

/// Values that steps emit, and those that others ask for (B020, B021, B028).
struct ValueRules {
  /// `build.out.version`, `deps.build.out.version`.
  private struct Use {
    var step: String
    /// nil: all of them.
    var name: String?
    /// The keys behind the name, as far as they are texts.
    var inner: [String] = []
    var node: LuaNode
    /// The token of the name.
    var token: Int
  }

  private let facts: ScriptFacts
  private let emissions: [String: Emission]
  private var found: [CheckFinding] = []
  private var misspelt: Set<String> = []

  var findings: [CheckFinding] { found }

  init(_ facts: ScriptFacts) {
    self.facts = facts
    guard let plan = facts.check.known else {
      emissions = [:]
      return
    }
    var emissions: [String: Emission] = [:]
    for node in plan.nodes where node.command != nil {
      if let emission = Emission(node) ?? Self.ofBody(node, facts) { emissions[node.name] = emission }
    }
    self.emissions = emissions
    let uses = Self.uses(facts)
    for use in uses { unknown(use) }
    // What is misspelt is used, too.
    misspelt = Set(
      uses.filter { use in use.name.map { emissions[use.step]?.names.contains($0) == false } ?? false }.map(\.step))
    // What is not known may use them.
    if facts.check.missing.isEmpty { unused(plan, uses) }
  }

  /// What a body returns and outputs, where all of it stands in the text.
  private static func ofBody(_ node: Node, _ facts: ScriptFacts) -> Emission? {
    guard node.body != nil, node.options.value.results.isEmpty,
      let fields = facts.declarations.first(where: { $0.kind == "step" && $0.name == node.name })?.fields?.table,
      let function = fields.lazy.compactMap(\.value.function).first(where: { facts.role(of: $0).isBody })
    else { return nil }
    var emission = Emission()
    emission.onlyEmits = !facts.visits.contains { visit in
      guard visit.node.first >= function.first, visit.node.last <= function.last else { return false }
      switch visit.node.kind {
      case .call: return true
      case .method(_, let method, _): return method != "output"
      default: return false
      }
    }
    for values in facts.returns(of: function) {
      guard let value = values.first else { continue }
      guard let table = value.bare.table else { return nil }
      for field in table {
        guard let name = field.name else { return nil }
        emission.names.insert(name)
      }
    }
    for visit in facts.visits {
      guard case .method(let base, "output", let arguments) = visit.node.kind, base.binding?.owner === function else {
        continue
      }
      guard let name = arguments.first?.string else { return nil }
      emission.names.insert(name)
    }
    return emission
  }

  private static func uses(_ facts: ScriptFacts) -> [Use] {
    var uses: [Use] = []
    for visit in facts.visits {
      guard case .index = visit.node.kind else { continue }
      // The longest chain counts.
      if case .node(let parent)? = visit.around.last, case .index(let base, _) = parent.kind, base === visit.node {
        continue
      }
      guard let chain = ScriptFacts.chain(visit.node), let out = chain.keys.firstIndex(where: { $0.string == "out" })
      else {
        continue
      }
      let step: String
      if let declaration = facts.declaration(of: chain.root.binding), out == 0, declaration.kind == "step" {
        step = declaration.name
      } else if out == 1, let name = chain.keys[0].string, let binding = chain.root.binding, binding.isParameter,
        binding.owner.parameters.first === binding, case .callback? = facts.role(of: binding.owner)
      {
        step = name
      } else {
        continue
      }
      let key = chain.keys.indices.contains(out + 1) ? chain.keys[out + 1] : nil
      let isMethod = if case .node(let parent)? = visit.around.last, case .method = parent.kind { true } else { false }
      let inner = chain.keys.dropFirst(out + 2).map(\.string).prefix { $0 != nil }.compactMap { $0 }
      uses.append(
        Use(
          step: step, name: key.flatMap { isMethod && $0.string == "map" ? nil : $0.string },
          inner: isMethod ? inner.filter { $0 != "map" } : inner, node: visit.node,
          token: key?.first ?? visit.node.first))
    }
    return uses
  }

  /// A key that an object which is emitted as it stands does not have.
  private mutating func unknownInside(_ use: Use, _ name: String, _ shape: Value) {
    var value = shape
    var path = name
    for key in use.inner {
      guard case .map(let fields) = value else { return }
      guard let next = fields[key] else {
        let near = Names.nearest(to: key, in: fields.keys)
        let known = "\(path) has \(fields.keys.sorted().joined(separator: ", "))"
        found.append(
          facts.finding(
            "B020", "step \"\(use.step)\" emits no \"\(path).\(key)\"", at: facts.place(use.token),
            cure: near.map { "did you mean \"\($0)\"? (\(known))" } ?? known))
        return
      }
      (value, path) = (next, "\(path).\(key)")
    }
  }

  private mutating func unknown(_ use: Use) {
    if let name = use.name, let emission = emissions[use.step], emission.isUnderstood, let shape = emission.shapes[name]
    {
      unknownInside(use, name, shape)
    }
    guard let name = use.name, let emission = emissions[use.step], emission.isUnderstood,
      !emission.names.contains(name)
    else { return }
    let near = Names.nearest(to: name, in: emission.names)
    guard emission.isClosed || near != nil else { return }
    let known =
      emission.names.isEmpty ? "it emits nothing" : "it emits \(emission.names.sorted().joined(separator: ", "))"
    found.append(
      facts.finding(
        "B020", "step \"\(use.step)\" emits no \"\(name)\"", at: facts.place(use.token),
        cure: near.map { "did you mean \"\($0)\"? (\(known))" } ?? known))
  }

  private mutating func unused(_ plan: Plan, _ uses: [Use]) {
    let words = words()
    let whole = Set(uses.filter { $0.name == nil }.map(\.step))
    let declared = Set(facts.declarations.filter { $0.kind == "step" }.map(\.name))
    var isNeeded = Array(repeating: false, count: plan.nodes.count)
    for node in plan.nodes {
      for dependency in node.dependencies where plan.nodes.indices.contains(dependency) { isNeeded[dependency] = true }
    }
    for (index, node) in plan.nodes.enumerated() {
      guard node.file == facts.tree.file, let emission = emissions[node.name], emission.isUnderstood,
        !whole.contains(node.name), !misspelt.contains(node.name),
        declared.contains(node.name)
      else { continue }
      let unused = emission.names.filter { !words.contains($0) }
      var parent = node.parent
      var needed = isNeeded[index]
      while let group = parent {
        needed = needed || isNeeded[group]
        parent = plan.nodes[group].parent
      }
      if !needed, emission.onlyEmits, !emission.names.isEmpty, unused.count == emission.names.count {
        found.append(
          facts.finding(
            "B028",
            "step \"\(node.name)\" only emits \(emission.names.sorted().joined(separator: ", ")), which nothing uses",
            at: facts.place(of: node), cure: "use the value, or leave the step out"))
      } else if needed {
        for name in unused.sorted() {
          found.append(
            facts.finding(
              "B021", "nothing uses the value \"\(name)\" of step \"\(node.name)\"", at: facts.place(of: node),
              cure: Names.nearest(to: name, in: Set(uses.filter { $0.step == node.name }.compactMap(\.name))).map {
                "\"\($0)\" is used: is it the same?"
              } ?? "leave it out, or say that people look at it: -- baton: ignore B021"))
        }
      }
    }
  }

  /// Every name and text of all files that the script is made of: what may be a key of what was emitted.
  private func words() -> Set<String> {
    var words: Set<String> = []
    // Where a body emits a value, its name is no use of it.
    let emitted = Set(
      facts.visits.compactMap { visit -> Int? in
        guard case .method(let base, "output", let arguments) = visit.node.kind, facts.isContext(base) else {
          return nil
        }
        return arguments.first?.bare.first
      })
    for source in facts.check.sources {
      let tokens = source.file == facts.tree.file ? facts.tree.tokens : LuaLexer.read(source.text).tokens
      for (index, token) in tokens.enumerated() {
        if let name = token.name {
          // The key of a table is no use of a value: `{ version = … }`.
          if index + 1 < tokens.count, tokens[index + 1].isSymbol("="), index > 0, !tokens[index - 1].isSymbol(".") {
            continue
          }
          words.insert(name)
        } else if let text = token.string, text.utf8.count < 100,
          source.file != facts.tree.file || !emitted.contains(index)
        {
          words.insert(text)
        }
      }
    }
    return words
  }
}

extension Optional where Wrapped == ScriptFacts.Role {
  var isBody: Bool { if case .body? = self { true } else { false } }
}
