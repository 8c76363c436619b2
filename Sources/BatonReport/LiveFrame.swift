import BatonCore
import BatonModel

/// The lines of one frame of a ``LiveView``: a bar over all steps, what runs, and the counts.
struct LiveFrame {
  struct Line {
    var text: String
    /// The columns it takes.
    var width: Int
  }

  let live: LiveView
  let now: Instant
  /// No line is wider.
  let width: Int
  /// There are no more lines than this.
  let limit: Int

  /// How many steps are listed at most, however high the terminal is.
  static let listed = 10

  init(_ live: LiveView, now: Instant, width: Int, limit: Int) {
    self.live = live
    self.now = now
    self.width = width
    self.limit = limit
  }

  func lines() -> [Line] {
    var lines = [bar()]
    let active = live.active
    let room = min(Self.listed, limit - 2)
    if room > 0 {
      let fits = active.count <= room
      let shown = fits ? active.count : room - 1
      let nameWidth = min(
        max(12, width - 44), active.prefix(shown).reduce(4) { max($0, DisplayWidth.of(live.view.steps[$1].name)) })
      for position in active.prefix(shown) {
        lines.append(step(live.view.steps[position], position, nameWidth: nameWidth))
      }
      if !fits { lines.append(line([("  and \(active.count - shown) more", .dim)])) }
    }
    if limit > 1 { lines.append(line(counts())) }
    return lines
  }

  /// 0…1: by what steps are expected to take where that is known, else by their number.
  var fraction: Double {
    var done: Double
    let all: Double
    if live.allWork > 0 {
      all = Double(live.allWork)
      done = Double(live.doneWork)
      for position in live.active {
        let work = Double(live.work(of: position))
        done += min(0.95, part(of: position, work: work)) * work
      }
    } else {
      all = Double(live.view.stepCount)
      done = Double(live.view.endedCount)
      for position in live.active { done += live.view.steps[position].fraction ?? 0 }
    }
    return all > 0 ? min(1, max(0, done / all)) : 0
  }

  /// How much of a running step is done: what it says itself, else the time it has taken of what it is expected to.
  private func part(of position: Int, work: Double) -> Double {
    let step = live.view.steps[position]
    if let fraction = step.fraction { return fraction }
    guard work > 0, step.status == .running, !live.view.waitsForSignal(step.name), let span = step.duration(at: now)
    else { return 0 }
    return Double(span.nanoseconds) / work
  }

  /// What is left, from the durations of earlier runs; nil where there are none.
  var estimate: Span? {
    guard live.schedule.knownCount > 0, live.allWork > 0 else { return nil }
    var work = Double(live.allWork - live.doneWork)
    var longest = 0.0
    for position in live.active {
      let expected = Double(live.work(of: position))
      let done = min(1, part(of: position, work: expected)) * expected
      work -= done
      if position < live.schedule.remaining.count {
        longest = max(longest, Double(live.schedule.remaining[position]) - done)
      }
    }
    return Span(nanoseconds: Int64(max(longest, work / Double(live.jobs) * live.slowdown)))
  }

  /// What is waited for where nothing goes on that ends by itself; nil: something does.
  var onlyWait: String? {
    var isAsked = false
    for position in live.active {
      let step = live.view.steps[position]
      if step.status == .waiting, step.asked != nil {
        isAsked = true
      } else if step.status != .running || !(live.view.waitsForSignal(step.name) || hasWaitingChild(step.name)) {
        return nil
      }
    }
    return live.active.isEmpty ? nil : isAsked ? "waits for an answer" : "waits for a signal"
  }

  private func hasWaitingChild(_ body: String) -> Bool {
    live.active.contains { position in
      let step = live.view.steps[position]
      return step.status == .waiting && step.asked != nil && step.name.hasPrefix(body + "/")
    }
  }

