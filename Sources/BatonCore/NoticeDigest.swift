import BatonModel

/// Many events as one.
///
/// `{"kind":"digest","workflow","run","time","count","from","until","kinds":{KIND: count},"status","events":[…],"causes":[…],
/// "recovered":[…]}`: `status` is that of the last event, `events` holds the last ``most`` of them, `causes` what had failed and
/// was not well again at the end, `recovered` what had become well.
public enum NoticeDigest {
  public static let most = 100

  /// - Parameter events: in the order in which they happened. One alone stays as it is.
  public static func event(_ events: [Value], workflow: String, run: String, at time: Instant) -> Value {
    guard events.count != 1 else { return events[0] }
    var kinds: [String: Value] = [:]
    var causes: [String] = []
    var recovered: [String] = []
    for event in events {
      let kind = event["kind"]?.string ?? ""
      kinds[kind] = .integer((kinds[kind]?.integer ?? 0) + 1)
      for cause in event["causes"]?.strings ?? [] {
        recovered.removeAll { $0 == cause }
        if !causes.contains(cause) { causes.append(cause) }
      }
      for cause in event["recovered"]?.strings ?? [] {
        causes.removeAll { $0 == cause }
        if !recovered.contains(cause) { recovered.append(cause) }
      }
    }
    var fields: [String: Value] = [
      "kind": "digest", "workflow": .string(workflow), "run": .string(run), "time": .string(time.rfc3339),
      "count": .integer(Int64(events.count)), "kinds": .map(kinds), "events": .list(events.suffix(most)),
    ]
    fields["from"] = events.first?["time"]
    fields["until"] = events.last?["time"]
    fields["status"] = events.last?["status"]
    fields["command"] = events.last?["command"]
    if !causes.isEmpty { fields["causes"] = list(causes, FailureCause.most) }
    if !recovered.isEmpty { fields["recovered"] = list(recovered, FailureCause.mostRecovered) }
    return .map(fields)
  }

  private static func list(_ texts: [String], _ most: Int) -> Value { .list(texts.prefix(most).map { .string($0) }) }
}
