import BatonModel

extension JSONPull {
  /// The whole value whose first token was the given one; nil when it cannot be read (``failure``).
  ///
  /// - Parameters:
  ///   - leavingOut: Keys whose values are passed over, wherever they stand.
  ///   - budget: At most so many values are kept; what comes after them is passed over.
  mutating func value(_ token: Token, leavingOut: Set<String> = [], budget: inout Int) -> Value? {
    guard budget > 0 else { return skip(token) ? .null : nil }
    budget -= 1
    switch token {
    case .string: return .string(string)
    case .number(let number):
      return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    case .bool(let flag): return .bool(flag)
    case .null: return .null
    case .beginArray: return list(leavingOut, &budget)
    case .beginObject: return object(leavingOut, &budget)
    case .endObject, .endArray, .key, .finished, .malformed: return nil
    }
  }

  private mutating func list(_ leavingOut: Set<String>, _ budget: inout Int) -> Value? {
    var items: [Value] = []
    while true {
      let token = next()
      if token == .endArray { return .list(items) }
      let hasRoom = budget > 0
      guard let item = value(token, leavingOut: leavingOut, budget: &budget) else { return nil }
      if hasRoom { items.append(item) }
    }
  }

  private mutating func object(_ leavingOut: Set<String>, _ budget: inout Int) -> Value? {
    var fields: [String: Value] = [:]
    while true {
      switch next() {
      case .endObject: return .map(fields)
      case .key:
        let key = string
        let token = next()
        if leavingOut.contains(key) {
          guard skip(token) else { return nil }
          continue
        }
        let hasRoom = budget > 0
        guard let field = value(token, leavingOut: leavingOut, budget: &budget) else { return nil }
        if hasRoom { fields[key] = field }
      default: return nil
      }
    }
  }
}
