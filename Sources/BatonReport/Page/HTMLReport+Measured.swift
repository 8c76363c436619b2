import BatonCore
import BatonModel

extension HTMLReport {
  var gates: HTML? {
    let verdicts = data.verdicts
    guard !verdicts.isEmpty else { return nil }
    let cards = verdicts.map { judged -> HTML in
      let verdict = judged.verdict
      let badge =
        verdict.passed
        ? Badge.badge("✓", "passed", "good") : Badge.badge("✗", "refused", verdict.otherwise == .warn ? "warn" : "bad")
      let findings = verdict.findings.map { "<li>\($0)</li>" as HTML }
      let list: HTML =
        findings.isEmpty
        ? "<p class=\"note\">It asked for nothing that is measured.</p>" : "<ul>\(HTML.joined(findings))</ul>"
      let effect: HTML =
        verdict.passed
        ? HTML() : "<p class=\"note\">\(Self.effect(verdict.otherwise))</p>"
      var answers = data.view.answers.filter { $0.step == verdict.gate }.map { answer -> HTML in
        "<p>\(WaitText.text(answer)) at \(data.clock.date(answer.given)).</p>"
      }
      if let text = OverrideText.text(verdict.gate, data.view, clock: data.clock) { answers.append("<p>\(text).</p>") }
      return """
        <article class="card"><h3>\(verdict.gate) \(badge)</h3>\(list)\(effect)\(HTML.joined(answers))</article>

        """
    }
    return "<div class=\"cards\">\n\(HTML.joined(cards))</div>"
  }

  private static func effect(_ otherwise: GateSpec.Otherwise) -> String {
    switch otherwise {
    case .halt: "It halts the run: nothing that had not started was started."
    case .branch: "Only what depends on it is skipped."
    case .warn: "It warns, and lets the run go on."
    case .ask: "It waits for someone who overrides it."
    }
  }

  var trends: HTML? {
    let trend = data.trend
    guard trend.count > 1, let first = trend.first, let last = trend.last else { return nil }
    let days = (String(data.clock.date(first.started).prefix(10)), String(data.clock.date(last.started).prefix(10)))
    let isOneDay = days.0 == days.1
    func chart(
      _ title: String, _ value: (TrendPoint) -> Double?, within bounds: ClosedRange<Double>? = nil,
      _ format: @escaping (Double) -> String
    ) -> HTML? {
      let points = trend.enumerated().compactMap { index, point -> LineChart.Point? in
        guard let value = value(point), value.isFinite else { return nil }
        return LineChart.Point(
          position: index, value: value, label: "run \(point.run): \(format(value)), \(point.status.rawValue)",
          isBad: point.status != .succeeded)
      }
      guard points.count > 1, let last = points.last else { return nil }
      let chart = LineChart(
        title: title, points: points, count: trend.count, format: format, bounds: bounds,
        first: isOneDay ? data.clock.time(first.started) : days.0,
        last: isOneDay ? data.clock.time(trend[trend.count - 1].started) : days.1, style: pictureStyle)
      return """
        <figure class="card"><figcaption><h3>\(title)</h3><span class="value">\(format(last.value))</span></figcaption>\
        \(chart.svg)</figure>

        """
    }
    let charts = [
      chart("Tests passed", \.passRate, within: 0...1, ReportNumbers.percent),
      chart("Duration", { $0.duration?.seconds }, within: 0...Double.greatestFiniteMagnitude) { Self.seconds($0) },
      chart("Coverage", \.coverage, within: 0...1, ReportNumbers.percent),
      chart("Score", { Quality($0)?.score }, within: 0...100) { QualityText.points($0) },
      chart("Failed tests", { $0.failedCount.map(Double.init) }, within: 0...Double.greatestFiniteMagnitude) {
        ReportNumbers.decimal($0, places: 1)
      },
      chart("Flaky tests", { $0.flakyCount.map(Double.init) }, within: 0...Double.greatestFiniteMagnitude) {
        ReportNumbers.decimal($0, places: 1)
      },
      chart("Tests", { $0.testCount.map(Double.init) }, within: 0...Double.greatestFiniteMagnitude) {
        ReportNumbers.decimal($0, places: 1)
      },
    ].compactMap { $0 }
    guard !charts.isEmpty else { return nil }
    func number(_ value: Int?) -> HTML { value.map { "\(ReportNumbers.grouped($0))" } ?? HTML() }
    let table = HTMLTable(
      "The last runs, newest first", .init("Run", .head), .init("Started"), .init("Status", .badge),
      .init("Duration", .number), .init("Tests", .number), .init("Failed", .number), .init("Passed", .number),
      .init("Coverage", .number)
    ).html(
      trend.reversed().map { point in
        let took: HTML? = point.duration.map { "\($0.text)" }
        return [
          "<code>\(point.run)</code>", "\(data.clock.date(point.started))", Badge.run(point.status), took ?? HTML(),
          number(point.testCount), number(point.failedCount), Self.rate(point.passRate), Self.rate(point.coverage),
        ]
      })
    return """
      <p class="note">Each dot is a run, oldest on the left; hollow ones did not succeed.</p>
      <div class="charts">\(HTML.joined(charts))</div>
      <details><summary>The numbers</summary>\(table)</details>
      """
  }

