import BatonCore
import BatonModel

/// Progress as lines, one an event, for where no one can see a live view.
///
/// Under GitHub Actions and GitLab the output of a step that failed stands in a fold, and failures become annotations.
public struct LineView: Sendable {
  public enum Dialect: Sendable {
    case plain
    /// Source: "Workflow commands for GitHub Actions": `::group::`, `::endgroup::`, `::error file=…,line=…,title=…::`.
    case github
    /// Source: GitLab CI/CD "Custom collapsible sections": `section_start:TIME:NAME`, `section_end:TIME:NAME`.
    case gitlab
  }

  public private(set) var view: RunView
  public let dialect: Dialect
  public let clock: WallClock
  public let palette: Palette
  /// Only what went wrong.
  public let quiet: Bool
  private var tails: [String: String] = [:]
  /// When something was last told of a running step's progress.
  private var told: [String: Instant] = [:]

  /// Progress of a step is told when nothing was told of it for so long: as a sign of life, not as a bar.
  static let progressInterval = Span(seconds: 5)

  private var sections = 0

  public init(
    view: RunView, dialect: Dialect = .plain, clock: WallClock, palette: Palette = .plain, quiet: Bool = false
  ) {
    self.view = view
    self.dialect = dialect
    self.clock = clock
    self.palette = palette
    self.quiet = quiet
  }

  /// The lines that a record gives; often none.
  public mutating func lines(_ stamped: StampedRecord) -> String {
    view.apply(stamped)
    // Of operations of bodies there may be many thousands a second: only waits are worth a line.
    if case .operated(_, let operations) = stamped.record, operations.allSatisfy({ !$0.isOpenWait }) { return "" }
    guard var event = EventLine(stamped) else { return "" }
    switch stamped.record {
    case .intended, .notificationDue, .notificationHeld, .metric, .checkpoint, .expanded, .operationEnded: return ""
    case .operated(let step, let operations):
      let waits = operations.filter(\.isOpenWait)
      guard !quiet else { return "" }
      event.subject = step
      event.detail = waits.map { EventLine.text(of: $0, now: stamped.time) }.joined(separator: "; ")
      return line(event, at: stamped.time)
    case .forgotten: return line(event, at: stamped.time)
    case .asked(let question):
      guard !quiet, let asked = view[question.step]?.asked else { return "" }
      let command = "    \(palette(.dim, "to answer:")) \(WaitText.command(asked, run: view.run))\n"
      return line(event, at: stamped.time) + (question.kind == .interrupted ? "" : command)
    case .serviceChanged(let change):
      switch change.state {
      case .given, .stopping: return ""
      case .ready, .stopped: return quiet && change.complaint == nil ? "" : line(event, at: stamped.time)
      case .unhealthy, .down: return line(event, at: stamped.time) + tail(of: change.service, failed: change.end)
      }
    case .answered, .signalReceived, .requestTaken: return quiet ? "" : line(event, at: stamped.time)
    case .runStarted(let start):
      return quiet ? "" : "\(palette(.cyan, "▶")) \(palette(.bold, start.workflow.harmless))  run \(view.run)\n"
    case .runResumed:
      let kept = view.counts[.kept, default: 0]
      let count = kept > 0 ? "  \(kept) of \(view.stepCount) steps kept" : ""
      return quiet
        ? "" : "\(palette(.cyan, "▶")) \(palette(.bold, view.workflow.harmless))  run \(view.run) resumed\(count)\n"
    case .measured(let measured):
      return quiet && measured.summary.failed == 0 && measured.summary.problems.isEmpty
        ? "" : line(event, at: stamped.time)
    case .attemptStarted(let attempt, let executor, _, _):
      event.detail = EventLine.attempt(attempt, on: executor, pid: nil)
      return quiet ? "" : line(event, at: stamped.time)
    case .progress(let step, _, _, _):
      guard !quiet, let start = view[step]?.attempts.last?.started,
        stamped.time - max(told[step] ?? start, start) >= Self.progressInterval
      else { return "" }
      told[step] = stamped.time
      return line(event, at: stamped.time)
    case .halting, .cancelRequested, .notificationLeft, .notificationSent:
      return quiet ? "" : line(event, at: stamped.time)
    case .attemptFailed(let end, _):
      return (quiet ? "" : line(event, at: stamped.time)) + tail(of: end.step, failed: end)
    case .stepEnded(let end):
      if !told.isEmpty { told[end.step] = nil }
      let fails = end.status == .failed
      if end.kind == .group || end.kind == .service, !fails { return "" }
      let isTold = view.isVerdictOfGate(end)
      var text = isTold || (quiet && !fails) ? "" : line(event, at: stamped.time)
      if fails, end.kind != .group {
        text += tail(of: end.step, failed: end.attempt)
        text += annotation(of: end)
      }
      return text
    case .gateJudged(let verdict): return quiet && verdict.passed ? "" : line(event, at: stamped.time)
    case .notificationFailed: return line(event, at: stamped.time)
    case .runEnded(let status, _):
      if quiet, status == .succeeded { return "" }
      return "\n" + SummaryText.text(view, now: stamped.time, palette: palette)
    }
  }

