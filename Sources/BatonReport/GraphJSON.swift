import BatonCore
import BatonModel

extension GraphText {
  /// `{"workflow","run","nodes":[{"name","kind","style","group","status"}],"edges":[{"from","to"}]}`; an edge leads from what
  /// has to end to what waits for it.
  ///
  /// - Parameter run: nil: of a workflow.
  public func json(run: String?) -> Value {
    func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
    var edges: [Value] = []
    let nodes = plan.nodes.map { node -> Value in
      for dependency in node.dependencies {
        edges.append(["from": .string(plan.nodes[dependency].name), "to": .string(node.name)])
      }
      return [
        "name": .string(node.name), "kind": .string(node.nodeKind.rawValue),
        "style": text(node.group?.style.rawValue), "group": text(node.parent.map { plan.nodes[$0].name }),
        "status": text(node.group == nil ? state(of: node)?.rawValue : nil),
      ]
    }
    return ["workflow": .string(plan.workflow.name), "run": text(run), "nodes": .list(nodes), "edges": .list(edges)]
  }
}
