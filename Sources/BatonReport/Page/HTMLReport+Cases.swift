import BatonCore
import BatonModel

extension HTMLReport {
  /// How many cases stand in the page itself, for who runs no scripts.
  static let staticCases = 50
  /// How many failures' explanations the page carries, and how much of each.
  static let explained = (cases: 1000, bytes: 6000)

  /// The failures, by cause where causes are known.
  var failures: HTML? {
    let failed = data.failures
    guard !failed.isEmpty || !data.problems.isEmpty else { return nil }
    var body = HTML()
    for note in data.problems.prefix(20) {
      body += "<p class=\"problem\">Results of <code>\(note.step)</code>: \(note.text)</p>\n"
    }
    if data.problems.count > 20 {
      body += "<p class=\"note\">\(ReportNumbers.grouped(data.problems.count - 20)) more of these.</p>\n"
    }
    for (index, cause) in data.causes.prefix(50).enumerated() { body += article(cause, number: index + 1) }
    if data.causes.count > 50 {
      body += "<p class=\"note\">\(ReportNumbers.grouped(data.causes.count - 50)) rarer causes are left out.</p>"
    }
    let caused = Set(data.causes.flatMap(\.cases))
    let rest = failed.filter { !caused.contains($0) }
    if !rest.isEmpty {
      if !data.causes.isEmpty { body += "<h3>Without a cause in common</h3>\n" }
      for index in rest.prefix(50) { body += failure(data.cases[index]) }
      if rest.count > 50 {
        body += "<p class=\"note\">\(ReportNumbers.grouped(rest.count - 50)) more stand among the test cases.</p>"
      }
    }
    return body
  }

  private func article(_ cause: FailureCause, number: Int) -> HTML {
    let cases = cause.cases.compactMap { data.cases.indices.contains($0) ? data.cases[$0] : nil }
    var body: HTML = """
      <article class="card cause" id="cause-\(number)"><h3>\(cause.message)</h3>
      <p class="note">\(cause.extent)\(Self.since(cause, data.clock))\(cause.type.map { ", \($0)" } ?? "")</p>
      """
    if let history = cause.cluster.history { body += origin(history) }
    if !cause.stack.isEmpty, medium == .screen {
      body += "<p class=\"note place\">\(cause.stack.prefix(3).joined(separator: " ← "))</p>"
    }
    if cases.isEmpty {
      return body + names(cause.cluster) + "<p class=\"note\">What they said in full is lost.</p></article>\n"
    }
    // Over the cells of a matrix each is told once.
    if cause.cluster.cells > 1 {
      body += names(cause.cluster)
      if let details = cases.lazy.compactMap({ explanation($0) }).first {
        body += "<details><summary>Explanation of the first</summary><pre>\(details)</pre></details>\n"
      }
      return body + "</article>\n"
    }
    let shown = cases.prefix(5).map { item -> HTML in
      "<li><code>\(item.title)</code>\(place(item)) <span class=\"note\">\(item.step)</span></li>\n"
    }
    body += "<ul class=\"names\">\n\(HTML.joined(shown))</ul>\n"
    if cases.count > 5 {
      let more = cases.dropFirst(5).prefix(100).map { "<li><code>\($0.title)</code></li>\n" as HTML }
      let rest: HTML =
        cases.count > 105 ? "<li>and \(ReportNumbers.grouped(cases.count - 105)) more</li>" : HTML()
      body += """
        <details><summary>\(ReportNumbers.grouped(cases.count - 5)) more tests</summary>\
        <ul class="names">\(HTML.joined(more))\(rest)</ul></details>
        """
    }
    if let details = cases.lazy.compactMap({ explanation($0) }).first {
      body += "<details><summary>Explanation of the first</summary><pre>\(details)</pre></details>\n"
    }
    return body + "</article>\n"
  }

  /// Since when, and what came with it.
  private func origin(_ history: ClusterHistory) -> HTML {
    var body: HTML = """
      <p>First in run <code>\(history.firstRun)</code>; came with: \(history.change)</p>
      """
    let commits = (history.log?.commits ?? []).prefix(5).map { commit -> HTML in
      "<li><code>\(commit.id)</code> \(commit.subject) <span class=\"note\">\(commit.author)</span></li>\n"
    }
    if !commits.isEmpty {
      let more = (history.log?.count ?? 0) - commits.count
      body += """
        <ul class="names">\(HTML.joined(commits))\
        \(more > 0 ? "<li>and \(ReportNumbers.count(more, "more commit"))</li>" : HTML())</ul>
        """
    }
    return body
  }

