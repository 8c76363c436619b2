/// What a durable body asks for: everything by which it touches the world, and which is recorded before its result is used.
public enum OperationKind: String, Sendable, CaseIterable {
  /// A child step, gate or sub-workflow: a node of its own, below the body's name.
  case step
  /// A moment to wait for.
  case sleep
  /// A word from outside.
  case signal
  /// A function whose result is recorded.
  case effect
  /// The time.
  case now
  /// Which of several came first.
  case race
  /// A compensation, run when the body fails.
  case undo
}

/// How an operation of a body ended.
public enum OperationResult: Sendable, Hashable {
  case value(Value)
  /// It raised; the same is raised again when the body is replayed.
  case raised(String)
}

/// One operation as a body asks for it.
public struct BodyRequest: Sendable {
  /// What comes of it, and when.
  public enum Content: Sendable {
    /// A node, its name below the body's.
    case child(Node)
    case timer(after: Span)
    case timerAt(Instant)
    case signal(name: String, timeout: Span?)
    /// It is done: this is its result.
    case done(OperationResult)
    /// The first of these operations to end decides; its position (1-based) is the result.
    case race([String])
    /// A step to be run when the body fails.
    case undo(Node)
  }

  public var kind: OperationKind
  /// Its identity within the body: the kind, and its name or the number of the unnamed one of the kind (`sleep 2`).
  public var key: String
  /// What was asked for, in words; the same words mean the same operation.
  public var text: String
  /// The line of the script.
  public var line: Int32
  public var content: Content

  public init(kind: OperationKind, key: String, text: String, line: Int32, content: Content) {
    self.kind = kind
    self.key = key
    self.text = text
    self.line = line
    self.content = content
  }
}

/// What a body tells on its way, beside its operations.
public enum BodyReport: Sendable, Hashable {
  case progress(fraction: Double?, text: String?)
  case metric(name: String, value: Double)
  case log(String)
  /// A file to keep with the run: a glob, relative to the step's folder.
  case artifact(String)
}

/// How a body goes on after it ran for a moment.
public enum BodyNext: Sendable, Hashable {
  /// Until all of these operations have ended, or one of them where `any` is set.
  case waits(keys: [String], any: Bool)
  case returned([String: Value])
  /// It raised, halted or failed.
  ///
  /// - causes: the child steps whose failure it did not catch; a resumed run tries them again.
  /// - values: what it emitted before.
  case ended(Outcome, causes: [String], values: [String: Value] = [:])
}

/// What the engine answers to an operation.
public enum BodyReply: Sendable {
  /// It was recorded as done before.
  case done(OperationResult)
  /// It is asked for; its result comes later.
  case pending
  /// The records tell of something else: the message is a diff of the two.
  case diverges(String)
}

/// What a body sees of its run while it is executed: its records, and what it adds to them.
public protocol BodyWorld: AnyObject {
  /// Looks an operation up by its identity, and that its content is the same. `content` is made only where it is new.
  func look(up kind: OperationKind, key: String, text: String, line: Int32) -> BodyReply
  /// Whether records tell of an operation with this content.
  func isRecorded(_ key: String, as text: String) -> Bool
  /// Asks for an operation that ``look(up:key:text:line:)`` called pending.
  func ask(_ request: BodyRequest)
  /// Takes note that the body looked at the result of a child step.
  func heed(_ key: String)
  /// The result of an operation once its record is durable.
  func result(of key: String) -> OperationResult?
  func report(_ report: BodyReport)
  /// Ends a child step that is not needed any more.
  func cancel(_ key: String)
  /// Whether it is executed once more by the same driver, and has not come to where it was.
  var isRepeating: Bool { get }
  /// The time.
  var now: Instant { get }
  /// The value of an expression of refs, or the reason why it has none.
  func value(of expr: Expr) -> Result<Value, BodyMistake>
}

extension BodyWorld {
  public var isRepeating: Bool { false }
}

/// Why something that a body asked for is impossible.
public struct BodyMistake: Error, Hashable {
  public var message: String
  public init(_ message: String) { self.message = message }
}
