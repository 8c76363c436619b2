import BatonRuntime
import Glibc
import Testing

@testable import BatonNotify

/// A mail server on the loopback address (RFC 5321) that keeps what is handed in, with AUTH (RFC 4954) and STARTTLS (RFC 3207).
final class MailSink: @unchecked Sendable {
  // Sound because what changes is touched under `monitor` alone.
  struct Mail {
    var sender = ""
    var receivers: [String] = []
    /// Dots taken away again.
    var content = ""
    var user: String?
    var isEncrypted = false
  }

  enum Security { case none, starttls, tls }

  let port: UInt16
  private let listener: Int32
  private let security: Security
  private let users: [String: String]
  private let refusals: [(begin: String, reply: String)]
  private let monitor = Monitor()
  private var kept: [Mail] = []
  private var commands: [String] = []

  /// - Parameters:
  ///   - users: name → password; none: nobody is asked.
  ///   - refusals: the beginning of a command → what is answered instead.
  init(_ security: Security = .none, users: [String: String] = [:], refusals: [(begin: String, reply: String)] = []) {
    self.security = security
    self.users = users
    self.refusals = refusals
    let socket = Listener()
    listener = socket.descriptor
    port = socket.port
    WorkerThread { [self] in serve() }?.detach()
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  var server: String { "127.0.0.1:\(port)" }
  var mails: [Mail] { monitor.withLock { kept } }
  /// All that clients said, but for mails and passwords.
  var said: [String] { monitor.withLock { commands } }

  private func serve() {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        close(listener)
        return
      }
      WorkerThread { [self] in
        talk(client)
        close(client)
      }?.detach()
    }
  }

  private func talk(_ client: Int32) {
    guard let wire = security == .tls ? Wire(encrypting: client) : Wire(client) else { return }
    var lines = Lines(wire)
    var mail = Mail()
    wire.write("220 sink.test ESMTP\r\n")
    while let line = lines.next() {
      let command = line.uppercased()
      monitor.withLock { commands.append(command.hasPrefix("AUTH") ? String(line.prefix(10)) : line) }
      if let refusal = refusals.first(where: { command.hasPrefix($0.begin.uppercased()) }) {
        wire.write(refusal.reply + "\r\n")
        continue
      }
      switch command.prefix(4) {
      case "EHLO":
        var offers = ["sink.test"]
        if security == .starttls, !wire.isEncrypted { offers.append("STARTTLS") }
        if !users.isEmpty { offers.append("AUTH PLAIN LOGIN") }
        for offer in offers.dropLast() { wire.write("250-\(offer)\r\n") }
        wire.write("250 \(offers[offers.count - 1])\r\n")
      case "STAR":
        wire.write("220 go ahead\r\n")
        guard wire.encrypt() else { return }
        lines = Lines(wire)
      case "AUTH":
        guard let user = login(line, &lines, wire) else { continue }
        mail.user = user
      case "MAIL":
        guard users.isEmpty || mail.user != nil else {
          wire.write("530 5.7.0 authentication required\r\n")
          continue
        }
        mail.sender = Self.address(line)
        wire.write("250 ok\r\n")
      case "RCPT":
        mail.receivers.append(Self.address(line))
        wire.write("250 ok\r\n")
      case "DATA":
        wire.write("354 go on\r\n")
        while let text = lines.next(), text != "." { mail.content += Self.plain(text) }
        mail.isEncrypted = wire.isEncrypted
        monitor.withLock { kept.append(mail) }
        wire.write("250 2.0.0 kept\r\n")
      case "QUIT":
        wire.write("221 bye\r\n")
        return
      default: wire.write("500 what?\r\n")
      }
    }
  }

  private static func plain(_ line: String) -> String {
    (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
  }

  private static func address(_ line: String) -> String {
    String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
  }

  private func login(_ line: String, _ lines: inout Lines, _ wire: Wire) -> String? {
    func answer(_ question: String) -> String? {
      wire.write("334 \(question)\r\n")
      return lines.next().flatMap { Base64.decode($0.utf8) }.map { String(decoding: $0, as: UTF8.self) }
    }
    let words = line.split(separator: " ")
    var name: String?
    var password: String?
    if words.count > 1, words[1].uppercased() == "PLAIN" {
      let given =
        words.count > 2 ? Base64.decode(words[2].utf8).map { String(decoding: $0, as: UTF8.self) } : answer("")
      let parts = (given ?? "").split(separator: "\0", omittingEmptySubsequences: false)
      if parts.count == 3 { (name, password) = (String(parts[1]), String(parts[2])) }
    } else {
      name =
        words.count > 2
        ? Base64.decode(words[2].utf8).map { String(decoding: $0, as: UTF8.self) } : answer("VXNlcm5hbWU6")
      password = answer("UGFzc3dvcmQ6")
    }
    guard let name, let password, users[name] == password else {
      wire.write("535 5.7.8 \(name ?? "nobody") with \(password ?? "nothing") is not known\r\n")
      return nil
    }
    wire.write("235 welcome\r\n")
    return name
  }

  /// What comes in, line by line.
  private struct Lines {
    private let wire: Wire
    private var rest: [UInt8] = []

    init(_ wire: Wire) { self.wire = wire }

    mutating func next() -> String? {
      while true {
        if let end = rest.firstIndex(of: 0x0A) {
          let line = rest[..<end]
          rest = Array(rest[(end + 1)...])
          return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        let piece = wire.read()
        guard !piece.isEmpty else { return nil }
        rest += piece
      }
    }
  }
}
