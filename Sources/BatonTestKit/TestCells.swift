import BatonModel

/// Makes the cells of a matrix without a script: one step for each element of the product of the axes.
public enum TestCells {
  /// Nodes named `group[axis=value,…]`, axes in alphabetical order, that run `echo` with their name.
  ///
  /// - Parameter options: what the cells say beside their command.
  public static func expansion(
    of group: NodeIndex, in plan: Plan, axes: [String: Value], options: StepOptions.Shared = .standard
  ) -> Expansion {
    var cells = [""]
    for axis in axes.keys.sorted() {
      let values = axes[axis]?.list ?? []
      cells = cells.flatMap { cell in values.map { (cell.isEmpty ? "" : cell + ",") + "\(axis)=\($0.text)" } }
    }
    if axes.isEmpty { cells = [] }
    let first = plan.nodes.count
    let nodes = cells.map { cell in
      let name = "\(plan.nodes[group].name)[\(cell)]"
      return Node(name: name, kind: .step(.shell(.plain("echo \(name)"))), parent: group, options: options)
    }
    return Expansion(nodes: nodes, members: Array(first..<first + nodes.count))
  }
}
