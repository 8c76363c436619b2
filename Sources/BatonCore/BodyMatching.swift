import BatonModel

/// Compares what a durable body asks for with what its records tell: operations are matched by their identity within the
/// body, whatever order they ended in. The only place that knows what a divergence is.
///
/// The records themselves stay where they are (``BodyFacts``) and are handed in each time: a body that waits holds no copy of
/// them.
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
  /// Of the operations that the records told of when the body began, in the order of asking: whether they were looked up;
  /// an operation has one place in a body.
  private var seen: [Bool]
  /// Operations that were looked up and of which no record tells yet.
  private var fresh = KeySet()
  /// All that were looked up, once records were forgotten.
  private var taken: Set<String>?
  /// Recorded operations that are done and have not been looked up: the body is replayed as long as there are some.
  private var unseen = 0
  /// Those of them that the body has to ask for: nothing before them was done anew.
  private var unseenStrict = 0
  /// It is executed only up to where it was, so that what it did can be undone.
  public let isUndoing: Bool

  /// - Parameters:
  ///   - facts: what the records tell of the body so far; nil: nothing.
  ///   - policy: what its step says of divergence.
  ///   - isUndoing: it is executed only so that its compensations are registered.
  ///   - hasChildResult: whether the records tell the result of a child step, by its key.
  public init(
    body: String, file: String, facts: BodyFacts?, policy: StepOptions.OnDivergence, isUndoing: Bool = false,
    hasChildResult: (String) -> Bool
  ) {
    self.body = body
    self.file = file
    self.policy = policy
    self.isUndoing = isUndoing
    seen = Array(repeating: false, count: facts?.operations.count ?? 0)
    for known in facts?.operations.values ?? [] where Self.isRecorded(known.operation, hasChildResult) {
      unseen += 1
      if !known.isLoose { unseenStrict += 1 }
    }
  }

  /// Whether what the body does was done before.
  public var isReplaying: Bool { unseen > 0 }

  /// Looks an operation up by its identity, and whether its content is the same.
  public mutating func look(
    up kind: OperationKind, key: String, text: String, line: Int32, in facts: BodyFacts?,
    childResult: (String) -> OperationResult?
  ) -> Match {
    operations += 1
    let position = facts?.operations.position(of: key)
    guard isFirst(key, position) else {
      return .diverges("\(body): \"\(key)\" is asked for twice: operations of one body need names of their own")
    }
    guard unseen > 0 || isUndoing, taken == nil else { return .pending }
    // What this session has added to the records says nothing of what was before it.
    let before = position.flatMap { $0 < seen.count ? facts?.operations[$0] : nil }
    let result = before.flatMap { Self.recorded($0.operation, childResult) }
    if let result, before?.operation.text == text {
      unseen -= 1
      if before?.isLoose == false { unseenStrict -= 1 }
      return .done(result)
    }
    if isUndoing {
      // What it waited for may be behind it, and more to undo; anything else is new.
      return before == nil || kind == .effect ? .diverges("it is being undone") : .pending
    }
    // What was cut off may be asked for in another way.
    if before != nil && result == nil { return .pending }
    let isStrict = unseenStrict > 0
    let expected = result == nil ? firstUnasked(in: facts, childResult) : before?.operation
    let message = """
      the body of "\(body)" asks for something else than its records tell
        recorded: \(expected.map(Self.told) ?? "nothing more")
        asked:    \(key): \(text) (\(file):\(line))
      cure: undo the edit; or set on_divergence = "rerun" to do anew what follows; or baton resume --from \(body) to begin anew
      """
    guard policy == .rerun || !isStrict else { return .diverges(message) }
    return .forgets(
      forget(key, facts), reason: isStrict ? message : "it takes another way, for something before was done anew")
  }

  /// How many operations the body has, recorded before or asked for since.
  public private(set) var operations = 0

  /// Takes note that what was asked for is on record.
  public mutating func noteRecorded(_ requests: [BodyRequest]) {
    for request in requests { fresh.remove(request.key) }
  }

  /// At the end of a body: what its records tell and it did not ask for, as a diff; nil where that is allowed.
  public func unaskedAtEnd(in facts: BodyFacts?, childResult: (String) -> OperationResult?) -> String? {
    guard unseenStrict > 0, policy == .fail, let first = firstUnasked(in: facts, childResult) else { return nil }
    return """
      the body of "\(body)" ended without asking for what its records tell
        recorded: \(Self.told(first))
        asked:    nothing more
      cure: undo the edit; or set on_divergence = "rerun"; or baton resume --from \(body) to begin anew
      """
  }

  /// Whether an operation is asked for the first time.
  private mutating func isFirst(_ key: String, _ position: Int?) -> Bool {
    if taken != nil { return taken?.insert(key).inserted ?? true }
    guard let position else { return fresh.insert(key) }
    guard position < seen.count, !seen[position] else { return false }
    seen[position] = true
    return true
  }

  /// What was not looked up counts no more, nor does this one. Compensations of what stays done stay registered.
  private mutating func forget(_ key: String, _ facts: BodyFacts?) -> [String] {
    var rest: [String] = []
    var all = Set(fresh.members)
    for position in 0..<(facts?.operations.count ?? 0) {
      guard let operation = facts?.operations[position].operation else { break }
      let isSeen = position >= seen.count || seen[position]
      if isSeen { all.insert(operation.key) }
      if position < seen.count, operation.kind != .undo, !isSeen || operation.key == key { rest.append(operation.key) }
    }
    taken = all
    unseen = 0
    unseenStrict = 0
    return rest
  }

  /// The first recorded operation, in the order of asking, that is done and was not looked up.
  private func firstUnasked(in facts: BodyFacts?, _ childResult: (String) -> OperationResult?) -> Operation? {
    guard let facts else { return nil }
    return seen.indices.lazy.filter { !seen[$0] && !facts.operations[$0].isLoose }
      .map { facts.operations[$0].operation }.first { Self.recorded($0, childResult) != nil }
  }

  private static func isRecorded(_ operation: Operation, _ hasChildResult: (String) -> Bool) -> Bool {
    switch operation.kind {
    // Compensations are registered anew each time that a body is executed.
    case .undo: false
    case .step: hasChildResult(operation.key)
    case .sleep, .signal, .effect, .now, .race: operation.result != nil
    }
  }

  /// The result that the records tell of an operation.
  private static func recorded(
    _ operation: Operation, _ childResult: (String) -> OperationResult?
  ) -> OperationResult? {
    switch operation.kind {
    case .undo: nil
    case .step: childResult(operation.key)
    case .sleep, .signal, .effect, .now, .race: operation.result
    }
  }

  private static func told(_ operation: Operation) -> String {
    "\(operation.key): \(operation.text) (line \(operation.line) then)"
  }
}
