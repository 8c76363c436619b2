import BatonCore
import BatonModel

/// How the services of a run were over time: what `baton show`, reports and programs are told.
public struct ServiceHealth: Sendable {
  public enum State: String, Sendable {
    /// It was started and did not answer yet.
    case starting
    case ready
    /// It was lost: it had died, or was unhealthy, and had not come back.
    case down
  }

  public struct Span: Sendable {
    public var state: State
    public var from: Instant
    /// nil: it is so now.
    public var to: Instant?
    /// Of what was down: why.
    public var reason: String?
  }

  public var service: String
  public var spans: [Span] = []
  /// How often it was lost and came back.
  public var recoveries = 0
  /// How often another alternative of it was taken.
  public var failovers = 0
  /// What went wrong when it was ended.
  public var complaints: [(time: Instant, text: String)] = []

  /// - Parameter moments: what it came to, in order.
  init(_ service: String, _ moments: [RunView.ServiceMoment]) {
    self.service = service
    for moment in moments { take(moment.change, at: moment.time) }
  }

  /// Of all services that were started, by name.
  public static func all(_ view: RunView) -> [ServiceHealth] {
    view.services.keys.sorted().map { ServiceHealth($0, view.services[$0] ?? []) }
  }

  private mutating func take(_ change: ServiceChange, at time: Instant) {
    let last = spans.last
    switch change.state {
    case .given: if last == nil || last?.to != nil { begin(.starting, at: time) }
    case .ready:
      if change.isFailover { failovers += 1 } else if last?.state == .down, last?.to == nil { recoveries += 1 }
      begin(.ready, at: time)
    case .unhealthy: begin(.down, at: time, change.reason)
    case .down:
      if last?.state == .down, last?.to == nil { return }
      begin(.down, at: time, change.reason)
    case .stopping: break
    case .stopped:
      end(at: time)
      if let complaint = change.complaint { complaints.append((time, complaint)) }
    }
  }

  private mutating func begin(_ state: State, at time: Instant, _ reason: String? = nil) {
    end(at: time)
    spans.append(Span(state: state, from: time, to: nil, reason: reason))
  }

  private mutating func end(at time: Instant) {
    if let last = spans.indices.last, spans[last].to == nil { spans[last].to = time }
  }

  /// How long it was in a state in all.
  ///
  /// - Parameter now: until when what is not over counts.
  func total(_ state: State, now: Instant) -> BatonModel.Span {
    spans.filter { $0.state == state }.reduce(.zero) { $0 + max(.zero, ($1.to ?? now) - $1.from) }
  }

  /// The worst that it was in each of so many equal parts of the time; nil: it was not there.
  func strip(_ parts: Int, from start: Instant, to end: Instant) -> [State?] {
    let length = max(1, (end - start).nanoseconds)
    return (0..<parts).map { part in
      // In floating point: long runs times many parts are more than an integer holds.
      let from = start + BatonModel.Span(nanoseconds: Int64(Double(length) * Double(part) / Double(parts)))
      let to = start + BatonModel.Span(nanoseconds: Int64(Double(length) * Double(part + 1) / Double(parts)))
      let found = spans.filter { $0.from < to && ($0.to ?? end) > from }.map(\.state)
      return found.contains(.down) ? .down : found.contains(.starting) ? .starting : found.first
    }
  }
}

/// The health of services in words and marks.
enum ServicesText {
  private static let parts = 30

  static func section(_ view: RunView, now: Instant, clock: WallClock, _ palette: Palette) -> String {
    let all = ServiceHealth.all(view)
    guard !all.isEmpty, let start = view.started else { return "" }
    let end = max(view.ended ?? now, start)
    var text = "\n\(palette(.bold, "Services"))\n"
    let width = all.map { DisplayWidth.of($0.service.harmless) }.max() ?? 0
    for health in all {
      text += "  \(DisplayWidth.padded(health.service.harmless, to: width))  "
      text += health.strip(parts, from: start, to: end).map { mark($0, palette) }.joined()
      text += "  \(summary(health, now: end))\n"
      for span in health.spans where span.state == .down {
        text += "    \(palette(.red, "✗")) \(clock.time(span.from)) \((span.reason ?? "down").harmless)"
        text += span.to.map { ", \(($0 - span.from).text)" } ?? ""
        text += "\n"
      }
      for (time, complaint) in health.complaints {
        text += "    \(palette(.yellow, "!")) \(clock.time(time)) \(complaint.harmless)\n"
      }
      for line in DriftText.lines(of: health.service, view.drift) {
        text += "    \(palette(.yellow, "≠")) \(line.harmless)\n"
      }
    }
    if let cure = DriftText.cure(view) { text += "  \(cure)\n" }
    return text
  }

  static func summary(_ health: ServiceHealth, now: Instant) -> String {
    var parts = ["ready for \(health.total(.ready, now: now).text)"]
    let down = health.total(.down, now: now)
    if down > .zero { parts.append("down for \(down.text)") }
    if health.recoveries > 0 {
      parts.append(health.recoveries == 1 ? "recovered once" : "recovered \(health.recoveries) times")
    }
    if health.failovers > 0 {
      parts.append(health.failovers == 1 ? "failed over once" : "failed over \(health.failovers) times")
    }
    return parts.joined(separator: ", ")
  }

  private static func mark(_ state: ServiceHealth.State?, _ palette: Palette) -> String {
    switch state {
    case nil: palette(.dim, "·")
    case .starting: palette(.yellow, "▁")
    case .ready: palette(.green, "█")
    case .down: palette(.red, "✗")
    }
  }

  /// `[{"service","drift","recoveries","failovers","complaints":[{"time","text"}],"spans":[{"state","from","to","reason"}]}]`.
  static func json(_ view: RunView) -> Value {
    .list(
      ServiceHealth.all(view).map { health in
        [
          "service": .string(health.service), "drift": DriftText.json(of: health.service, view.drift),
          "recoveries": .integer(Int64(health.recoveries)),
          "failovers": .integer(Int64(health.failovers)),
          "complaints": .list(
            health.complaints.map { ["time": .string($0.time.rfc3339), "text": .string($0.text)] }),
          "spans": .list(
            health.spans.map { span in
              [
                "state": .string(span.state.rawValue), "from": .string(span.from.rfc3339),
                "to": span.to.map { .string($0.rfc3339) } ?? .null, "reason": span.reason.map { .string($0) } ?? .null,
              ]
            }),
        ]
      })
  }
}
