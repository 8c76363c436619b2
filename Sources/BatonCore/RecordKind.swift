/// The stable name of each kind of ``Record`` in a database. Hot kinds first: they are looked for in this order.
public enum RecordKind: String, Sendable, CaseIterable {
  case intended = "step.intended"
  case attemptStarted = "attempt.started"
  case stepEnded = "step.ended"
  case operated = "body.operated"
  case operationEnded = "body.operation_ended"
  case attemptFailed = "attempt.failed"
  case progress = "step.progress"
  case metric = "step.metric"
  case measured = "step.measured"
  case checkpoint = "step.checkpoint"
  case expanded = "group.expanded"
  case gateJudged = "gate.judged"
  case notificationDue = "notify.due"
  case notificationHeld = "notify.held"
  case notificationLeft = "notify.left"
  case notificationSent = "notify.sent"
  case notificationFailed = "notify.failed"
  case halting = "run.halting"
  case cancelRequested = "run.cancelling"
  case runStarted = "run.started"
  case runResumed = "run.resumed"
  case runEnded = "run.ended"
  case forgotten = "body.forgotten"
  case asked = "people.asked"
  case answered = "people.answered"
  case signalReceived = "signal.received"
  case requestTaken = "request.taken"
  case serviceChanged = "service.changed"
}

extension Record {
  public var kind: RecordKind {
    switch self {
    case .runStarted: .runStarted
    case .runResumed: .runResumed
    case .intended: .intended
    case .attemptStarted: .attemptStarted
    case .attemptFailed: .attemptFailed
    case .stepEnded: .stepEnded
    case .expanded: .expanded
    case .gateJudged: .gateJudged
    case .metric: .metric
    case .measured: .measured
    case .progress: .progress
    case .checkpoint: .checkpoint
    case .halting: .halting
    case .cancelRequested: .cancelRequested
    case .notificationHeld: .notificationHeld
    case .notificationLeft: .notificationLeft
    case .notificationDue: .notificationDue
    case .notificationSent: .notificationSent
    case .notificationFailed: .notificationFailed
    case .runEnded: .runEnded
    case .operated: .operated
    case .operationEnded: .operationEnded
    case .forgotten: .forgotten
    case .asked: .asked
    case .answered: .answered
    case .signalReceived: .signalReceived
    case .requestTaken: .requestTaken
    case .serviceChanged: .serviceChanged
    }
  }

  /// The step, gate or group that the record is about, where it is about one.
  public var step: String? {
    switch self {
    case .attemptStarted(let attempt, _, _, _): attempt.step
    case .attemptFailed(let end, _): end.step
    case .stepEnded(let end): end.step
    case .expanded(let group, _, _): group
    case .gateJudged(let verdict): verdict.gate
    case .measured(let measured): measured.step
    case .metric(let step, _, _, _), .progress(let step, _, _, _), .checkpoint(let step, _, _): step
    case .operated(let step, _), .operationEnded(let step, _, _), .forgotten(let step, _, _): step
    case .asked(let question): question.step
    case .answered(let answer): answer.step
    case .serviceChanged(let change): change.service
    case .runStarted, .runResumed, .intended, .halting, .cancelRequested, .notificationHeld, .notificationLeft,
      .notificationDue, .notificationSent, .notificationFailed, .runEnded, .signalReceived, .requestTaken:
      nil
    }
  }

  /// The attempt that the record is about, 1-based, where it is about one.
  public var attempt: Int? {
    switch self {
    case .attemptStarted(let attempt, _, _, _): attempt.number
    case .attemptFailed(let end, _): end.number
    case .stepEnded(let end): end.attempt?.number
    case .measured(let measured): measured.attempt
    case .serviceChanged(let change): change.attempt
    case .metric(_, let attempt, _, _), .progress(_, let attempt, _, _), .checkpoint(_, let attempt, _): attempt
    case .runStarted, .runResumed, .intended, .expanded, .gateJudged, .halting, .cancelRequested, .notificationHeld,
      .notificationLeft, .notificationDue, .notificationSent, .notificationFailed, .runEnded, .operated,
      .operationEnded,
      .forgotten, .asked, .answered, .signalReceived, .requestTaken:
      nil
    }
  }
}
