import BatonCore
import BatonModel

/// How a list of tests was dealt out and put in order, and why.
public enum ShardsText {
  /// `4 shards of 120 tests, 31.2s to 31.9s each, 118 timed`.
  static func summary(_ shards: [Shard]) -> String {
    let tests = shards.reduce(0) { $0 + $1.tests.count }
    var parts = ["\(PlanText.count(shards.count, "shard")) of \(PlanText.count(tests, "test"))"]
    let times = shards.compactMap(\.seconds)
    if times.count == shards.count, let shortest = times.min(), let longest = times.max() {
      let (low, high) = (time(shortest), time(longest))
      parts.append(low == high ? "\(low) each" : "\(low) to \(high) each")
      let known = shards.reduce(0) { $0 + $1.known }
      if known < tests { parts.append("\(known) timed, the others by the median") }
    } else {
      parts.append("by count: no run has timed them")
    }
    return parts.joined(separator: ", ")
  }

  /// `30 tests, ~31.2s`.
  static func summary(_ shard: Shard) -> String {
    PlanText.count(shard.tests.count, "test") + (shard.seconds.map { ", ~\(time($0))" } ?? "")
  }

  private static func time(_ seconds: Double) -> String { (Span(fractionalSeconds: seconds) ?? .zero).text }

  /// The first tests of a shard that stand in front for a reason.
  static func front(_ shard: Shard, limit: Int) -> [String] {
    let named = shard.tests.filter { shard.why[$0] != nil }
    var lines = named.prefix(limit).map { "\($0) (\(shard.why[$0] ?? ""))" }
    if named.count > limit { lines.append("and \(named.count - limit) more") }
    return lines
  }

  /// An axis, as an event tells it.
  static func axis(_ value: Value) -> String {
    if let shards = Shard.all(value) { return summary(shards) }
    if let names = value.list?.compactMap(\.string), names.count > 20 { return "\(names.count) values" }
    return JSON.encode(value)
  }

  /// The axes of matrices that have shards, by the matrix's name; `source`: where the lists are from that only a run knows.
  public typealias Axes = [(matrix: String, axes: [String: Value], source: String?)]

  static func axes(_ view: RunView) -> Axes {
    view.steps.compactMap { step in step.axes.map { (step.name, $0, nil) } }
  }

  /// Each shard in a line; empty where there is none.
  static func section(_ all: Axes, _ palette: Palette) -> String {
    var text = ""
    for (matrix, axes, source) in all {
      for (axis, value) in axes.sorted(by: { $0.key < $1.key }) {
        guard let shards = Shard.all(value) else { continue }
        if text.isEmpty { text += "\n\(palette(.bold, "Shards"))\n" }
        let origin = source.map { palette(.dim, "  \($0.harmless)") } ?? ""
        text += "  \(matrix.harmless) by \(axis): \(summary(shards))\(origin)\n"
        for shard in shards {
          let front = front(shard, limit: 3)
          text += "    \(shard.index)of\(shard.count)  \(summary(shard))"
          if !front.isEmpty { text += palette(.dim, "  first: \(front.joined(separator: ", ").harmless)") }
          text += "\n"
        }
      }
    }
    return text
  }

  /// The same for programs: matrix, axis, and each shard with its tests in order; nil where there is none.
  static func json(_ all: Axes) -> Value? {
    var found: [Value] = []
    for (matrix, axes, source) in all {
      for (axis, value) in axes.sorted(by: { $0.key < $1.key }) where Shard.all(value) != nil {
        var entry: [String: Value] = ["matrix": .string(matrix), "axis": .string(axis), "shards": value]
        if let source { entry["source"] = .string(source) }
        found.append(.map(entry))
      }
    }
    return found.isEmpty ? nil : .list(found)
  }
}
