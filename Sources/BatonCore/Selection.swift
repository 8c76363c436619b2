import BatonModel

/// Which part of a plan a run is limited to.
public enum Selection {
  /// The nodes with these names, the members of those that are groups, and all that they depend on; all when there are none.
  public static func closure(of names: Set<String>, in plan: Plan) -> [Bool] {
    guard !names.isEmpty else { return Array(repeating: true, count: plan.nodes.count) }
    var selected = Array(repeating: false, count: plan.nodes.count)
    // Whether the members of a group were added too.
    var whole = selected
    var work: [(node: NodeIndex, whole: Bool)] = plan.nodes.indices
      .filter { names.contains(plan.nodes[$0].name) }.map { ($0, true) }
    while let (index, wantsMembers) = work.popLast() {
      let node = plan.nodes[index]
      if !selected[index] {
        selected[index] = true
        work += node.dependencies.map { ($0, true) }
        if let parent = node.parent { work.append((parent, false)) }
      }
      if wantsMembers, !whole[index] {
        whole[index] = true
        work += (node.group?.members ?? []).map { ($0, true) }
      }
    }
    return selected
  }

  /// The names that a `--only` or `--tags` means: steps, gates and groups by name (a matrix's cells also as `name[…]`), and all
  /// nodes with one of the tags.
  public static func names(only: [String], tags: [String], in plan: Plan) throws(BatonError) -> Set<String> {
    var names: Set<String> = []
    if only.isEmpty, tags.isEmpty { return names }
    let known = Set(plan.nodes.map(\.name))
    for name in only {
      guard known.contains(name) else {
        throw BatonError(
          .usage, "there is no step \"\(name)\" in this workflow", cure: Names.proposal(for: name, in: known.sorted()))
      }
      names.insert(name)
    }
    let used = Set(plan.nodes.flatMap(\.options.value.tags))
    for tag in tags {
      guard used.contains(tag) else {
        throw BatonError(
          .usage, "no step of this workflow has the tag \"\(tag)\"", cure: Names.proposal(for: tag, in: used.sorted()))
      }
      for node in plan.nodes where node.options.value.tags.contains(tag) { names.insert(node.name) }
    }
    return names
  }
}
