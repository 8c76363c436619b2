import BatonCore
import BatonModel

/// What a resumption will do, before it does it.
public enum ResumeText {
  /// How many steps are listed one by one.
  private static let longest = 12

  /// - Parameter options: what was asked for; repairs by hand are named.
  public static func text(_ plan: ResumePlan, run: String, options: ResumeOptions = ResumeOptions(), isDry: Bool)
    -> String
  {
    let count = plan.again.count
    let again =
      switch (count, isDry) {
      case (0, _): "nothing starts again"
      case (1, false): "1 starts"
      case (1, true): "1 would start"
      case (_, false): "\(count) start"
      case (_, true): "\(count) would start"
      }
    let repairs = repairs(options)
    let byHand = repairs.isEmpty ? "" : ", \(repairs.count) by hand"
    let failed = plan.failed.isEmpty ? "" : ", \(plan.failed.count) stay\(plan.failed.count == 1 ? "s" : "") failed"
    var text = "\(isDry ? "run" : "resuming run") \(run): \(kept(plan, options)) kept\(byHand)\(failed), \(again)\n"
    for (step, repair) in repairs { text += "  \(step): \(repair)\n" }
    for step in plan.read.prefix(longest) { text += "  \(step): kept, its results are read anew\n" }
    if plan.read.count > longest { text += "  and \(plan.read.count - longest) more whose results are read anew\n" }
    for decision in plan.again.prefix(longest) {
      text += "  \(decision.step): \(decision.reason)\n"
      for difference in decision.differences.prefix(2) {
        text += "    \(difference.name): \(shown(difference.before)) → \(shown(difference.now))\n"
      }
    }
    if count > longest { text += "  and \(count - longest) more\n" }
    for step in plan.failed.prefix(longest) { text += "  \(step): stays failed, as it was when the run was cut off\n" }
    if plan.failed.count > longest { text += "  and \(plan.failed.count - longest) more that stay failed\n" }
    if !plan.failed.isEmpty { text += "  once the run has ended, baton resume tries what failed again\n" }
    return text
  }

  /// Steps that are taken as done by hand are none that were kept.
  private static func kept(_ plan: ResumePlan, _ options: ResumeOptions) -> Int {
    let again = Set(plan.again.map(\.step))
    return plan.kept - Set(options.skip).union(options.set.keys).subtracting(again).count
  }

  private static func repairs(_ options: ResumeOptions) -> [(step: String, text: String)] {
    let set = options.set.sorted { $0.key < $1.key }.map { step, values in
      (
        step,
        "taken as succeeded, with "
          + values.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }.joined(separator: " ")
      )
    }
    return set + options.skip.map { ($0, "taken as done without running it") }
  }

  /// `{"run","kept","failed":[step],"read":[step],"again":[{"step","reason","differences":[{"part","before","now"}]}],"set":{…},"skipped":[…]}`.
  public static func json(_ plan: ResumePlan, run: String, options: ResumeOptions) -> Value {
    [
      "run": .string(run), "kept": .integer(Int64(kept(plan, options))),
      "failed": .list(plan.failed.map { .string($0) }), "set": .map(options.set.mapValues(Value.map)),
      "skipped": .list(options.skip.map { .string($0) }), "read": .list(plan.read.map { .string($0) }),
      "again": .list(
        plan.again.map { decision in
          [
            "step": .string(decision.step), "reason": .string(decision.reason),
            "differences": .list(
              decision.differences.map { difference in
                [
                  "part": .string(difference.name), "before": difference.before.map { .string($0) } ?? .null,
                  "now": difference.now.map { .string($0) } ?? .null,
                ]
              }),
          ]
        }),
    ]
  }

  private static func shown(_ value: String?) -> String {
    guard let value else { return "nothing" }
    let line = value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
    return line.count > 60 ? "\(line.prefix(59))…" : line
  }
}
