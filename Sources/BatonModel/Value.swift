/// A plain value: what a step emits, a parameter holds, or a script passes to the engine.
///
/// The shapes are JSON's, with integers kept apart from floating-point numbers as Lua does.
public indirect enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([Value])
  case map([String: Value])
}

extension Value {
  /// The name of the kind, as an error message says it.
  public var kind: String {
    switch self {
    case .null: "nil"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .list: "list"
    case .map: "table"
    }
  }

  /// The same with its article.
  public var phrase: String {
    switch self {
    case .null: kind
    case .integer: "an \(kind)"
    case .bool, .number, .string, .list, .map: "a \(kind)"
    }
  }

  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  public var list: [Value]? { if case .list(let items) = self { items } else { nil } }
  public var map: [String: Value]? { if case .map(let fields) = self { fields } else { nil } }

  /// The integer this is, also when it is a number without a fraction.
  public var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number this is, integers included.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// Whether no number in it is infinite or NaN.
  public var isFinite: Bool {
    switch self {
    case .null, .bool, .integer, .string: true
    case .number(let value): value.isFinite
    case .list(let items): items.allSatisfy(\.isFinite)
    case .map(let fields): fields.values.allSatisfy(\.isFinite)
    }
  }

  public subscript(key: String) -> Value? { map?[key] }

  /// How the value reads when it is joined into a string: strings as they are, numbers as Lua writes them,
  /// `true`/`false`, nothing for `nil`; lists and tables as JSON.
  public var text: String {
    switch self {
    case .null: ""
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): JSON.text(of: value)
    case .string(let text): text
    case .list, .map: JSON.encode(self)
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) {
    self = .map(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
  public init(nilLiteral: ()) { self = .null }
}
