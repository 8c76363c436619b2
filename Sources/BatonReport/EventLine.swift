import BatonCore
import BatonModel

/// One record as a line for people: what happened to whom, and more of it.
public struct EventLine: Sendable {
  public var symbol: String
  public var shade: Palette.Shade
  /// `step.succeeded`, as in `baton events --json`.
  public var kind: String
  /// The step, gate, group or message; empty for the run itself.
  public var subject: String
  /// `halting` of `run.halting`: where there is no doubt that it is the run.
  var moment: Substring { kind.split(separator: ".").last ?? "" }
  public var detail: String
  /// Where the detail has several lines, such as a diff: the first of them, and the others.
  var first = ""
  var more: [String] = []

  /// nil for what is no event for people.
  public init?(_ stamped: StampedRecord) {
    symbol = "·"
    shade = .dim
    subject = ""
    detail = ""
    switch stamped.record {
    case .runStarted(let start):
      (symbol, shade, kind) = ("▶", .cyan, "run.started")
      detail = "\(start.workflow) (\(start.file)) by \(start.by)"
    case .runResumed(let resumed):
      (symbol, shade, kind) = ("▶", .cyan, "run.resumed")
      detail = "by \(resumed.by)\(ShowText.repairs(resumed))"
    case .intended: return nil
    case .attemptStarted(let attempt, let executor, let pid, _):
      (symbol, shade, kind, subject) = ("▶", .cyan, "step.started", attempt.step)
      detail = Self.attempt(attempt, on: executor, pid: pid)
    case .attemptFailed(let end, let next):
      (symbol, shade, subject) = ("↻", .yellow, end.step)
      switch next {
      case .retry: kind = "step.retrying"
      case .failOver: kind = "step.failed_over"
      case .onResume: kind = "step.cancelled"
      case .again: kind = "step.lost"
      case .undo: (symbol, kind) = ("↶", "step.undoing")
      }
      detail =
        end.number == RunMachine.noAttempt
        ? "\(end.outcome.text): what its members did is undone"
        : "attempt \(end.number): \(end.outcome.text) after \((end.ended - end.started).text), "
          + NextText.text(next, now: stamped.time)
    case .stepEnded(let end):
      let mark = StatusMark(end.status, allowed: end.allowed)
      (symbol, shade, subject) = (mark.symbol, mark.shade, end.step)
      kind = "\(end.kind.rawValue).\(end.status.rawValue)"
      var parts: [String] = []
      if let attempt = end.attempt { parts.append((attempt.ended - attempt.started).text) }
      if let reason = end.reason {
        parts.append(reason)
      } else if !end.status.isSuccess, let attempt = end.attempt {
        parts.append(attempt.outcome.text)
      }
      if end.allowed, end.status == .failed { parts.append("allowed to fail") }
      detail = parts.joined(separator: ", ")
    case .expanded(let group, let axes, _):
      (kind, subject) = ("matrix.expanded", group)
      detail = axes.sorted { $0.key < $1.key }.map { "\($0.key)=\(ShardsText.axis($0.value))" }.joined(separator: " ")
    case .gateJudged(let verdict):
      (symbol, shade) = verdict.passed ? ("✓", .green) : ("✗", .red)
      (kind, subject) = (verdict.passed ? "gate.passed" : "gate.refused", verdict.gate)
      detail = Self.text(of: verdict)
    case .metric(let step, _, let name, let value):
      (kind, subject, detail) = ("metric", step, "\(name)=\(PlanReasons.number(value))")
    case .measured(let measured):
      (kind, subject, detail) = ("test.finished", measured.step, ResultsText.text(measured.summary))
      if measured.summary.failed > 0 { (symbol, shade) = ("✗", .red) }
      if !measured.summary.problems.isEmpty { (symbol, shade) = ("!", .yellow) }
    case .progress(let step, _, let fraction, let text):
      (kind, subject) = ("step.progress", step)
      detail = [fraction.map { "\(Int(($0 * 100).rounded(.down)))%" }, text].compactMap(\.self).joined(separator: " ")
    case .checkpoint(let step, _, let value):
      (kind, subject, detail) = ("step.checkpoint", step, JSON.encode(value))
    case .operated(let step, let operations):
      (kind, subject) = ("body.operated", step)
      detail = operations.map { Self.text(of: $0, now: stamped.time) }.joined(separator: "; ")
    case .operationEnded(let step, let key, let result):
      (kind, subject) = ("body.operation_ended", step)
      detail = key
      switch result {
      case .value(.null): break
      case .value(let value): detail += " = \(JSON.encode(value))"
      case .raised(let message): detail += " raised: \(message)"
      }
    case .forgotten(let step, let keys, let reason):
      (symbol, shade, kind, subject) = ("↻", .yellow, "body.forgotten", step)
      if reason == Record.undone {
        (symbol, detail) = ("↶", "undone")
      } else {
        detail = "\(keys.joined(separator: ", ")): \(reason)"
      }
    case .halting(let reason, let by):
      (symbol, shade, kind) = ("■", .red, "run.halting")
      // What halts a run says why itself.
      detail = by.map { "by \($0): nothing more starts" } ?? reason
    case .cancelRequested(let by, let reason):
      (symbol, shade, kind) = ("⊘", .yellow, "run.cancelling")
      detail = "by \(by)" + (reason.map { ": \($0)" } ?? "")
    case .notificationDue: return nil
    case .notificationHeld(let name, _, let event):
      (symbol, shade, kind, subject) = ("✉", .dim, "notify.held", name)
      detail = "\(event["kind"]?.string ?? "an event") waits for others"
    case .notificationLeft(let name, let keys):
      (symbol, shade, kind, subject) = ("✉", .yellow, "notify.left", name)
      detail = "\(PlanText.count(keys.count, "event")) left to the next run of this workflow"
    case .notificationSent(let name, _, let attempts):
      (symbol, shade, kind, subject) = ("✉", .dim, "notify.sent", name)
      if attempts > 1 { detail = "at attempt \(attempts)" }
    case .notificationFailed(let name, _, let attempts, let error):
      (symbol, shade, kind, subject) = ("✉", .yellow, "notify.failed", name)
      detail = attempts == 0 ? "failed: \(error)" : "failed after \(PlanText.count(attempts, "attempt")): \(error)"
    case .runEnded(let status, let reason):
      let mark = StatusMark(status)
      (symbol, shade, kind) = (mark.symbol, mark.shade, "run.\(status.rawValue)")
      detail = reason ?? ""
    case .asked(let question):
      (symbol, shade) = ("⧖", .yellow)
      (kind, subject) = ("\(question.node.rawValue).waiting", question.step)
      detail = question.text + (question.until.map { ", for \(($0 - stamped.time).text)" } ?? "")
    case .answered(let answer):
      (symbol, shade) = answer.approved ? ("✓", .green) : ("✗", .red)
      (kind, subject, detail) = ("\(answer.node.rawValue).\(answer.verb)", answer.step, WaitText.text(answer))
    case .signalReceived(let signal):
      (kind, subject) = ("signal.received", signal.name)
      detail = (signal.value == .null ? "" : "\(JSON.encode(signal.value)) ") + "by \(signal.by)"
    case .serviceChanged(let change):
      guard let event = change.event else { return nil }
      (kind, subject) = ("service.\(event)", change.service)
      switch change.state {
      case .ready: (symbol, shade) = ("✓", .green)
      case .unhealthy, .down: (symbol, shade) = ("✗", .red)
      case .stopped: if change.complaint != nil { (symbol, shade) = ("!", .yellow) }
      case .given, .stopping: break
      }
      detail = Self.text(of: change, now: stamped.time)
    case .requestTaken(_, let refused):
      guard let refused else { return nil }
      (symbol, shade, kind, detail) = ("!", .yellow, "request.refused", refused)
    }
    subject = subject.harmless
    let lines = detail.harmlessLines
    if let first = lines.first, lines.count > 1 { (self.first, more) = (first, Array(lines.dropFirst())) }
    detail = detail.harmless
  }

