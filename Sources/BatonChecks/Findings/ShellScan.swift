/// Follows the quotes of a POSIX shell through a text that comes piece by piece.
struct ShellScan {
  private enum Open { case single, double, command }

  private var open: [Open] = []
  private var isEscaped = false
  private var isComment = false
  private var before: UInt8 = 0x20

  /// Whether a word that stood here would be between quotes.
  var isQuoted: Bool { open.last == .single || open.last == .double }

  /// Whether a `#` or an operator here has its meaning.
  var isPlain: Bool { !isEscaped && !isComment && !isQuoted }

  mutating func take(_ byte: UInt8) {
    defer { before = byte }
    if isComment {
      if byte == 0x0A { isComment = false }
      return
    }
    if isEscaped {
      isEscaped = false
      return
    }
    switch (open.last, byte) {
    case (.single, UInt8(ascii: "'")): open.removeLast()
    case (.single, _): break
    case (_, UInt8(ascii: "\\")): isEscaped = true
    case (.double, UInt8(ascii: "\"")): open.removeLast()
    case (_, UInt8(ascii: "\"")): open.append(.double)
    case (.double, UInt8(ascii: "(")) where before == UInt8(ascii: "$"): open.append(.command)
    case (.double, _): break
    case (_, UInt8(ascii: "'")): open.append(.single)
    case (_, UInt8(ascii: "(")): open.append(.command)
    case (.command, UInt8(ascii: ")")): open.removeLast()
    case (_, UInt8(ascii: "#")) where before == 0x20 || before == 0x0A || before == 0x09 || before == 0x3B:
      isComment = true
    default: break
    }
  }

  mutating func take(_ text: some Sequence<UInt8>) { for byte in text { take(byte) } }

  /// The simple commands of a script: its text cut at newlines, `;`, `&`, `|`, `(`, `)`, `{` and `}` outside of quotes; nil where
  /// here-documents or `case` make that too simple.
  static func commands(_ text: String) -> [String]? {
    if text.contains("<<") || text.contains(";;") || text.contains("`") { return nil }
    var scan = ShellScan()
    var commands: [[UInt8]] = [[]]
    var before: UInt8 = 0
    for byte in text.utf8 {
      let isPlain = scan.isPlain
      scan.take(byte)
      let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
      let cuts: Bool =
        switch byte {
        case 0x0A, UInt8(ascii: ";"), UInt8(ascii: "|"): true
        // `2>&1`, `&>`.
        case UInt8(ascii: "&"): before != UInt8(ascii: ">")
        case UInt8(ascii: "{"), UInt8(ascii: "}"): before == 0x20 || before == 0x0A || before == 0
        default: false
        }
      if cuts, isPlain {
        commands.append(isBrace ? [byte] : [])
        if isBrace { commands.append([]) }
      } else {
        commands[commands.count - 1].append(byte)
      }
      before = byte
    }
    return commands.map { String(decoding: $0, as: UTF8.self).trimmed }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }
}

extension String {
  /// Without blanks at its ends.
  var trimmed: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text = text.dropFirst() }
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    return String(text)
  }
}
