import BatonModel

/// How readers keep texts short.
enum ResultText {
  static let messageLimit = 1000
  private static let messageLines = 3

  /// Gives the outcome a message of a line or two, and the whole of it to the details where those have nothing.
  ///
  /// - Parameter told: What the results call the message; nil: the first line of the details serves.
  static func setMessage(_ told: String?, of outcome: inout TestOutcome) {
    guard let whole = told ?? outcome.details else { return }
    let short = panic(outcome.details ?? "") ?? (told == nil ? firstLine(whole) : shortened(whole))
    outcome.message = short
    if outcome.details == nil, short != whole { outcome.details = whole }
  }

  /// What a test of Rust said as it panicked: its first line names the thread, the process and the place, the second what was
  /// wrong. nil: the text is another.
  private static func panic(_ details: String) -> String? {
    guard details.hasPrefix("thread '") else { return nil }
    let lines = details.split(separator: "\n", maxSplits: 2)
    // Before Rust 1.73 it was one line.
    guard lines.count > 1, lines[0].contains("' panicked at ") || lines[0].contains(") panicked at "),
      !lines[0].contains(" panicked at '")
    else { return nil }
    return shortened(String(lines[1]))
  }

  private static func firstLine(_ text: String) -> String {
    let line = text.utf8.prefix { $0 != 0x0A && $0 != 0x0D }
    return shortened(String(Substring(line)))
  }

  /// The first lines of the text.
  static func shortened(_ text: String) -> String {
    var lines = 0
    var bytes = 0
    for byte in text.utf8 {
      if byte == 0x0A { lines += 1 }
      if lines == messageLines || bytes == messageLimit { break }
      bytes += 1
    }
    guard bytes < text.utf8.count else { return text }
    let cut = String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
    return (cut.hasSuffix("\u{FFFD}") ? String(cut.dropLast()) : cut) + " …"
  }
}
