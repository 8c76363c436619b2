import BatonCore
import BatonModel

/// How good a run was, and what to do, for people and for programs.
public enum QualityText {
  /// `B, 84 of 100`; where a critical finding keeps it down, that is said.
  static func grade(_ quality: Quality) -> String {
    "\(quality.grade), \(points(quality)) of 100"
      + (quality.isCapped ? ", kept down by a critical finding" : "")
  }

  /// Rounded down, so that 79.9 is no 80, from which on another grade is given.
  static func points(_ quality: Quality) -> String { points(quality.score) }

  /// Cut off, so that a score below a grade's bound is never shown as it.
  static func points(_ score: Double) -> String { ReportNumbers.decimal(score.rounded(.down), places: 0) }

  /// Of `baton show`.
  public static func section(
    _ quality: Quality?, _ recommendations: [Recommendation], palette: Palette = .plain
  ) -> String {
    var text = ""
    if let quality {
      text += "\n\(palette(.bold, "Quality"))\n  \(grade(quality))\n"
      for part in quality.parts {
        text += "    \(DisplayWidth.padded(part.name, to: 11))"
        text +=
          "\(ReportNumbers.decimal(100 * part.value, places: 1)) × \(ReportNumbers.decimal(part.weight, places: 0))"
        text += "  \(palette(.dim, part.evidence))\n"
      }
      if !quality.unknown.isEmpty {
        text += "    \(palette(.dim, "nothing is known of \(quality.unknown.joined(separator: " and "))"))\n"
      }
      text +=
        "    \(palette(.dim, "the mean by weight; A from 90, B from 80, C from 70, D from 60; baton report explains it"))\n"
    }
    guard !recommendations.isEmpty else { return text }
    text += "\n\(palette(.bold, "What to do"))\n"
    for item in recommendations.prefix(5) {
      text += "  \(item.action.harmless)\n    \(palette(.dim, "\(item.evidence.harmless) (\(item.rule.rawValue))"))\n"
    }
    if recommendations.count > 5 { text += "  and \(recommendations.count - 5) more in baton report\n" }
    return text
  }

  public static func json(_ quality: Quality) -> Value {
    [
      "score": .number(quality.score), "grade": .string(quality.grade), "capped": .bool(quality.isCapped),
      "formula": .string(Quality.formula), "unknown": .list(quality.unknown.map { .string($0) }),
      "parts": .list(
        quality.parts.map {
          [
            "name": .string($0.name), "value": .number(100 * $0.value), "weight": .number($0.weight),
            "evidence": .string($0.evidence),
          ]
        }),
    ]
  }

  public static func json(_ recommendations: [Recommendation]) -> Value {
    .list(
      recommendations.map {
        ["rule": .string($0.rule.rawValue), "evidence": .string($0.evidence), "action": .string($0.action)]
      })
  }
}
