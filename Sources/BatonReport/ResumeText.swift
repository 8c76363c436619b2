import BatonCore
import BatonModel

/// What a resumption will do, before it does it.
public enum ResumeText {
  /// How many steps are listed one by one.
  private static let longest = 12

  public static func text(_ plan: ResumePlan, run: String, isDry: Bool) -> String {
    let count = plan.again.count
    let again =
      switch (count, isDry) {
      case (0, _): "nothing starts again"
      case (1, false): "1 starts"
      case (1, true): "1 would start"
      case (_, false): "\(count) start"
      case (_, true): "\(count) would start"
      }
    var text = "\(isDry ? "run" : "resuming run") \(run): \(plan.kept) kept, \(again)\n"
    for decision in plan.again.prefix(longest) {
      text += "  \(decision.step): \(decision.reason)\n"
      for difference in decision.differences.prefix(2) {
        text += "    \(difference.name): \(shown(difference.before)) → \(shown(difference.now))\n"
      }
    }
    if count > longest { text += "  and \(count - longest) more\n" }
    return text
  }

  private static func shown(_ value: String?) -> String {
    guard let value else { return "nothing" }
    let line = value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
    return line.count > 60 ? "\(line.prefix(59))…" : line
  }
}
