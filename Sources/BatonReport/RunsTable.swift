import BatonCore
import BatonModel

/// One run, as `baton runs` lists it.
public struct RunListing: Sendable {
  public var id: String
  public var workflow: String
  public var file: String
  public var status: RunStatus
  public var started: Instant
  public var ended: Instant?
  /// How long nobody drove it, between its drivers.
  public var idle = Span.zero
  public var counts: [StepStatus: Int]
  public var driver: String?
  /// Steps and gates that wait for people.
  public var waitsFor: [String] = []
  /// Messages that were due when it ended, and were not sent.
  public var owed = 0
  /// Run and step that called it, of a called workflow.
  public var caller: String?

  public init(
    id: String, workflow: String, file: String, status: RunStatus, started: Instant, ended: Instant?,
    counts: [StepStatus: Int], driver: String?
  ) {
    self.id = id
    self.workflow = workflow
    self.file = file
    self.status = status
    self.started = started
    self.ended = ended
    self.counts = counts
    self.driver = driver
  }

  /// From the start to the end, or to now while a process drives it or somebody is waited for, without the time before it was
  /// resumed; nil where its driver died, and nobody knows when.
  func duration(at now: Instant) -> Span? {
    if let ended { return max(.zero, ended - (started + idle)) }
    return status == .interrupted ? nil : max(.zero, now - started)
  }
}

/// `baton runs`.
public enum RunsTable {
  public static func text(_ runs: [RunListing], now: Instant, clock: WallClock, palette: Palette = .plain) -> String {
    var table = TextTable(["", "RUN", "WORKFLOW", "STATUS", "STARTED", "TIME", "STEPS"], rightAligned: [5])
    for run in runs {
      let mark = StatusMark(run.status)
      table.add([
        .init(mark.symbol, mark.shade), .init(run.id), .init(run.workflow.harmless),
        .init(run.status.rawValue, mark.shade),
        .init(clock.date(run.started)), .init(run.duration(at: now)?.text ?? ""),
        .init(
          [CountsText.text(run.counts), waits(run), owes(run), run.caller.map { "called by \($0.harmless)" } ?? ""]
            .filter { !$0.isEmpty }.joined(separator: "; ")),
      ])
    }
    return table.text(palette)
  }

  private static func owes(_ run: RunListing) -> String {
    run.owed == 0 ? "" : "\(run.owed) \(run.owed == 1 ? "message" : "messages") not sent"
  }

  private static func waits(_ run: RunListing) -> String {
    guard !run.waitsFor.isEmpty else { return "" }
    let more = run.waitsFor.count > 3 ? " and \(run.waitsFor.count - 3) more" : ""
    return "waits: \(run.waitsFor.prefix(3).joined(separator: ", ").harmless)\(more)"
  }

  /// A list of `{"run","workflow","file","status","started","finished","duration_ms","counts","driver","waits_for","owed","caller"}`.
  public static func json(_ runs: [RunListing], now: Instant) -> Value {
    .list(
      runs.map { run in
        [
          "run": .string(run.id), "workflow": .string(run.workflow), "file": .string(run.file),
          "status": .string(run.status.rawValue), "started": .string(run.started.rfc3339),
          "finished": run.ended.map { .string($0.rfc3339) } ?? .null,
          "duration_ms": run.duration(at: now).map { .integer($0.milliseconds) } ?? .null,
          "counts": .map(
            Dictionary(uniqueKeysWithValues: run.counts.map { ($0.key.rawValue, .integer(Int64($0.value))) })),
          "driver": run.driver.map { .string($0) } ?? .null, "waits_for": .list(run.waitsFor.map { .string($0) }),
          "owed": .integer(Int64(run.owed)),
          "caller": run.caller.map { .string($0) } ?? .null,
        ]
      })
  }
}

/// `12 succeeded, 1 failed, 3 skipped`.
enum CountsText {
  static let order: [StepStatus] = [
    .failed, .running, .retrying, .waiting, .succeeded, .kept, .cached, .skipped, .cancelled, .undone, .ready, .pending,
  ]

  /// Of a run, with what it is limited not to do.
  static func text(_ view: RunView, palette: Palette = .plain) -> String {
    let counts = text(view.counts, palette: palette)
    guard view.notSelected > 0 else { return counts }
    return (counts.isEmpty ? "" : counts + ", ") + "\(view.notSelected) not selected"
  }

  static func text(_ counts: [StepStatus: Int], palette: Palette = .plain) -> String {
    order.compactMap { status in
      guard let count = counts[status], count > 0 else { return nil }
      let text = "\(count) \(status.rawValue)"
      return palette.on && status == .failed ? palette(.red, text) : text
    }.joined(separator: ", ")
  }
}
