import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import CSystem
import Glibc

/// How a run is shown while it goes on: chosen once from the command line and from where the output goes.
struct Reporting {
  enum Form: String {
    case live, lines, json, github, gitlab
  }

  let form: Form
  let console: Console

  /// One line an event, whatever the output is.
  init(lines console: Console) {
    self.console = console
    form = .lines
  }

  init(_ invocation: Invocation, _ console: Console) {
    self.console = console
    let asked = invocation.value(.output) ?? (invocation.has(.json) ? "json" : "auto")
    if let form = Form(rawValue: asked) {
      self.form = form
    } else if Environment["GITHUB_ACTIONS"] == "true" {
      form = .github
    } else if Environment["GITLAB_CI"] == "true" {
      form = .gitlab
    } else {
      form = console.isTerminal && !console.quiet ? .live : .lines
    }
  }

  /// - Parameters:
  ///   - history: the run's records so far; empty for a new run.
  ///   - durations: of earlier runs, for estimates.
  ///   - included: which nodes run at all; nil: all.
  ///   - jobs: how many run at once.
  ///   - pool: what else there is for them.
  func reporter(
    run: String, plan: Plan, history: [StampedRecord] = [], durations: [String: Span] = [:], included: [Bool]? = nil,
    jobs: Int, pool: [String: Double] = [:]
  ) -> any Reporter {
    console.endsWithReader = false
    let view = RunView(run: run, records: history, plan: plan)
    switch form {
    case .live:
      let schedule = PlanSchedule(plan, durations: durations, included: included)
      return LiveReporter(
        LiveView(
          view: view, schedule: schedule, jobs: jobs,
          slowdown: schedule.knownCount > 0 ? schedule.slowdown(of: plan, jobs: jobs, pool: pool) : 1,
          palette: console.messagePalette), console)
    case .json: return JSONReporter(run: run, console)
    case .lines: return lines(view, .plain)
    case .github: return lines(view, .github)
    case .gitlab: return lines(view, .gitlab)
    }
  }

  private func lines(_ view: RunView, _ dialect: LineView.Dialect) -> any Reporter {
    LineReporter(
      LineView(
        view: view, dialect: dialect, clock: .local, palette: console.messagePalette, quiet: console.quiet), console)
  }
}

extension WallClock {
  /// The clock of this machine's time zone, with the offset of now.
  static var local: WallClock {
    var now = Glibc.time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return WallClock(offset: Span(seconds: Int64(parts.tm_gmtoff)))
  }
}

extension Instant {
  static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}

/// Lines on standard error.
final class LineReporter: Reporter {
  private var view: LineView
  private let console: Console
  private var pieces = OutputLines()
  /// What steps printed whose start has not been told yet: output comes as it is written, records once they are safe.
  private var held: [String: String] = [:]
  let refreshInterval: Span? = nil

  init(_ view: LineView, _ console: Console) {
    self.view = view
    self.console = console
  }

  private func write(_ text: String) { if !text.isEmpty { console.message(Array(text.utf8)) } }

  func record(_ record: StampedRecord) {
    guard console.verbose else { return write(view.lines(record)) }
    switch record.record {
    case .attemptStarted(let attempt, _, _, _):
      write(view.lines(record))
      write(held.removeValue(forKey: attempt.step) ?? "")
    case .attemptFailed(let end, _):
      finishOutput(of: end.step)
      write(view.lines(record))
    case .stepEnded(let end):
      finishOutput(of: end.step)
      write(view.lines(record))
    default: write(view.lines(record))
    }
  }

  private func finishOutput(of step: String) {
    write(held.removeValue(forKey: step) ?? "")
    if let rest = pieces.finish(step) { write(view.output(step: step, line: rest)) }
  }

  func output(step: String, attempt: Int, bytes: [UInt8]) {
    guard console.verbose else { return }
    let text = pieces.add(bytes, of: step).map { view.output(step: step, line: $0) }.joined()
    if view.view[step]?.attempts.last?.number == attempt { write(text) } else { held[step, default: ""] += text }
  }

