import BatonModel

/// Reads `param.integer { default = 4, min = 1, max = 64 }`.
struct ParamReader {
  let reader: FieldReader
  let path: [PathKey]

  func read(_ name: String, _ kind: String, _ spec: LuaItem) -> ParamSpec? {
    var table = LuaTable(items: [], fields: [], strays: [])
    if case .table(let given) = spec {
      table = given
    } else if spec != .null {
      reader.error("param.\(kind) takes a table, not \(spec.phrase)", path, cure: "param.\(kind) { default = … }")
      return nil
    }
    let known = ["default", "description"] + Self.fields(of: kind)
    for field in table.fields where !known.contains(field.key) {
      reader.unknown(path, field.key, among: known)
    }
    if kind != "enum", !table.items.isEmpty { reader.error("param.\(kind) has no list of values", path) }
    var param = ParamSpec(name: name, kind: self.kind(kind, table))
    param.description = table["description"].flatMap { reader.string($0, path + [.name("description")]) }
    if let item = table["default"] {
      let place = path + [.name("default")]
      if let value = item.value, let accepted = param.kind.accept(value) {
        param.fallback = accepted
      } else {
        reader.wrong(
          place, expected: param.kind.phrase, got: item, cure: item.string.flatMap { param.kind.proposal(for: $0) })
        param.fallback = param.kind.placeholder
      }
    }
    return param
  }

  private static func fields(of kind: String) -> [String] {
    switch kind {
    case "integer", "number": ["min", "max"]
    case "string": ["pattern"]
    default: []
    }
  }

  private func kind(_ kind: String, _ table: LuaTable) -> ParamSpec.Kind {
    switch kind {
    case "string":
      return .string(pattern: table["pattern"].flatMap { reader.string($0, path + [.name("pattern")]) })
    case "integer":
      func bound(_ name: String) -> Int64? {
        table[name].flatMap { reader.integer($0, path + [.name(name)], in: .min ... .max, expected: "an integer") }
      }
      let (min, max) = (bound("min"), bound("max"))
      if let min, let max, min > max { reader.error("\"min\" is more than \"max\"", path + [.name("min")]) }
      return .integer(min: min, max: max)
    case "number":
      func bound(_ name: String) -> Double? {
        table[name].flatMap {
          reader.number(
            $0, path + [.name(name)], in: -.greatestFiniteMagnitude ... .greatestFiniteMagnitude, expected: "a number")
        }
      }
      let (min, max) = (bound("min"), bound("max"))
      if let min, let max, min > max { reader.error("\"min\" is more than \"max\"", path + [.name("min")]) }
      return .number(min: min, max: max)
    case "boolean": return .boolean
    case "list": return .list
    case "table": return .table
    default:
      var choices: [String] = []
      for (index, item) in table.items.enumerated() {
        guard let choice = reader.string(item, path + [.index(Int64(index + 1))]) else { continue }
        choices.append(choice)
      }
      if table.items.isEmpty {
        reader.error("param.enum lists no values", path, cure: "param.enum { \"dev\", \"prod\", default = \"dev\" }")
      }
      return .choice(choices)
    }
  }
}

extension ParamSpec.Kind {
  /// What a value must be, as an error message says it.
  var phrase: String {
    func range(_ min: String?, _ max: String?) -> String {
      switch (min, max) {
      case (let min?, let max?): " from \(min) to \(max)"
      case (let min?, nil): " from \(min) on"
      case (nil, let max?): " up to \(max)"
      case (nil, nil): ""
      }
    }
    switch self {
    case .string(let pattern): return pattern.map { "a string that matches \"\($0)\"" } ?? "a string"
    case .integer(let min, let max): return "an integer" + range(min.map { String($0) }, max.map { String($0) })
    case .number(let min, let max): return "a number" + range(min.map(JSON.text), max.map(JSON.text))
    case .boolean: return "true or false"
    case .choice(let choices): return FieldReader.either(choices)
    case .list: return "a list"
    case .table: return "a table"
    }
  }

  func proposal(for text: String) -> String? {
    if case .choice(let choices) = self { Names.proposal(for: text, in: choices) } else { nil }
  }

  /// The value as this kind has it, or nil. Patterns are matched elsewhere.
  func accept(_ value: Value) -> Value? {
    switch self {
    case .string: return value.string.map(Value.string)
    case .integer(let min, let max):
      guard let integer = value.integer, integer >= min ?? .min, integer <= max ?? .max else { return nil }
      return .integer(integer)
    case .number(let min, let max):
      guard let number = value.number, number >= min ?? -.infinity, number <= max ?? .infinity else { return nil }
      return .number(number)
    case .boolean: return value.bool.map(Value.bool)
    case .choice(let choices): return value.string.flatMap { choices.contains($0) ? .string($0) : nil }
    case .list: return value.list.map(Value.list)
    case .table:
      if value == .list([]) { return .map([:]) }
      return value.map.map(Value.map)
    }
  }

  /// What `-p name=text` means for this kind: lists are JSON or separated by commas, tables are JSON.
  func parse(_ text: String) -> Value? {
    switch self {
    case .string, .choice: return accept(.string(text))
    case .integer: return Int64(text).flatMap { accept(.integer($0)) }
    case .number: return Double(text).flatMap { $0.isFinite ? accept(.number($0)) : nil }
    case .boolean: return text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
    case .list:
      if text.hasPrefix("[") { return (try? JSON.decode(text)).flatMap(accept) }
      return .list(
        text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) })
    case .table: return (try? JSON.decode(text)).flatMap(accept)
    }
  }

  /// A value of this kind, for a script that is read on although the parameter has none.
  var placeholder: Value {
    switch self {
    case .string: ""
    case .integer(let min, _): .integer(min ?? 0)
    case .number(let min, _): .number(min ?? 0)
    case .boolean: false
    case .choice(let choices): .string(choices.first ?? "")
    case .list: []
    case .table: [:]
    }
  }
}
