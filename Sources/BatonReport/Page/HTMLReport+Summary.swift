import BatonCore
import BatonModel

extension HTMLReport {
  /// What a manager asks: how it ended, how good it is, what is different, why, and what to do.
  var summary: HTML {
    let verdict = ReportVerdict(data: data)
    let tone = Badge.tone(StatusMark(data.view.status).shade)
    var body: HTML = "<div class=\"verdict \(tone)\"><p>\(verdict.sentence)</p>"
    if let reason = verdict.reason { body += "<p class=\"reason\">\(reason)</p>" }
    body += "</div>\n<div class=\"tiles\">\n\(HTML.joined(tiles))</div>\n"
    if data.totals.tests > 0 { body += proportions }
    let cards = [changeCard, causesCard, recommendationsCard, scoreCard].compactMap { $0 }
    if !cards.isEmpty { body += "<div class=\"cards\">\n\(HTML.joined(cards))</div>" }
    return body
  }

  private func tile(_ name: String, _ value: String, note: String, tone: String = "", spark: [Double?] = []) -> HTML {
    """
    <div class="tile \(tone)"><h3>\(name)</h3><p class="value">\(value)</p><p class="note">\(note)</p>\
    \(LineChart.sparkline(spark.compactMap { $0 }, style: pictureStyle))</div>

    """
  }

  /// Of the run before, where it says something.
  private var before: TrendPoint? { data.trend.count > 1 ? data.trend[data.trend.count - 2] : nil }

  private var tiles: [HTML] {
    var tiles: [HTML] = []
    if let quality = data.quality {
      let tone = ["A", "B"].contains(quality.grade) ? "good" : ["C", "D"].contains(quality.grade) ? "warn" : "bad"
      tiles.append(
        tile(
          "Grade", quality.grade, note: "\(QualityText.points(quality)) of 100", tone: tone,
          spark: data.trend.map { Quality($0)?.score }))
    }
    let totals = data.totals
    if totals.tests > 0 {
      if let rate = totals.passRate {
        let was =
          before?.passRate.map { "was \(ReportNumbers.percent($0))" }
          ?? "of \(ReportNumbers.grouped(totals.passed + totals.failed)) that ran"
        tiles.append(
          tile(
            "Tests passed", ReportNumbers.percent(rate), note: was, tone: totals.failed > 0 ? "bad" : "good",
            spark: data.trend.map(\.passRate)))
      }
      let newOnes = data.change.flatMap { $0.comparesTests ? $0.newFailures.count : nil }
      tiles.append(
        tile(
          "Failed", ReportNumbers.grouped(totals.failed),
          note: newOnes.map { "\(ReportNumbers.grouped($0)) new" } ?? "of \(ReportNumbers.count(totals.tests, "test"))",
          tone: totals.failed > 0 ? "bad" : "good"))
      tiles.append(
        tile(
          "Flaky", ReportNumbers.grouped(totals.flaky), note: "passed at a second try",
          tone: totals.flaky > 0 ? "warn" : "good"))
    }
    let ended = data.view.endedCount
    tiles.append(
      tile(
        "Steps", ReportNumbers.grouped(data.view.stepCount), note: stepsNote(ended: ended),
        tone: data.failedSteps.isEmpty ? "" : "bad"))
    tiles.append(
      tile(
        "Duration", data.view.duration(at: data.now).text,
        note: before?.duration.map { "was \($0.text)" } ?? "from start to end",
        spark: data.trend.map { $0.duration?.seconds }))
    if let coverage = data.coverage, let rate = coverage.rate {
      let note =
        coverage.changed.flatMap { changed in
          changed.lines > 0
            ? "\(ReportNumbers.percent(Double(changed.covered) / Double(changed.lines))) of changed lines" : nil
        } ?? before?.coverage.map { "was \(ReportNumbers.percent($0))" }
        ?? "of \(ReportNumbers.grouped(coverage.lines)) lines"
      tiles.append(tile("Coverage", ReportNumbers.percent(rate), note: note, spark: data.trend.map(\.coverage)))
    }
    if data.hasFindings {
      let severe = data.findings.count { $0.finding.severity == .critical || $0.finding.severity == .high }
      tiles.append(
        tile(
          "Findings", ReportNumbers.grouped(data.findings.count),
          note: severe > 0 ? "\(ReportNumbers.grouped(severe)) critical or high" : "none critical or high",
          tone: severe > 0 ? "bad" : ""))
    }
    return tiles
  }

  private func stepsNote(ended: Int) -> String {
    let failed = data.view.counts[.failed, default: 0]
    if failed > 0 { return "\(ReportNumbers.grouped(failed)) failed" }
    return ended == data.view.stepCount ? "all have ended" : "\(ReportNumbers.grouped(ended)) have ended"
  }

