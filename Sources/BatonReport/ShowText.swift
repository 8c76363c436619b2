import BatonCore
import BatonModel

/// `baton show`: one run for people.
public enum ShowText {
  public static func text(_ view: RunView, now: Instant, clock: WallClock, palette: Palette = .plain) -> String {
    let mark = StatusMark(view.status)
    var text =
      "\(mark.text(palette)) \(palette(.bold, view.workflow.harmless))  \(palette(mark.shade, view.status.rawValue))"
    text += "  \(palette(.dim, "run")) \(view.run)\n"
    if let reason = view.reason, view.verdicts.isEmpty || view.halting == nil { text += "  \(reason.harmless)\n" }
    text += facts(view, now: now, clock: clock, palette)
    let shown = view.steps.filter { $0.kind != .group }
    if !shown.isEmpty {
      var table = TextTable(["", "STEP", "STATUS", "TIME", "ATTEMPTS", ""], rightAligned: [3, 4])
      let warnings = view.warningGates
      for step in shown {
        let isWarning = warnings.contains(step.name) && step.status.isSuccess
        let mark = isWarning ? StatusMark.warning : StatusMark(step.status, allowed: step.allowed)
        table.add([
          .init(mark.symbol, mark.shade), .init(step.name.harmless),
          .init(isWarning ? "refused" : step.status.rawValue, mark.shade),
          .init(step.workDuration(at: now)?.text ?? ""), .init(step.attempts.count > 1 ? "\(step.attempts.count)" : ""),
          .init(
            isWarning
              ? "which only warns"
              : remark(on: step, in: view, now: now, isJudged: view.verdicts.contains { $0.verdict.gate == step.name }),
            .dim),
        ])
      }
      text += "\n" + table.text(palette, indent: 2)
    }
    text += ServicesText.section(view, now: now, clock: clock, palette)
    text += LeasesText.section(view, now: now, clock: clock, palette)
    text += ShardsText.section(ShardsText.axes(view), palette)
    text += ResultsText.section(view, palette)
    text += OverrideText.gates(view, clock: clock, palette)
    text += waits(view, now: now, clock: clock, palette)
    // While a run is driven, they are on their way.
    let owed = view.status == .running ? [] : view.owed
    if !view.notifications.isEmpty || !owed.isEmpty {
      text += "\n\(palette(.bold, "Notifications"))\n"
      for notice in view.notifications {
        text += "  \(notice.name): "
        text +=
          notice.error.map { error in
            let tries = notice.attempts == 0 ? "" : " after \(PlanText.count(notice.attempts, "attempt"))"
            return "failed\(tries): \(error.harmless)"
          } ?? "sent"
        text += " at \(clock.time(notice.time))\n"
      }
      for notice in owed {
        text += "  \(palette(.yellow, notice.name)): due since \(clock.time(notice.time)), and not sent yet: "
        text += "baton resume \(view.run) sends it\n"
      }
    }
    return text
  }

  /// What waits for people, and what people said.
  private static func waits(_ view: RunView, now: Instant, clock: WallClock, _ palette: Palette) -> String {
    var text = ""
    for step in view.waiting {
      guard let asked = step.asked else { continue }
      if text.isEmpty { text += "\n\(palette(.bold, "Waits"))\n" }
      text += "  \(palette(.yellow, "⧖")) \(step.name.harmless): \(WaitText.text(asked, now: now).harmless)\n"
      if let until = asked.question.until { text += "    until \(clock.date(until))\n" }
      let form = WaitText.form(asked.question)
      if !form.isEmpty { text += "    asks for \(form.harmless)\n" }
      text += "    \(WaitText.command(asked, run: view.run))\n"
    }
    for wait in view.waitsOfBodies {
      if text.isEmpty { text += "\n\(palette(.bold, "Waits"))\n" }
      text += "  \(palette(.yellow, "⧖")) \(wait.step.harmless) \((wait.operation.waitText ?? "").harmless)"
      if let due = wait.operation.due, due > now { text += ", \((due - now).text) left" }
      text += "\n"
      if wait.operation.kind == .signal { text += "    \(WaitText.command(wait.operation, run: view.run))\n" }
    }
    if !view.answers.isEmpty {
      text += "\n\(palette(.bold, "Answers"))\n"
      for answer in view.answers {
        text += "  \(palette(answer.approved ? .green : .red, answer.approved ? "✓" : "✗")) \(answer.step.harmless): "
        text += "\(WaitText.text(answer).harmless) at \(clock.date(answer.given))\n"
      }
    }
    if !view.signals.isEmpty {
      text += "\n\(palette(.bold, "Signals"))\n"
      for received in view.signals {
        text += "  \(received.signal.name.harmless): \(JSON.encode(received.signal.value)) by "
        text += "\(received.signal.by.harmless) at \(clock.date(received.time))\n"
      }
    }
    return text
  }

