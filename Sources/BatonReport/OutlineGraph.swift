import BatonCore
import BatonModel

/// The flow of a durable body as nodes and edges, for pictures: alternatives are dashed, what repeats goes back.
struct OutlineGraph {
  enum Shape { case step, choice, end, mark }

  struct Node {
    var id: String
    var label: String
    var shape: Shape
  }

  struct Edge {
    var from: String
    var to: String
    var label: String?
    var isDashed: Bool
  }

  /// Where the flow can come from: a node, and what the edge out of it says.
  private struct Exit {
    var node: String
    var label: String?
    var isDashed = false
  }

  private let prefix: String
  private(set) var nodes: [Node] = []
  private(set) var edges: [Edge] = []
  /// For each loop that is being drawn: where it is left.
  private var left: [[Exit]] = []

  /// - Parameters:
  ///   - entry: the id of the body's own node.
  init(_ outline: BodyOutline, entry: String) {
    prefix = entry
    _ = add(outline.items, from: [Exit(node: entry)])
    if !outline.isComplete { _ = node("… more ways than were followed", .mark, from: []) }
  }

  private mutating func node(_ label: String, _ shape: Shape, from exits: [Exit]) -> String {
    let id = "\(prefix)_\(nodes.count + 1)"
    nodes.append(Node(id: id, label: label, shape: shape))
    for exit in exits {
      edges.append(Edge(from: exit.node, to: id, label: exit.label, isDashed: exit.isDashed))
    }
    return id
  }

  /// Returns where the flow goes on from.
  private mutating func add(_ items: [BodyOutline.Item], from start: [Exit]) -> [Exit] {
    var exits = start
    for item in items {
      switch item {
      case .operation(let operation, let inner):
        let (name, text) = OutlineText.title(operation)
        let label = text.isEmpty || inner.isEmpty == false ? name : "\(name)\n\(text)"
        let id = node(label, .step, from: exits)
        exits = inner.isEmpty ? [Exit(node: id)] : add(inner, from: [Exit(node: id)])
        if exits.isEmpty { exits = [Exit(node: id)] }
      case .alternatives(let condition, _, let then, let otherwise):
        let id = node(DisplayWidth.truncated(condition.harmless, to: 60), .choice, from: exits)
        exits = add(then, from: [Exit(node: id, label: "yes", isDashed: true)])
        exits += add(otherwise, from: [Exit(node: id, label: "no", isDashed: true)])
      case .loop(let text, _, let inner):
        let id = node("repeats: \(DisplayWidth.truncated(text.harmless, to: 60))", .mark, from: exits)
        left.append([])
        for exit in add(inner, from: [Exit(node: id)]) where exit.node != id {
          edges.append(Edge(from: exit.node, to: id, label: exit.label ?? "again", isDashed: true))
        }
        exits = (text == "while true" ? [] : [Exit(node: id)]) + (left.popLast() ?? [])
      case .together(let text, _, let inner):
        let id = node(text.harmless, .mark, from: exits)
        exits = []
        for member in inner { exits += add([member], from: [Exit(node: id)]) }
        if exits.isEmpty { exits = [Exit(node: id)] }
      case .leavesLoop:
        let exit = Exit(node: node("leaves the loop", .mark, from: exits))
        exits = []
        if !left.isEmpty { left[left.count - 1].append(exit) }
      case .ends(let how, let text, _):
        _ = node(OutlineText.ending(how, text), .end, from: exits)
        exits = []
      case .unexplored: _ = node("… was not followed", .mark, from: exits)
      }
      if exits.isEmpty { break }
    }
    return exits
  }
}
