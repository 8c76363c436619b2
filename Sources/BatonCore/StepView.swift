import BatonModel

/// What a step (or a gate, or a group) of a run looks like.
public struct StepView: Sendable {
  public let name: String
  public internal(set) var kind: NodeKind
  public internal(set) var status = StepStatus.pending
  public internal(set) var reason: String?
  /// In order, of all resumptions.
  public internal(set) var attempts: [AttemptView] = []
  public internal(set) var values: [String: Value] = [:]
  public internal(set) var ended: Instant?
  /// A failure that does not fail the run.
  public internal(set) var allowed = false
  /// Whether a resumed run leaves it at that (see ``StepEnd/isSettled``).
  var isSettled = false
  /// Why it is none of the steps that the run is about; nil: it is one.
  public internal(set) var outside: Outside?
  public internal(set) var fingerprint: Fingerprint?
  fileprivate var box: Box?
  /// Where it was declared, where the plan is known; else empty and 0.
  public internal(set) var file = ""
  public internal(set) var line: Int32 = 0

  public enum Outside: Sendable {
    /// By `--only` or `--tags`.
    case notSelected
    /// The workflow was edited, and has it no more.
    case removed
  }

  init(name: String, kind: NodeKind) {
    self.name = name
    self.kind = kind
  }

  public var started: Instant? { attempts.first?.started }

  /// How long its last attempt took, or has taken by the given moment; nil where nothing ran, or no one saw its end.
  public func duration(at now: Instant) -> Span? {
    guard let last = attempts.last, last.ended != nil || last.outcome == nil else { return nil }
    return max(.zero, (last.ended ?? now) - last.started)
  }

  /// How long all of its attempts took, or have taken by the given moment; nil where nothing ran, or no one saw an end.
  public func workDuration(at now: Instant) -> Span? {
    var sum: Span?
    for (position, attempt) in attempts.enumerated() {
      // Of those before the last, one without an end was cut off, and nobody saw when.
      guard let ended = attempt.ended ?? (attempt.outcome == nil && position == attempts.count - 1 ? now : nil) else {
        continue
      }
      sum = (sum ?? .zero) + max(.zero, ended - attempt.started)
    }
    return sum
  }

  mutating func begin(_ number: Int, at time: Instant, executor: String, pid: Int32?) {
    if box != nil {
      next = nil
      fraction = nil
      text = nil
    }
    ended = nil
    reason = nil
    attempts.append(AttemptView(number: number, executor: executor, started: time, pid: pid))
  }

  mutating func ask(_ question: Question, at time: Instant) {
    if asked?.question.id == question.id {
      asked?.question = question
    } else {
      asked = RunFacts.Asked(question: question, since: time)
    }
    reason = nil
  }

  mutating func take(_ answer: Answer) {
    guard asked?.question.id == answer.question else { return }
    asked?.answers.append(answer)
    if answer.kind == .interrupted { asked = nil }
  }

  mutating func close(_ end: AttemptEnd) {
    if attempts.last?.number != end.number {
      attempts.append(AttemptView(number: end.number, executor: end.executor, started: end.started, pid: nil))
    }
    let last = attempts.count - 1
    attempts[last].started = end.started
    attempts[last].ended = end.ended
    attempts[last].outcome = end.outcome
  }

  mutating func startOver(reason: String?) {
    self.reason = reason
    if !values.isEmpty { values = [:] }
    if box != nil {
      next = nil
      fraction = nil
      text = nil
    }
    ended = nil
    allowed = false
    isSettled = false
    if let last = attempts.indices.last, attempts[last].outcome == nil { attempts[last].outcome = .interrupted }
  }
}

extension StepView {
  /// How far it says it is; 0…1.
  public internal(set) var fraction: Double? {
    get { box?.value.fraction }
    set { more.fraction = newValue }
  }
  /// What it says it is doing.
  public internal(set) var text: String? {
    get { box?.value.text }
    set { more.text = newValue }
  }
  public internal(set) var checkpoint: Value? {
    get { box?.value.checkpoint }
    set { more.checkpoint = newValue }
  }
  /// How it goes on after the attempt that failed.
  public internal(set) var next: Record.Next? {
    get { box?.value.next }
    set { if newValue != nil || box != nil { more.next = newValue } }
  }
  /// The question that it waits with.
  public internal(set) var asked: RunFacts.Asked? {
    get { box?.value.asked }
    set { if newValue != nil || box != nil { more.asked = newValue } }
  }
  /// Of a matrix over refs: what its axes were found to be.
  public internal(set) var axes: [String: Value]? {
    get { box?.value.axes }
    set { more.axes = newValue }
  }

  /// What most steps do without: there may be a hundred thousand.
  fileprivate struct More: Sendable {
    var fraction: Double?
    var text: String?
    var checkpoint: Value?
    var next: Record.Next?
    var asked: RunFacts.Asked?
    var axes: [String: Value]?
  }

  fileprivate final class Box: @unchecked Sendable {
    // Sound because it is changed only where this view alone refers to it.
    fileprivate var value: More
    fileprivate init(_ value: More) { self.value = value }
  }

  private var more: More {
    get { box?.value ?? More() }
    _modify {
      if !isKnownUniquelyReferenced(&box) { box = Box(box?.value ?? More()) }
      let own = box ?? Box(More())
      yield &own.value
    }
  }
}

/// What one attempt of a step looks like.
public struct AttemptView: Sendable {
  /// 1-based, over the whole run.
  public var number: Int
  /// nil: it runs.
  public var outcome: Outcome?
  public var executor: String
  public var started: Instant
  public var ended: Instant?
  public var pid: Int32?

  public init(
    number: Int, outcome: Outcome? = nil, executor: String = "local", started: Instant, ended: Instant? = nil,
    pid: Int32? = nil
  ) {
    self.number = number
    self.outcome = outcome
    self.executor = executor
    self.started = started
    self.ended = ended
    self.pid = pid
  }
}