  /// What a gate found, and where it refused, what comes of that.
  static func text(of verdict: GateVerdict) -> String {
    let findings = verdict.findings.joined(separator: "; ")
    guard !verdict.passed else { return findings }
    let refused =
      switch verdict.otherwise {
      case .halt: "refused"
      case .branch: "refused, which skips what depends on it"
      case .warn: "refused, which only warns"
      case .ask: "refused, unless someone overrides it"
      }
    return findings.isEmpty ? refused : "\(refused): \(findings)"
  }

  /// `attempt 2, on slurm, pid 123`, as far as it is worth a word.
  /// An operation of a durable body: what it waits for, or what it is.
  static func text(of operation: Operation, now: Instant) -> String {
    var text =
      switch operation.kind {
      case .sleep: operation.text.hasPrefix("until") ? "sleeps \(operation.text)" : "sleeps for \(operation.text)"
      case .signal: "waits for the signal \(operation.text)"
      case .step, .effect, .now, .race, .undo: operation.key
      }
    if operation.kind == .signal, let due = operation.due { text += " until \(due.rfc3339)" }
    if case .value(let value)? = operation.result, operation.kind != .undo { text += " = \(JSON.encode(value))" }
    return text
  }

  /// What a service came to: `ready`, `down: it ended: killed by SIGKILL, again in 500ms`.
  static func text(of change: ServiceChange, now: Instant) -> String {
    let reason = change.reason ?? ""
    switch change.state {
    case .given: return ""
    case .ready: return change.isFailover ? "failed over \(reason)" : reason.isEmpty ? "ready" : "recovered: \(reason)"
    case .unhealthy: return reason
    case .down:
      guard let until = change.until else { return reason }
      let wait = until - now
      return reason + (wait > .zero ? ", again in \(wait.text)" : ", again at once")
    case .stopping, .stopped:
      let why = [change.reason, change.complaint].compactMap(\.self).joined(separator: "; ")
      return change.state.rawValue + (why.isEmpty ? "" : ": \(why)")
    }
  }

  static func attempt(_ attempt: StepAttempt, on executor: String, pid: Int32?) -> String {
    var parts: [String] = []
    if attempt.number > 1 { parts.append("attempt \(attempt.number)") }
    if executor != "local" { parts.append("on \(executor)") }
    if let pid { parts.append("pid \(pid)") }
    return parts.joined(separator: ", ")
  }
}

/// `baton events` for people.
public enum EventsText {
  /// One line, with its newline; nil for what is no event for people.
  public static func line(_ stamped: StampedRecord, clock: WallClock, palette: Palette = .plain) -> String? {
    guard let event = EventLine(stamped) else { return nil }
    var text = palette(.dim, DisplayWidth.padded("\(stamped.seq)", to: 6) + clock.preciseTime(stamped.time))
    let isBare = event.subject.isEmpty && event.detail.isEmpty
    text += "  " + palette(event.shade, isBare ? event.kind : DisplayWidth.padded(event.kind, to: 16))
    if !event.subject.isEmpty { text += "  \(event.subject)" }
    if !event.detail.isEmpty { text += "  " + palette(.dim, event.detail) }
    return text + "\n"
  }
}
