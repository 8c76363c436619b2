import BatonCore
import BatonModel

/// The report as one page that needs nothing else: no network, no fonts, no further file.
///
/// It reads from the top: how it ended and why, then what a manager asks, then what an engineer needs. Without scripts all of it
/// stands there but the search in the test cases. Its policy (Content-Security-Policy) lets the browser load nothing and run
/// this program's own script alone, known by its SHA-256.
public struct HTMLReport {
  public enum Medium: Sendable {
    case screen
    /// Without scripts, and laid out for what makes pages of it.
    case paper
  }

  let data: ReportData
  let medium: Medium

  public init(_ data: ReportData, for medium: Medium = .screen) {
    self.data = data
    self.medium = medium
  }

  /// The document, UTF-8.
  public var bytes: [UInt8] { document.bytes }

  struct Section {
    var id: String
    var title: String
    var body: HTML
  }

  var document: HTML {
    let sections = all
    let script = HTML(trusted: PackageResources.report_js)
    let isScreen = medium == .screen
    let policy =
      isScreen ? "script-src 'sha256-\(Base64.text(of: SHA256.digest(script.bytes)))'; " : ""
    let word = ReportVerdict(data: data).word.lowercased()
    var page: HTML = """
      <!doctype html>
      <html lang="en"\(isScreen ? "" : " class=\"paper\"")>
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \(policy)style-src 'unsafe-inline'; \
      img-src data:; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(data.view.workflow) \(word) – run \(data.view.run)</title>
      <style>
      \(isScreen ? HTML(trusted: PackageResources.report_css) : PaperStyle.page)</style>
      </head>
      <body>
      \(isScreen ? "<a class=\"skip\" href=\"#main\">Skip to the content</a>" : "")
      \(header)
      <div class="frame">
      \(isScreen ? navigation(sections) : "")
      <main id="main">
      """
    for section in sections {
      page += """

        <section id="\(section.id)" aria-labelledby="\(section.id)-title">
        <h2 id="\(section.id)-title">\(section.title)</h2>
        \(section.body)
        </section>
        """
    }
    page += "\n</main>\n</div>\n\(footer)\n"
    if isScreen {
      page += "<script type=\"application/json\" id=\"cases-data\">\(casesJSON)</script>\n<script>\(script)</script>\n"
    }
    page += "</body>\n</html>\n"
    return page
  }

  private var all: [Section] {
    [
      Section(id: "summary", title: "Summary", body: summary),
      section("failures", "Failures", failures), section("gates", "Gates", gates),
      section("services", "Services", services), section("leases", "Leases", leases),
      section("steps", "Steps", steps), section("timeline", "Timeline", timeline), section("graph", "Graph", graph),
      section("tests", "Test cases", testCases), section("slowest", "Slowest tests", slowest),
      section("flaky", "Flaky tests", flaky), section("trends", "Trends", trends),
      section("performance", "Performance", performance), section("coverage", "Coverage", coverage),
      section("findings", "Findings", findings), section("output", "Output of failed steps", output),
      section("environment", "Environment", environment), section("artifacts", "Artifacts", artifacts),
      section("gaps", "What this report does not know", gaps),
    ].compactMap { $0 }
  }

  private func section(_ id: String, _ title: String, _ body: HTML?) -> Section? {
    body.map { Section(id: id, title: title, body: $0) }
  }

  private var header: HTML {
    let view = data.view
    var facts: [HTML] = ["run <code>\(view.run)</code>"]
    if let started = view.started { facts.append("started \(data.clock.date(started)) by \(view.by)") }
    facts.append("took \(view.duration(at: data.now).text)")
    let line = HTML.joined(facts.map { "<span>\($0)</span>" as HTML })
    let button: HTML =
      medium == .screen
      ? "<button type=\"button\" id=\"theme\" class=\"quiet\" hidden>Dark</button>" : HTML()
    return """
      <header class="top">
      <div class="title"><h1>\(view.workflow)</h1> \(Badge.run(view.status)) \(button)</div>
      <p class="facts">\(line)</p>
      </header>
      """
  }

  private func navigation(_ sections: [Section]) -> HTML {
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>\n" as HTML }
    return "<nav aria-label=\"Sections\"><ul>\n\(HTML.joined(links))</ul></nav>"
  }

  private var footer: HTML {
    """
    <footer>Made by Baton at \(data.clock.date(data.now)) from the records of run <code>\(data.view.run)</code>, \
    workflow <code>\(data.view.file)</code>. Times are \(data.clock.zone).</footer>
    """
  }

  private var gaps: HTML? {
    let gaps = ReportGaps.of(data)
    guard !gaps.isEmpty else { return nil }
    let rows = gaps.map { "<dt>\($0.what)</dt><dd>\($0.how)</dd>\n" as HTML }
    return "<dl class=\"pairs\">\n\(HTML.joined(rows))</dl>"
  }
}

/// How a status looks: a word, with a sign for who reads quickly; never a colour alone.
enum Badge {
  static func run(_ status: RunStatus) -> HTML { badge(StatusMark(status), status.rawValue) }

  static func step(_ status: StepStatus, allowed: Bool = false) -> HTML {
    let mark = StatusMark(status, allowed: allowed)
    return badge(mark, status.rawValue)
  }

  static func test(_ status: TestStatus, isFlaky: Bool = false) -> HTML {
    if isFlaky { return badge("↻", "flaky", "warn") }
    return switch status {
    case .passed: badge("✓", "passed", "good")
    case .failed: badge("✗", "failed", "bad")
    case .errored: badge("✗", "error", "bad")
    case .skipped: badge("–", "skipped", "calm")
    }
  }

  static var quarantined: HTML { badge("✗", "quarantined", "warn") }

  static func severity(_ severity: FindingSeverity) -> HTML {
    let tone =
      switch severity {
      case .critical, .high: "bad"
      case .medium: "warn"
      case .low, .note: "calm"
      }
    return badge(severity == .note ? "·" : "▲", severity.rawValue, tone)
  }

  static func badge(_ sign: String, _ word: String, _ tone: String) -> HTML {
    "<span class=\"badge \(tone)\"><span aria-hidden=\"true\">\(sign)</span> \(word)</span>"
  }

  private static func badge(_ mark: StatusMark, _ word: String) -> HTML { badge(mark.symbol, word, tone(mark.shade)) }

  static func tone(_ shade: Palette.Shade) -> String {
    switch shade {
    case .green: "good"
    case .red: "bad"
    case .yellow: "warn"
    case .cyan, .blue, .magenta: "info"
    case .dim, .bold: "calm"
    }
  }
}

extension HTML {
  /// A part of 1 as a bar.
  static func bar(_ part: Double, tone: String) -> HTML {
    "<span class=\"bar \(tone)\" aria-hidden=\"true\"><i style=\"width:\(min(100, max(0, part * 100)))%\"></i></span>"
  }
}