  func failureTail(step: String, attempt: Int, tail: String) {
    // With -v the output has been seen already.
    if !console.verbose { write(view.failureTail(step: step, attempt: attempt, tail: tail)) }
  }

  func warning(_ text: String) { write(view.warning(text)) }
  func stopping(_ count: Int, grace: Span) { console.note(StoppingText.text(count, grace: grace)) }
  func resized() {}
  func refresh(now: Instant) {}
}

/// A live region at the bottom of the terminal on standard error.
final class LiveReporter: Reporter {
  private var view: LiveView
  private let console: Console
  private var pieces = OutputLines()
  private var isOver = false
  private var drawn = Instant(nanoseconds: 0)
  let refreshInterval: Span? = Span(milliseconds: 100)

  init(_ view: LiveView, _ console: Console) {
    self.view = view
    self.console = console
  }

  func record(_ record: StampedRecord) {
    view.apply(record)
    switch record.record {
    case .attemptFailed(let end, _): finishOutput(of: end.step)
    case .stepEnded(let end): finishOutput(of: end.step)
    default: break
    }
    if case .runEnded = record.record {
      isOver = true
      console.message(view.finish(at: record.time, width: Terminal.size.columns))
    } else if isOver, let event = EventLine(record) {
      if event.kind == "notify.failed" { console.message("\(event.symbol) \(event.subject)  \(event.detail)") }
    }
  }

  func output(step: String, attempt: Int, bytes: [UInt8]) {
    guard console.verbose else { return }
    for line in pieces.add(bytes, of: step) { scroll(line, of: step) }
  }

  private func finishOutput(of step: String) {
    if console.verbose, let rest = pieces.finish(step) { scroll(rest, of: step) }
  }

  private func scroll(_ line: String, of step: String) {
    let palette = console.messagePalette
    view.scroll("\(palette(.dim, "\(step.harmless) │")) \(line.harmless)")
  }

  func failureTail(step: String, attempt: Int, tail: String) {
    if !console.verbose { view.failureTail(step: step, attempt: attempt, tail: tail) }
  }

  func warning(_ text: String) { view.scroll("\(console.messagePalette(.yellow, "warning:")) \(text)") }
  func stopping(_ count: Int, grace: Span) { view.scroll(StoppingText.text(count, grace: grace)) }
  func resized() { draw(at: .now) }

  func refresh(now: Instant) {
    if let refreshInterval, now - drawn < refreshInterval, now >= drawn { return }
    draw(at: now)
  }

  private func draw(at now: Instant) {
    guard !isOver else { return }
    drawn = now
    let size = Terminal.size
    console.message(view.frame(at: now, width: size.columns, height: size.lines))
  }
}

/// What is said when a run is interrupted.
enum StoppingText {
  static func text(_ count: Int, grace: Span) -> String {
    let steps = count == 1 ? "1 step has" : "\(count) steps have"
    return "‖ stopping: \(steps) up to \(grace.text) to end; Ctrl-C once more ends all at once"
  }
}

/// The lines of the steps' outputs, put together from the pieces that come.
struct OutputLines {
  private var open: [String: [UInt8]] = [:]

  /// The lines that are complete now.
  mutating func add(_ bytes: [UInt8], of step: String) -> [String] {
    var rest = open.removeValue(forKey: step) ?? []
    var lines: [String] = []
    for byte in bytes {
      if byte == 0x0A || rest.count > 1 << 16 {
        lines.append(String(decoding: rest, as: UTF8.self))
        rest = byte == 0x0A ? [] : [byte]
      } else {
        rest.append(byte)
      }
    }
    if !rest.isEmpty { open[step] = rest }
    return lines
  }

  /// What is left of a line without an end.
  mutating func finish(_ step: String) -> String? {
    open.removeValue(forKey: step).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The terminal on standard error.
enum Terminal {
  /// Its size; 80 by 24 where it does not say.
  static var size: (columns: Int, lines: Int) {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(max(1, size.ws_row)))
  }
}
