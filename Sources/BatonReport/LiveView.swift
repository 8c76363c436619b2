import BatonCore
import BatonModel

/// A run on a terminal while it goes on: what is worth keeping scrolls by, and below it stand a few lines that are drawn
/// anew with each frame: the progress of the whole, and what runs.
///
/// Pure: records go in, frames of bytes come out. A frame moves up over the one before, draws each line over the old one
/// and clears what is left, all within one synchronized update (`CSI ? 2026 h`, terminals that do not know it ignore it),
/// so that nothing flickers. The cursor rests below the region: whoever is killed leaves a usable terminal.
public struct LiveView: Sendable {
  public private(set) var view: RunView
  let schedule: PlanSchedule
  let jobs: Int
  /// How many times as long the rest takes as if only the number of steps at once were limited.
  let slowdown: Double
  let palette: Palette
  /// How many lines of the output of a failed attempt are shown.
  static let tailLines = 12

  /// Positions in ``RunView/steps`` of what runs or waits for another attempt, in the order in which they started.
  var active: [Int] = []
  /// What the steps that have ended were expected to take, and what all are; nanoseconds.
  private(set) var doneWork: Int64 = 0
  private(set) var allWork: Int64 = 0
  /// Whether a step failed that was not allowed to.
  private(set) var hasFailed = false
  /// What an unknown step is expected to take.
  private let meanWork: Int64
  /// Lines that scroll by with the next frame.
  private var scrolling: [String] = []
  private var tails: [String: String] = [:]
  /// The columns that each line of the last frame took.
  private var drawn: [Int] = []

  /// - Parameters:
  ///   - view: the run so far, with its plan adopted.
  ///   - schedule: of the same plan.
  ///   - jobs: how many steps at once.
  ///   - slowdown: by what else is limited (``PlanSchedule/slowdown(of:jobs:pool:)``).
  public init(view: RunView, schedule: PlanSchedule, jobs: Int, slowdown: Double = 1, palette: Palette) {
    self.view = view
    self.schedule = schedule
    self.jobs = max(1, jobs)
    self.slowdown = slowdown
    self.palette = palette
    meanWork = schedule.stepCount > 0 ? schedule.expected.reduce(0, +) / Int64(schedule.stepCount) : 0
    recount()
  }

  /// Takes note of a record; what is worth keeping is shown with the next frame.
  public mutating func apply(_ stamped: StampedRecord) {
    let known = view.steps.count
    view.apply(stamped)
    if view.steps.count > known { allWork += Int64(view.steps.count - known) * meanWork }
    switch stamped.record {
    case .runResumed: recount()
    case .attemptStarted(let attempt, _, _, _):
      if let position = view.position(of: attempt.step), !active.contains(position) { active.append(position) }
    case .attemptFailed(let end, let next):
      if next == .onResume { leave(end.step) }
      scroll(EventLine(stamped))
      scrollTail(of: end.step)
    case .stepEnded(let end):
      leave(end.step)
      if end.kind == .step, let position = view.position(of: end.step) { doneWork += work(of: position) }
      if end.status == .failed, !end.allowed { hasFailed = true }
      if end.status == .failed, end.kind != .group, !view.isVerdictOfGate(end) {
        scroll(EventLine(stamped))
        scrollTail(of: end.step)
      }
    case .gateJudged(let verdict): if !verdict.passed { scroll(EventLine(stamped)) }
    case .halting, .cancelRequested, .notificationLeft, .notificationFailed, .forgotten: scroll(EventLine(stamped))
    case .asked(let question):
      if let position = view.position(of: question.step), !active.contains(position) { active.append(position) }
    case .answered(let answer):
      if answer.kind == .interrupted { leave(answer.step) }
      scroll(EventLine(stamped))
    case .signalReceived, .requestTaken: scroll(EventLine(stamped))
    case .serviceChanged(let change):
      switch change.state {
      case .given, .stopping: break
      case .ready:
        if change.reason != nil { scroll(EventLine(stamped)) }
      case .unhealthy, .down:
        scroll(EventLine(stamped))
        scrollTail(of: change.service)
      case .stopped:
        leave(change.service)
        if change.complaint != nil { scroll(EventLine(stamped)) }
      }
    case .measured(let measured):
      if measured.summary.failed > 0 || !measured.summary.problems.isEmpty { scroll(EventLine(stamped)) }
    case .operated, .operationEnded, .runStarted, .intended, .expanded, .metric, .progress, .checkpoint,
      .notificationDue, .notificationHeld, .notificationSent,
      .runEnded:
      break
    }
  }