  private func names(_ cluster: FailureCluster) -> HTML {
    let items = cluster.cases.map { "<li><code>\($0)</code></li>\n" as HTML }
    let more = cluster.caseCount - cluster.cases.count
    return """
      <ul class="names">\(HTML.joined(items))\
      \(more > 0 ? "<li>and \(ReportNumbers.grouped(more)) more</li>" : HTML())</ul>
      """
  }

  private func failure(_ item: ReportCase) -> HTML {
    let details: HTML? = explanation(item).map {
      "<details><summary>Explanation</summary><pre>\($0)</pre></details>"
    }
    let first = item.outcome.message.map { $0.harmless } ?? "no message"
    return """
      <article class="card cause"><h3>\(item.title)</h3><p class="note">\(Badge.test(item.outcome.status)) \
      \(item.step)\(item.outcome.suite.isEmpty ? "" : ", \(item.outcome.suite)")\(place(item))</p>\
      <p class="message">\(first)</p>\(details)</article>

      """
  }

  private func place(_ item: ReportCase) -> HTML {
    item.place.map { " <span class=\"place\">\($0)</span>" } ?? HTML()
  }

  /// Stack and explanation, without what moves a terminal's cursor; nil where there is none.
  private func explanation(_ item: ReportCase) -> String? {
    guard let details = item.outcome.details, !details.isEmpty else { return nil }
    return Self.clean(details, limit: medium == .paper ? 1500 : Self.explained.bytes)
  }

  static func clean(_ text: String, limit: Int) -> String {
    let lines = TailText.lines(text).joined(separator: "\n")
    guard lines.utf8.count > limit else { return lines }
    return String(decoding: lines.utf8.prefix(limit), as: UTF8.self) + "\n… the rest is in the JSON report"
  }

  var testCases: HTML? {
    guard !data.cases.isEmpty else { return nil }
    let failed = data.failures
    let others = data.cases.indices.lazy.filter { !data.cases[$0].outcome.status.isFailure }
    let shown = Array((failed.prefix(Self.staticCases) + others.prefix(max(0, Self.staticCases - failed.count))))
    let statuses = [
      ("all", "All"), ("failed", "Failed"), ("new", "New failures"), ("flaky", "Flaky"), ("skipped", "Skipped"),
      ("quarantined", "In quarantine"),
      ("passed", "Passed"),
    ]
    let options = statuses.map { "<option value=\"\($0.0)\">\($0.1)</option>" as HTML }
    let controls: HTML =
      medium == .paper
      ? HTML()
      : """
      <form class="controls" id="case-controls" hidden role="search" aria-label="Test cases">
      <label>Search <input type="search" id="case-search" autocomplete="off" spellcheck="false"></label>
      <label>Status <select id="case-status">\(HTML.joined(options))</select></label>
      <label>Step <select id="case-step"><option value="">All</option></select></label>
      </form>
      """
    let total = ReportNumbers.grouped(data.cases.count)
    let note: HTML =
      data.cases.count > shown.count
      ? """
      <p class="note" id="case-count" role="status">\(ReportNumbers.grouped(shown.count)) of \(total) cases, failures first. \
      \(medium == .paper ? "The HTML and JSON reports have all of them." : "With scripts all of them can be searched; the JSON report has all of them, too.")</p>
      """
      : "<p class=\"note\" id=\"case-count\" role=\"status\">All \(total) cases.</p>"
    let table = HTMLTable(
      "List of test cases", id: "case-table", .init("Status", .badge), .init("Test", .name), .init("Step", .step),
      .init("Time", .number)
    ).html(shown.map { row(data.cases[$0]) })
    let pages: HTML =
      medium == .paper
      ? HTML()
      : """
      <nav class="pages" id="case-pages" aria-label="Pages of test cases" hidden>\
      <button type="button" id="case-back">Previous</button> <span id="case-page"></span> \
      <button type="button" id="case-next">Next</button></nav>
      """
    return "\(controls)\n\(cachedNote)\(note)\n\(table)\n\(pages)"
  }

