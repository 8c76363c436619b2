import BatonCore
import BatonModel

extension Definition {
  static let matrixFields = ["axes", "include", "exclude", "order", "step"]

  /// `matrix "name" {…}`. Returns the node and, where the script has to make the cells itself, their values.
  func matrix(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> (node: Int, cells: [LuaItem]?) {
    let subject = subject("matrix", name, place)
    let reader = FieldReader(definition: self, subject: subject)
    let group = GroupDraft(style: .matrix)
    guard case .table(let table) = fields(name, spec) else {
      reader.error("its fields must be a table, not \(spec.phrase)", cure: "matrix \"name\" { axes = { … }, step = … }")
      return (declare(.group(group), subject: subject, depends: [], own: nil), nil)
    }
    for index in table.items.indices {
      reader.error(
        "a matrix has no members of its own", [.index(Int64(index + 1))],
        cure: "its steps are made by step = function(cell) … end")
    }
    let (depends, own) = readGroupFields(of: table, group, reader, except: Self.matrixFields)
    let node = declare(.group(group), subject: subject, depends: depends, own: own)
    let errors = mistakes.errors
    let axes = axes(table["axes"], reader, needed: table["include"] == nil)
    guard let maker = maker(table["step"], reader) else { return (node, nil) }
    var draft = MatrixDraft(
      node: node, maker: maker, include: entries("include", table, reader), exclude: entries("exclude", table, reader),
      order: table["order"].flatMap { reader.strings($0, [.name("order")]) } ?? [], subject: subject)
    defer { matrices[node] = draft }
    guard mistakes.errors == errors else { return (node, nil) }
    guard let known = Self.known(axes) else {
      group.pending = PendingMatrix(id: Int32(node), axes: axes, digest: digest(of: draft, table, reader))
      return (node, nil)
    }
    let cells = makeCells(axes: known, draft, reader)
    draft.take(cells)
    switch maker {
    case .function: return (node, cells.map { LuaItem(.map($0.values)) })
    case .spec(let spec):
      matrices[node] = draft
      for index in cells.indices { declareCell(of: node, index + 1, spec) }
      return (node, nil)
    }
  }

  private func maker(_ item: LuaItem?, _ reader: FieldReader) -> MatrixDraft.Maker? {
    switch item {
    case .function(let number)?: return .function(number)
    case .table(let spec)?: return .spec(spec)
    case nil: reader.error("\"step\" is missing", cure: "step = function(cell) return { run = … } end")
    case .some(let item):
      reader.wrong([.name("step")], expected: "function(cell) … end or a step's fields", got: item)
    }
    return nil
  }

  // MARK: Axes and entries

  private func axes(_ item: LuaItem?, _ reader: FieldReader, needed: Bool) -> [String: Expr] {
    let path = [PathKey.name("axes")]
    guard let item else {
      if needed { reader.error("\"axes\" is missing", cure: "axes = { browser = { \"chrome\", \"firefox\" } }") }
      return [:]
    }
    guard let fields = reader.fields(item, path, expected: "a table such as { browser = { \"chrome\" } }") else {
      return [:]
    }
    var axes: [String: Expr] = [:]
    for field in fields {
      let path = path + [.name(field.key)]
      guard Names.isValid(field.key) else {
        reader.error(Self.invalid(field.key), path)
        continue
      }
      if field.value.isAxis {
        if let axis = reader.expr(field.value, path) { axes[field.key] = axis }
      } else {
        reader.wrong(path, expected: "a list of values or a ref to one", got: field.value)
      }
    }
    return axes
  }

  /// The axes' values; nil when one is known later.
  private static func known(_ axes: [String: Expr]) -> [String: [Value]]? {
    var known: [String: [Value]] = [:]
    for (name, axis) in axes {
      guard case .literal(.list(let values)) = axis else { return nil }
      known[name] = values
    }
    return known
  }

  private func entries(_ field: String, _ table: LuaTable, _ reader: FieldReader) -> [[String: Value]] {
    guard let item = table[field] else { return [] }
    let path = [PathKey.name(field)]
    let expected = "a list of cells such as { { browser = \"firefox\" } }"
    guard case .table(let list) = item, list.fields.isEmpty, list.strays.isEmpty else {
      reader.wrong(path, expected: expected, got: item)
      return []
    }
    var entries: [[String: Value]] = []
    for (index, item) in list.items.enumerated() {
      let path = path + [.index(Int64(index + 1))]
      guard let fields = reader.fields(item, path, expected: "a table such as { browser = \"firefox\" }") else {
        continue
      }
      var entry: [String: Value] = [:]
      for field in fields {
        guard let value = field.value.value else {
          reader.wrong(path + [.name(field.key)], expected: "a plain value", got: field.value)
          continue
        }
        entry[field.key] = value
      }
      if !entry.isEmpty { entries.append(entry) }
    }
    return entries
  }

  /// What the cells are made from, their axes' values aside.
  private func digest(of draft: MatrixDraft, _ table: LuaTable, _ reader: FieldReader) -> String {
    let maker =
      switch draft.maker {
      case .function(let number): digest(number)
      case .spec(let spec): StableHash.hex("\(spec)")
      }
    let entries = JSON.encode([
      "include": .list(draft.include.map(Value.map)), "exclude": .list(draft.exclude.map(Value.map)),
      "order": .list(draft.order.map(Value.string)),
    ])
    return StableHash.hex(maker + entries)
  }

  // MARK: Cells

  /// The cells of a matrix whose axes are known; what is wrong with them is reported.
  func makeCells(axes: [String: [Value]], _ draft: MatrixDraft, _ reader: FieldReader) -> [MatrixExpansion.Cell] {
    let expansion = MatrixExpansion(axes: axes, include: draft.include, exclude: draft.exclude, order: draft.order)
    do throws(MatrixExpansion.Failure) {
      return try expansion.cells()
    } catch {
      switch error {
      case .tooMany(let count):
        reader.error(
          "\(count) cells are more than the \(MatrixExpansion.limit) that a matrix may have", [.name("axes")])
      case .repeated(let axis, let value):
        reader.error("the axis \"\(axis)\" has \(JSON.encode(value)) twice", [.name("axes"), .name(axis)])
      case .notFinite(let axis):
        reader.error(
          "\"\(axis)\" has a value that is infinite or not a number: no cell can be named by it",
          axes[axis] == nil ? [.name("include")] : [.name("axes"), .name(axis)],
          cure: "a division by 0 gives such a one")
      case .identical(let label):
        reader.error("\"include\" makes the cell [\(label)] twice", [.name("include")])
      case .unknownAxis(let name):
        reader.error(
          "\"order\" names \"\(name)\", which is no axis", [.name("order")],
          cure: Names.proposal(for: name, in: axes.keys))
      }
      return []
    }
  }

  /// The function of a matrix is about to be called for a cell (1-based): names are scoped by it.
  func enter(_ matrix: Int, _ number: Int) {
    guard let draft = matrices[matrix], draft.cells.indices.contains(number - 1) else { return }
    let name = "\(drafts[matrix].name)[\(draft.cells[number - 1].label)]"
    scopes.append(Scope(prefix: name + "/", parent: drafts[matrix].scope, matrix: matrix))
    scope = scopes.count - 1
  }

  /// What the function returned for a cell: the fields of a step, or the handle of what it declared itself.
  func cell(_ matrix: Int, _ number: Int, _ result: LuaItem) {
    guard let draft = matrices[matrix], case .group(let group) = drafts[matrix].kind,
      draft.cells.indices.contains(number - 1)
    else { return }
    let reader = FieldReader(definition: self, subject: draft.subject)
    switch result {
    case .object("handle", let payload): if let link = link(ofHandle: payload) { group.members.append(link) }
    case .table, .string, .object("expr", _):
      let name = "\(drafts[matrix].name)[\(draft.cells[number - 1].label)]"
      let subject = Subject(
        kind: "step", name: name, place: draft.subject.place, written: draft.subject.name, within: [.name("step")])
      var content = readStep(result, FieldReader(definition: self, subject: subject))
      takeTests(of: draft.cells[number - 1].values, into: &content)
      group.members.append(
        .node(add(.step(content.command), name: name, subject: subject, depends: content.depends, own: content.own)))
    case .null:
      reader.error(
        "its function returned nothing for the cell [\(draft.cells[number - 1].label)]", [.name("step")],
        cure: "return the fields of a step, such as { run = \"…\" }, or a group")
    case .bool, .integer, .number, .function, .object:
      reader.error(
        "its function returned \(result.phrase) for the cell [\(draft.cells[number - 1].label)]", [.name("step")],
        cure: "return the fields of a step, such as { run = \"…\" }, or a group")
    }
  }

  /// The step of a cell that is a shard runs the tests of the shard, unless it says otherwise.
  private func takeTests(of cell: [String: Value], into content: inout StepContent) {
    if case .body = content.command { return }
    guard content.own?.values.given.contains("tests") != true, let tests = LuaItem.tests(ofCell: cell) else { return }
    let own = content.own ?? OwnOptions()
    content.own = own
    own.values.tests = tests
    own.values.given.insert("tests")
  }

  /// A cell of a matrix whose `step` is a table: `cell.browser` is replaced in it.
  func declareCell(of matrix: Int, _ number: Int, _ spec: LuaTable) {
    guard let draft = matrices[matrix] else { return }
    let outer = scope
    enter(matrix, number)
    let filler = CellFiller(
      values: draft.cells[number - 1].values, known: draft.axes,
      reader: FieldReader(definition: self, subject: draft.subject))
    cell(matrix, number, filler.fill(spec))
    scope = outer
  }
}

extension LuaItem {
  /// Whether this may be an axis: a list, or a ref.
  fileprivate var isAxis: Bool {
    switch self {
    case .table(let table): table.fields.isEmpty && table.strays.isEmpty
    case .object("expr", .table(let payload)):
      ["ref", "map", "shards", "prioritized"].contains(payload.items.first?.string)
    case .null, .bool, .integer, .number, .string, .function, .object: false
    }
  }
}
