import BatonModel

/// What the records tell of one durable body: what it asked for, and what came of it.
///
/// The results of child steps stand with the steps themselves (``RunFacts/steps``).
public struct BodyFacts: Sendable {
  public struct Known: Sendable {
    public var operation: Operation
    /// Something before it is done anew, and may take another way: what was recorded counts as far as it is asked for again,
    /// and is dropped without complaint where it isn't.
    public var isLoose = false
  }

  public private(set) var operations = BodyOperations()

  public init() {}

  mutating func add(_ operation: Operation) {
    if let position = operations.position(of: operation.key) {
      // Asked again after a crash: it keeps its place and the moment that it waits for.
      operations[position] = Known(operation: operation)
    } else {
      operations.append(operation)
    }
  }

  mutating func end(_ key: String, _ result: OperationResult) {
    if let position = operations.position(of: key) { operations[position].operation.result = result }
  }

  /// Operations that are to be done anew. Where others were asked for behind them, those stand, and they keep their place.
  mutating func forget(_ keys: [String]) {
    var isDropped = [Bool](repeating: false, count: operations.count)
    for key in keys { if let position = operations.position(of: key) { isDropped[position] = true } }
    guard let first = isDropped.firstIndex(of: true) else { return }
    operations.truncate(to: (isDropped.lastIndex(of: false) ?? -1) + 1)
    for position in first..<max(first, operations.count) where isDropped[position] {
      operations[position].operation.result = nil
      operations[position].operation.due = nil
    }
    loosen(after: first)
  }

  /// The result of an operation changes: what was asked for behind it may not be asked for again.
  mutating func loosen(after key: String) {
    if let position = operations.position(of: key) { loosen(after: position) }
  }

  private mutating func loosen(after position: Int) {
    var next = position + 1
    while next < operations.count {
      operations[next].isLoose = true
      next += 1
    }
  }

  /// In the order of asking.
  public var inOrder: [Operation] { operations.values.map(\.operation) }

  /// Keys of the operations that were asked for at the same time as this one or later.
  public func keys(from key: String) -> [String] {
    guard let first = operations.position(of: key) else { return [] }
    return operations.values[first...].map(\.operation.key)
  }

  // MARK: Names

  /// The key of a child step.
  public static func key(ofChild name: String) -> String { "step \(name)" }

  /// The full name of the child step that a key stands for; nil for other operations.
  public static func child(of key: String, in body: String) -> String? {
    guard key.hasPrefix("step ") else { return nil }
    return "\(body)/\(key.dropFirst(5))"
  }

  /// The key of the compensation that a child step says itself; those of `ctx:undo` have numbers.
  public static func key(ofUndoOf child: String) -> String {
    child.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? "undo step-\(child)" : "undo \(child)"
  }

  /// The name of the step that runs a compensation (`undo 2`): `rollout/undo-2`.
  static func compensation(of key: String, in body: String) -> String? {
    guard key.hasPrefix("undo ") else { return nil }
    return "\(body)/undo-\(key.dropFirst(5))"
  }

  /// The body and the name below it, of a child's full name.
  public static func split(_ name: String) -> (body: String, child: String)? {
    // A cell's name may have slashes between its brackets.
    var depth = 0
    var last: String.Index?
    for index in name.utf8.indices {
      switch name.utf8[index] {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "/") where depth == 0: last = index
      default: break
      }
    }
    guard let last else { return nil }
    return (String(name[..<last]), String(name[name.index(after: last)...]))
  }
}

extension RunFacts {
  /// The body whose child step this is.
  public func body(of step: String) -> (name: String, key: String)? {
    guard !bodies.isEmpty, let (body, child) = BodyFacts.split(step), let known = bodies[body] else { return nil }
    let key = BodyFacts.key(ofChild: child)
    if known.operations.position(of: key) != nil { return (body, key) }
    guard child.hasPrefix("undo-") else { return nil }
    let undo = "undo \(child.dropFirst(5))"
    return known.operations.position(of: undo) == nil ? nil : (body, undo)
  }

  /// The result of an operation that a body which is executed again may take as it is; nil where there is none.
  public func recordedResult(of key: String, in body: String) -> OperationResult? {
    guard let known = bodies[body]?.operations[key] else { return nil }
    // A child step whose body did not need it any more has its result, whatever becomes of it.
    if let result = known.operation.result { return result }
    guard let child = BodyFacts.child(of: key, in: body) else { return nil }
    guard let step = steps[child], let end = step.end, step.repair == nil else { return nil }
    return .value(Self.result(of: end, attempts: step.attempts))
  }

  /// Whether ``recordedResult(of:in:)`` has one, for less.
  public func hasRecordedResult(of key: String, in body: String) -> Bool {
    if bodies[body]?.operations[key]?.operation.result != nil { return true }
    guard let child = BodyFacts.child(of: key, in: body), let step = steps[child] else { return false }
    return step.end != nil && step.repair == nil
  }

  /// Whether a body went on without this child step, which it had cancelled.
  func wasGivenUp(_ step: String) -> Bool {
    guard let (body, key) = body(of: step), key.hasPrefix("step ") else { return false }
    return bodies[body]?.operations[key]?.operation.result != nil
  }

  /// What a body is told of a child step: `{ status, out, reason, attempts, code }`.
  public static func result(of end: StepEnd, attempts: Int) -> Value {
    var fields: [String: Value] = [
      "step": .string(end.step), "status": .string(end.status.rawValue), "out": .map(end.values),
      "attempts": .integer(Int64(attempts)),
    ]
    if let reason = end.reason { fields["reason"] = .string(reason) }
    if end.allowed { fields["allowed"] = true }
    switch end.attempt?.outcome {
    case .exited(let code): fields["code"] = .integer(Int64(code))
    case .signaled(let signal): fields["signal"] = .string(SignalName.text(signal))
    case .succeeded: fields["code"] = 0
    default: break
    }
    return .map(fields)
  }
}