  private func bar() -> Line {
    let view = live.view
    let fraction = fraction
    let total = view.stepCount
    let left = "\(view.workflow.isEmpty ? view.run : view.workflow.harmless) "
    var right = " \(view.endedCount)/\(total)  \(view.sessionDuration(at: now).text)"
    if let cancellation = view.cancellation {
      right += "  cancelled by \(cancellation.by)"
    } else if view.halting != nil {
      right += "  halting"
    } else if let onlyWait {
      right += "  \(onlyWait)"
    } else if let estimate, estimate.nanoseconds > 0 {
      right += "  about \(estimate.text) left"
    }
    let room = width - DisplayWidth.of(left) - DisplayWidth.of(right)
    guard room >= 6 else { return line([(left, .bold), (right, nil)]) }
    let cells = min(40, room)
    let full = Self.bar(fraction, cells: cells)
    return line([
      (left, .bold), (full.filled, live.hasFailed ? .red : .green), (full.empty, .dim), (right, nil),
    ])
  }

  /// A bar in eighths of a cell.
  static func bar(_ fraction: Double, cells: Int) -> (filled: String, empty: String) {
    let eighths = Int(fraction * Double(cells * 8))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let whole = min(cells, eighths / 8)
    let filled = String(repeating: "█", count: whole) + (whole < cells ? parts[eighths % 8] : "")
    let rest = cells - whole - (whole < cells && eighths % 8 > 0 ? 1 : 0)
    return (filled, String(repeating: "░", count: rest))
  }

  private func step(_ step: StepView, _ position: Int, nameWidth: Int) -> Line {
    let mark = StatusMark(step.status)
    let name = DisplayWidth.padded(DisplayWidth.truncated(step.name.harmless, to: nameWidth), to: nameWidth)
    var parts: [(String, Palette.Shade?)] = [("\(mark.symbol) ", mark.shade), (name, nil)]
    if step.status == .retrying, let next = step.next {
      parts.append(
        ("  \(NextText.text(next, now: now)) (\(step.attempts.last?.outcome?.text.harmless ?? "failed"))", .yellow))
      return line(parts)
    }
    if step.status == .waiting, let asked = step.asked {
      parts.append(("  \(WaitText.text(asked, now: now).harmless)", .yellow))
      parts.append(("  \(WaitText.command(asked, run: live.view.run))", .dim))
      return line(parts)
    }
    parts.append(("  \(step.duration(at: now)?.text ?? "")", nil))
    let expected = Span(nanoseconds: live.work(of: position))
    if live.schedule.knownCount > 0, expected.nanoseconds >= 1_000_000_000 {
      parts.append((" of ~\(expected.text)", .dim))
    }
    if let number = step.attempts.last?.number, number > 1 { parts.append(("  attempt \(number)", .yellow)) }
    if let fraction = step.fraction {
      let bar = Self.bar(min(1, max(0, fraction)), cells: 10)
      parts += [
        ("  ", nil), (bar.filled, .cyan), (bar.empty, .dim), (" \(Int((fraction * 100).rounded(.down)))%", nil),
      ]
    }
    if let text = step.text { parts.append(("  \(text.harmless)", .dim)) }
    return line(parts)
  }

  private func counts() -> [(String, Palette.Shade?)] {
    let counts = live.view.counts
    var parts: [(String, Palette.Shade?)] = []
    for status in CountsText.order {
      guard let count = counts[status], count > 0 else { continue }
      parts.append((parts.isEmpty ? "" : "  ", nil))
      let mark = StatusMark(status)
      parts.append(("\(mark.symbol) \(count) \(status.rawValue)", mark.shade))
    }
    if live.view.notSelected > 0 {
      parts += [(parts.isEmpty ? "" : "  ", nil), ("\(live.view.notSelected) not selected", .dim)]
    }
    if let inUse = ResourcesText.text(live.view) {
      parts += [(parts.isEmpty ? "" : "  ", nil), ("in use: \(inUse)", .dim)]
    }
    return parts
  }

  /// Joins the parts, cut off at the width.
  private func line(_ parts: [(String, Palette.Shade?)]) -> Line {
    var text = ""
    var used = 0
    for (part, shade) in parts where used < width {
      let shown = DisplayWidth.truncated(part, to: width - used)
      used += DisplayWidth.of(shown)
      text += shade.map { live.palette($0, shown) } ?? shown
    }
    return Line(text: text, width: used)
  }
}
