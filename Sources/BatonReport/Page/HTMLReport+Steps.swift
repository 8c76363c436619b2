import BatonCore
import BatonModel

extension HTMLReport {
  /// How many steps the page lists; failed ones first where there are more.
  static let listedSteps = 400
  static let drawnAttempts = 400

  var steps: HTML? {
    var steps = data.steps
    guard !steps.isEmpty else { return nil }
    var note = HTML()
    if steps.count > Self.listedSteps {
      let failed = steps.filter { $0.status == .failed }
      steps = Array((failed + steps.filter { $0.status != .failed }).prefix(Self.listedSteps))
      note = """
        <p class="note">\(ReportNumbers.grouped(steps.count)) of \(ReportNumbers.grouped(data.steps.count)) steps, failed ones \
        first. The JSON report has all of them.</p>
        """
    }
    let longest = steps.compactMap { $0.workDuration(at: data.now)?.seconds }.max() ?? 0
    let counts = testCounts
    return note
      + HTMLTable(
        "Steps and gates", .init("Status", .badge), .init("Step", .name), .init("Time", .number), .init("Share", .bar),
        .init("Attempts", .number), .init("Tests", .number)
      ).html(steps.map { row($0, longest: longest, tests: counts[$0.name]) })
  }

  private var testCounts: [String: (all: Int, failed: Int)] {
    var counts: [String: (all: Int, failed: Int)] = [:]
    for item in data.cases {
      counts[item.step, default: (0, 0)].all += 1
      if item.outcome.status.isFailure { counts[item.step]?.failed += 1 }
    }
    return counts
  }

  private func row(_ step: StepView, longest: Double, tests: (all: Int, failed: Int)?) -> [HTML] {
    let time = step.workDuration(at: data.now)
    let bar: HTML? =
      time.flatMap { time in
        longest > 0
          ? HTML.bar(time.seconds / longest, tone: Badge.tone(StatusMark(step.status, allowed: step.allowed).shade))
          : nil
      }
    let tested: HTML? = tests.map { tests in
      tests.failed > 0
        ? "\(ReportNumbers.grouped(tests.failed)) of \(ReportNumbers.grouped(tests.all)) fail"
        : "\(ReportNumbers.grouped(tests.all))"
    }
    let took: HTML? = time.map { "\($0.text)" }
    let why: HTML? = remark(step).map { "<div class=\"message\">\($0)</div>" }
    let badge =
      warnings.contains(step.name)
      ? Badge.badge("!", "refused", "warn") : Badge.step(step.status, allowed: step.allowed)
    return [
      badge, "\(step.name)\(why)", took ?? HTML(), bar ?? HTML(),
      step.attempts.isEmpty ? HTML() : "\(step.attempts.count)", tested ?? HTML(),
    ]
  }

  /// Gates that refused and let the run go on: they end as succeeded.
  private var warnings: Set<String> {
    Set(data.verdicts.filter { !$0.verdict.passed && $0.verdict.otherwise == .warn }.map(\.verdict.gate))
  }

  private func remark(_ step: StepView) -> String? {
    var parts: [String] = []
    if let reason = step.reason {
      parts.append(reason)
    } else if step.status == .failed || step.status == .retrying, let outcome = step.attempts.last?.outcome {
      parts.append(outcome.text)
    }
    if step.allowed, step.status == .failed { parts.append("allowed to fail") }
    if step.kind == .gate, step.status.isSuccess { parts.append("gate") }
    return parts.isEmpty ? nil : DisplayWidth.truncated(parts.joined(separator: "; ").harmless, to: 400)
  }