  /// Which of the cases were not run.
  private var cachedNote: HTML {
    guard !data.cached.isEmpty else { return HTML() }
    let items = data.cached.prefix(10).map { cached -> HTML in
      "<li><code>\(cached.step)</code>: run <code>\(cached.origin.run)</code></li>"
    }
    let more = data.cached.count - items.count
    return """
      <p class="note">Not run again, results out of the cache, with the run that measured them:</p>\
      <ul class="names">\(HTML.joined(items))\
      \(more > 0 ? "<li>and \(ReportNumbers.count(more, "more step"))</li>" : HTML())</ul>

      """
  }

  private func row(_ item: ReportCase) -> [HTML] {
    let outcome = item.outcome
    let message: HTML? = item.message.map {
      "<div class=\"message\">\(DisplayWidth.truncated($0.harmless, to: 300))</div>"
    }
    let time: HTML? = outcome.duration.map { "\($0.text)" }
    return [
      item.excused == nil ? Badge.test(outcome.status, isFlaky: item.isFlaky) : Badge.quarantined,
      "\(item.title)\(place(item))\(outcome.status == .passed ? nil : message)", "\(item.step)", time ?? HTML(),
    ]
  }

  var slowest: HTML? {
    let timed = data.cases.filter { ($0.outcome.duration ?? .zero) > .zero }
    guard timed.count > 1 else { return nil }
    let top = timed.sorted { ($0.outcome.duration ?? .zero) > ($1.outcome.duration ?? .zero) }.prefix(15)
    let longest = top.first?.outcome.duration?.seconds ?? 1
    let sum = data.totals.duration.seconds
    return HTMLTable(
      "The slowest of \(ReportNumbers.count(timed.count, "timed test"))", .init("Test", .name), .init("Step", .step),
      .init("Time", .number), .init("Share", .bar), .init("Of all", .number)
    ).html(
      top.map { item in
        let time = item.outcome.duration ?? .zero
        return [
          "\(item.title)", "\(item.step)", "\(time.text)", HTML.bar(time.seconds / longest, tone: "info"),
          sum > 0 ? "\(ReportNumbers.percent(time.seconds / sum))" : HTML(),
        ]
      })
  }

  var flaky: HTML? {
    let here = data.cases.filter(\.isFlaky)
    guard !here.isEmpty || !data.flaky.isEmpty else { return nil }
    var body = HTML()
    if !here.isEmpty {
      body += HTMLTable(
        "Failed and then passed in this run: \(ReportNumbers.grouped(here.count))", .init("Test", .name),
        .init("Step", .step), .init("Attempts")
      ).html(
        here.prefix(50).map { item in
          let attempts = item.attempts.map { "\($0.number) \($0.status.rawValue)" }.joined(separator: ", ")
          let failed = ReportNumbers.count(item.outcome.failedBefore, "time")
          return ["\(item.title)", "\(item.step)", "\(attempts.isEmpty ? "failed \(failed), then passed" : attempts)"]
        })
    }
    if !data.flaky.isEmpty {
      body += HTMLTable(
        "Flaky over the runs: \(ReportNumbers.grouped(data.flaky.count))", .init("Evidence", .badge),
        .init("Test", .name),
        .init("Passes", .number), .init("Flips", .number), .init("Last runs")
      ).html(
        data.flaky.prefix(50).map { entry in
          [
            entry.flakiness == .proven ? Badge.badge("✓", "proven", "bad") : Badge.badge("?", "suspected", "warn"),
            "\(entry.identity.text)",
            Self.rate(entry.passRate), Self.rate(entry.flipRate), Self.history(entry.recent),
          ]
        })
      body += """
        <p class="note">Proven: the same code ended in different ways. Suspected: of at least \(Flakiness.leastOutcomes) \
        outcomes, \(Flakiness.leastFlips) or more differ from the one before.</p>
        """
    }
    return body
  }

  static func rate(_ rate: Double?) -> HTML { rate.map { "\(ReportNumbers.percent($0))" } ?? HTML() }

  /// The last outcomes as small marks, read out as words.
  private static func history(_ outcomes: String) -> HTML {
    guard !outcomes.isEmpty else { return HTML() }
    let last = outcomes.suffix(20)
    let marks = last.map { "<i class=\"\($0 == "p" ? "good" : "bad")\"></i>" as HTML }
    let failures = last.count { $0 != "p" }
    return """
      <span class="history" aria-hidden="true">\(HTML.joined(marks))</span>\
      <span class="sr">\(failures) of the last \(last.count) failed</span>
      """
  }
}
