import BatonCore
import BatonModel
import BatonRuntime

/// What a message says, before a channel gives it a form.
struct Notice {
  /// One line.
  var title: String
  var tone: Announcement.Tone
  /// What the workflow says in its own words; nil: the standard form, of which the rest is made.
  var words: String?
  /// Label → value: the workflow, the run, when.
  var facts: [(name: String, value: String)]
  /// What failed and why, one a line.
  var lines: [String]
  /// What carries the run on.
  var command: String?

  init(_ message: OutgoingMessage) {
    let standard = Announcement(message.event)
    // Services refuse messages without one.
    let own = (message.title ?? "").oneLine
    title = own.allSatisfy(\.isWhitespace) ? standard.title.oneLine : own
    tone = standard.tone
    command = standard.command
    facts = [("Workflow", standard.workflow), ("Run", standard.run)].filter { !$0.1.isEmpty }
    if let time = standard.time { facts.append(("Time", time)) }
    lines = []
    guard message.isStandard || message.text.allSatisfy(\.isWhitespace) else {
      words = message.text
      return
    }
    if let reason = standard.reason { lines.append(reason) }
    lines += standard.lines
    if standard.more > 0 { lines.append(standard.moreText) }
  }

  /// All of it as plain text.
  var text: String {
    var parts = [words ?? lines.joined(separator: "\n")]
    parts.append(facts.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
    if let command { parts.append(command) }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension String {
  /// Line breaks and other control characters as spaces.
  var oneLine: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }

  /// At most so many Unicode scalars; an ellipsis at the end of what was cut.
  func limited(to count: Int) -> String {
    guard unicodeScalars.count > count else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.prefix(max(0, count - 1)))) + "…"
  }

  /// At most so many UTF-16 code units.
  func limited(toUTF16 count: Int) -> String {
    guard utf16.count > count else { return self }
    var kept = String.UnicodeScalarView()
    var length = 0
    for scalar in unicodeScalars {
      let width = scalar.value > 0xFFFF ? 2 : 1
      guard length + width < count else { break }
      kept.append(scalar)
      length += width
    }
    return String(kept) + "…"
  }

  /// With a backslash before each of these.
  func escaping(_ special: String) -> String {
    let special = Set(special)
    var text = ""
    for character in self {
      if special.contains(character) { text.append("\\") }
      text.append(character)
    }
    return text
  }

  /// Each word in the place of another, in order.
  func replacing(_ pairs: [(Character, String)]) -> String {
    var text = ""
    for character in self { text += pairs.first { $0.0 == character }?.1 ?? String(character) }
    return text
  }
}

extension Value {
  /// The strings of a list, or the one string.
  var texts: [String] {
    if let text = string { return [text] }
    return list?.compactMap(\.string) ?? []
  }
}