  private static func facts(_ view: RunView, now: Instant, clock: WallClock, _ palette: Palette) -> String {
    var rows: [(String, String)] = [("file", view.file)]
    if let started = view.started { rows.append(("started", "\(clock.date(started)) by \(view.by)")) }
    for resumption in view.resumptions {
      rows.append(
        ("resumed", "\(clock.date(resumption.time)) by \(resumption.resumed.by)\(repairs(resumption.resumed))"))
    }
    let until = view.status == .interrupted ? " until the last that is known of it" : ""
    rows.append(("time", view.duration(at: now).text + until))
    if view.status == .running, let inUse = ResourcesText.text(view) { rows.append(("in use", inUse)) }
    if !view.params.isEmpty {
      rows.append(
        (
          "params",
          view.params.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }.joined(separator: " ")
        ))
    }
    if let settings = view.settings {
      if let name = settings.environment { rows.append(("env", name)) }
      let said = settings.said
      if !said.isEmpty {
        rows.append(("config", said.map { "\($0.name)=\($0.text)" }.joined(separator: " ").harmless))
      }
    }
    if !view.rocks.isEmpty {
      let used = view.rocks.values.sorted { $0.name < $1.name }
      rows.append(("modules", used.map { "\($0.name) \($0.version) (\($0.sum.prefix(12)))" }.joined(separator: ", ")))
    }
    if let scope = view.options.changes { rows.append(("changes", ImpactText.summary(scope))) }
    if view.reason == nil, let cancellation = view.cancellation {
      rows.append(("cancelled", "by \(cancellation.by)" + (cancellation.reason.map { ": \($0)" } ?? "")))
    }
    if view.reason == nil, let halting = view.halting {
      rows.append(("halted", (halting.by.map { "by \($0): " } ?? "") + halting.reason))
    }
    if !view.counts.isEmpty { rows.append(("steps", CountsText.text(view, palette: palette))) }
    return rows.map { "  \(palette(.dim, DisplayWidth.padded($0.0, to: 10)))\($0.1)\n" }.joined()
  }

  /// What was asked of a resumption.
  static func repairs(_ resumed: RunResumed) -> String {
    var parts: [String] = []
    for (step, values) in resumed.set.sorted(by: { $0.key < $1.key }) {
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        parts.append("set \(step).\(name)=\(JSON.encode(value))")
      }
    }
    if !resumed.skipped.isEmpty { parts.append("skipped \(resumed.skipped.sorted().joined(separator: ", "))") }
    if !resumed.only.isEmpty { parts.append("only \(resumed.only.joined(separator: ", "))") }
    if !resumed.invalidated.isEmpty {
      let names = resumed.invalidated.keys.sorted()
      parts.append(
        "again: " + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : ""))
    }
    return (resumed.reason.map { ": \($0)" } ?? "") + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))")
  }

  /// - Parameter isJudged: of a gate: what it found stands elsewhere.
  private static func remark(on step: StepView, in view: RunView, now: Instant, isJudged: Bool) -> String {
    var parts: [String] = []
    if step.status == .running {
      if let fraction = step.fraction { parts.append("\(Int((fraction * 100).rounded(.down)))%") }
      if let text = step.text { parts.append(text) }
    }
    if let next = step.next, let outcome = step.attempts.last?.outcome {
      parts.append("\(outcome.text), \(NextText.text(next, now: now, isDriven: view.status == .running))")
    }
    if let asked = step.asked, step.status == .waiting { parts.append(WaitText.text(asked, now: now)) }
    if step.outside == .notSelected { parts.append("not selected") }
    if let reason = step.reason { parts.append(isJudged && reason.hasPrefix("refused") ? "refused" : reason) }
    if step.status == .failed, step.reason == nil, let outcome = step.attempts.last?.outcome {
      parts.append(outcome.text)
    }
    if step.allowed, step.status == .failed { parts.append("allowed to fail") }
    if !step.values.isEmpty {
      parts.append(
        step.values.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }.joined(separator: " "))
    }
    return DisplayWidth.truncated(parts.joined(separator: "; ").harmless, to: 100)
  }
}

/// How an attempt that failed goes on.
enum NextText {
  /// - Parameter isDriven: whether a process sees to it; else nothing happens before the run is resumed.
  static func text(_ next: Record.Next, now: Instant, isDriven: Bool = true) -> String {
    switch next {
    case .retry(let moment):
      let wait = moment - now
      if !isDriven {
        return "again when the run is resumed" + (wait.nanoseconds > 0 ? ", not before \(wait.text) from now" : "")
      }
      return wait.nanoseconds > 0 ? "again in \(wait.text)" : "again at once"
    case .failOver(let number): return "fails over to alternative \(number + 1)"
    case .onResume: return "again when the run is resumed"
    case .again: return "again once it is back"
    case .undo: return "what it did is being undone"
    }
  }
}
