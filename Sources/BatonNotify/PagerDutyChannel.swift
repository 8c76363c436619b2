import BatonCore
import BatonModel
import BatonRuntime

/// `pagerduty { key = … }`: an incident for each cause of failure, resolved when the workflow has recovered.
///
/// | setting | |
/// | --- | --- |
/// | `key` | the integration key of a service (Events API v2), 32 characters |
/// | `url` | the API's address; standard `https://events.pagerduty.com`, `https://events.eu.pagerduty.com` in Europe |
/// | `severity` | `critical`, `error`, `warning` or `info`; standard: `critical` for a failure, else `warning` or `info` |
/// | `source` | what is ill; standard: the workflow |
/// | `component`, `group`, `class` | as PagerDuty has them |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// An event with causes triggers an incident for each of them, with the cause as `dedup_key`: however often it fails, it is
/// one. An event that says what recovered resolves those. Any other event triggers one of its own.
///
/// Sources of the formats: https://developer.pagerduty.com/docs/send-alert-event (202 on success, 400 for what is wrong with the
/// event, 429 and 5xx to be tried again; `summary` at most 1,024 characters, `dedup_key` at most 255, all at most 512 KB).
public struct PagerDutyChannel: Channel {
  public let kind = "pagerduty"
  private let limit: Span

  /// - Parameter limit: for one request.
  public init(limit: Span = Span(seconds: 10)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    // Sent twice, an event is the same: a second attempt sends all of them again.
    for event in PagerDutyEvents.events(of: message) {
      let base = message.settings["url"]?.string ?? "https://events.pagerduty.com"
      var request = try WebRequest(kind, "url", base, path: "/v2/enqueue", settings: message.settings)
      request.setJSON(event)
      let answer = try request.deliver(limit: limit, until: abandonment, words: PagerDutyChannel.words)
      guard answer.json?["status"]?.string == "success" else {
        throw DeliveryFailure(
          "\(request.address.shown) answered \(answer.status) with what is no answer of PagerDuty",
          quoting: answer.firstLine)
      }
    }
  }

  private static func words(_ answer: WebRequest.Answer) -> String? {
    guard let fields = answer.json else { return answer.firstLine }
    let errors = fields["errors"]?.texts ?? []
    let text = ([fields["message"]?.string].compactMap(\.self) + errors).joined(separator: ": ")
    return text.isEmpty ? answer.firstLine : text
  }
}

enum PagerDutyEvents {
  private static let longestSummary = 1024

  static func events(of message: OutgoingMessage) -> [Value] {
    let causes = message.event["causes"]?.texts ?? []
    let recovered = message.event["recovered"]?.texts ?? []
    let triggered = causes.map { trigger(message, cause: $0) }
    let resolved = recovered.map { resolve(message, cause: $0) }
    if !triggered.isEmpty || !resolved.isEmpty { return resolved + triggered }
    // Good news of which nobody was told the bad ones.
    if Notice(message).tone == .good { return [] }
    return [trigger(message, cause: nil)]
  }

  /// - Parameter cause: nil: the message is one of its own.
  private static func trigger(_ message: OutgoingMessage, cause: String?) -> Value {
    let notice = Notice(message)
    let settings = message.settings
    let failures = message.event["failures"]?.list ?? []
    let failure = failures.first { cause != nil && $0["cause"]?.string == cause }
    var summary = notice.title
    if message.title == nil, let failure, let step = failure["step"]?.string {
      summary += ": \(step)" + (failure["reason"]?.string.map { ": \($0)" } ?? "")
    }
    var payload: [String: Value] = [
      "summary": .string(summary.oneLine.limited(to: longestSummary)),
      "source": settings["source"] ?? message.event["workflow"] ?? "baton",
      "severity": settings["severity"] ?? severity(notice.tone), "custom_details": details(message, notice),
    ]
    payload["timestamp"] = message.event["time"]
    for name in ["component", "group", "class"] { payload[name] = settings[name] }
    if payload["component"] == nil, let step = failure?["step"] ?? message.event["step"] { payload["component"] = step }
    return [
      "routing_key": settings["key"] ?? "", "event_action": "trigger", "dedup_key": .string(key(message, cause)),
      "client": "Baton", "payload": .map(payload),
    ]
  }

  private static func resolve(_ message: OutgoingMessage, cause: String) -> Value {
    [
      "routing_key": message.settings["key"] ?? "", "event_action": "resolve",
      "dedup_key": .string(key(message, cause)),
    ]
  }

  private static func key(_ message: OutgoingMessage, _ cause: String?) -> String {
    "baton-\(cause ?? StableHash.hex(message.key))"
  }

  private static func details(_ message: OutgoingMessage, _ notice: Notice) -> Value {
    var details: [String: Value] = [:]
    for fact in notice.facts { details[fact.name.lowercased()] = .string(fact.value) }
    let text = notice.words ?? notice.lines.joined(separator: "\n")
    if !text.isEmpty { details["message"] = .string(text.limited(to: 20_000)) }
    if let command = notice.command { details["command"] = .string(command) }
    return .map(details)
  }

  private static func severity(_ tone: Announcement.Tone) -> Value {
    switch tone {
    case .bad: "critical"
    case .attention: "warning"
    case .good, .neutral: "info"
    }
  }
}
