import BatonCore
import BatonModel

/// In what a service that was started differs from what it should be.
enum DriftText {
  /// A line for each field; none: it is as it should be, or nobody knows.
  static func lines(of service: String, _ drift: ServiceDrift?) -> [String] {
    guard let drift else { return [] }
    if drift.gone.contains(service) { return ["the workflow does not have it any more: a resumed run does without it"] }
    return (drift.services[service] ?? []).map { part in
      switch (part.before, part.now) {
      case (let before?, let now?): "\(part.field): started with \(shortened(before)), should be \(shortened(now))"
      case (nil, let now?): "\(part.field): started without it, should be \(shortened(now))"
      case (let before?, nil): "\(part.field): started with \(shortened(before)), should have none"
      case (nil, nil): part.field
      }
    }
  }

  /// How all of it is mended; nil: there is nothing to mend.
  static func cure(_ view: RunView) -> String? {
    guard let drift = view.drift, drift.services.values.contains(where: { !$0.isEmpty }) else { return nil }
    return (view.status == .running ? "once the run has ended, " : "")
      + "\(drift.cure) starts them as they should be, and does again what used them"
  }

  private static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.isEmpty ? "\"\"" : line.count > 60 ? String(line.prefix(60)) + "…" : line
  }

  /// `{"gone":false,"fields":[{"field","started_with","should_be"}],"cure"}`; null: nobody knows.
  static func json(of service: String, _ drift: ServiceDrift?) -> Value {
    guard let drift else { return .null }
    let parts = drift.services[service] ?? []
    let isGone = drift.gone.contains(service)
    return [
      "gone": .bool(isGone),
      "fields": .list(
        parts.map { part in
          [
            "field": .string(part.field), "started_with": part.before.map { .string($0) } ?? .null,
            "should_be": part.now.map { .string($0) } ?? .null,
          ]
        }), "cure": parts.isEmpty ? .null : .string(drift.cure),
    ]
  }
}
