extension ParamSpec.Kind {
  /// What a value must be, as an error message says it.
  public var phrase: String {
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
    case .choice(let choices): return Names.either(choices)
    case .list: return "a list"
    case .table: return "a table"
    }
  }

  /// The nearest choice to a wrong one.
  public func proposal(for text: String) -> String? {
    if case .choice(let choices) = self { Names.proposal(for: text, in: choices) } else { nil }
  }

  /// The value as this kind has it, or nil. Patterns are matched elsewhere.
  public func accept(_ value: Value) -> Value? {
    switch self {
    case .string: return value.string.map(Value.string)
    case .integer(let min, let max):
      guard let integer = value.integer, integer >= min ?? .min, integer <= max ?? .max else { return nil }
      return .integer(integer)
    case .number(let min, let max):
      guard let number = value.number, number.isFinite, number >= min ?? -.infinity, number <= max ?? .infinity else {
        return nil
      }
      // A whole number is written as one: `-p jobs=3` makes `-j3`.
      return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    case .boolean: return value.bool.map(Value.bool)
    case .choice(let choices): return value.string.flatMap { choices.contains($0) ? .string($0) : nil }
    case .list: return value.list.map(Value.list)
    case .table:
      if value == .list([]) { return .map([:]) }
      return value.map.map(Value.map)
    }
  }

  /// What `-p name=text` means for this kind: lists are JSON or separated by commas, tables are JSON.
  public func parse(_ text: String) -> Value? {
    switch self {
    case .string, .choice: return accept(.string(text))
    case .integer: return Int64(text).flatMap { accept(.integer($0)) }
    case .number: return Double(text).flatMap { $0.isFinite ? accept(.number($0)) : nil }
    case .boolean: return text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
    case .list:
      if text.hasPrefix("[") { return (try? JSON.decode(text, isGiven: true)).flatMap(accept) }
      return .list(
        text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) })
    case .table: return (try? JSON.decode(text, isGiven: true)).flatMap(accept)
    }
  }

  /// A value of this kind, for a script that is read on although the parameter has none.
  public var placeholder: Value {
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
