/// A Lua value as seen from Swift.
public enum LuaItem: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case table(LuaTable)
  /// A handle: the same function has the same one, alive until the machine is closed.
  case function(Int32)
  /// What `host.seal` made: a table that scripts can neither open nor forge.
  indirect case object(kind: String, payload: LuaItem)
}

/// A Lua table, read without its metatable.
public struct LuaTable: Sendable, Hashable {
  public struct Field: Sendable, Hashable {
    public var key: String
    public var value: LuaItem

    public init(_ key: String, _ value: LuaItem) {
      self.key = key
      self.value = value
    }
  }

  /// The entries 1…n; a hole among them is `.null`.
  public var items: [LuaItem]
  /// The entries with string keys, sorted by the bytes of the key.
  public var fields: [Field]
  /// The other keys in words, sorted: `[true]`, `[7]`, `[a table]`.
  public var strays: [String]
  /// The values of those among them that are whole numbers.
  public var numbered: [Int64: LuaItem] = [:]

  public init(items: [LuaItem] = [], fields: [Field] = [], strays: [String] = []) {
    self.items = items
    self.fields = fields
    self.strays = strays
  }

  /// The value of a string key, or nil.
  public subscript(key: String) -> LuaItem? { fields.first { $0.key == key }?.value }

  public var isEmpty: Bool { items.isEmpty && fields.isEmpty && strays.isEmpty }
}

extension LuaItem {
  /// The kind as Lua's `type` says it; a sealed object's own kind.
  public var kind: String {
    switch self {
    case .null: "nil"
    case .bool: "boolean"
    case .integer, .number: "number"
    case .string: "string"
    case .table: "table"
    case .function: "function"
    case .object(let kind, _): kind
    }
  }
}

extension LuaItem: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: LuaItem...) { self = .table(LuaTable(items: elements)) }
}
