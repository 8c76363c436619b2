import BatonModel

/// What a run asks of people.
public struct Question: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Whether a gate lets the run pass.
    case approval
    /// Whether the run may pass a gate that refused.
    case override
    /// Whether a step may run again of which an attempt was cut off.
    case interrupted
  }

  /// The gate or step that waits.
  public var step: String
  public var node: NodeKind
  public var kind: Kind
  /// The number of the record that asked first. A driver that carries the run on says the question once more under it.
  public var id: Int64
  /// Roles or people who may answer; empty: anyone.
  public var by: [String]
  /// How many different people must agree.
  public var quorum: Int
  /// No answer counts that is given later.
  public var until: Instant?
  public var form: [ParamSpec]
  /// What led to it: the findings of the gate, the attempt that was cut off.
  public var reason: String?

  public init(
    step: String, node: NodeKind = .gate, kind: Kind, id: Int64, by: [String] = [], quorum: Int = 1,
    until: Instant? = nil, form: [ParamSpec] = [], reason: String? = nil
  ) {
    self.step = step
    self.node = node
    self.kind = kind
    self.id = id
    self.by = by
    self.quorum = quorum
    self.until = until
    self.form = form
    self.reason = reason
  }

  /// Whether answers to the other one are answers to this one.
  func isSame(as other: Question) -> Bool {
    step == other.step && kind == other.kind && by == other.by && quorum == other.quorum && form == other.form
  }
}

/// What someone said to a ``Question``.
public struct Answer: Sendable, Hashable {
  public var step: String
  public var node: NodeKind
  public var kind: Question.Kind
  /// ``Question/id``.
  public var question: Int64
  public var approved: Bool
  /// Who; counts once for the quorum.
  public var by: String
  /// The role of the question in which they answered; empty: anyone may.
  public var role: String
  public var reason: String?
  /// Of the form.
  public var fields: [String: Value]
  /// When it was given, which is before its record where no driver lived.
  public var given: Instant

  public init(
    step: String, node: NodeKind = .gate, kind: Question.Kind, question: Int64, approved: Bool, by: String,
    role: String = "", reason: String? = nil, fields: [String: Value] = [:], given: Instant
  ) {
    self.step = step
    self.node = node
    self.kind = kind
    self.question = question
    self.approved = approved
    self.by = by
    self.role = role
    self.reason = reason
    self.fields = fields
    self.given = given
  }

  /// `approved`, `overridden` or `rejected`.
  public var verb: String {
    if !approved { return "rejected" }
    return kind == .override ? "overridden" : "approved"
  }
}

/// A value that came from outside under a name.
public struct Signal: Sendable, Hashable {
  /// Of the request that brought it; rises with the order in which signals were sent.
  public var id: Int64
  public var name: String
  public var value: Value
  public var by: String

  public init(id: Int64, name: String, value: Value, by: String) {
    self.id = id
    self.name = name
    self.value = value
    self.by = by
  }
}

/// What someone asks of a run, on its way to the run's driver.
///
/// Senders make requests durable; the driver that writes the records that follow from one takes it away in the same
/// transaction. So none is lost or counts twice, whoever dies when.
public struct Request: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// To the question of this number that a gate or step asks.
    case answer(step: String, question: Int64, approved: Bool, role: String, fields: [String: Value])
    case signal(name: String, value: Value)
    case cancel
  }

  /// Rises with the order in which requests were sent.
  public var id: Int64
  public var kind: Kind
  public var by: String
  public var reason: String?
  /// When it was sent.
  public var time: Instant

  public init(id: Int64 = 0, kind: Kind, by: String, reason: String? = nil, time: Instant) {
    self.id = id
    self.kind = kind
    self.by = by
    self.reason = reason
    self.time = time
  }
}

extension RunFacts {
  /// A question that has not been settled, and the answers so far.
  public struct Asked: Sendable, Hashable {
    public var question: Question
    /// When it was asked first.
    public var since: Instant
    public var answers: [Answer] = []

    /// Those who agreed.
    public var approvals: [Answer] { answers.filter(\.approved) }

    /// `1 of 2`.
    public var progress: String { "\(approvals.count) of \(question.quorum)" }
  }

  mutating func apply(_ question: Question, at time: Instant) {
    if let open = questions[question.step], open.question.id == question.id {
      questions[question.step]?.question = question
    } else {
      questions[question.step] = Asked(question: question, since: time)
    }
  }

  mutating func apply(_ answer: Answer) {
    guard questions[answer.step]?.question.id == answer.question else { return }
    questions[answer.step]?.answers.append(answer)
    guard answer.kind == .interrupted, answer.approved else { return }
    // It may run again: what was cut off counts no more.
    questions[answer.step] = nil
    forgetCutOff(answer.step)
  }

  /// A wait of a body ended: where it was not for want of time, it took the oldest signal of its name.
  mutating func consume(_ key: String, in body: String, _ result: OperationResult) {
    guard let operation = bodies[body]?.operations[key]?.operation, operation.kind == .signal,
      result != .value(.null), signals[operation.text]?.isEmpty == false
    else { return }
    signals[operation.text]?.removeFirst()
    if signals[operation.text]?.isEmpty == true { signals[operation.text] = nil }
  }
}
