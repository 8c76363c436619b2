import BatonCore
import BatonModel

/// What stands at the end of a run: how it ended, what failed and why, and which command comes next.
public enum SummaryText {
  /// How many failures are listed.
  static let shownFailures = 10

  public static func text(_ view: RunView, now: Instant, palette: Palette = .plain) -> String {
    let mark = StatusMark(view.status)
    var text =
      "\(mark.text(palette)) \(palette(.bold, view.workflow.harmless)) \(palette(mark.shade, view.status.rawValue))"
    text += " in \(view.sessionDuration(at: now).text)"
    let counts = CountsText.text(view, palette: palette)
    if !counts.isEmpty { text += ": \(counts)" }
    let caught = view.steps.count { $0.status == .failed && $0.kind == .step && view.isCaught($0) }
    if caught > 0 { text += " (\(PlanText.count(caught, "failure")) caught)" }
    text += "  \(palette(.dim, "run \(view.run)"))\n"
    let failures = view.steps.filter { $0.status == .failed && $0.kind != .group && !view.isCaught($0) }
    // A gate or a step that halted the run tells why itself.
    if let reason = view.reason, view.status != .succeeded,
      !failures.prefix(shownFailures).contains(where: { $0.reason?.hasSuffix(reason) == true })
    {
      text += "  \(reason.harmless)\n"
    }
    for step in failures.prefix(shownFailures) {
      let mark = StatusMark(.failed, allowed: step.allowed)
      text += "  \(mark.text(palette)) \(step.name.harmless): \(why(step))\n"
      // Of an attempt that got so far as to have results.
      if view.results[step.name]?.last?.attempt == step.attempts.last?.number {
        text += causes(view.summary(of: step.name)?.causes ?? [])
      }
    }
    if failures.count > shownFailures { text += "    and \(failures.count - shownFailures) more\n" }
    text += flaky(view, palette)
    for step in view.waiting {
      guard let asked = step.asked else { continue }
      text += "  \(palette(.yellow, "⧖")) \(step.name.harmless): \(WaitText.text(asked, now: now).harmless)\n"
      text += "    \(palette(.dim, "to answer:")) \(WaitText.command(asked, run: view.run))\n"
    }
    for command in commands(view, failures: failures) {
      text += "  \(palette(.dim, DisplayWidth.padded(command.1 + ":", to: 14)))\(command.0)\n"
    }
    return text
  }

  /// What is green and yet no good news: tests that passed only once they were tried again.
  private static func flaky(_ view: RunView, _ palette: Palette) -> String {
    var count = 0
    var names: [String] = []
    for step in view.results.keys.sorted() {
      guard let summary = view.summary(of: step), summary.flaky > 0 else { continue }
      count += summary.flaky
      names += summary.flakyCases
    }
    guard count > 0 else { return "" }
    var text = "  \(palette(.yellow, "↻")) \(PlanText.count(count, "test")) passed only after failing"
    if !names.isEmpty {
      let shown = names.prefix(shownFlaky)
      text += ": " + shown.map(\.harmless).joined(separator: ", ")
      if count > shown.count { text += " and \(count - shown.count) more" }
    }
    return text + "\n"
  }

  private static let shownFlaky = 3

  /// What the failed tests of a step have in common.
  private static func causes(_ causes: [ResultSummary.Cause]) -> String {
    var text = causes.prefix(shownCauses).map { "    \($0.text.harmless)\n" }.joined()
    let more = causes.count - shownCauses
    if more > 0 { text += "    and \(more) more \(more == 1 ? "cause" : "causes")\n" }
    return text
  }

  private static let shownCauses = 3

  private static func why(_ step: StepView) -> String {
    // A diff has several lines.
    var text = (step.reason ?? step.attempts.last?.outcome?.text ?? "failed").harmlessLines.joined(separator: "\n    ")
    if step.attempts.count > 1 { text += " (\(step.attempts.count) attempts)" }
    if step.allowed { text += " (allowed to fail)" }
    return text
  }

  /// What to type next, and what for.
  private static func commands(_ view: RunView, failures: [StepView]) -> [(String, String)] {
    var commands: [(String, String)] = []
    if let first = failures.first(where: { !$0.attempts.isEmpty && !$0.allowed })
      ?? failures.first(where: { !$0.attempts.isEmpty })
    {
      commands.append(("baton logs \(view.run) \(shellWord(first.name))", "its output"))
    }
    switch view.status {
    case .succeeded, .running: break
    case .failed, .halted, .cancelled, .interrupted, .waiting:
      let waits = view.status == .waiting ? view.waitsOfBodies(atMost: 5) { $0.kind == .signal } : []
      for wait in waits {
        commands.append((WaitText.command(wait.operation, run: view.run), "answer"))
      }
      commands.append(
        view.started == nil && !view.file.isEmpty
          ? ("baton run \(view.file)", "start it anew")
          : ("baton resume \(view.run)", "carry it on"))
      if view.status == .halted, let gate = failures.first(where: { $0.kind == .gate }) {
        commands.append((OverrideText.command(gate.name, run: view.run), "override"))
      }
    }
    return commands
  }

  /// A word that a shell takes as it is.
  static func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: true
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ","),
        UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"):
        true
      default: false
      }
    }
    return plain && !text.isEmpty
      ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
