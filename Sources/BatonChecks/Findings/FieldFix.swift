import BatonLua
import BatonModel

/// Puts names of fields right that the loader refused, where it is certain which was meant.
enum FieldFix {
  /// Names of other tools whose values do not mean the same here.
  private static let others: Set<String> = [
    "attempts", "max_attempts", "cpus", "memory", "condition", "report", "reports", "test_results",
  ]

  static func add(to finding: inout CheckFinding, _ tree: LuaTree) {
    guard finding.code == "B004", let place = finding.diagnostic.place, place.file == tree.file,
      let meant = quoted(finding.diagnostic.cure ?? "", behind: "did you mean "),
      let index = tree.tokens.firstIndex(where: { $0.line == place.line && $0.column == place.column }),
      let name = tree.tokens[index].name, index + 1 < tree.tokens.count, tree.tokens[index + 1].isSymbol("="),
      finding.diagnostic.message.contains("\"\(name)\""), !others.contains(name),
      !hasSibling(named: meant, of: index, tree)
    else { return }
    finding.edits = [CheckFinding.Edit(range: tree.tokens[index].range, text: meant)]
  }

  /// `x` of `did you mean "x"?`.
  static func quoted(_ text: String, behind head: String) -> String? {
    guard text.hasPrefix(head + "\"") else { return nil }
    let rest = text.dropFirst(head.count + 1)
    guard let end = rest.firstIndex(of: "\""), rest[end...] == "\"?" else { return nil }
    return String(rest[..<end])
  }

  /// Whether the table that the field stands in has the other one already.
  private static func hasSibling(named name: String, of index: Int, _ tree: LuaTree) -> Bool {
    var found = false
    var walk = LuaWalk { node, _ in
      guard let fields = node.table else { return }
      let isHere = fields.contains { field in
        if case .name(_, let token) = field.key { token == index } else { false }
      }
      if isHere, fields.contains(where: { $0.name == name }) { found = true }
    }
    walk.walk(tree)
    return found
  }
}
