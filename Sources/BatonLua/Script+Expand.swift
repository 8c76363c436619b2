import BatonCore
import BatonModel

extension Script {
  public func expand(
    _ matrix: PendingMatrix, group: NodeIndex, first: NodeIndex, axes: [String: Value]
  ) throws(Diagnostics) -> Expansion {
    let number = Int(matrix.id)
    guard var draft = definition.matrices[number], case .group(let groupDraft) = definition.drafts[number].kind,
      let inherited = inheritance[number]
    else { throw Diagnostics([Diagnostic("there is no matrix of this number that waits for its cells")]) }
    let base = definition.drafts.count
    begin(base: base, first: first, number: number, group: group)
    defer {
      definition.phase = .calling
      definition.scope = 0
      definition.firstNew = definition.drafts.count
    }
    let reader = FieldReader(definition: definition, subject: draft.subject)
    groupDraft.members = []
    draft.take(definition.makeCells(axes: lists(axes, reader), draft, reader))
    definition.matrices[number] = draft
    switch draft.maker {
    case .spec(let spec):
      for index in draft.cells.indices { definition.declareCell(of: number, index + 1, spec) }
    case .function(let function):
      let cells = LuaItem.table(LuaTable(items: draft.cells.map { LuaItem(.map($0.values)) }))
      do throws(LuaFailure) {
        _ = try vm.call(entries.makeCells, [.integer(Int64(number)), cells, .function(function)], limit: limit)
      } catch {
        definition.mistakes.error(error.message, at: error.place ?? draft.subject.place)
      }
    }
    let expansion = assemble(number, group: group, from: base, first: first, inherited)
    guard definition.mistakes.errors == 0 else {
      forget(from: base)
      throw Diagnostics(definition.mistakes.sorted)
    }
    return expansion
  }

  /// Makes ready for new drafts. What an earlier expansion left behind `first` is forgotten: the engine began anew.
  private func begin(base: Int, first: NodeIndex, number: Int, group: NodeIndex) {
    definition.mistakes = Mistakes(sources: definition.sources)
    definition.phase = .expanding
    definition.firstNew = base
    definition.furtherDependencies = []
    definition.scopedServices = definition.scopedServices.filter { $0.key < first }
    definition.ownServices = definition.ownServices.filter { $0.value < first }
    definition.scope = definition.drafts[number].scope
    if first < nodes.count {
      for node in nodes[first...] { definition.names[node.name] = nil }
      nodes.removeSubrange(first...)
      expanded = expanded.filter { $0.value < first }
    }
    // Child steps of bodies are planned by the engine alone.
    while nodes.count < first { nodes.append(Node(name: "", kind: .step(.shell(.plain(""))))) }
    expanded[number] = number < plan.nodes.count ? nil : group
  }

  private func forget(from base: Int) {
    for draft in definition.drafts[base...] {
      if let number = definition.names[draft.name], number >= base { definition.names[draft.name] = nil }
    }
    definition.drafts.removeSubrange(base...)
    definition.scopedServices = definition.scopedServices.filter { $0.value.draft < base }
    definition.matrices = definition.matrices.filter { $0.key < base }
  }

  private func lists(_ axes: [String: Value], _ reader: FieldReader) -> [String: [Value]] {
    var lists: [String: [Value]] = [:]
    for (name, value) in axes.sorted(by: { $0.key < $1.key }) {
      if let list = value.list {
        lists[name] = list
      } else if value == .map([:]) {
        lists[name] = []
      } else {
        reader.error(
          "the axis \"\(name)\" must be a list, but it came out as \(LuaItem(value).phrase)",
          [.name("axes"), .name(name)])
      }
    }
    return lists
  }

  private func assemble(
    _ number: Int, group: NodeIndex, from base: Int, first: NodeIndex, _ inherited: PlanAssembly.Inherited
  ) -> Expansion {
    let known = expanded
    let definedCount = plan.nodes.count
    let nodeIndex: (Int) -> NodeIndex = { draft in
      if draft >= base { return first + draft - base }
      return draft < definedCount ? draft : known[draft] ?? draft
    }
    let range = base..<definition.drafts.count
    guard case .group(let groupDraft) = definition.drafts[number].kind else { return Expansion(nodes: [], members: []) }
    for member in definition.members(of: groupDraft, within: range, of: number) {
      definition.drafts[member].parent = number
    }
    let assembly = PlanAssembly(
      definition, range: range, standard: inherited, nodeIndex: nodeIndex, inheritedBefore: { _ in inherited })
    var scopes = ServiceScopes(definition, range: range, nodes: assembly.nodes(), nodeIndex: nodeIndex)
    definition.expandingMatrix = number
    scopes.apply()
    definition.expandingMatrix = nil
    let made = scopes.nodes
    let all = base..<definition.drafts.count
    for draft in all {
      expanded[draft] = nodeIndex(draft)
      if case .group(let inner) = definition.drafts[draft].kind, inner.pending != nil {
        inheritance[draft] = assembly.inheritance(of: draft)
      }
    }
    let members = all.filter { definition.drafts[$0].parent == number }
    let expansion = Expansion(nodes: made, members: members.map(nodeIndex))
    guard definition.mistakes.errors == 0 else { return expansion }
    if nodes.indices.contains(group), var spec = nodes[group].group {
      spec.members = expansion.members
      spec.pending = nil
      nodes[group].kind = .group(spec)
    }
    nodes.append(contentsOf: made)
    if made.contains(where: { !$0.dependencies.isEmpty }) { definition.reportCycles(in: nodes) }
    return expansion
  }
}

extension Definition {
  /// The drafts that the cells of a matrix gave back, where they are new and nobody's yet.
  fileprivate func members(of group: GroupDraft, within range: Range<Int>, of matrix: Int) -> [Int] {
    var members: [Int] = []
    for link in group.members {
      guard case .node(let member) = link, range.contains(member) else {
        mistakes.error(
          "\(drafts[matrix].label): a cell can't take what is planned already", at: drafts[matrix].place)
        continue
      }
      if !members.contains(member) { members.append(member) }
    }
    return members
  }
}
