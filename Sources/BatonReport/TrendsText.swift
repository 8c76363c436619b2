import BatonCore
import BatonModel

/// `baton tests trends`: what the runs of a workflow came to, one after the other.
public enum TrendsText {
  /// A line of a figure over the runs.
  private struct Figure {
    var name: String
    var values: [Double?]
    var shown: (Double) -> String
  }

  private static func figures(_ points: [TrendPoint]) -> [Figure] {
    func percent(_ value: Double) -> String { ReportNumbers.percent(value) }
    func count(_ value: Double) -> String { ReportNumbers.decimal(value, places: 1) }
    return [
      Figure(name: "passed", values: points.map(\.passRate), shown: percent),
      Figure(name: "duration", values: points.map { $0.duration?.seconds }) {
        (Span(fractionalSeconds: $0) ?? .zero).text
      },
      Figure(name: "coverage", values: points.map(\.coverage), shown: percent),
      Figure(name: "flaky", values: points.map(\.flakyRate), shown: percent),
      Figure(name: "failed", values: points.map { $0.failedCount.map(Double.init) }, shown: count),
      Figure(name: "tests", values: points.map { $0.testCount.map(Double.init) }, shown: count),
      Figure(
        name: "findings", values: points.map { $0.findings.isEmpty ? nil : Double($0.findings.values.reduce(0, +)) },
        shown: count),
      Figure(name: "score", values: points.map { Quality($0)?.score }) { QualityText.points($0) },
    ]
  }

  /// A table of figures with their lines, then one of runs.
  ///
  /// - Parameter points: the oldest first.
  public static func text(
    _ points: [TrendPoint], workflow: String, branch: String?, clock: WallClock, palette: Palette = .plain
  ) -> String {
    guard let first = points.first, let last = points.last else { return "" }
    var text = "\(palette(.bold, workflow.harmless)), \(PlanText.count(points.count, "run"))"
    text += branch.map { " on branch \($0.harmless)" } ?? ""
    text += points.count > 1 ? ", \(clock.date(first.started)) to \(clock.date(last.started))\n\n" : "\n\n"
    var figures = TextTable(
      ["", "OLDEST TO NEWEST", "LAST", "MEDIAN", "LOWEST", "HIGHEST"], rightAligned: [2, 3, 4, 5])
    for figure in self.figures(points) {
      let known = figure.values.compactMap { $0 }
      guard let last = known.last, let low = known.min(), let high = known.max(), let median = RankTest.median(known)
      else { continue }
      figures.add([
        .init(figure.name), .init(Sparkline.text(figure.values), .cyan), .init(figure.shown(last)),
        .init(figure.shown(median), .dim), .init(figure.shown(low), .dim), .init(figure.shown(high), .dim),
      ])
    }
    text += figures.text(palette) + "\n"
    var runs = TextTable(
      ["", "RUN", "STARTED", "TIME", "TESTS", "FAILED", "FLAKY", "PASSED", "COVERAGE", "COMMIT"],
      rightAligned: [3, 4, 5, 6, 7, 8])
    for point in points.reversed().prefix(20) {
      let mark = StatusMark(point.status)
      runs.add([
        .init(mark.symbol, mark.shade), .init(point.run), .init(clock.date(point.started)),
        .init(point.duration?.text ?? ""), .init(point.testCount.map { "\($0)" } ?? ""),
        .init(point.failedCount.map { "\($0)" } ?? "", (point.failedCount ?? 0) > 0 ? .red : nil),
        .init(point.flakyCount.map { "\($0)" } ?? "", (point.flakyCount ?? 0) > 0 ? .yellow : nil),
        .init(point.passRate.map(ReportNumbers.percent) ?? ""), .init(point.coverage.map(ReportNumbers.percent) ?? ""),
        .init(point.code.map { String($0.commit.prefix(10)) + ($0.isDirty == true ? "+" : "") } ?? "", .dim),
      ])
    }
    text += runs.text(palette)
    if points.count > 20 { text += "and \(PlanText.count(points.count - 20, "older run"))\n" }
    if points.count < Recommendation.leastRuns {
      text += "\nToo little data: \(PlanText.count(points.count, "run")), trends need \(Recommendation.leastRuns).\n"
    }
    return text
  }

  /// `{"workflow","branch","points":[…]}`, the oldest first.
  public static func json(_ points: [TrendPoint], workflow: String, branch: String?) -> Value {
    [
      "workflow": .string(workflow), "branch": branch.map { .string($0) } ?? .null,
      "points": .list(points.map { json($0) }),
    ]
  }

  static func json(_ point: TrendPoint) -> Value {
    func count(_ number: Int?) -> Value { number.map { .integer(Int64($0)) } ?? .null }
    func rate(_ number: Double?) -> Value { number.map { .number($0) } ?? .null }
    return [
      "run": .string(point.run), "started": .string(point.started.rfc3339), "status": .string(point.status.rawValue),
      "commit": point.code.map { .string($0.commit) } ?? .null,
      "branch": point.code?.branch.map { .string($0) } ?? .null,
      "duration_ms": point.duration.map { .integer($0.milliseconds) } ?? .null, "tests": count(point.testCount),
      "failed": count(point.failedCount), "flaky": count(point.flakyCount), "pass_rate": rate(point.passRate),
      "flaky_rate": rate(point.flakyRate), "coverage": rate(point.coverage),
      "score": rate(Quality(point)?.score), "grade": Quality(point).map { .string($0.grade) } ?? .null,
      "findings": .map(
        Dictionary(
          point.findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first })),
    ]
  }
}

/// A row of numbers as a row of blocks, each as high as its number.
enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// What is not known is a gap. Of more than ``widest`` numbers, the last ones.
  static func text(_ values: [Double?]) -> String {
    let shown = values.suffix(widest)
    let known = shown.compactMap { $0 }.filter(\.isFinite)
    guard let low = known.min(), let high = known.max() else { return "" }
    return String(
      shown.map { value -> Character in
        guard let value, value.isFinite else { return " " }
        guard high > low else { return blocks[3] }
        return blocks[min(7, max(0, Int(((value - low) / (high - low) * 7).rounded())))]
      })
  }

  static let widest = 60
}
