import BatonModel

extension Definition {
  static let groupFields = ["depends", "max", "fail_fast"] + StepField.all.keys

  /// `parallel "name" {…}`, `sequence "name" {…}`, `transaction "name" {…}`.
  func group(_ style: GroupSpec.Style, _ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> Int {
    let subject = subject(style.rawValue, name, place)
    let reader = FieldReader(definition: self, subject: subject)
    let group = GroupDraft(style: style)
    // What will be undone anyway need not be waited for.
    group.failFast = style == .transaction
    guard case .table(let table) = fields(name, spec) else {
      reader.error(
        "its members must be a table, not \(spec.phrase)", cure: "\(style.rawValue) \"name\" { step …, step … }")
      return declare(.group(group), subject: subject, depends: [], own: nil)
    }
    let (depends, own) = readGroupFields(of: table, group, reader, except: [])
    let number = declare(.group(group), subject: subject, depends: depends, own: own)
    for (index, item) in table.items.enumerated() {
      let path = [PathKey.index(Int64(index + 1))]
      if case .table(let inner) = item, style.isSequential, inner.fields.isEmpty, !inner.items.isEmpty {
        group.members.append(.node(sideBySide(inner, in: number, at: index + 1, reader)))
      } else if let member = member(item, reader, path) {
        group.members.append(member)
      }
    }
    return number
  }

  /// A plain list among the members of a sequence: a group of its own, named `name/2` by its position.
  private func sideBySide(_ list: LuaTable, in sequence: Int, at position: Int, _ reader: FieldReader) -> Int {
    let group = GroupDraft(style: .parallel)
    for (index, item) in list.items.enumerated() {
      let path = [PathKey.index(Int64(position)), .index(Int64(index + 1))]
      if let member = member(item, reader, path) { group.members.append(member) }
    }
    let subject = Subject(kind: "parallel", name: reader.subject.name, place: reader.subject.place)
    return add(.group(group), name: "\(drafts[sequence].name)/\(position)", subject: subject, depends: [], own: nil)
  }

  private func member(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> Link? {
    switch item {
    case .object("handle", let payload): return link(ofHandle: payload)
    case .string(let name): return .name(name)
    case .null, .bool, .integer, .number, .table, .function, .object:
      reader.error(
        "member \(FieldReader.text(of: path)) must be a step, a gate, a group or the name of one, not \(item.phrase)",
        path,
        cure: item.phrase == "a function" ? "a declaration needs its fields: step \"name\" { … }" : nil)
      return nil
    }
  }

  /// `depends`, `max`, `fail_fast` and what members inherit. Fields in `except` are the caller's.
  func readGroupFields(
    of table: LuaTable, _ group: GroupDraft, _ reader: FieldReader, except: [String]
  ) -> (depends: [Link], own: OwnOptions?) {
    var depends: [Link] = []
    var own: OwnOptions?
    for field in table.fields where !except.contains(field.key) {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "depends": links(field.value, reader, path, into: &depends)
      case "max":
        group.max = reader.integer(field.value, path, in: 1...1_000_000, expected: "an integer from 1 on").map {
          Int($0)
        }
      case "max_failures" where group.style == .transaction:
        reader.error("\"max_failures\" is not for a transaction: its first failure ends it", path)
      case "max_failures":
        group.maxFailures = reader.integer(field.value, path, in: 1...1_000_000, expected: "an integer from 1 on").map {
          Int($0)
        }
      case "fail_fast": group.failFast = reader.flag(field.value, path) ?? false
      case "run": reader.error("\"run\" belongs to a step, not to a group", path)
      default:
        if StepField.all[field.key] == nil {
          reader.unknown([], field.key, among: Self.groupFields + except)
        } else {
          read(field, reader, into: &own)
        }
      }
    }
    if let stray = table.strays.first { reader.error("a field's name must be a string, not \(stray)") }
    return (depends, own)
  }
}
