import BatonCore
import BatonModel
import BatonRuntime

/// A mail with a text and the same as HTML (RFC 5322, RFC 2046 section 5.1.4).
struct MailMessage {
  var from: MailAddress
  var to: [MailAddress]
  var cc: [MailAddress] = []
  var replyTo: MailAddress?
  var subject: String
  var date: Instant
  /// The message's key: the Message-ID is made of it, so that a mail that was sent twice is known as one.
  var key: String
  /// What the mails of one run have in common, so that they are shown together.
  var thread: String
  var text: String
  var html: String

  /// The mail as it is sent, with CR and LF.
  var bytes: [UInt8] {
    // An equals sign with an underline stands in no encoded text.
    let boundary = "=_baton_\(StableHash.hex(key))"
    var head = [
      "Date: \(MailText.date(date))", "From: \(from.header)", "To: \(Self.list(to))",
    ]
    if !cc.isEmpty { head.append("Cc: \(Self.list(cc))") }
    if let replyTo { head.append("Reply-To: \(replyTo.header)") }
    head += [
      "Message-ID: \(id)", "References: <\(StableHash.hex(thread))@\(domain)>",
      MailText.header("Subject", subject), "MIME-Version: 1.0",
      // No out-of-office answers (RFC 3834).
      "Auto-Submitted: auto-generated",
      "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
    ]
    let parts = [MailText.part("text/plain", text), MailText.part("text/html", html)]
    let content = parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined() + "--\(boundary)--\r\n"
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + content).utf8)
  }

  /// The domain is the sender's, who gives the id.
  var id: String { "<\(StableHash.hex(key))@\(domain)>" }

  private var domain: String { from.domain.utf8.allSatisfy { $0 < 0x80 } ? from.domain : "baton.invalid" }

  private static func list(_ addresses: [MailAddress]) -> String {
    addresses.map(\.header).joined(separator: ",\r\n ")
  }

  /// A notice as HTML without anything that has to be fetched.
  static func html(_ notice: Notice) -> String {
    func block(_ lines: [String]) -> String {
      let style = "background:#f6f8fa;border-radius:6px;padding:12px;white-space:pre-wrap;overflow-wrap:anywhere"
      return "<pre style=\"\(style)\">\(escaped(lines.joined(separator: "\n")))</pre>\n"
    }
    var html = """
      <!DOCTYPE html>
      <html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>
      <body style="font-family:sans-serif">
      <h2 style="border-left:6px solid \(color(notice.tone));padding-left:12px">\(escaped(notice.title))</h2>

      """
    if let words = notice.words {
      html += "<p style=\"white-space:pre-wrap\">\(escaped(words))</p>\n"
    } else if !notice.lines.isEmpty {
      html += block(notice.lines)
    }
    if let command = notice.command { html += block([command]) }
    let facts = notice.facts.map { "\(escaped($0.name)): \(escaped($0.value))" }.joined(separator: "<br>\n")
    if !facts.isEmpty { html += "<p style=\"color:#6e7781;font-size:small\">\(facts)</p>\n" }
    return html + "</body></html>\n"
  }

  static func escaped(_ text: String) -> String {
    text.replacing([("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")])
  }

  private static func color(_ tone: Announcement.Tone) -> String {
    switch tone {
    case .good: "#1a7f37"
    case .bad: "#d1242f"
    case .attention: "#bf8700"
    case .neutral: "#656d76"
    }
  }
}