  private static func seconds(_ value: Double) -> String {
    guard let span = Span(fractionalSeconds: value) else { return "–" }
    let text = span.text
    return text.hasSuffix(".0s") ? text.dropLast(3) + "s" : text
  }

  var performance: HTML? {
    guard !data.performance.isEmpty else { return nil }
    let order: [PerformanceEntry.Judgement] = [.worse, .better, .same, .unknown]
    let entries = order.flatMap { judgement in data.performance.filter { $0.judgement == judgement } }
    let rows = entries.prefix(100).map { entry -> [HTML] in
      let badge =
        switch entry.judgement {
        case .worse: Badge.badge("▼", "worse", "bad")
        case .better: Badge.badge("▲", "better", "good")
        case .same: Badge.badge("=", "same", "calm")
        case .unknown: Badge.badge("?", "unknown", "calm")
        }
      let before: HTML? = entry.baseline.map { "\(ReportNumbers.measured($0, entry.unit))" }
      let change: HTML? = entry.change.map { "\(ReportNumbers.signedPercent($0))" }
      return [
        badge, "\(entry.name)<div class=\"message\">\(entry.method)</div>", "\(entry.step)",
        "\(ReportNumbers.measured(entry.value, entry.unit))", before ?? HTML(), change ?? HTML(),
      ]
    }
    let more = entries.count - 100
    return HTMLTable(
      "What was measured, beside earlier runs", .init("Judgement", .badge), .init("Metric", .name),
      .init("Step", .step),
      .init("Now", .number), .init("Before", .number), .init("Change", .number)
    ).html(rows)
      + (more > 0 ? "<p class=\"note\">\(ReportNumbers.grouped(more)) more stand in the JSON report.</p>" : HTML())
  }

