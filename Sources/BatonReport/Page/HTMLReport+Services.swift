import BatonCore
import BatonModel

extension HTMLReport {
  /// Each service over the time of the run, and why it was lost.
  var services: HTML? {
    let all = ServiceHealth.all(data.view)
    guard !all.isEmpty, let start = data.view.started else { return nil }
    let end = max(data.view.ended ?? data.now, start)
    let rows = all.map { health -> [HTML] in
      let losses = health.spans.filter { $0.state == .down }.map { span -> HTML in
        let length = span.to.map { ", \(($0 - span.from).text)" } ?? ""
        return "<li>\(data.clock.time(span.from)): \(span.reason ?? "down")\(length)</li>"
      }
      let complaints = health.complaints.map { "<li>\(data.clock.time($0.time)): \($0.text)</li>" as HTML }
      let drift = DriftText.lines(of: health.service, data.view.drift).map { "<li>drift: \($0)</li>" as HTML }
      let found = losses + complaints + drift
      let why: HTML = found.isEmpty ? HTML() : "<ul>\(HTML.joined(found))</ul>"
      return [
        "\(health.service)", strip(health, from: start, to: end),
        "\(health.total(.ready, now: end).text)", "\(health.total(.down, now: end).text)",
        "\(String(health.recoveries))", "\(String(health.failovers))", why,
      ]
    }
    let table = HTMLTable(
      "Health of the services", .init("Service", .head), .init("Over the time of the run", .text),
      .init("Ready", .number), .init("Down", .number), .init("Recoveries", .number), .init("Failovers", .number),
      .init("Trouble", .text)
    ).html(rows)
    guard let cure = DriftText.cure(data.view) else { return table }
    return "\(table)<p>\(cure)</p>"
  }

  private func strip(_ health: ServiceHealth, from start: Instant, to end: Instant) -> HTML {
    let length = max(1, Double((end - start).nanoseconds))
    func place(_ moment: Instant) -> Double { 300 * Double((moment - start).nanoseconds) / length }
    let bars = health.spans.map { span -> HTML in
      let (from, to) = (place(span.from), place(min(span.to ?? end, end)))
      let color =
        switch span.state {
        case .starting: "#d97706"
        case .ready: "#16a34a"
        case .down: "#dc2626"
        }
      return """
        <rect x="\(String(Int(from)))" y="0" width="\(String(max(2, Int(to - from))))" height="12" fill="\(color)">\
        <title>\(span.state.rawValue) from \(data.clock.time(span.from))</title></rect>
        """
    }
    return """
      <svg width="300" height="12" viewBox="0 0 300 12" role="img" aria-label="\(ServicesText.summary(health, now: end))">\
      \(HTML.joined(bars))</svg>
      """
  }
}
