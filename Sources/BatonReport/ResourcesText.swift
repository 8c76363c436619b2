import BatonCore
import BatonModel

/// What of the pool is in use: `browser 2 of 4, memory 3 GB`.
enum ResourcesText {
  /// - Returns: nil where nothing but processors is in use, one a step, as the number of steps that run tells already.
  static func text(_ view: RunView) -> String? {
    let used = view.resourcesInUse
    guard used.keys.contains(where: { $0 != "cpu" }) else { return nil }
    return used.sorted { $0.key < $1.key }.map { name, amount in
      let capacity = view.capacity(of: name).map { " of \(text(name, $0))" } ?? ""
      return "\(name) \(text(name, amount))\(capacity)"
    }.joined(separator: ", ")
  }

  /// `{"browser":{"in_use":2,"capacity":4},…}`: of all that there is, and all that is in use.
  static func json(_ view: RunView) -> Value {
    let used = view.resourcesInUse
    var fields: [String: Value] = [:]
    for name in Set(used.keys).union(view.pool.keys) {
      fields[name] = [
        "in_use": number(used[name] ?? 0), "capacity": view.capacity(of: name).map(number) ?? .null,
      ]
    }
    return .map(fields)
  }

  private static func number(_ amount: Double) -> Value {
    Int64(exactly: amount).map { .integer($0) } ?? .number(amount)
  }

  private static func text(_ name: String, _ amount: Double) -> String {
    name == "memory" ? ByteSize(bytes: Int64(exactly: amount.rounded()) ?? .max).text : PlanReasons.number(amount)
  }
}
