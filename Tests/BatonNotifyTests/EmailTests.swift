import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct EmailTests {
  private func settings(_ sink: MailSink, _ more: [String: Value] = [:]) -> [String: Value] {
    let own: [String: Value] = [
      "server": .string(sink.server), "tls": "none", "from": "Baton <baton@example.com>", "to": "ann@example.com",
    ]
    return own.merging(more) { _, new in new }
  }

  /// Header → value, folded lines joined; and what is behind the empty line.
  private func parse(_ content: String) -> (headers: [String: String], body: String) {
    let parts = content.replacing("\r\n ", with: " ").split(separator: "\r\n\r\n", maxSplits: 1)
    var headers: [String: String] = [:]
    for line in parts.first?.split(separator: "\r\n") ?? [] {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2 { headers[String(pair[0])] = String(pair[1].dropFirst()) }
    }
    return (headers, parts.count > 1 ? String(parts[1]) : "")
  }

  @Test func `A mail has all headers, a text and the same as HTML, and reaches everyone`() throws {
    let sink = MailSink()
    defer { sink.stop() }
    let more: [String: Value] = [
      "to": ["Ann Lee <ann@example.com>", "bob@example.com"], "cc": "Zoë <zoe@example.com>",
      "bcc": ["eve@example.com", "ann@example.com"], "reply_to": "team@example.com",
    ]
    #expect(NotifierSetup().tell("email", settings(sink, more)) == .sent(attempts: 1))
    let mail = try #require(sink.mails.first)
    #expect(mail.sender == "baton@example.com")
    #expect(mail.receivers == ["ann@example.com", "bob@example.com", "zoe@example.com", "eve@example.com"])
    let (headers, body) = parse(mail.content)
    #expect(headers["From"] == "\"Baton\" <baton@example.com>")
    #expect(headers["To"] == "\"Ann Lee\" <ann@example.com>, bob@example.com")
    #expect(headers["Cc"] == "=?UTF-8?B?Wm/Dqw==?= <zoe@example.com>")
    #expect(headers["Bcc"] == nil && !mail.content.contains("eve@"))
    #expect(headers["Reply-To"] == "team@example.com")
    #expect(headers["Subject"] == "release failed")
    #expect(headers["Date"] == "Sat, 31 Jan 2026 12:00:00 +0000")
    #expect(headers["MIME-Version"] == "1.0")
    #expect(headers["Auto-Submitted"] == "auto-generated")
    let id = try #require(headers["Message-ID"])
    #expect(id.hasPrefix("<") && id.hasSuffix("@example.com>") && id.utf8.count == 32 + 14)
    let type = try #require(headers["Content-Type"])
    #expect(type.hasPrefix("multipart/alternative; boundary=\""))
    let boundary = "--" + type.drop { $0 != "\"" }.dropFirst().dropLast()
    let parts = body.split(separator: boundary, omittingEmptySubsequences: false)
    #expect(parts.count == 4 && parts[3] == "--\r\n")
    #expect(parts[1].hasPrefix("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "))
    #expect(parts[1].contains("test: exit code 1\r\nlint: <b> & `*x*` _y_ [z](u)\r\n"))
    #expect(parts[1].contains("\r\nbaton resume r1"))
    #expect(parts[2].hasPrefix("\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "))
    #expect(parts[2].contains("lint: &lt;b&gt; &amp; `*x*` _y_ [z](u)"))
    #expect(
      mail.content.split(separator: "\r\n").allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } && $0.utf8.count <= 78 })
  }

  @Test func `The same message has the same Message-ID, another has another`() throws {
    func id(_ key: String) throws -> String {
      let message = NotifierSetup.message("email", ["from": "a@b.c", "to": "d@e.f"], key: key)
      return try EmailChannel.mail(of: message, date: NotifierSetup.noon).id
    }
    let ids = [try id("r1/team/0/failed/1"), try id("r1/team/0/failed/1"), try id("r1/team/0/failed/2")]
    #expect(ids[0] == ids[1] && ids[1] != ids[2])
  }

  @Test func `A subject of its own is encoded, and lines that begin with a dot arrive`() throws {
    let sink = MailSink()
    defer { sink.stop() }
    let text = ".\n.hidden\nGrüße, 世界\n" + String(repeating: "long ", count: 300)
    #expect(
      NotifierSetup().send("email", settings(sink, ["subject": "Fehler: ü\r\nBcc: x@y.z"]), text: text)
        == .sent(attempts: 1))
    let mail = try #require(sink.mails.first)
    let (headers, body) = parse(mail.content)
    #expect(headers["Subject"] == "=?UTF-8?B?\(Base64.encode(Array("Fehler: ü  Bcc: x@y.z".utf8)))?=")
    #expect(mail.receivers == ["ann@example.com"])
    #expect(body.contains("=2E\r\n=2Ehidden\r\nGr=C3=BC=C3=9Fe, =E4=B8=96=E7=95=8C\r\n"))
  }

  @Test func `Text that is mostly not ASCII travels as base64`() throws {
    let sink = MailSink()
    defer { sink.stop() }
    let text = String(repeating: "世界", count: 40)
    #expect(NotifierSetup().send("email", settings(sink), text: text) == .sent(attempts: 1))
    let content = try #require(sink.mails.first?.content)
    #expect(content.contains("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"))
    #expect(content.contains(String(MailText.base64Lines(text).prefix(76)) + "\r\n"))
  }

  @Test(arguments: [MailSink.Security.starttls, .tls])
  func `TLS is spoken, within the connection or from its beginning, and the password goes through it`(
    security: MailSink.Security
  ) throws {
    let library = try #require(TLSLibrary.shared)
    let sink = MailSink(security, users: ["baton": "pa55word"])
    defer { sink.stop() }
    let more: [String: Value] = [
      "tls": security == .tls ? "tls" : "starttls", "ca": .string(library.certificate), "user": "baton",
      "password": "pa55word",
    ]
    #expect(NotifierSetup().tell("email", settings(sink, more)) == .sent(attempts: 1))
    let mail = try #require(sink.mails.first)
    #expect(mail.isEncrypted && mail.user == "baton")
    #expect(security == .tls || sink.said.contains("STARTTLS"))
  }

  @Test(arguments: [MailSink.Security.starttls, .tls])
  func `A certificate that nobody vouches for is refused, and nothing is handed in`(security: MailSink.Security) throws
  {
    _ = try #require(TLSLibrary.shared)
    let sink = MailSink(security)
    defer { sink.stop() }
    let answer = NotifierSetup().tell("email", settings(sink, ["tls": security == .tls ? "tls" : "starttls"]))
    guard case .failed(1, let error) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(error.hasPrefix("the certificate of \(sink.server) is not to be trusted (set ca to a PEM file"))
    #expect(sink.mails.isEmpty)
  }

  @Test func `A certificate file that is none is told`() throws {
    _ = try #require(TLSLibrary.shared)
    let sink = MailSink(.starttls)
    defer { sink.stop() }
    let answer = NotifierSetup().tell("email", settings(sink, ["tls": "starttls", "ca": "/dev/null"]))
    guard case .failed(1, let error) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(error.hasPrefix("the certificates in ca cannot be read") || error.hasPrefix("the certificate of"))
  }

  @Test func `Without TLS nothing is sent unless the workflow says so`() {
    let sink = MailSink()
    defer { sink.stop() }
    let answer = NotifierSetup().tell("email", settings(sink, ["tls": nil]))
    #expect(
      answer
        == .failed(
          attempts: 1, error: #"\#(sink.server) offers no TLS (tls = "none" would send without)"#))
    #expect(sink.mails.isEmpty && sink.said.allSatisfy { !$0.hasPrefix("MAIL") })
  }

  @Test func `A wrong password is final, and neither it nor the user is shown`() {
    let sink = MailSink(users: ["baton-user": "right"])
    defer { sink.stop() }
    let more: [String: Value] = ["user": "baton-user", "password": "wr0ng-pa55"]
    #expect(
      NotifierSetup().tell("email", settings(sink, more))
        == .failed(
          attempts: 1,
          error: "\(sink.server) does not take the user and the password: 535 5.7.8 *** with *** is not known"))
  }

  @Test func `What the server refuses for good is final, with its words`() {
    let sink = MailSink(refusals: [("RCPT TO:<bob@", "550 5.1.1 no such mailbox")])
    defer { sink.stop() }
    #expect(
      NotifierSetup().tell("email", settings(sink, ["to": ["ann@example.com", "bob@example.com"]]))
        == .failed(attempts: 1, error: "\(sink.server) refused the mail: 550 5.1.1 no such mailbox"))
    #expect(sink.mails.isEmpty, "all receivers or none")
  }

  @Test(arguments: [("MAIL", "451 4.3.0 try again later"), ("DATA", "452 4.2.2 mailbox full")])
  func `What the server refuses for now is tried again`(command: String, reply: String) {
    let sink = MailSink(refusals: [(command, reply)])
    defer { sink.stop() }
    let setup = NotifierSetup(attempts: 3)
    #expect(
      setup.tell("email", settings(sink)) == .failed(attempts: 3, error: "\(sink.server) refused the mail: \(reply)"))
    #expect(setup.waits.noted.map(\.milliseconds) == [500, 1000])
  }

  @Test func `A server that cannot be reached, or says nothing, is tried again`() {
    let setup = NotifierSetup(limit: Span(milliseconds: 200), attempts: 2)
    let nobody: [String: Value] = ["server": "127.0.0.1:1", "tls": "none", "from": "a@b.c", "to": "d@e.f"]
    #expect(
      setup.tell("email", nobody)
        == .failed(attempts: 2, error: "cannot hand the mail to 127.0.0.1:1: Couldn't connect to server"))
    let silent = LoopbackServer(.silence)
    defer { silent.stop() }
    #expect(
      setup.tell("email", nobody.merging(["server": .string("127.0.0.1:\(silent.port)")]) { _, new in new })
        == .failed(attempts: 2, error: "127.0.0.1:\(silent.port) gave no answer within 200ms"))
  }

  private static let wrong: [(settings: [String: Value], error: String)] = [
    (["server": "http://x"], "server of email must be a host, such as mail.example.com:587"),
    (["from": "nobody"], #"from of email must be an address such as "Ann Lee <ann@example.com>": ***"#),
    (["to": []], "to of email names nobody"),
    (["cc": ["a@b.c", "x\r\ny@z.w"]], #"cc of email must be an address such as "Ann Lee <ann@example.com>": ***"#),
    (["user": "u"], "email has a user and no password"), (["password": "p"], "email has a password and no user"),
  ]

  @Test(arguments: wrong)
  func `Settings that make no mail are told before a server is asked`(
    wrong: (settings: [String: Value], error: String)
  ) {
    let sink = MailSink()
    defer { sink.stop() }
    #expect(NotifierSetup().tell("email", settings(sink, wrong.settings)) == .failed(attempts: 1, error: wrong.error))
    #expect(sink.said.isEmpty)
  }
}

extension String {
  fileprivate func replacing(_ word: String, with other: String) -> String {
    split(separator: word, omittingEmptySubsequences: false).joined(separator: other)
  }
}
