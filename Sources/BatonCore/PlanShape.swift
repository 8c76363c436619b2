import BatonModel

/// What people are shown of a plan: names, kinds, places, groups and dependencies of its nodes, and what of their options
/// matters to those who look at a run. What steps run is not in it.
///
/// It stands in the record of a run's start, in that of a resumption whose plan is another one, and (for the cells alone) in
/// that of a matrix that got its cells: all that is told of a past run comes from its records, whatever has become of the
/// script. It is made before the first step starts, so it is compact and quickly written: some 15 bytes a node.
///
/// The stored form is an object; what is empty is left out.
///
/// | field | |
/// | --- | --- |
/// | `nodes` | a text: the nodes in the order of the plan, divided by `;`. Each is `N:REST` (its name: the first N bytes of the name before it, and the rest), then fields, `|` before each: a letter and what is said |
/// | `kinds` | objects: what gates, groups and services are (below) |
/// | `files` | where nodes were declared |
/// | `options` | objects: `timeout` (nanoseconds), `cache`, `resources`, `mutex`, `priority`, `tags`, `allow_failure` |
/// | `outside` | names of nodes that the nodes refer to, and that are not among them |
/// | `members` | of the cells of a matrix: its members, where they stand in another order than the nodes |
///
/// | letter | says |
/// | --- | --- |
/// | `k` | position in `kinds`; none: a step |
/// | `p` | the group around it: a reference, or nothing; none: as the node before |
/// | `d` | dependencies: references, `,` between two; `3-9` for seven |
/// | `m` | members of a group, where their order is not that of the nodes: references |
/// | `f`, `o` | position in `files`, in `options` (nothing: none said); none: as the node before |
/// | `l` | line; none: as the node before |
/// | `x` | description, or nothing; none: as the node before |
///
/// A reference is a position among the nodes, or `~` and a position in `outside`. In names and descriptions, `%`, `"`, `\`,
/// `;`, `|` and control characters are written as `%XX`.
public struct PlanShape: Sendable, Hashable {
  /// The stored form.
  let value: Value

  init(value: Value) { self.value = value }

  /// The shape of a plan.
  public init(_ plan: Plan) {
    var writer = PlanShapeWriter(nodes: plan.nodes, first: 0, around: [])
    value = .map(writer.fields())
  }

  /// The shape of what a matrix got.
  ///
  /// - Parameters:
  ///   - cells: its members and what is in them.
  ///   - plan: what was there before; the cells follow its last node.
  public init(_ cells: Expansion, behind plan: Plan) {
    let first = plan.nodes.count
    var writer = PlanShapeWriter(nodes: cells.nodes, first: first, around: plan.nodes)
    var fields = writer.fields()
    if zip(cells.members, cells.members.dropFirst()).contains(where: { $0 >= $1 }) {
      fields["members"] = .list(cells.members.map { .integer(Int64($0 - first)) })
    }
    value = .map(fields)
  }
}

/// Writes the stored form of a ``PlanShape``.
private struct PlanShapeWriter {
  let nodes: [Node]
  /// The index of the first of the nodes; those below are `around`.
  let first: NodeIndex
  let around: [Node]

  private var text: [UInt8] = []
  private var kinds = Table<Value>()
  private var files = Table<String>()
  private var options = Table<PlanShape.Said>()
  private var outside = Table<String>()
  /// Members of each group, in the order of the nodes, where it has any.
  private var members: [NodeIndex: [NodeIndex]] = [:]

  // Of the node before.
  private var name: [UInt8] = []
  private var parent: NodeIndex?
  private var file = ""
  private var line: Int32 = 0
  private var box = StepOptions.Shared.standard
  private var said: Int?
  private var description: String?

  init(nodes: [Node], first: NodeIndex, around: [Node]) {
    self.nodes = nodes
    self.first = first
    self.around = around
  }

  /// Positions of things that are written once.
  private struct Table<Item: Hashable> {
    private(set) var items: [Item] = []
    private var index: [Item: Int] = [:]

    mutating func position(of item: Item) -> Int {
      if let known = index[item] { return known }
      index[item] = items.count
      items.append(item)
      return items.count - 1
    }
  }

