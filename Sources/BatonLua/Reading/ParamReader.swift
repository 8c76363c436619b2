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