  /// The end of an attempt's output; shown with the record that says how it ended, whichever comes first.
  public mutating func failureTail(step: String, attempt: Int, tail: String) {
    guard !tail.isEmpty else { return }
    tails[step] = tail
    if let last = view[step]?.attempts.last, last.number == attempt, last.outcome != nil { scrollTail(of: step) }
  }

  /// A line that scrolls by: a warning, or a step's output.
  public mutating func scroll(_ line: String) { scrolling.append(line) }

  private mutating func scroll(_ event: EventLine?) {
    guard let event else { return }
    var line = palette(event.shade, event.symbol)
    line += event.subject.isEmpty ? " \(event.moment)" : " \(event.subject)"
    let detail = event.more.isEmpty ? event.detail : event.first
    if !detail.isEmpty { line += "  \(palette(.dim, detail))" }
    scrolling.append(line)
    for more in event.more { scrolling.append("    \(palette(.dim, more))") }
  }

  private mutating func scrollTail(of step: String) {
    guard let tail = tails.removeValue(forKey: step) else { return }
    for line in TailText.lines(tail, limit: Self.tailLines) { scrolling.append("    \(line)") }
  }

  private mutating func leave(_ step: String) {
    guard let position = view.position(of: step) else { return }
    active.removeAll { $0 == position }
  }

  /// What a step is expected to take.
  func work(of position: Int) -> Int64 {
    position < schedule.expected.count ? schedule.expected[position] : meanWork
  }

  private mutating func recount() {
    doneWork = 0
    allWork = 0
    active = []
    hasFailed = view.steps.contains { $0.status == .failed && !$0.allowed }
    for (position, step) in view.steps.enumerated() where step.kind == .step {
      let included = position >= schedule.included.count || schedule.included[position]
      guard included else { continue }
      allWork += work(of: position)
      if step.status.isTerminal { doneWork += work(of: position) }
      if step.status == .running || step.status == .retrying { active.append(position) }
    }
  }
}

extension LiveView {
  /// The bytes that bring the terminal to the state of this moment.
  ///
  /// - Parameters:
  ///   - width: columns of the terminal.
  ///   - height: its lines.
  public mutating func frame(at now: Instant, width: Int, height: Int) -> [UInt8] {
    var bytes = begin(width: width)
    flushScrolling(into: &bytes, width: width)
    let lines = LiveFrame(self, now: now, width: max(1, width - 1), limit: max(1, height - 2)).lines()
    for line in lines { Self.append(line.text, to: &bytes) }
    drawn = lines.map(\.width)
    bytes.append(contentsOf: "\u{1B}[J\u{1B}[?2026l".utf8)
    return bytes
  }

  /// Takes the region away and leaves the summary in its place.
  public mutating func finish(at now: Instant, width: Int) -> [UInt8] {
    var bytes = begin(width: width)
    flushScrolling(into: &bytes, width: width)
    drawn = []
    bytes.append(contentsOf: "\u{1B}[J".utf8)
    bytes.append(contentsOf: SummaryText.text(view, now: now, palette: palette).utf8)
    bytes.append(contentsOf: "\u{1B}[?2026l".utf8)
    return bytes
  }

  /// Goes to the first line of the region that is on the screen, whose lines may have been wrapped by a resize since.
  private func begin(width: Int) -> [UInt8] {
    var bytes = Array("\u{1B}[?2026h".utf8)
    let rows = drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
    bytes.append(contentsOf: (rows > 0 ? "\r\u{1B}[\(rows)A" : "\r").utf8)
    return bytes
  }

  private mutating func flushScrolling(into bytes: inout [UInt8], width: Int) {
    for line in scrolling { Self.append(line, to: &bytes) }
    scrolling = []
  }

  private static func append(_ line: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: line.utf8)
    // Clears the rest of the line that stood there before.
    bytes.append(contentsOf: "\u{1B}[K\r\n".utf8)
  }
}
