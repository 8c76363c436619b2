import BatonCore
import BatonModel

/// `baton graph`: a plan as a picture, for Graphviz, Mermaid or the eye; of a run with the state of each step.
public struct GraphText {
  public let plan: Plan
  /// Step → status, of a run; nil: of a workflow.
  public let states: [String: StepStatus]?
  /// What durable bodies would do.
  public let outlines: [NodeIndex: BodyOutline]

  public init(_ plan: Plan, states: [String: StepStatus]? = nil, outlines: [NodeIndex: BodyOutline] = [:]) {
    self.plan = plan
    self.states = states
    self.outlines = outlines
  }

  func state(of node: Node) -> StepStatus? { states.map { $0[node.name] ?? .pending } }

  /// Direct members, by group, in the group's order; and the nodes that are in none.
  var tree: (members: [[NodeIndex]], roots: [NodeIndex]) {
    var members = [[NodeIndex]](repeating: [], count: plan.nodes.count)
    var roots: [NodeIndex] = []
    for index in plan.nodes.indices {
      if let parent = plan.nodes[index].parent { members[parent].append(index) } else { roots.append(index) }
    }
    // A plain list in a sequence is made after the members that are declared by themselves.
    for (index, node) in plan.nodes.enumerated() {
      guard let group = node.group else { continue }
      let position = Dictionary(group.members.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      members[index].sort { (position[$0] ?? .max, $0) < (position[$1] ?? .max, $1) }
    }
    return (members, roots)
  }

  /// The name without that of the matrix or cell that it stands in.
  func label(_ index: NodeIndex) -> String {
    let node = plan.nodes[index]
    guard let parent = node.parent, node.name.hasPrefix(plan.nodes[parent].name) else { return node.name }
    let rest = node.name.dropFirst(plan.nodes[parent].name.count)
    if rest.hasPrefix("/") { return String(rest.dropFirst()) }
    return rest.hasPrefix("[") ? String(rest) : node.name
  }

  /// Source: the DOT language of Graphviz; colours by their X11 and hexadecimal names.
  public var dot: String {
    let (members, roots) = tree
    var text = "digraph \(Self.quoted(plan.workflow.name)) {\n"
    text += "  rankdir=TB; compound=true; fontname=\"sans-serif\";\n"
    text +=
      "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f4f4f5\", color=\"#71717a\", fontname=\"sans-serif\", fontsize=11];\n"
    text += "  edge [color=\"#52525b\", arrowsize=0.7];\n"
    text += "  graph [fontsize=11, color=\"#a1a1aa\", style=\"rounded\"];\n"
    func add(_ index: NodeIndex, _ indent: String) {
      let node = plan.nodes[index]
      var attributes = ["label=\(Self.quoted(label(index)))"]
      if let group = node.group {
        text += "\(indent)subgraph cluster_\(index) {\n\(indent)  label=\(Self.quoted(caption(index, group)));\n"
        for member in members[index] { add(member, indent + "  ") }
        if members[index].isEmpty {
          let empty = group.pending == nil ? "no cells" : "cells are made when its axes are known"
          text += "\(indent)  n\(index) [shape=plaintext, style=\"\", label=\(Self.quoted(empty))];\n"
        }
        text += "\(indent)}\n"
        return
      }
      if node.gate != nil { attributes.append("shape=diamond") }
      if let state = state(of: node) {
        let colors = Self.colors(state)
        attributes += [
          "fillcolor=\"\(colors.fill)\"", "color=\"\(colors.line)\"", "tooltip=\(Self.quoted(state.rawValue))",
        ]
      }
      let line = "n\(index) [\(attributes.joined(separator: ", "))];\n"
      if let outline = outlines[index] {
        text += "\(indent)subgraph cluster_\(index) {\n\(indent)  label=\"\";\n\(indent)  \(line)"
        text += Self.dot(OutlineGraph(outline, entry: "n\(index)"), indent + "  ") + "\(indent)}\n"
      } else {
        text += indent + line
      }
    }
    for root in roots { add(root, "  ") }
    for index in plan.nodes.indices {
      for dependency in plan.nodes[index].dependencies {
        let from = anchor(dependency, members, last: true)
        let to = anchor(index, members, last: false)
        var attributes: [String] = []
        if plan.nodes[dependency].group != nil || outlines[dependency] != nil {
          attributes.append("ltail=cluster_\(dependency)")
        }
        if plan.nodes[index].group != nil { attributes.append("lhead=cluster_\(index)") }
        let style = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
        text += "  n\(from) -> n\(to)\(style);\n"
      }
    }
    return text + "}\n"
  }

  /// The flow of a body: steps as they are drawn elsewhere, alternatives dashed.
  private static func dot(_ graph: OutlineGraph, _ indent: String) -> String {
    var text = ""
    for node in graph.nodes {
      let lines = node.label.split(separator: "\n").map { quoted(String($0)).dropFirst().dropLast() }
      let label = "\"\(lines.joined(separator: "\\n"))\""
      let look =
        switch node.shape {
        case .step: ""
        case .choice: ", shape=diamond, style=\"filled,dashed\""
        case .end: ", fillcolor=\"#fee2e2\", color=\"#dc2626\""
        case .mark: ", shape=plaintext, style=\"\""
        }
      text += "\(indent)\(node.id) [label=\(label)\(look)];\n"
    }
    for edge in graph.edges {
      var attributes: [String] = []
      if edge.isDashed { attributes.append("style=dashed") }
      if let label = edge.label { attributes.append("label=\(quoted(label)), fontsize=10") }
      let style = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
      text += "\(indent)\(edge.from) -> \(edge.to)\(style);\n"
    }
    return text
  }

  private func caption(_ index: NodeIndex, _ group: GroupSpec) -> String {
    let style = "\(label(index)) (\(group.style.rawValue)"
    return style + (group.max.map { ", at most \($0) at once" } ?? "") + ")"
  }

  /// Graphviz draws edges between nodes: one of the group's own stands for it.
  private func anchor(_ index: NodeIndex, _ members: [[NodeIndex]], last: Bool) -> NodeIndex {
    var node = index
    while let next = last ? members[node].last : members[node].first { node = next }
    return node
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.harmless.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }

  /// Fill and line of a state; also in Mermaid.
  static func colors(_ state: StepStatus) -> (fill: String, line: String) {
    switch state {
    case .pending, .ready: ("#f4f4f5", "#71717a")
    case .running: ("#cffafe", "#0891b2")
    case .retrying, .waiting: ("#fef9c3", "#ca8a04")
    case .succeeded: ("#dcfce7", "#16a34a")
    case .kept, .cached: ("#ecfccb", "#65a30d")
    case .failed: ("#fee2e2", "#dc2626")
    case .skipped: ("#ffffff", "#a1a1aa")
    case .cancelled, .undone: ("#ffedd5", "#ea580c")
    }
  }

  /// Source: Mermaid's flowchart syntax; `#quot;` and the like are its character codes.
  public var mermaid: String {
    let (members, roots) = tree
    var text = "flowchart TD\n"
    func quoted(_ text: String) -> String {
      "\""
        + text.harmless.map { character -> String in
          switch character {
          case "\"": "#quot;"
          case "#": "#35;"
          case "<": "#lt;"
          case ">": "#gt;"
          case "&": "#amp;"
          default: String(character)
          }
        }.joined() + "\""
    }
    func add(_ index: NodeIndex, _ indent: String) {
      let node = plan.nodes[index]
      if let group = node.group {
        text += "\(indent)subgraph n\(index) [\(quoted(caption(index, group)))]\n"
        for member in members[index] { add(member, indent + "  ") }
        if members[index].isEmpty {
          text += "\(indent)  e\(index)[\(quoted(group.pending == nil ? "no cells" : "cells to come"))]\n"
        }
        text += "\(indent)end\n"
      } else if let outline = outlines[index] {
        text += "\(indent)subgraph b\(index) [\" \"]\n\(indent)  n\(index)[\(quoted(label(index)))]\n"
        let graph = OutlineGraph(outline, entry: "n\(index)")
        for node in graph.nodes {
          let title = quoted(node.label.split(separator: "\n").joined(separator: ": "))
          let shape =
            switch node.shape {
            case .step: "[\(title)]"
            case .choice: "{\(title)}"
            case .end: "([\(title)])"
            case .mark: "[/\(title)/]"
            }
          text += "\(indent)  \(node.id)\(shape)\n"
        }
        for edge in graph.edges {
          let arrow = edge.isDashed ? "-.->" : "-->"
          text += "\(indent)  \(edge.from) \(arrow)\(edge.label.map { "|\($0)|" } ?? "") \(edge.to)\n"
        }
        text += "\(indent)end\n"
      } else if node.gate != nil {
        text += "\(indent)n\(index){\(quoted(label(index)))}\n"
      } else {
        text += "\(indent)n\(index)[\(quoted(label(index)))]\n"
      }
    }
    for root in roots { add(root, "  ") }
    for index in plan.nodes.indices {
      for dependency in plan.nodes[index].dependencies {
        text += "  \(outlines[dependency] == nil ? "n" : "b")\(dependency) --> n\(index)\n"
      }
    }
    guard states != nil else { return text }
    var used: [StepStatus: [String]] = [:]
    for index in plan.nodes.indices where plan.nodes[index].group == nil {
      if let state = state(of: plan.nodes[index]) { used[state, default: []].append("n\(index)") }
    }
    for state in StepStatus.allCases {
      guard let nodes = used[state] else { continue }
      let colors = Self.colors(state)
      text += "  classDef \(state.rawValue) fill:\(colors.fill),stroke:\(colors.line),color:#18181b\n"
      text += "  class \(nodes.joined(separator: ",")) \(state.rawValue)\n"
    }
    return text
  }
}
