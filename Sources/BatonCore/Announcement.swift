import BatonModel

/// What people are told of an event when the workflow does not say it: the parts of which each channel makes its own form.
public struct Announcement: Sendable, Hashable {
  /// How it stands, for colours and degrees of urgency.
  public enum Tone: Sendable, Hashable {
    case good, bad, attention, neutral
  }

  /// `release failed`, `step ship of release retrying`.
  public var title: String
  public var tone: Tone
  public var workflow: String
  /// The run's id.
  public var run: String
  /// Why, in a line; nil where the lines say it, or nothing does.
  public var reason: String?
  /// What failed and why, or what happened, one a line; at most ``mostLines``.
  public var lines: [String]
  /// How many more there are.
  public var more: Int
  /// What carries the run on, or shows more of it.
  public var command: String?
  /// RFC 3339.
  public var time: String?

  public static let mostLines = 10
  /// In bytes. What a program printed into a reason must not fill a message.
  public static let longestLine = 300

  /// - Parameter event: as a notification's function is told it.
  public init(_ event: Value) {
    workflow = event["workflow"]?.string ?? ""
    run = event["run"]?.string ?? ""
    command = event["command"]?.string
    time = event["time"]?.string
    tone = Self.tone(event)
    lines = []
    more = 0
    title = Self.subject(event)
    if event["kind"] == "digest" {
      let events = event["events"]?.list ?? []
      let count = Int(event["count"]?.integer ?? Int64(events.count))
      lines = events.suffix(Self.mostLines).map { Self.cut(Self.line($0, otherThan: run)) }
      more = max(0, count - lines.count)
      return
    }
    let failures = event["failures"]?.list ?? []
    lines = failures.prefix(Self.mostLines).map { failure in
      let reason = failure["reason"]?.string.map { ": \($0)" } ?? ""
      return Self.cut("\(failure["step"]?.string ?? "")\(reason)")
    }
    // A step whose tests failed has several lines.
    let steps = Int(clamping: event["failed"]?.integer ?? 0)
    let told = Set(failures.prefix(lines.count).compactMap { $0["step"]?.string }).count
    more = max(failures.count - lines.count, steps - told, 0)
    reason = event["reason"]?.string.map(Self.cut)
  }

  /// The whole of it without any form: for programs, and channels that know none.
  public var text: String {
    var text = title + (reason.map { ": \($0)" } ?? "") + " (run \(run))"
    for line in lines { text += "\n  \(line)" }
    if more > 0 { text += "\n  \(moreText)" }
    if let command { text += "\n\(command)" }
    return text
  }

  /// `and 4 more`.
  public var moreText: String { "and \(more) more" }

  private static func subject(_ event: Value) -> String {
    let workflow = event["workflow"]?.string ?? ""
    guard event["kind"] == "digest" else { return told(event, of: workflow) }
    let kinds = (event["kinds"]?.map ?? [:]).sorted { $0.key < $1.key }.map { kind, count in
      "\(count.text) \(kind.replacing(".", with: " "))"
    }
    return "\(event["count"]?.text ?? "0") events of \(workflow): \(kinds.joined(separator: ", "))"
  }

  private static func told(_ event: Value, of workflow: String) -> String {
    let kind = event["kind"]?.string ?? ""
    // A run that recovered has the status `succeeded`.
    let status = kind == "run.recovered" ? "recovered" : event["status"]?.string ?? ""
    guard let step = event["step"]?.string else { return "\(workflow) \(status)" }
    return "\(kind.hasPrefix("service.") ? "service" : "step") \(step) of \(workflow) \(status)"
  }

  /// One event of many.
  private static func line(_ event: Value, otherThan run: String) -> String {
    let time = event["time"]?.string.map { $0.prefix(16).replacing("T", with: " ") + " " } ?? ""
    let other = event["run"]?.string.flatMap { $0 == run ? nil : " (run \($0))" } ?? ""
    let first = event["failures"]?.list?.first
    let failure = first.map { "\($0["step"]?.string ?? ""): \($0["reason"]?.string ?? "")" }
    let reason = (event["reason"]?.string ?? failure).map { ": \($0)" } ?? ""
    return time + told(event, of: event["workflow"]?.string ?? "") + reason + other
  }

  private static func tone(_ event: Value) -> Tone {
    switch event["status"]?.string {
    case "succeeded", "recovered": .good
    case "failed", "halted": .bad
    case "waiting", "retrying", "cancelled": .attention
    default: .neutral
    }
  }

  /// One line, not too long.
  private static func cut(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard line.utf8.count > longestLine else { return line }
    var end = line.utf8.index(line.startIndex, offsetBy: longestLine)
    while end.samePosition(in: line) == nil { end = line.utf8.index(before: end) }
    return line[..<end] + "…"
  }
}

extension StringProtocol {
  /// The text with each of one word in another's place. Without Foundation, and without the regular expressions that the
  /// standard library's own brings along.
  func replacing(_ word: Character, with other: String) -> String {
    var text = ""
    for character in self { if character == word { text += other } else { text.append(character) } }
    return text
  }
}
