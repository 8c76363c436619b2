import BatonCore
import BatonModel

/// Gates: what they found, and who let the run past one that refused.
public enum OverrideText {
  /// How many are listed.
  private static let longest = 20

  /// The command that lets a run past a gate that refused.
  public static func command(_ gate: String, run: String) -> String {
    "baton resume \(run) --skip \(SummaryText.shellWord(gate)) --reason …"
  }

  /// `skipped by hand by ann: known since friday at 2026-01-31 12:00`; nil where nobody did.
  static func text(_ gate: String, _ view: RunView, clock: WallClock) -> String? {
    view.repair(of: gate).map { repair in
      let how = repair.resumed.skipped.contains(gate) ? "skipped" : "set"
      return "\(how) by hand by \(repair.resumed.signature) at \(clock.date(repair.time))"
    }
  }

  /// For `--json`: null where nobody did.
  static func value(_ gate: String, _ view: RunView) -> Value {
    guard let repair = view.repair(of: gate) else { return .null }
    return [
      "by": .string(repair.resumed.by), "reason": repair.resumed.reason.map { .string($0) } ?? .null,
      "time": .string(repair.time.rfc3339),
    ]
  }

  /// The section of `baton show`; empty where there is no gate to tell of.
  static func gates(_ view: RunView, clock: WallClock, _ palette: Palette) -> String {
    var lines: [String] = []
    var told: Set<String> = []
    // What a gate finds again at each resumption it says once.
    for judged in view.verdicts.reversed() where lines.count < longest {
      let passed = judged.verdict.passed
      let findings = judged.verdict.findings.joined(separator: "; ")
      let line =
        "  \(palette(passed ? .green : .red, passed ? "✓" : "✗")) \(judged.verdict.gate): "
        + (findings.isEmpty ? (passed ? "passed" : "refused") : findings).harmless
      if told.insert(line).inserted { lines.append(line) }
    }
    lines.reverse()
    if !view.resumptions.isEmpty {
      for step in view.steps where step.kind == .gate {
        guard let text = text(step.name, view, clock: clock) else { continue }
        lines.append("  \(palette(.yellow, "!")) \(step.name.harmless): \(text.harmless)")
      }
    }
    guard !lines.isEmpty else { return "" }
    return "\n\(palette(.bold, "Gates"))\n" + lines.map { $0 + "\n" }.joined()
  }
}
