import BatonModel

/// How text travels in a mail, which has lines of 7-bit characters.
enum MailText {
  private static let hex = Array("0123456789ABCDEF".utf8)

  /// A header's text, on as many lines as it needs (RFC 2047 where it is not ASCII).
  ///
  /// - Parameter name: of the header, which stands before it on the first line.
  static func header(_ name: String, _ text: String) -> String {
    let isASCII = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
    guard isASCII else { return "\(name): \(encodedWords(text))" }
    // Folded at spaces; lines end before column 78 where a space allows it.
    var lines: [String] = []
    var line = "\(name):"
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if line.utf8.count + 1 + word.utf8.count > 76, line.utf8.count > name.utf8.count + 1 {
        lines.append(line)
        line = ""
      }
      line += " \(word)"
    }
    lines.append(line)
    // Without a space, or with very many: encoded words may be split anywhere.
    if lines.contains(where: { $0.utf8.count > 900 || $0.allSatisfy { $0 == " " } }) {
      return "\(name): \(encodedWords(text))"
    }
    return lines.joined(separator: "\r\n")
  }

  /// `=?UTF-8?B?…?=`, each at most 75 characters long and with whole characters in it, on a line of its own (RFC 2047,
  /// sections 2 and 5).
  static func encodedWords(_ text: String) -> String {
    var words: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > 42 { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?UTF-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
  }

  /// A part of a mail: its headers, an empty line, and its content in the encoding that is shorter.
  static func part(_ type: String, _ text: String) -> String {
    let odd = text.utf8.count { $0 >= 0x7F || $0 == UInt8(ascii: "=") }
    let isBase64 = odd * 3 > text.utf8.count
    let head = "Content-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: "
    return head + (isBase64 ? "base64\r\n\r\n" + base64Lines(text) : "quoted-printable\r\n\r\n" + quotedPrintable(text))
  }

  /// RFC 2045, section 6.8: lines of 76 characters.
  static func base64Lines(_ text: String) -> String {
    let letters = Array(Base64.encode(Array(text.crlfLines.utf8)).utf8)
    return stride(from: 0, to: letters.count, by: 76)
      .map { String(decoding: letters[$0..<min(letters.count, $0 + 76)], as: UTF8.self) }
      .joined(separator: "\r\n")
  }

  /// RFC 2045, section 6.7: lines of at most 76 characters, no space at the end of one, no dot at its beginning.
  static func quotedPrintable(_ text: String) -> String {
    var output: [UInt8] = []
    for (number, line) in text.crlfLines.split(separator: "\r\n", omittingEmptySubsequences: false).enumerated() {
      if number > 0 { output += [0x0D, 0x0A] }
      let bytes = Array(line.utf8)
      var column = 0
      for (index, byte) in bytes.enumerated() {
        let isLast = index == bytes.count - 1
        let isSpace = byte == 0x20 || byte == 0x09
        // At the beginning of a line: a dot is SMTP's own, and `From ` that of mailboxes.
        let isBegin = column == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
        let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") && !isBegin || isSpace && !isLast
        let width = isPlain ? 1 : 3
        if column + width > (isLast ? 76 : 75) {
          output += [UInt8(ascii: "="), 0x0D, 0x0A]
          column = 0
        }
        if isPlain {
          output.append(byte)
        } else {
          output += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        }
        column += width
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// `Thu, 26 Nov 2026 00:05:56 +0000` (RFC 5322, section 3.3).
  static func date(_ moment: Instant) -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let text = Array(moment.rfc3339.utf8)
    func field(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    // 1970 began on a Thursday.
    let day = max(0, moment.milliseconds) / 86_400_000
    let month = months[max(0, min(11, (Int(field(5..<7)) ?? 1) - 1))]
    return "\(days[Int(day % 7)]), \(field(8..<10)) \(month) \(field(0..<4)) \(field(11..<19)) +0000"
  }
}

extension String {
  /// Every line ends with CR and LF, whatever it ended with; other control characters than tabs are left out.
  var crlfLines: String {
    var text = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": if previous != "\r" { text.append(contentsOf: "\r\n".unicodeScalars) }
      case "\r": text.append(contentsOf: "\r\n".unicodeScalars)
      case _ where scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F: break
      default: text.append(scalar)
      }
      previous = scalar
    }
    return String(text)
  }
}
