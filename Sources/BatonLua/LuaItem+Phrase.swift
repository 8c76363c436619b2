import BatonModel

extension LuaItem {
  /// What this is, as an error message says it: `a boolean`, `a step`.
  public var phrase: String {
    switch self {
    case .null: "nil"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .table(let table) where !table.strays.isEmpty:
      "a table whose keys are neither names nor 1, 2, 3, … without a gap"
    case .table(let table): table.fields.isEmpty && !table.items.isEmpty ? "a list" : "a table"
    case .function: "a function"
    case .object("handle", _): "a step"
    case .object("expr", .table(let payload)): payload.items.first == .string("secret") ? "a secret" : "a ref"
    case .object("param", _): "a parameter"
    case .object("channel", _): "a channel"
    case .object(let kind, _): "an object (\(kind))"
    }
  }

  /// What this is where it is of the right kind, and yet no good: a number or a text itself, else its kind.
  var shown: String {
    if case .string(let text) = self { return "\"\(text)\"" }
    return integer.map { "\($0)" } ?? double.map { $0.isNaN ? "nan" : "\($0)" } ?? phrase
  }

  public var string: String? { if case .string(let text) = self { text } else { nil } }
  var isFlag: Bool { if case .bool = self { true } else { false } }
  public var table: LuaTable? { if case .table(let table) = self { table } else { nil } }

  /// The integer this is, also when it is a number without a fraction.
  public var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    case .null, .bool, .string, .table, .function, .object: nil
    }
  }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .null, .bool, .string, .table, .function, .object: nil
    }
  }

  /// The plain value this is; nil when there is a function or an object in it, or a table with keys of another kind. Whole numbers
  /// that are no sequence are keys as text.
  public var value: Value? {
    switch self {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .number(let number): return .number(number)
    case .string(let text): return .string(text)
    case .table(let table):
      guard table.strays.count == table.numbered.count else { return nil }
      if table.fields.isEmpty, table.numbered.isEmpty {
        var items: [Value] = []
        for item in table.items {
          guard let value = item.value else { return nil }
          items.append(value)
        }
        return .list(items)
      }
      var fields: [String: Value] = [:]
      for field in table.fields {
        guard let value = field.value.value else { return nil }
        fields[field.key] = value
      }
      for (index, item) in table.items.enumerated() where item != .null {
        guard let value = item.value else { return nil }
        fields[String(index + 1)] = value
      }
      for (number, item) in table.numbered {
        guard let value = item.value else { return nil }
        fields[String(number)] = value
      }
      return .map(fields)
    case .function, .object: return nil
    }
  }

  public init(_ value: Value) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .number(number)
    case .string(let text): self = .string(text)
    case .list(let items): self = .table(LuaTable(items: items.map(LuaItem.init)))
    case .map(let fields):
      let sorted = fields.keys.sorted().map { LuaTable.Field($0, LuaItem(fields[$0] ?? .null)) }
      self = .table(LuaTable(fields: sorted))
    }
  }
}