  var timeline: HTML? {
    var attempts: [(step: StepView, attempt: AttemptView, end: Instant)] = []
    for step in data.steps {
      for attempt in step.attempts {
        guard let end = attempt.ended ?? (attempt.outcome == nil ? data.now : nil) else { continue }
        attempts.append((step, attempt, end))
      }
    }
    guard !attempts.isEmpty else { return nil }
    var note = HTML()
    if attempts.count > Self.drawnAttempts {
      note = """
        <p class="note">The \(Self.drawnAttempts) longest of \(ReportNumbers.count(attempts.count, "attempt")).</p>
        """
      attempts.sort { $0.end - $0.attempt.started > $1.end - $1.attempt.started }
      attempts = Array(attempts.prefix(Self.drawnAttempts))
    }
    let layout = TimelineLayout(attempts.map { ($0.attempt.started, $0.end) })
    var lanes = [[HTML]](repeating: [], count: layout.lanes)
    for bar in layout.bars {
      let (step, attempt, end) = attempts[bar.attempt]
      let isLast = step.attempts.last?.number == attempt.number
      let status: StepStatus = isLast ? step.status : attempt.outcome == .succeeded ? .succeeded : .failed
      let tone = Badge.tone(StatusMark(status, allowed: step.allowed || !isLast).shade)
      let number = step.attempts.count > 1 ? ", attempt \(attempt.number)" : ""
      let name =
        "\(step.name)\(number): \(attempt.outcome?.text ?? "running"), \(max(.zero, end - attempt.started).text)"
      let label: HTML = bar.width > 0.04 ? "<span>\(step.name)\(number)</span>" : HTML()
      lanes[bar.lane].append(
        """
        <li class="\(tone)" style="left:\(bar.left * 100)%;width:\(bar.width * 100)%" title="\(name)">\(label)</li>
        """)
    }
    let rows = lanes.map { "<ul class=\"lane\">\(HTML.joined($0))</ul>\n" as HTML }
    let ticks = layout.ticks.map { tick -> HTML in
      "<i style=\"left:\(tick.left * 100)%\"\(tick.left > 0.86 ? " class=\"end\"" : "")>\(Self.tick(tick.time))</i>"
    }
    let pauses = layout.pauses.map { pause -> HTML in
      """
      <b class="pause" style="left:\(pause.left * 100)%;width:\(pause.width * 100)%" title="nothing ran for \(pause.length.text)"></b>
      """
    }
    if !layout.pauses.isEmpty {
      note += "<p class=\"note\">Hatched: pauses, drawn shorter than they were.</p>"
    }
    return """
      <p class="note">What ran when, in \(ReportNumbers.count(layout.lanes, "lane")); the table of steps above says the same.</p>
      \(note)<div class="timeline" aria-hidden="true"><div class="ticks">\(HTML.joined(ticks))</div>\(HTML.joined(pauses))
      \(HTML.joined(rows))</div>
      """
  }

  private static func tick(_ time: Span) -> String {
    if time.nanoseconds == 0 { return "0" }
    let text = time.text
    return text.hasSuffix(".0s") ? text.dropLast(3) + "s" : text
  }

  var graph: HTML? {
    guard let graph = data.graph, !graph.nodes.isEmpty else { return nil }
    let labels = graph.nodes.map { DisplayWidth.truncated($0.name.harmless, to: 28) }
    let widths = zip(graph.nodes, labels).map { node, label -> Double in
      let detail = node.detail.map { DisplayWidth.truncated($0, to: 34) }
      return max(84, max(Double(DisplayWidth.of(label)) * 8.1, Double(DisplayWidth.of(detail ?? "")) * 6.8) + 44)
    }
    let layout = GraphLayout(widths: widths, edges: graph.edges.map { ($0.from, $0.to) })
    let (width, height) = (layout.width + 8, layout.height + 8)
    var svg: HTML = """
      <svg class="graph" width="\(width)" height="\(height)" viewBox="-4 -4 \(width) \(height)" role="img" \
      aria-label="\(ReportNumbers.count(graph.nodes.count, "node")) and what each waits for; states stand in the table of steps">
      \(pictureStyle)<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
      <path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>

      """
    for path in layout.paths { svg += Self.curve(path.points) }
    let warnings = warnings
    for (index, node) in graph.nodes.enumerated() {
      let box = layout.boxes[index]
      let mark = StatusMark(node.status)
      let isWarning = warnings.contains(node.name)
      let tone = isWarning ? "warn" : Badge.tone(mark.shade)
      let sign = isWarning ? "!" : mark.symbol
      let shape: HTML = node.kind == .gate ? " gate" : node.kind == .group ? " group" : HTML()
      let radius = node.kind == .gate ? 20.0 : 7.0
      let middle = node.detail == nil ? 25.0 : 18.0
      svg += """
        <g class="\(tone)\(shape)" transform="translate(\(box.x) \(box.y))"><title>\(node.name): \
        \(isWarning ? "refused" : node.status.rawValue)\(node.detail.map { ", \($0)" } ?? "")</title>\
        <rect width="\(box.width)" height="\(box.height)" rx="\(radius)"/>\
        <text class="sign" x="14" y="\(middle)">\(sign)</text><text x="30" y="\(middle)">\(labels[index])</text>
        """
      if let detail = node.detail {
        svg += "<text class=\"small\" x=\"30\" y=\"32\">\(DisplayWidth.truncated(detail, to: 34))</text>"
      }
      svg += "</g>\n"
    }
    return """
      <div class="scroll picture" role="region" aria-label="Graph of the run" tabindex="0">\(svg)</svg></div>
      <p class="note">From left to right; rounded at the ends: gates. Edges that follow from others are left out.</p>
      """
  }

  private static func curve(_ points: [(x: Double, y: Double)]) -> HTML {
    guard let first = points.first else { return HTML() }
    var path: HTML = "M\(first.x) \(first.y)"
    for (from, to) in zip(points, points.dropFirst()) {
      let half = min(GraphLayout.gap.x * 0.6, (to.x - from.x) / 2)
      path += "C\(from.x + half) \(from.y) \(to.x - half) \(to.y) \(to.x) \(to.y)"
    }
    return "<path class=\"edge\" marker-end=\"url(#tip)\" d=\"\(path)\"/>\n"
  }

  var output: HTML? {
    guard !data.tails.isEmpty else { return nil }
    let parts = data.tails.prefix(30).enumerated().map { index, tail -> HTML in
      let cut: HTML =
        tail.isCut
        ? "<p class=\"note\">The end of it; all of it: <code>baton logs \(data.view.run) \(SummaryText.shellWord(tail.step))</code></p>"
        : HTML()
      return """
        <details\(index < 3 ? " open" : "")><summary>\(tail.step), attempt \(tail.attempt)</summary>\(cut)\
        <pre tabindex="0">\(TailText.lines(tail.text).joined(separator: "\n"))</pre></details>

        """
    }
    let more = data.tails.count - 30
    return HTML.joined(parts)
      + (more > 0 ? "<p class=\"note\">\(ReportNumbers.count(more, "more step")) failed.</p>" : HTML())
  }
}

extension HTML {
  static func + (left: HTML, right: HTML) -> HTML {
    var sum = left
    sum += right
    return sum
  }
}
