import BatonModel

/// Compares what a durable body asks for with what its records tell: operations are matched by their identity within the
/// body, whatever order they ended in. The only place that knows what a divergence is.
public struct BodyMatching: Sendable {
  public enum Match: Sendable {
    /// Recorded as done, with this result.
    case done(OperationResult)
    /// It has no result: it was never asked for, or was and has not ended.
    case pending
    /// The records tell of something else, and the body ends with this diff of the two.
    case diverges(String)
    /// The records tell of something else, which these operations and what is below them are forgotten for.
    case forgets([String], reason: String)
  }

  public let body: String
  /// The script, as people know it.
  private let file: String
  private let policy: StepOptions.OnDivergence
  /// Operations that were looked up so far; an operation has one place in a body.
  private var seen: Set<String> = []
  /// Recorded operations that are done and have not been looked up: the body is replayed as long as there are some.
  private var unseen = 0
  /// Those of them that the body has to ask for: nothing before them was done anew.
  private var unseenStrict = 0
  /// It is executed only up to where it was, so that what it did can be undone.
  private let isUndoing: Bool
  /// What was recorded before; empty once all of it was looked up.
  private var known: [String: BodyFacts.Known]

  /// - Parameters:
  ///   - facts: what the records tell of the body so far; nil: nothing.
  ///   - policy: what its step says of divergence.
  ///   - isUndoing: it is executed only so that its compensations are registered.
  ///   - childResult: the recorded result of a child step, by its key.
  public init(
    body: String, file: String, facts: BodyFacts?, policy: StepOptions.OnDivergence, isUndoing: Bool = false,
    childResult: (String) -> OperationResult?
  ) {
    self.body = body
    self.file = file
    self.policy = policy
    self.isUndoing = isUndoing
    known = facts?.operations ?? [:]
    for (key, operation) in known where recorded(key, childResult) != nil {
      unseen += 1
      if !operation.isLoose { unseenStrict += 1 }
    }
  }

  /// Whether what the body does was done before.
  public var isReplaying: Bool { unseen > 0 }

  /// Looks an operation up by its identity, and whether its content is the same.
  public mutating func look(
    up kind: OperationKind, key: String, text: String, line: Int32, childResult: (String) -> OperationResult?
  ) -> Match {
    guard seen.insert(key).inserted else {
      return .diverges("\(body): \"\(key)\" is asked for twice: operations of one body need names of their own")
    }
    guard !known.isEmpty || isUndoing else { return .pending }
    let before = known[key]?.operation
    let result = before == nil ? nil : recorded(key, childResult)
    if let result, before?.text == text {
      unseen -= 1
      if known[key]?.isLoose == false { unseenStrict -= 1 }
      if unseen == 0, !isUndoing { known = [:] }
      return .done(result)
    }
    if isUndoing {
      // What it waited for may be behind it, and more to undo; anything else is new.
      return before == nil || kind == .effect ? .diverges("it is being undone") : .pending
    }
    // What was cut off may be asked for in another way; and where nothing else stands there is nothing to contradict.
    if unseen == 0 || (before != nil && result == nil) { return .pending }
    let isStrict = unseenStrict > 0
    let expected = result == nil ? firstUnasked(childResult) : before
    let message = """
      the body of "\(body)" asks for something else than its records tell
        recorded: \(expected.map(Self.told) ?? "nothing more")
        asked:    \(key): \(text) (\(file):\(line))
      cure: undo the edit; or set on_divergence = "rerun" to do anew what follows; or baton resume --from \(body) to begin anew
      """
    guard policy == .rerun || !isStrict else { return .diverges(message) }
    // Compensations of what stays done stay registered.
    let rest = inOrder.filter { $0.kind != .undo && ($0.key == key || !seen.contains($0.key)) }.map(\.key)
    unseen = 0
    unseenStrict = 0
    known = [:]
    return .forgets(rest, reason: isStrict ? message : "it takes another way, for something before was done anew")
  }

  /// At the end of a body: what its records tell and it did not ask for, as a diff; nil where that is allowed.
  public func unaskedAtEnd(childResult: (String) -> OperationResult?) -> String? {
    guard unseenStrict > 0, policy == .fail, let first = firstUnasked(childResult) else { return nil }
    return """
      the body of "\(body)" ended without asking for what its records tell
        recorded: \(Self.told(first))
        asked:    nothing more
      cure: undo the edit; or set on_divergence = "rerun"; or baton resume --from \(body) to begin anew
      """
  }

  /// The first recorded operation, in the order of asking, that is done and was not looked up.
  public func firstUnasked(_ childResult: (String) -> OperationResult?) -> Operation? {
    known.values.filter { !$0.isLoose && !seen.contains($0.operation.key) }.sorted { $0.order < $1.order }
      .first { recorded($0.operation.key, childResult) != nil }?.operation
  }

  private var inOrder: [Operation] { known.values.sorted { $0.order < $1.order }.map(\.operation) }

  /// The result that the records tell of an operation.
  private func recorded(_ key: String, _ childResult: (String) -> OperationResult?) -> OperationResult? {
    // Compensations are registered anew each time that a body is executed.
    guard let found = known[key]?.operation, found.kind != .undo else { return nil }
    return found.kind == .step ? childResult(key) : found.result
  }

  private static func told(_ operation: Operation) -> String {
    "\(operation.key): \(operation.text) (line \(operation.line) then)"
  }
}
