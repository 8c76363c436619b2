import BatonModel
import BatonReport

/// What `baton chaos` prints for people.
public struct ChaosText {
  let palette: Palette
  /// As the user named it.
  let file: String

  /// What else stands on the command line of a reproduction.
  let options: String

  public init(file: String, options: String = "", palette: Palette) {
    self.file = file
    self.options = options
    self.palette = palette
  }

  /// How many divergences are told in full.
  static let shown = 3

  public func report(_ report: ChaosReport, duration: Span) -> String {
    let mark = StatusMark(report.status).text(palette)
    var text = "\(file)\n"
    text += "  \(mark) undisturbed: \(report.status.rawValue), \(SpecText.count(report.lines.count, "record"))"
    text = report.writes == 0 ? text : text + " in \(SpecText.count(report.writes, "write"))"
    text += "\n"
    text += line(report.divergentCrashes, report.crashes, "crash", "crashes", "")
    let all = report.pairs == report.possiblePairs ? "" : " of \(report.possiblePairs)"
    text += line(
      report.divergent - report.divergentCrashes, report.pairs, "second crash", "second crashes", all)
    if !report.varying.isEmpty {
      text += palette(
        .dim, "  not compared, for it varies by itself: \(report.varying.prefix(5).joined(separator: ", "))")
      text += report.varying.count > 5 ? palette(.dim, " and \(report.varying.count - 5) more") + "\n" : "\n"
    }
    for divergence in report.divergences.prefix(Self.shown) {
      text += "\n" + self.divergence(divergence, records: report.lines)
    }
    if report.divergences.count > Self.shown {
      text +=
        "\n  … and \(SpecText.count(report.divergences.count - Self.shown, "more divergence")): --json tells all\n"
    }
    text += "\n"
    text +=
      report.isGood
      ? "\(palette(.green, "✓")) every resumed run ended as the undisturbed one, in \(duration.text)\n"
      : "\(palette(.red, "✗")) \(report.divergent) of \(report.crashes + report.pairs) resumed runs ended differently, "
        + "in \(duration.text)\n"
    return text
  }

  private func line(_ bad: Int, _ count: Int, _ one: String, _ many: String, _ all: String) -> String {
    let what = "\(count)\(all) \(count == 1 && all.isEmpty ? one : many)"
    return bad == 0
      ? "  \(palette(.green, "✓")) \(what): no difference\n"
      : "  \(palette(.red, "✗")) \(what): \(bad) ended differently\n"
  }

  /// - Parameter records: of the undisturbed run; the first crash is one of them.
  func divergence(_ divergence: ChaosReport.Divergence, records: [String]) -> String {
    var text = "\(palette(.red, "✗")) "
    let first = divergence.crashes[0]
    text +=
      "the driver died " + (first.withEffects ? "after what follows from" : "right after") + " record \(first.seq)"
    if divergence.crashes.count > 1 {
      text += ", and again at " + divergence.crashes.dropFirst().map(\.description).joined(separator: ", ")
    }
    text += divergence.count > 1 ? "  (and \(divergence.count - 1) more that end like this)\n" : "\n"
    if records.indices.contains(Int(first.seq) - 1) { text += palette(.dim, "  \(records[Int(first.seq) - 1])") + "\n" }
    text += differences(divergence)
    return text
      + "  reproduce:  baton chaos \(file)\(options) --at \(divergence.crashes.map(\.description).joined(separator: ","))\n"
  }

  private func differences(_ divergence: ChaosReport.Divergence) -> String {
    var text = ""
    for difference in divergence.differences.prefix(10) {
      text += "    \(difference.what)\n"
      text += "      \(palette(.green, "- \(difference.expected)"))\n"
      text += "      \(palette(.red, "+ \(difference.actual)"))\n"
    }
    if divergence.differences.count > 10 { text += "    … and \(divergence.differences.count - 10) more\n" }
    return text
  }

  public func trace(_ trace: ChaosTrace) -> String {
    var text = trace.lines.map { "\($0)\n" }.joined() + "\n"
    if let divergence = trace.divergence {
      text +=
        "\(palette(.red, "✗")) it ended differently  \(palette(.green, "- undisturbed"))  \(palette(.red, "+ resumed"))\n"
      text += differences(divergence)
    } else {
      text += "\(palette(.green, "✓")) it ended as the undisturbed run\n"
    }
    return text
  }
}

/// What `baton chaos --json` prints: `{"file","status","records","writes","crashes","pairs","possible_pairs","divergent","varying",
/// "duration_ms","divergences":[{"at":["7","12+"],"count","differences":[{"what","expected","actual"}]}]}`.
public enum ChaosJSON {
  public static func value(_ report: ChaosReport, file: String, duration: Span) -> Value {
    [
      "file": .string(file), "status": .string(report.status.rawValue), "records": .integer(Int64(report.lines.count)),
      "writes": .integer(Int64(report.writes)), "divergent": .integer(Int64(report.divergent)),
      "crashes": .integer(Int64(report.crashes)), "pairs": .integer(Int64(report.pairs)),
      "possible_pairs": .integer(Int64(report.possiblePairs)), "varying": .list(report.varying.map { .string($0) }),
      "duration_ms": .integer(duration.milliseconds),
      "divergences": .list(report.divergences.map(divergence)),
    ]
  }

  public static func value(_ trace: ChaosTrace, file: String) -> Value {
    [
      "file": .string(file), "records": .list(trace.lines.map { .string($0) }),
      "divergence": trace.divergence.map(divergence) ?? .null,
    ]
  }

  private static func divergence(_ divergence: ChaosReport.Divergence) -> Value {
    [
      "at": .list(divergence.crashes.map { .string($0.description) }), "count": .integer(Int64(divergence.count)),
      "differences": .list(
        divergence.differences.map {
          ["what": .string($0.what), "expected": .string($0.expected), "actual": .string($0.actual)]
        }),
    ]
  }
}