  /// The end of an attempt's output; shown with the record that says how it ended, whichever comes first.
  public mutating func failureTail(step: String, attempt: Int, tail: String) -> String {
    guard !tail.isEmpty else { return "" }
    tails[step] = tail
    let last = view[step]?.attempts.last
    guard let last, last.number == attempt, last.outcome != nil else { return "" }
    return self.tail(of: step, failed: nil)
  }

  /// A piece of output as it came, line by line (`-v`).
  public func output(step: String, line: String) -> String {
    "\(palette(.dim, "\(step.harmless) │")) \(line.harmless)\n"
  }

  public func warning(_ text: String) -> String {
    switch dialect {
    case .github: "::warning::\(Self.escaped(text))\n"
    case .plain, .gitlab: "\(palette(.yellow, "warning:")) \(text)\n"
    }
  }

  private func line(_ event: EventLine, at time: Instant) -> String {
    var text = palette(.dim, clock.time(time)) + " \(palette(event.shade, event.symbol))"
    if !event.subject.isEmpty { text += " \(event.subject)" }
    if event.subject.isEmpty { text += " \(event.moment)" }
    guard event.more.isEmpty else {
      let lines = ([event.first] + event.more).map { palette(.dim, $0) }
      return text + "  \(lines.joined(separator: "\n    "))\n"
    }
    if !event.detail.isEmpty { text += "  \(palette(.dim, event.detail))" }
    return text + "\n"
  }

  private mutating func tail(of step: String, failed: AttemptEnd?) -> String {
    guard let tail = tails.removeValue(forKey: step) else { return "" }
    let body = TailText.lines(tail).map { "    \($0)\n" }.joined()
    let title = "output of \(step.harmless)"
    switch dialect {
    case .plain: return body
    case .github: return "::group::\(Self.escaped(title))\n\(body)::endgroup::\n"
    case .gitlab:
      sections += 1
      let name = "baton_\(sections)"
      let time = (failed?.ended ?? view.time).milliseconds / 1000
      return "\u{1B}[0Ksection_start:\(time):\(name)[collapsed=true]\r\u{1B}[0K\(title)\n\(body)"
        + "\u{1B}[0Ksection_end:\(time):\(name)\r\u{1B}[0K\n"
    }
  }

  private func annotation(of end: StepEnd) -> String {
    guard dialect == .github else { return "" }
    let why = end.reason ?? end.attempt?.outcome.text ?? "failed"
    var properties: [String] = []
    if let step = view[end.step], !step.file.isEmpty {
      properties = ["file=\(Self.escapedProperty(step.file))", "line=\(step.line)"]
    }
    properties.append("title=\(Self.escapedProperty(end.step))")
    return
      "::\(end.allowed ? "warning" : "error") \(properties.joined(separator: ","))::\(Self.escaped(why.harmlessLines.joined(separator: "\n")))\n"
  }

  /// Source: actions/toolkit, `command.ts`: `%`, CR and LF are percent-encoded in data, `:` and `,` in properties too.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": out += "%25"
      case "\r": out += "%0D"
      case "\n": out += "%0A"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  static func escapedProperty(_ text: String) -> String {
    escaped(text).map { $0 == ":" ? "%3A" : $0 == "," ? "%2C" : String($0) }.joined()
  }
}

extension Operation {
  /// Whether a body waits for it, and for no step of its own.
  var isOpenWait: Bool { (kind == .sleep || kind == .signal) && result == nil }
}
