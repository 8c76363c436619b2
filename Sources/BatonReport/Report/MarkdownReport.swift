import BatonCore
import BatonModel

/// The report for a pull request or a job's summary: GitHub-flavoured Markdown, short, details folded.
///
/// Names stand in code spans and texts are escaped, so that none becomes markup, a link or a mention of someone. The whole
/// stays below the 65,536 characters that GitHub takes of a comment.
public struct MarkdownReport {
  let data: ReportData
  /// How many entries each list shows.
  private static let shown = 20

  public init(_ data: ReportData) { self.data = data }

  public var text: String {
    let verdict = ReportVerdict(data: data)
    var parts: [String] = []
    var head = "## \(sign) \(Markdown.escaped(data.view.workflow)): \(data.view.status.rawValue)\n\n"
    head += "\(Markdown.escaped(verdict.sentence))\n"
    if let reason = verdict.reason { head += "\n> \(Markdown.escaped(reason))\n" }
    parts.append(head)
    parts.append(facts)
    parts.append(cached)
    parts.append(gates)
    parts.append(services)
    parts.append(changes)
    parts.append(causes)
    parts.append(failures)
    parts.append(quarantined)
    parts.append(steps)
    parts.append(ImpactText.markdown(data.view))
    parts.append(performance)
    parts.append(findings)
    parts.append(flaky)
    parts.append(slowest)
    parts.append(recommendations)
    parts.append(quality)
    parts.append(foot)
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var sign: String {
    switch data.view.status {
    case .succeeded: "✅"
    case .failed, .halted: "❌"
    case .cancelled, .interrupted: "⚠️"
    case .running, .waiting: "⏳"
    }
  }

  /// One row of what counts.
  private var facts: String {
    var columns: [(String, String)] = []
    let totals = data.totals
    if totals.tests > 0 {
      columns.append(("Tests", ReportNumbers.grouped(totals.tests)))
      columns.append(("Passed", totals.passRate.map(ReportNumbers.percent) ?? "–"))
      columns.append(("Failed", ReportNumbers.grouped(totals.failed)))
      if totals.skipped > 0 { columns.append(("Skipped", ReportNumbers.grouped(totals.skipped))) }
      if totals.quarantined > 0 { columns.append(("In quarantine", ReportNumbers.grouped(totals.quarantined))) }
      if totals.flaky > 0 { columns.append(("Flaky", ReportNumbers.grouped(totals.flaky))) }
    }
    if let coverage = data.coverage, let rate = coverage.rate {
      columns.append(("Coverage", ReportNumbers.percent(rate)))
      if let changed = coverage.changed, changed.lines > 0 {
        columns.append(("of changed lines", ReportNumbers.percent(Double(changed.covered) / Double(changed.lines))))
      }
    }
    if data.hasFindings { columns.append(("Findings", ReportNumbers.grouped(data.findings.count))) }
    if let quality = data.quality { columns.append(("Grade", QualityText.grade(quality))) }
    if !data.view.counts.isEmpty { columns.append(("Steps", CountsText.text(data.view))) }
    columns.append(("Time", data.view.duration(at: data.now).text))
    return Markdown.table(columns.map(\.0), [columns.map { Markdown.cell($0.1) }])
  }

  private var cached: String {
    guard let first = data.cached.first else { return "" }
    let steps = data.cached.prefix(10).map { Markdown.code($0.step) }.joined(separator: ", ")
    let more = data.cached.count > 10 ? " and \(ReportNumbers.grouped(data.cached.count - 10)) more" : ""
    let runs = Set(data.cached.map(\.origin.run)).count == 1 ? " (run \(Markdown.code(first.origin.run)))" : ""
    return "Not run again, results out of the cache\(runs): \(steps)\(more)\n"
  }

  private var gates: String {
    let refused = data.verdicts.filter { !$0.verdict.passed }
    guard !refused.isEmpty else { return "" }
    var text = "### Gates that refused\n\n"
    for judged in refused.prefix(Self.shown) {
      let findings = judged.verdict.findings.map(Markdown.escaped).joined(separator: "; ")
      text += "- \(Markdown.code(judged.verdict.gate))\(findings.isEmpty ? "" : ": \(findings)")\n"
      for answer in data.view.answers where answer.step == judged.verdict.gate {
        text += "  - \(Markdown.escaped(WaitText.text(answer))) at \(data.clock.date(answer.given))\n"
      }
      if let override = OverrideText.text(judged.verdict.gate, data.view, clock: data.clock) {
        text += "  - \(Markdown.escaped(override))\n"
      }
    }
    return text + more(refused.count)
  }

  private var services: String {
    let all = ServiceHealth.all(data.view)
    guard !all.isEmpty else { return "" }
    let end = data.view.ended ?? data.now
    var text = "### Services\n\n"
    for health in all {
      text += "- \(Markdown.code(health.service)): \(ServicesText.summary(health, now: end))\n"
      for span in health.spans where span.state == .down {
        let length = span.to.map { ", \(($0 - span.from).text)" } ?? ""
        text += "  - \(data.clock.time(span.from)): \(Markdown.escaped(span.reason ?? "down"))\(length)\n"
      }
      for line in DriftText.lines(of: health.service, data.view.drift) {
        text += "  - drift: \(Markdown.escaped(line))\n"
      }
    }
    if let cure = DriftText.cure(data.view) { text += "\n\(Markdown.escaped(cure))\n" }
    return text
  }

  private var changes: String {
    guard let change = data.change, change.comparesTests else { return "" }
    var text = ""
    func list(_ title: String, _ names: [String]) {
      guard !names.isEmpty else { return }
      text += "**\(title): \(ReportNumbers.grouped(names.count))**\n\n"
      text += names.prefix(10).map { "- \(Markdown.code($0))\n" }.joined()
      text += (names.count > 10 ? "- and \(ReportNumbers.grouped(names.count - 10)) more\n" : "") + "\n"
    }
    list("New failures", change.newFailures)
    list("Fixed", change.fixed)
    guard !text.isEmpty else { return "" }
    return "### Against run \(Markdown.code(change.run))\n\n\(text)"
  }

  private var causes: String {
    guard !data.causes.isEmpty else { return "" }
    var text = "### \(ReportNumbers.count(data.totals.failed, "failure")), "
    text += "\(ReportNumbers.count(data.causes.count, "cause"))\n\n"
    for cause in data.causes.prefix(10) {
      let names = cause.cluster.cases
      let left = cause.cluster.caseCount - names.count
      let rest = left > 0 ? "\n- and \(ReportNumbers.grouped(left)) more" : ""
      text += Markdown.folded(
        "\(cause.extent): \(DisplayWidth.truncated(cause.message.harmless, to: 160))"
          + HTMLReport.since(cause, data.clock),
        origin(cause) + names.map { "- \(Markdown.code($0))" }.joined(separator: "\n") + rest)
    }
    return text
      + (data.causes.count > 10 ? "\nand \(ReportNumbers.grouped(data.causes.count - 10)) rarer causes\n" : "")
  }

  /// What came with it.
  private func origin(_ cause: FailureCause) -> String {
    guard let history = cause.cluster.history else { return "" }
    let commits = (history.log?.commits ?? []).prefix(5).map { "- \(Markdown.escaped($0.text))\n" }.joined()
    return "First in run \(Markdown.code(history.firstRun)). Came with: \(Markdown.escaped(history.change))\n\n"
      + (commits.isEmpty ? "" : commits + "\nTests:\n\n")
  }

  /// Those without a cause that is told already.
  private var failures: String {
    let caused = Set(data.causes.flatMap(\.cases))
    let failed = data.failures.filter { !caused.contains($0) }
    guard !failed.isEmpty else { return "" }
    var text = data.causes.isEmpty ? "### Failed tests\n\n" : "### Failed for other reasons\n\n"
    for index in failed.prefix(Self.shown) {
      let item = data.cases[index]
      let message =
        item.outcome.message.map { ": \(Markdown.escaped(DisplayWidth.truncated($0.harmless, to: 160)))" } ?? ""
      text += "- \(Markdown.code(item.title))\(item.place.map { " (\(Markdown.code($0)))" } ?? "")\(message)\n"
    }
    return text + more(failed.count)
  }

  private var quarantined: String {
    let excused = data.cases.filter { $0.excused != nil }
    guard !excused.isEmpty else { return "" }
    let lines = excused.prefix(Self.shown).map { item in
      let message =
        item.message.map { ": \(Markdown.escaped(DisplayWidth.truncated($0.harmless, to: 200)))" } ?? ""
      return "- \(Markdown.code(item.title))\(message)\n"
    }
    return Markdown.folded(
      "\(ReportNumbers.count(excused.count, "failure")) in quarantine", lines.joined() + more(excused.count))
  }

  private var steps: String {
    let failed = data.failedSteps.filter { $0.kind == .step }
    guard !failed.isEmpty else { return "" }
    var text = "### Failed steps\n\n"
    for step in failed.prefix(Self.shown) {
      let why = step.reason ?? step.attempts.last?.outcome?.text ?? "failed"
      text += "- \(Markdown.code(step.name)): \(Markdown.escaped(DisplayWidth.truncated(why.harmless, to: 200)))\n"
    }
    text += more(failed.count)
    for tail in data.tails.prefix(5) {
      let lines = TailText.lines(tail.text, limit: 30).map { DisplayWidth.truncated($0, to: 200) }
      guard !lines.isEmpty else { continue }
      text += "\n" + Markdown.folded("Output of \(tail.step), attempt \(tail.attempt)", Markdown.fenced(lines))
    }
    return text
  }

  private var performance: String {
    let entries =
      data.performance.filter { $0.judgement == .worse } + data.performance.filter { $0.judgement == .better }
    guard !entries.isEmpty else { return "" }
    let rows = entries.prefix(Self.shown).map { entry in
      [
        entry.judgement == .worse ? "worse" : "better", Markdown.code(entry.name, inTable: true),
        Markdown.cell(ReportNumbers.measured(entry.value, entry.unit)),
        Markdown.cell(entry.baseline.map { ReportNumbers.measured($0, entry.unit) } ?? "–"),
        entry.change.map(ReportNumbers.signedPercent) ?? "–",
      ]
    }
    return "### Performance\n\n" + Markdown.table(["", "Metric", "Now", "Before", "Change"], rows) + more(entries.count)
  }

  private var findings: String {
    let severe = data.findings.filter { $0.finding.severity == .critical || $0.finding.severity == .high }
    guard !severe.isEmpty else { return "" }
    var text = "### Findings, critical and high\n\n"
    for item in severe.prefix(Self.shown) {
      text += "- **\(item.finding.severity.rawValue)** \(Markdown.code(item.finding.rule)): "
      text += Markdown.escaped(DisplayWidth.truncated(item.finding.message.harmless, to: 200))
      text += item.place.map { " (\(Markdown.code($0)))" } ?? ""
      text += item.firstRun == data.view.run ? " **new**\n" : "\n"
    }
    return text + more(severe.count)
  }

  private var flaky: String {
    let flaky = data.cases.filter(\.isFlaky)
    guard !flaky.isEmpty else { return "" }
    let names = flaky.prefix(Self.shown).map { "- \(Markdown.code($0.title))" }.joined(separator: "\n")
    return Markdown.folded(
      "\(ReportNumbers.count(flaky.count, "flaky test")): failed, then passed", names + "\n" + more(flaky.count))
  }

  private var slowest: String {
    let timed = data.cases.filter { ($0.outcome.duration ?? .zero).milliseconds > 0 }
      .sorted { ($0.outcome.duration ?? .zero) > ($1.outcome.duration ?? .zero) }
    guard timed.count > 1 else { return "" }
    let rows = timed.prefix(10).map { [$0.outcome.duration?.text ?? "–", Markdown.code($0.title, inTable: true)] }
    return Markdown.folded("Slowest tests", Markdown.table(["Time", "Test"], rows))
  }

  private var recommendations: String {
    guard !data.recommendations.isEmpty else { return "" }
    return "### What to do\n\n"
      + data.recommendations.prefix(5).map {
        "- \(Markdown.escaped($0.action)) – \(Markdown.escaped($0.evidence)) (rule \($0.rule.rawValue))\n"
      }.joined()
  }

  private var quality: String {
    guard let quality = data.quality else { return "" }
    let rows = quality.parts.map {
      [
        Markdown.cell($0.name), ReportNumbers.decimal(100 * $0.value, places: 1),
        ReportNumbers.decimal($0.weight, places: 0), Markdown.cell($0.evidence),
      ]
    }
    return Markdown.folded(
      "Grade \(QualityText.grade(quality))",
      Markdown.table(["Part", "Points", "Weight", "From"], rows) + "\n" + Markdown.escaped(Quality.formula))
  }

  private var foot: String {
    var text = "<sub>run \(Markdown.code(data.view.run))"
    if let started = data.view.started { text += ", started \(data.clock.date(started)) \(data.clock.zone)" }
    return text + ", by Baton</sub>\n"
  }

  private func more(_ count: Int) -> String {
    count > Self.shown ? "\nand \(ReportNumbers.grouped(count - Self.shown)) more\n" : ""
  }
}

/// The parts of GitHub-flavoured Markdown that a report needs.
///
/// Source: GitHub Flavored Markdown Spec 0.29: backslash escapes 6.1, code spans 6.3, tables 4.10, HTML blocks 4.6.
enum Markdown {
  /// A text as itself, in one line.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in Direction.shown(text.harmless).unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "#", "|", "~", "!":
        out += "\\"
        out.unicodeScalars.append(scalar)
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "&": out += "&amp;"
      // Nobody is called, and nothing is linked.
      case "@": out += "&#64;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out.replacing("://", with: "&#58;//").replacing("www.", with: "www&#46;")
  }