  mutating func fields() -> [String: Value] {
    for index in nodes.indices {
      if let parent = nodes[index].parent { members[parent, default: []].append(first + index) }
    }
    text.reserveCapacity(nodes.count * 24)
    for index in nodes.indices {
      if index > 0 { text.append(UInt8(ascii: ";")) }
      write(nodes[index], at: first + index)
    }
    var fields: [String: Value] = ["nodes": .string(String(decoding: text, as: UTF8.self))]
    if !kinds.items.isEmpty { fields["kinds"] = .list(kinds.items) }
    if !files.items.isEmpty { fields["files"] = RecordCoding.list(files.items) }
    if !options.items.isEmpty { fields["options"] = .list(options.items.map(\.value)) }
    if !outside.items.isEmpty { fields["outside"] = RecordCoding.list(outside.items) }
    return fields
  }

  private mutating func write(_ node: Node, at index: NodeIndex) {
    write(name: node.name)
    if let kind = PlanShape.value(of: node.kind) { field("k", kinds.position(of: kind)) }
    if node.parent != parent {
      parent = node.parent
      field("p")
      if let parent { reference(parent) }
    }
    if !node.dependencies.isEmpty {
      field("d")
      references(node.dependencies)
    }
    if let group = node.group, !group.members.isEmpty, group.members != members[index] {
      field("m")
      references(group.members)
    }
    if node.file != file {
      file = node.file
      field("f", files.position(of: file))
    }
    if node.line != line {
      line = node.line
      field("l", Int(line))
    }
    if node.options !== box {
      box = node.options
      let now = PlanShape.Said(box.value).map { options.position(of: $0) }
      if now != said {
        said = now
        field("o")
        if let now { JSON.append(Int64(now), to: &text) }
      }
      if box.value.description != description {
        description = box.value.description
        field("x")
        if var description { description.withUTF8 { escape($0) } }
      }
    }
  }

  private mutating func field(_ letter: Unicode.Scalar) {
    text.append(UInt8(ascii: "|"))
    text.append(UInt8(ascii: letter))
  }

  private mutating func field(_ letter: Unicode.Scalar, _ number: Int) {
    field(letter)
    JSON.append(Int64(number), to: &text)
  }

  private mutating func reference(_ index: NodeIndex) {
    if index >= first {
      JSON.append(Int64(index - first), to: &text)
    } else {
      text.append(UInt8(ascii: "~"))
      JSON.append(Int64(outside.position(of: around[index].name)), to: &text)
    }
  }

  private mutating func references(_ list: [NodeIndex]) {
    var position = 0
    while position < list.count {
      if position > 0 { text.append(UInt8(ascii: ",")) }
      let start = position
      while position + 1 < list.count, list[start] >= first, list[position + 1] == list[position] + 1 { position += 1 }
      reference(list[start])
      if position > start {
        text.append(UInt8(ascii: "-"))
        reference(list[position])
      }
      position += 1
    }
  }

  private mutating func write(name next: String) {
    var next = next
    next.withUTF8 { bytes in
      var shared = 0
      let most = min(bytes.count, name.count)
      while shared < most, bytes[shared] == name[shared] { shared += 1 }
      // Only whole characters.
      while shared > 0, shared < bytes.count, bytes[shared] & 0xC0 == 0x80 { shared -= 1 }
      JSON.append(Int64(shared), to: &text)
      text.append(UInt8(ascii: ":"))
      escape(UnsafeBufferPointer(rebasing: bytes[shared...]))
      name.removeLast(name.count - shared)
      name.append(contentsOf: bytes[shared...])
    }
  }

  private mutating func escape(_ bytes: UnsafeBufferPointer<UInt8>) {
    for byte in bytes {
      switch byte {
      case 0..<0x20, UInt8(ascii: "%"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: "|"),
        0x7F:
        text.append(UInt8(ascii: "%"))
        text.append(Self.digits[Int(byte >> 4)])
        text.append(Self.digits[Int(byte & 15)])
      default: text.append(byte)
      }
    }
  }

  private static let digits = Array("0123456789ABCDEF".utf8)
}
