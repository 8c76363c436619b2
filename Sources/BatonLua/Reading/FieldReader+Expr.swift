import BatonModel

/// Values that may be known later.
extension FieldReader {
  /// Any value with refs in it.
  func expr(_ item: LuaItem, _ path: [PathKey]) -> Expr? {
    switch item {
    case .null, .bool, .integer, .number, .string: return item.value.map(Expr.literal)
    case .table(let table): return exprTable(table, path)
    case .object("expr", .table(let payload)): return compound(payload, path)
    case .object("handle", let payload):
      error(
        "\"\(Self.text(of: path))\" is a step where a value is needed", path,
        cure: "name what it emits: \(definition.name(ofHandle: payload)).out.NAME")
    case .function:
      error("\"\(Self.text(of: path))\" can't be a function", path)
    case .object: wrong(path, expected: "a value", got: item)
    }
    return nil
  }

  private func exprTable(_ table: LuaTable, _ path: [PathKey]) -> Expr? {
    if let value = LuaItem.table(table).value { return .literal(value) }
    guard table.strays.isEmpty else {
      error("\"\(Self.text(of: path))\" has keys that are no strings (\(table.strays.joined(separator: ", ")))", path)
      return nil
    }
    if table.fields.isEmpty {
      var items: [Expr] = []
      for (index, item) in table.items.enumerated() {
        guard let item = expr(item, path + [.index(Int64(index + 1))]) else { return nil }
        items.append(item)
      }
      return .list(items)
    }
    guard table.items.isEmpty else {
      error("\"\(Self.text(of: path))\" mixes a list and named fields", path)
      return nil
    }
    var fields: [String: Expr] = [:]
    for field in table.fields {
      guard let value = expr(field.value, path + [.name(field.key)]) else { return nil }
      fields[field.key] = value
    }
    return .table(fields)
  }

  private func compound(_ payload: LuaTable, _ path: [PathKey]) -> Expr? {
    let operands = payload.items.dropFirst()
    switch payload.items.first?.string {
    case "ref": return ref(operands, path)
    case "own": return own(operands, path)
    case "cell":
      error(
        "\"\(Self.text(of: path))\" has a value of a cell outside a matrix", path,
        cure: "cell stands in a matrix whose step is a table: step = { run = \"… \" .. cell.AXIS }")
      return nil
    case "shards": return shards(operands, path)
    case "prioritized": return prioritized(operands, path)
    case "secret": return operands.first?.string.map(Expr.secret)
    case "raw": return operands.first.flatMap { expr($0, path) }.map(Expr.raw)
    case "map":
      guard let inner = operands.first.flatMap({ expr($0, path) }), case .function(let number)? = operands.last else {
        return nil
      }
      return .map(inner, definition.callback(number))
    case "concat":
      var parts: [Expr] = []
      for operand in operands {
        guard let part = expr(operand, path) else { return nil }
        if case .list = part {
          error("\"\(Self.text(of: path))\" joins a list", path)
          return nil
        }
        if case .literal(.string(let text)) = part, case .literal(.string(let before))? = parts.last {
          parts[parts.count - 1] = .literal(.string(before + text))
        } else {
          parts.append(part)
        }
      }
      return .concat(parts)
    default: return nil
    }
  }

  /// `service.port.http`, within the braces of a service.
  private func own(_ operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> Expr? {
    let text = (["service"] + operands.compactMap(\.string)).joined(separator: ".")
    guard subject.kind == "service" else {
      error(
        "\"\(Self.text(of: path))\": \(text) is what a service says of itself", path,
        cure: "elsewhere it is the handle that tells: db.out.port.NAME")
      return nil
    }
    let keys = operands.compactMap(\.string).map(PathKey.name)
    guard keys.count == (keys.first == .name("port") ? 2 : 1) else {
      error("\"\(Self.text(of: path))\": \(text) is no value", path, cure: "such as service.port.http, service.folder")
      return nil
    }
    return .ref(Ref(step: definition.scopes[definition.scope].prefix + subject.name, path: keys))
  }

  private func ref(_ operands: ArraySlice<LuaItem>, _ path: [PathKey]) -> Expr? {
    guard let handle = operands.first else { return nil }
    let step = definition.name(ofHandle: handle)
    var keys: [PathKey] = []
    for operand in operands.dropFirst() {
      if let name = operand.string {
        keys.append(.name(name))
      } else if let index = operand.integer {
        keys.append(.index(index))
      } else {
        error("\"\(Self.text(of: path))\": \(step).out has no key that is \(operand.phrase)", path)
        return nil
      }
    }
    return .ref(Ref(step: step, path: keys))
  }

  /// A string that may be made of refs; numbers and booleans are taken as their text.
  func template(_ item: LuaItem, _ path: [PathKey]) -> Template? {
    switch item {
    case .string(let text): return .plain(text)
    case .integer, .number, .bool: return item.value.map { .plain($0.text) }
    case .object("expr", _): return expr(item, path).map(Template.dynamic)
    case .object("handle", _):
      _ = expr(item, path)
      return nil
    case .null, .table, .function, .object:
      wrong(path, expected: "a string", got: item)
      return nil
    }
  }

  /// Globs of files: as ``templates(_:_:)``, but strings they must be.
  func globs(_ item: LuaItem, _ path: [PathKey]) -> [Template]? {
    let expected = "a string or a list of strings"
    guard let items = list(item, path, expected: expected) else { return nil }
    for (item, path) in items where item.double != nil || item.isFlag {
      wrong(path, expected: expected, got: item)
      return nil
    }
    return templates(item, path)
  }

  /// A string with refs, or a list of them.
  func templates(_ item: LuaItem, _ path: [PathKey]) -> [Template]? {
    guard let items = list(item, path, expected: "a string or a list of strings") else { return nil }
    var templates: [Template] = []
    for (item, path) in items {
      guard let template = template(item, path) else { return nil }
      templates.append(template)
    }
    return templates
  }

  /// `run`, `undo`: a string for the shell, a list for a program, a function.
  func command(_ item: LuaItem, _ path: [PathKey]) -> Command? {
    switch item {
    case .string(let text):
      if text.utf8.contains(where: { $0 > 32 }) { return .shell(.plain(text)) }
      error("\"\(Self.text(of: path))\" is empty", path)
      return nil
    case .function(let number): return .callback(definition.callback(number))
    case .object("expr", _): return expr(item, path).map { .shell(.dynamic($0)) }
    case .table(let table) where table.fields.isEmpty && table.strays.isEmpty:
      guard !table.items.isEmpty else {
        error("\"\(Self.text(of: path))\" is an empty list: its first item is the program", path)
        return nil
      }
      return templates(item, path).map(Command.program)
    case .null, .bool, .integer, .number, .table, .object:
      wrong(path, expected: "a command: a string for the shell, a list for a program, or a function", got: item)
      return nil
    }
  }
}
