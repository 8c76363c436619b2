import BatonModel

extension PlanShape {
  /// The nodes of a plan, with steps that run nothing; nil where the stored form is damaged, or a newer Baton's.
  func nodes() -> [Node]? { read(behind: [], group: nil, index: [:])?.nodes }

  /// What a matrix got.
  ///
  /// - Parameters:
  ///   - nodes: what is there; the cells follow the last of them.
  ///   - group: the matrix.
  ///   - index: the positions of the nodes by their names.
  func cells(behind nodes: [Node], group: NodeIndex, index: [String: NodeIndex]) -> Expansion? {
    read(behind: nodes, group: group, index: index)
  }

  private func read(behind around: [Node], group: NodeIndex?, index: [String: NodeIndex]) -> Expansion? {
    guard var text = value["nodes"]?.string else { return nil }
    let kinds = (value["kinds"]?.list ?? []).compactMap(Self.kind)
    guard kinds.count == value["kinds"]?.list?.count ?? 0 else { return nil }
    let boxes = (value["options"]?.list ?? []).map { StepOptions.Shared(Said.options($0)) }
    let outside = (value["outside"]?.strings ?? []).map { index[$0] }
    let first = around.count
    var orders: [NodeIndex: [NodeIndex]] = [:]
    guard
      var nodes = text.withUTF8({ bytes -> [Node]? in
        var reader = Reader(
          bytes: bytes, first: first, kinds: kinds, boxes: boxes, files: value["files"]?.strings ?? [],
          outside: outside)
        defer { orders = reader.orders }
        return reader.nodes()
      }), Self.hasRoots(nodes, first: first)
    else { return nil }
    var members: [NodeIndex: [NodeIndex]] = [:]
    for position in nodes.indices {
      if let parent = nodes[position].parent { members[parent, default: []].append(first + position) }
    }
    if let group, let order = value["members"]?.list {
      orders[group] = order.compactMap { $0.integer.map { Int(clamping: $0) &+ first } }
    }
    for (group, order) in orders where order.sorted() == members[group] { members[group] = order }
    for position in nodes.indices {
      guard let members = members[first + position], case .group(var spec) = nodes[position].kind else { continue }
      spec.members = members
      nodes[position].kind = .group(spec)
    }
    return Expansion(nodes: nodes, members: group.flatMap { members[$0] } ?? [])
  }

  /// Whether nothing is inside of itself.
  private static func hasRoots(_ nodes: [Node], first: NodeIndex) -> Bool {
    var isKnown = [Bool](repeating: false, count: nodes.count)
    var path: [Int] = []
    for start in nodes.indices {
      var node = start
      while !isKnown[node] {
        path.append(node)
        guard path.count <= nodes.count else { return false }
        guard let parent = nodes[node].parent, parent >= first else { break }
        node = parent - first
      }
      for seen in path { isKnown[seen] = true }
      path.removeAll(keepingCapacity: true)
    }
    return true
  }

  /// Reads the text of the nodes; every position in it is checked.
  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    let first: NodeIndex
    let kinds: [Node.Kind]
    let boxes: [StepOptions.Shared]
    let files: [String]
    /// nil: there is no such node.
    let outside: [NodeIndex?]

    private var position = 0
    /// The members of groups, where their order is not that of the nodes.
    private(set) var orders: [NodeIndex: [NodeIndex]] = [:]
    private var count = 0
    private var name: [UInt8] = []

    init(
      bytes: UnsafeBufferPointer<UInt8>, first: NodeIndex, kinds: [Node.Kind], boxes: [StepOptions.Shared],
      files: [String], outside: [NodeIndex?]
    ) {
      self.bytes = bytes
      self.first = first
      self.kinds = kinds
      self.boxes = boxes
      self.files = files
      self.outside = outside
    }