  var coverage: HTML? {
    guard let coverage = data.coverage, let rate = coverage.rate else { return nil }
    var body: HTML = """
      <p><strong>\(ReportNumbers.percent(rate))</strong> of \(ReportNumbers.count(coverage.lines, "line")) with code were executed.</p>
      \(HTML.bar(rate, tone: "info"))
      """
    if let changed = coverage.changed {
      body += """
        <p>Since <code>\(changed.base)</code>: \
        \(changed.lines == 0 ? "no line with code changed" : "\(ReportNumbers.grouped(changed.covered)) of \(ReportNumbers.count(changed.lines, "changed line")) were executed").</p>
        """
      if !changed.gaps.isEmpty {
        let gaps = changed.gaps.prefix(20).map { "<li><code>\($0)</code></li>" as HTML }
        body += "<p>Changed, and not executed:</p><ul class=\"names\">\(HTML.joined(gaps))</ul>"
      }
    }
    guard !coverage.files.isEmpty else { return body }
    let which = coverage.files.count > 30 ? "30 of \(ReportNumbers.grouped(coverage.files.count)) files" : "Files"
    body += HTMLTable(
      "\(which), most missing lines first", .init("File", .name), .init("Covered", .number), .init("Share", .bar),
      .init("Lines missing", .number)
    ).html(
      coverage.files.prefix(30).map { file in
        let rate = file.lines > 0 ? Double(file.covered) / Double(file.lines) : 1
        return [
          "\(file.name)", Self.rate(rate), HTML.bar(rate, tone: "info"), "\(ReportNumbers.grouped(file.missing))",
        ]
      })
    return body
  }

  var findings: HTML? {
    guard data.hasFindings else { return nil }
    guard !data.findings.isEmpty else { return "<p>The analyses that ran found nothing.</p>" }
    let counts = FindingSeverity.allCases.compactMap { severity -> HTML? in
      let count = data.findings.count { $0.finding.severity == severity }
      return count > 0 ? "<li>\(Badge.severity(severity)) \(ReportNumbers.grouped(count))</li>" : nil
    }
    let rows = data.findings.prefix(200).map { item -> [HTML] in
      let place: HTML? = item.place.map { "<div class=\"place\">\($0)</div>" }
      let message = DisplayWidth.truncated(item.finding.message.harmless, to: 400)
      return [
        Badge.severity(item.finding.severity), "\(message)\(place)", "<code>\(item.finding.rule)</code>",
        "\(item.finding.tool)", since(item),
      ]
    }
    let more = data.findings.count - 200
    return "<ul class=\"legend\">\(HTML.joined(counts))</ul>"
      + HTMLTable(
        "Findings, worst first", .init("Severity", .badge), .init("Finding", .name), .init("Rule"), .init("Tool"),
        .init("Known since")
      ).html(rows)
      + (more > 0 ? "<p class=\"note\">\(ReportNumbers.grouped(more)) more stand in the JSON report.</p>" : HTML())
  }

  private func since(_ item: ReportFinding) -> HTML {
    if item.firstRun == data.view.run { return Badge.badge("+", "new", "warn") }
    return item.firstSeen.map { "\(String(data.clock.date($0).prefix(10)))" } ?? HTML()
  }

  var environment: HTML? {
    guard !data.environment.isEmpty else { return nil }
    let rows = data.environment.map { "<dt>\($0.name)</dt><dd>\($0.value)</dd>\n" as HTML }
    return "<dl class=\"pairs\">\n\(HTML.joined(rows))</dl>"
  }

  var artifacts: HTML? {
    guard !data.artifacts.isEmpty else { return nil }
    let rows = data.artifacts.prefix(300).map { artifact -> [HTML] in
      let name: HTML =
        artifact.path.map { "<a href=\"\(RelativeLink.text(of: $0))\">\(artifact.name)</a>" } ?? "\(artifact.name)"
      let size: HTML? = artifact.size.map { "\($0.text)" }
      return [name, "\(artifact.step)", size ?? HTML()]
    }
    let more = data.artifacts.count - 300
    return HTMLTable(
      "Files kept with the run", .init("File", .name), .init("Step", .step), .init("Size", .number)
    ).html(rows)
      + (more > 0 ? "<p class=\"note\">\(ReportNumbers.grouped(more)) more lie in the run's folder.</p>" : HTML())
  }
}

/// A path as a relative reference (RFC 3986, section 4.2): it can name no scheme and no host.
enum RelativeLink {
  static func text(of path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    // "//host" would be another machine.
    return text.hasPrefix("//") ? "./" + text.drop { $0 == "/" } : text
  }
}
