import BatonCore
import BatonModel

/// Replaces `cell.AXIS` in the fields of a step by the value that one cell of a matrix has.
struct CellFiller {
  var values: [String: Value]
  /// The axes of all cells.
  var known: Set<String>
  var reader: FieldReader

  /// In `run` and `undo`, values joined into a string are quoted for the shell, as refs are.
  func fill(_ spec: LuaTable) -> LuaItem {
    fill(spec, path: [.name("step")])
  }

  private func fill(_ table: LuaTable, path: [PathKey]) -> LuaItem {
    var filled = table
    for index in filled.items.indices {
      filled.items[index] = fill(filled.items[index], shell: false, path: path + [.index(Int64(index + 1))])
    }
    for index in filled.fields.indices {
      let key = filled.fields[index].key
      filled.fields[index].value = fill(
        filled.fields[index].value, shell: key == "run" || key == "undo", path: path + [.name(key)])
    }
    return .table(filled)
  }

  private func fill(_ item: LuaItem, shell: Bool, path: [PathKey]) -> LuaItem {
    switch item {
    case .null, .bool, .integer, .number, .string, .function: return item
    case .table(let table): return fill(table, path: path)
    case .object("expr", .table(let payload)): return fill(compound: payload, item, shell: shell, path: path)
    case .object("source", .table(let payload)): return .object(kind: "source", payload: fill(payload, path: path))
    case .object: return item
    }
  }

  private func fill(compound payload: LuaTable, _ item: LuaItem, shell: Bool, path: [PathKey]) -> LuaItem {
    var filled = payload
    switch payload.items.first?.string {
    case "cell": return LuaItem(value(at: payload.items.dropFirst(), path))
    case "raw":
      guard payload.items.count > 1 else { return item }
      let inner = fill(payload.items[1], shell: false, path: path)
      if case .object = inner { filled.items[1] = inner } else { return inner }
    case "shards", "prioritized":
      for index in filled.items.indices.dropFirst() {
        filled.items[index] = fill(filled.items[index], shell: false, path: path)
      }
    case "map":
      guard payload.items.count > 1 else { return item }
      filled.items[1] = fill(payload.items[1], shell: false, path: path)
    case "concat":
      for index in payload.items.indices.dropFirst() {
        let part = payload.items[index]
        var inner = fill(part, shell: shell, path: path)
        if shell, part.isCell, let value = inner.value { inner = .string(ShellText.quoted(value.text)) }
        filled.items[index] = inner
      }
      let texts = filled.items.dropFirst().map { $0.value?.text }
      if !texts.contains(nil) { return .string(texts.compactMap { $0 }.joined()) }
    default: return item
    }
    return .object(kind: "expr", payload: .table(filled))
  }

  private func value(at operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> Value {
    var keys: [PathKey] = []
    for operand in operands {
      if let name = operand.string { keys.append(.name(name)) } else { keys.append(.index(operand.integer ?? 0)) }
    }
    if let value = Value.map(values).lookup(keys), !keys.isEmpty { return value }
    guard case .name(let axis)? = keys.first else {
      reader.error("cell is no value: name an axis, such as cell.\(known.sorted().first ?? "browser")", path)
      return .null
    }
    if !known.contains(axis) {
      reader.error("the cells have no \"\(axis)\"", path, cure: Names.proposal(for: axis, in: known))
    }
    return .null
  }
}

extension LuaItem {
  fileprivate var isCell: Bool {
    if case .object("expr", .table(let payload)) = self { payload.items.first == .string("cell") } else { false }
  }
}