    mutating func nodes() -> [Node]? {
      if bytes.isEmpty { return [] }
      count = bytes.count { $0 == UInt8(ascii: ";") } + 1
      var nodes: [Node] = []
      nodes.reserveCapacity(count)
      var parent: NodeIndex?
      var file = ""
      var line: Int32 = 0
      var said = StepOptions.Shared.standard
      var description: String?
      var box = said
      repeat {
        guard readName() else { return nil }
        var node = Node(
          name: String(decoding: name, as: UTF8.self), kind: .step(.program([])), file: file, line: line,
          parent: parent, options: box)
        while skip(UInt8(ascii: "|")) {
          guard let letter = next else { return nil }
          position += 1
          switch letter {
          case UInt8(ascii: "k"):
            guard let number = number(), kinds.indices.contains(number) else { return nil }
            node.kind = kinds[number]
          case UInt8(ascii: "p"):
            if isAtEnd {
              parent = nil
            } else {
              guard let found = reference() else { return nil }
              parent = found < 0 ? nil : found
            }
            node.parent = parent
          case UInt8(ascii: "d"):
            guard let list = references() else { return nil }
            node.dependencies = list
          case UInt8(ascii: "m"):
            guard let list = references() else { return nil }
            orders[first + nodes.count] = list
          case UInt8(ascii: "f"):
            guard let number = number(), files.indices.contains(number) else { return nil }
            file = files[number]
            node.file = file
          case UInt8(ascii: "l"):
            guard let number = number() else { return nil }
            line = Int32(clamping: number)
            node.line = line
          case UInt8(ascii: "o"):
            if isAtEnd {
              said = .standard
            } else {
              guard let number = number(), boxes.indices.contains(number) else { return nil }
              said = boxes[number]
            }
            box = Self.box(said, description)
            node.options = box
          case UInt8(ascii: "x"):
            guard let text = text() else { return nil }
            description = text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
            box = Self.box(said, description)
            node.options = box
          default:
            // Said by a newer Baton: of no meaning here.
            while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ";") { position += 1 }
          }
        }
        nodes.append(node)
      } while skip(UInt8(ascii: ";"))
      return position == bytes.count && nodes.count == count ? nodes : nil
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var isAtEnd: Bool { next == nil || next == UInt8(ascii: "|") || next == UInt8(ascii: ";") }

    private mutating func skip(_ byte: UInt8) -> Bool {
      guard next == byte else { return false }
      position += 1
      return true
    }

    private mutating func number() -> Int? {
      let start = position
      var number = 0
      while let byte = next, byte >= 0x30, byte <= 0x39 {
        number = number * 10 + Int(byte - 0x30)
        if number > Int(Int32.max) { return nil }
        position += 1
      }
      return position > start ? number : nil
    }

    private static func box(_ said: StepOptions.Shared, _ description: String?) -> StepOptions.Shared {
      guard let description else { return said }
      var options = said.value
      options.description = description
      return StepOptions.Shared(options)
    }

    private mutating func readName() -> Bool {
      guard let shared = number(), shared <= name.count, skip(UInt8(ascii: ":")), let rest = text() else {
        return false
      }
      name.removeLast(name.count - shared)
      name += rest
      return true
    }

    /// What stands until the next divider.
    private mutating func text() -> [UInt8]? {
      var text: [UInt8] = []
      while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ";") {
        position += 1
        guard byte == UInt8(ascii: "%") else {
          text.append(byte)
          continue
        }
        guard let high = digit(), let low = digit() else { return nil }
        text.append(high << 4 | low)
      }
      return text
    }

    private mutating func digit() -> UInt8? {
      guard let byte = next else { return nil }
      position += 1
      switch byte {
      case 0x30...0x39: return byte - 0x30
      case 0x41...0x46: return byte - 0x41 + 10
      default: return nil
      }
    }

    /// The index of a node; -1 for one outside that is not there.
    private mutating func reference() -> NodeIndex? {
      if skip(UInt8(ascii: "~")) {
        guard let number = number(), outside.indices.contains(number) else { return nil }
        return outside[number] ?? -1
      }
      guard let number = number(), number < count else { return nil }
      return first + number
    }

    private mutating func references() -> [NodeIndex]? {
      var list: [NodeIndex] = []
      repeat {
        guard let start = reference() else { return nil }
        if skip(UInt8(ascii: "-")) {
          guard let end = reference(), start >= first, end >= start else { return nil }
          list.append(contentsOf: start...end)
        } else if start >= 0 {
          list.append(start)
        }
      } while skip(UInt8(ascii: ","))
      return list
    }
  }
}
