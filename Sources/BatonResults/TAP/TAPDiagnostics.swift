import BatonModel

/// The YAML block behind a test: the whole of it explains the test, and of its own keys some are understood. It is no YAML
/// reader: blocks are read as TAP producers write them.
struct TAPDiagnostics {
  private(set) var fields: [String: String] = [:]
  private var text = ClippedText(limit: TestOutcome.detailsLimit)
  /// The key whose block of lines (`stack: |-`) is being read.
  private var block: String?

  private static let understood: Set<String> = [
    "message", "error", "duration_ms", "type", "at", "location", "file", "line", "code", "name", "failureType",
  ]

  /// - Parameter line: Without the indentation of the block.
  mutating func append(_ line: Substring) {
    if !text.isEmpty { text.append("\n") }
    text.append(String(line))
    guard let first = line.first else { return }
    if first == " " {
      if let block {
        let more = line.trimmed
        let known = fields[block] ?? ""
        if !more.isEmpty, known.utf8.count < ResultText.messageLimit {
          fields[block] = known.isEmpty ? String(more) : known + "\n" + more
        }
      }
      return
    }
    block = nil
    guard let colon = line.firstIndex(of: ":") else { return }
    let key = String(line[..<colon])
    guard Self.understood.contains(key), fields[key] == nil else { return }
    let value = line[line.index(after: colon)...].trimmed
    if value.isEmpty || value.first == "|" || value.first == ">" {
      block = key
    } else {
      fields[key] = Self.unquoted(value)
    }
  }

  private static func unquoted(_ value: Substring) -> String {
    guard let quote = value.first, quote == "'" || quote == "\"", value.count > 1, value.last == quote else {
      return String(value)
    }
    let inside = String(value.dropFirst().dropLast())
    return quote == "'" ? inside.replacing("''", with: "'") : inside.replacing("\\\"", with: "\"")
  }

  mutating func details() -> String? {
    var isValid = true
    return text.take(isValid: &isValid)
  }

  var message: String? { fields["message"] ?? fields["error"] }

  var duration: Span? {
    fields["duration_ms"].flatMap { Double($0) }.flatMap { Span(fractionalSeconds: $0 / 1000) }
  }

  /// `at: file:line:column`, `location`, or `file` and `line`.
  var place: (file: String, line: Int?)? {
    if let file = fields["file"] { return (file, fields["line"].flatMap { Int($0) }) }
    guard let at = fields["location"] ?? fields["at"] else { return nil }
    var parts = at.split(separator: ":", omittingEmptySubsequences: false)
    var numbers: [Int] = []
    while parts.count > 1, let last = parts.last, let number = Int(last), numbers.count < 2 {
      numbers.append(number)
      parts.removeLast()
    }
    return parts.isEmpty ? nil : (parts.joined(separator: ":"), numbers.last)
  }
}