  private static let longestCode = 300

  /// A text in a code span, in one line.
  static func code(_ text: String, inTable: Bool = false) -> String {
    var clean = Direction.shown(text.harmless)
    guard !clean.isEmpty else { return "` `" }
    // Names that programs made would fill the whole comment.
    if clean.unicodeScalars.count > longestCode {
      clean = String(String.UnicodeScalarView(clean.unicodeScalars.prefix(longestCode - 1))) + "…"
    }
    var longest = 0
    var current = 0
    for byte in clean.utf8 {
      current = byte == UInt8(ascii: "`") ? current + 1 : 0
      longest = max(longest, current)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let space = clean.hasPrefix("`") || clean.hasSuffix("`") ? " " : ""
    let body = inTable ? clean.replacing("|", with: "\\|") : clean
    return "\(fence)\(space)\(body)\(space)\(fence)"
  }

  static func cell(_ text: String) -> String { escaped(text) }

  /// - Parameter rows: of cells that are Markdown already.
  static func table(_ heads: [String], _ rows: [[String]]) -> String {
    var text = "| \(heads.joined(separator: " | ")) |\n|\(String(repeating: " --- |", count: heads.count))\n"
    for row in rows { text += "| \(row.joined(separator: " | ")) |\n" }
    return text
  }

  /// Markdown that is shown when someone asks for it.
  static func folded(_ title: String, _ body: String) -> String {
    var bytes: [UInt8] = []
    HTML.escape(title.harmless, to: &bytes)
    let summary = String(decoding: bytes, as: UTF8.self).replacing("@", with: "&#64;")
    return "<details><summary>\(summary)</summary>\n\n\(body)\n\n</details>\n"
  }

  /// Lines as a block of code.
  static func fenced(_ lines: [String]) -> String {
    var fence = "```"
    while lines.contains(where: { $0.contains(fence) }) { fence += "`" }
    return "\(fence)text\n\(lines.map(Direction.shown).joined(separator: "\n"))\n\(fence)"
  }
}

extension String {
  /// Every occurrence of a text replaced by another.
  fileprivate func replacing(_ word: String, with other: String) -> String {
    var out = ""
    var rest = self[...]
    while let range = String(rest).firstRange(ofText: word) {
      let text = String(rest)
      out += text[..<range.lowerBound] + other
      rest = Substring(text[range.upperBound...])
    }
    return out + rest
  }
}