  /// The cases as parts of a whole.
  private var proportions: HTML {
    let totals = data.totals
    let parts = [
      ("passed", totals.passed - totals.flaky, "good"), ("flaky", totals.flaky, "warn"),
      ("failed", totals.failed, "bad"),
      ("in quarantine", totals.quarantined, "warn"), ("skipped", totals.skipped, "calm"),
    ].filter { $0.1 > 0 }
    let all = Double(max(1, totals.tests))
    let bars = parts.map { "<i class=\"\($0.2)\" style=\"flex-grow:\(max(Double($0.1), all / 200))\"></i>" as HTML }
    let words = parts.map { part -> HTML in
      "<li><span class=\"key \(part.2)\" aria-hidden=\"true\"></span>\(ReportNumbers.grouped(part.1)) \(part.0)</li>"
    }
    return """
      <div class="proportions"><div class="stack" aria-hidden="true">\(HTML.joined(bars))</div>\
      <ul class="legend">\(HTML.joined(words))</ul></div>

      """
  }

  private func card(_ title: String, _ body: HTML) -> HTML {
    "<article class=\"card\"><h3>\(title)</h3>\n\(body)</article>\n"
  }

  private var changeCard: HTML? {
    guard let change = data.change else { return nil }
    var body: HTML = """
      <p class="note">Compared with run <code>\(change.run)</code> of \(data.clock.date(change.started)), \
      which \(RunWords.past(change.status)).</p>
      """
    if change.comparesTests {
      body += list("New failures", change.newFailures, tone: "bad")
      body += list("Fixed", change.fixed, tone: "good")
      body += list("Fail as before", change.stillFailing, tone: "warn")
      if change.newFailures.isEmpty && change.fixed.isEmpty && change.stillFailing.isEmpty {
        body += "<p>No test case ended otherwise.</p>"
      }
      if change.added > 0 || change.removed > 0 {
        body += """
          <p>\(ReportNumbers.count(change.added, "case")) more, \(ReportNumbers.grouped(change.removed)) no longer there.</p>
          """
      }
    }
    if change.isScriptChanged { body += "<p>The workflow was edited in between.</p>" }
    if let log = change.log {
      body += list("Commits in between", log.commits.map(\.text), count: log.count, tone: "calm")
      if let problem = log.problem { body += "<p class=\"note\">Commits in between: unknown, \(problem).</p>" }
    }
    return card("What changed", body)
  }

  private func list(_ title: String, _ names: [String], count: Int? = nil, tone: String) -> HTML {
    guard !names.isEmpty else { return HTML() }
    let count = count ?? names.count
    let shown = names.prefix(5).map { "<li><code>\($0)</code></li>" as HTML }
    let more: HTML = count > 5 ? "<li>and \(ReportNumbers.grouped(count - 5)) more</li>" : HTML()
    return """
      <h4><span class="key \(tone)" aria-hidden="true"></span>\(title): \(ReportNumbers.grouped(count))</h4>\
      <ul class="names">\(HTML.joined(shown))\(more)</ul>
      """
  }

  private var causesCard: HTML? {
    guard !data.causes.isEmpty else { return nil }
    let shown = data.causes.prefix(3).enumerated().map { index, cause -> HTML in
      """
      <li><a href="#cause-\(index + 1)">\(cause.message)</a><br>\
      <span class="note">\(cause.extent)\(Self.since(cause, data.clock))</span></li>
      """
    }
    let count = data.causes.count
    return card(
      count == 1 ? "One cause" : "\(ReportNumbers.grouped(count)) causes",
      """
      <ol class="causes">\(HTML.joined(shown))</ol>\
      \(count > 3 ? "<p class=\"note\">The others stand below.</p>" : HTML())
      """)
  }

  static func since(_ cause: FailureCause, _ clock: WallClock) -> String {
    guard let history = cause.cluster.history else { return "" }
    return ", since \(clock.date(history.firstSeen)), \(ClustersText.frequency(history))"
  }

  private var recommendationsCard: HTML? {
    guard !data.recommendations.isEmpty else { return nil }
    let items = data.recommendations.prefix(12).map { item -> HTML in
      "<li>\(item.action)<br><span class=\"note\">\(item.evidence) (rule: \(item.rule.rawValue))</span></li>"
    }
    return card("What to do", "<ol>\(HTML.joined(items))</ol>")
  }

  private var scoreCard: HTML? {
    guard let quality = data.quality else { return nil }
    let table = HTMLTable(
      "What the grade is made of", .init("Part", .head), .init("Points", .number), .init("Weight", .number),
      .init("From")
    ).html(
      quality.parts.map { part in
        [
          "\(part.name)", "\(ReportNumbers.decimal(100 * part.value, places: 1))",
          "\(ReportNumbers.decimal(part.weight, places: 0))",
          "\(part.evidence)",
        ]
      })
    let unknown: HTML =
      quality.unknown.isEmpty
      ? HTML() : "<p class=\"note\">Nothing is known of \(quality.unknown.joined(separator: " and ")).</p>"
    return card(
      "Why the grade is \(QualityText.grade(quality))",
      "\(table)\(unknown)<p class=\"note\">\(Quality.formula)</p>")
  }
}

/// Words for how a run ended.
enum RunWords {
  static func past(_ status: RunStatus) -> String {
    switch status {
    case .running: "is running"
    case .waiting: "waits"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .halted: "was halted"
    case .cancelled: "was cancelled"
    case .interrupted: "was interrupted"
    }
  }
}
