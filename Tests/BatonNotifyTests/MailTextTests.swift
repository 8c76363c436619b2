import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct MailTextTests {
  @Test(arguments: [
    ("ann@example.com", "ann@example.com"), ("Ann Lee <ann@example.com>", "\"Ann Lee\" <ann@example.com>"),
    ("\"Lee, Ann\" <ann@example.com>", "\"Lee, Ann\" <ann@example.com>"),
    ("Zoë <z@example.com>", "=?UTF-8?B?Wm/Dqw==?= <z@example.com>"), ("<ann@example.com>", "ann@example.com"),
  ])
  func `Addresses are read and written`(text: String, header: String) {
    #expect(MailAddress(text)?.header == header)
  }

  @Test(arguments: [
    "", "ann", "@example.com", "ann@", "a b@example.com", "ann@example.com>", "<ann@example.com",
    "ann@example.com\r\nBcc: x@example.com", "An\nn <ann@example.com>", "a,b@example.com", "<a@b@c\0>",
  ])
  func `What is no address is none`(text: String) { #expect(MailAddress(text) == nil) }

  @Test func `A subject that is ASCII is folded at spaces, any other is encoded in words of at most 75 characters`() {
    #expect(MailText.header("Subject", "release failed") == "Subject: release failed")
    let long = String(repeating: "word ", count: 40)
    let folded = MailText.header("Subject", long)
    #expect(folded.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    #expect(folded.split(separator: "\r\n").joined() == "Subject: " + long)
    for text in [String(repeating: "ü😀", count: 60), "=?x", String(repeating: "x", count: 2000)] {
      let lines = MailText.header("Subject", text).split(separator: "\r\n")
      let words = lines.flatMap { $0.split(separator: " ") }.filter { $0 != "Subject:" }
      #expect(words.allSatisfy { $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") && $0.utf8.count <= 75 }, "\(text)")
      // Each word has whole characters in it.
      let decoded = words.map {
        String(decoding: Base64.decode($0.dropFirst(10).dropLast(2).utf8) ?? [], as: UTF8.self)
      }
      #expect(decoded.joined() == text)
    }
  }

  @Test(arguments: [
    ("plain", "plain"), ("a=b", "a=3Db"), ("ä", "=C3=A4"), ("end ", "end=20"), ("end\t", "end=09"),
    ("in side", "in side"), (".hidden", "=2Ehidden"), ("From x", "=46rom x"), ("a\nb", "a\r\nb"), ("a\r\nb", "a\r\nb"),
    ("a\rb", "a\r\nb"), ("a\u{0}\u{1B}b", "ab"),
  ])
  func `Quoted-printable`(text: String, encoded: String) { #expect(MailText.quotedPrintable(text) == encoded) }

  @Test func `Quoted-printable keeps lines short and can be read back`() {
    for text in [
      String(repeating: "x", count: 1000), String(repeating: "ä=", count: 500), String(repeating: "a ", count: 300),
      String(repeating: "x", count: 76), String(repeating: "x", count: 75) + " ",
    ] {
      let encoded = MailText.quotedPrintable(text)
      let lines = encoded.split(separator: "\r\n", omittingEmptySubsequences: false)
      #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.hasSuffix(" ") })
      #expect(Self.decode(encoded) == text)
    }
  }

  private static func decode(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "=") else {
        bytes.append(byte)
        continue
      }
      let pair = rest.prefix(2)
      rest = rest.dropFirst(2)
      if !pair.elementsEqual([0x0D, 0x0A]) {
        bytes.append(UInt8(String(decoding: pair, as: UTF8.self), radix: 16) ?? 0)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ([] as [UInt8], ""), ([0x66], "Zg=="), ([0x66, 0x6F], "Zm8="), (Array("foobar".utf8), "Zm9vYmFy"),
    ([0xFB, 0xFF], "+/8="),
  ])
  func `Base64 is as RFC 4648 has it`(bytes: [UInt8], text: String) {
    #expect(Base64.encode(bytes) == text)
    #expect(Base64.decode(text.utf8) == bytes)
    #expect(Base64.decode(text.filter { $0 != "=" }.utf8) == bytes)
  }

  @Test(arguments: ["a", "Zg=a", "Zm 8=", "Zm9v!"])
  func `What is not base64 is told`(text: String) { #expect(Base64.decode(text.utf8) == nil) }

  @Test(arguments: [
    (0 as Int64, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_769_860_800_000, "Sat, 31 Jan 2026 12:00:00 +0000"),
    (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"), (1_798_761_599_000, "Thu, 31 Dec 2026 23:59:59 +0000"),
  ])
  func `Dates are as RFC 5322 has them`(milliseconds: Int64, text: String) {
    #expect(MailText.date(Instant(milliseconds: milliseconds)) == text)
  }

  @Test(arguments: [
    ("mail.example.com", nil, "smtp://mail.example.com:587", MailServer.Security.starttls),
    ("mail.example.com:25", "none", "smtp://mail.example.com:25", .none),
    ("smtps://mail.example.com", nil, "smtps://mail.example.com:465", .tls),
    ("smtp://mail.example.com/", "tls", "smtps://mail.example.com:465", .tls),
    ("[::1]:2525", "none", "smtp://[::1]:2525", .none), ("[::1]", "starttls", "smtp://[::1]:587", .starttls),
  ])
  func `A server is read with its port and its security`(
    text: String, tls: String?, url: String, security: MailServer.Security
  ) {
    let server = MailServer(text, tls: tls)
    #expect(server?.url == url)
    #expect(server?.security == security)
  }

  @Test(arguments: ["", "http://x", "x:0", "x:99999", "x:y", "a b", "user@host", "host/path", "host\r\nQUIT"])
  func `What is no server is none`(text: String) { #expect(MailServer(text, tls: nil) == nil) }
}
