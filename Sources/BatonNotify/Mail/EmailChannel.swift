import BatonModel
import BatonRuntime
import CCurl

/// `email { server = …, from = …, to = … }`: a mail through SMTP.
///
/// | setting | |
/// | --- | --- |
/// | `server` | `mail.example.com`, `mail.example.com:587`, `smtp://…`, `smtps://…` |
/// | `from`, `reply_to` | an address, `ann@example.com` or `Ann Lee <ann@example.com>` |
/// | `to`, `cc`, `bcc` | an address or a list of them |
/// | `subject` | in place of the notification's `title` |
/// | `user`, `password` | where the server asks who sends |
/// | `tls` | `starttls` (standard: TLS is demanded), `tls` (from the beginning, standard behind `smtps`), `none` |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// The Message-ID is made of the message's key. What a server answers with 4xx is tried again, with 5xx not (RFC 5321, section
/// 4.2.1).
public struct EmailChannel: Channel {
  public let kind = "email"
  private let limit: Span
  private let now: @Sendable () -> Instant

  /// - Parameters:
  ///   - limit: for one attempt, with all that is said before the mail.
  ///   - now: the mail's date.
  public init(limit: Span = Span(seconds: 30), now: @escaping @Sendable () -> Instant = { WallTime.now }) {
    self.limit = limit
    self.now = now
  }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    let settings = message.settings
    guard let server = MailServer(settings["server"]?.string ?? "", tls: settings["tls"]?.string) else {
      throw DeliveryFailure("server of email must be a host, such as mail.example.com:587", isFinal: true)
    }
    let mail = try EmailChannel.mail(of: message, date: now())
    let bcc = try EmailChannel.addresses("bcc", settings)
    var receivers: [String] = []
    for address in mail.to + mail.cc + bcc where !receivers.contains(address.address) {
      receivers.append(address.address)
    }
    var credentials: (user: String, password: String)?
    switch (settings["user"]?.string, settings["password"]?.string) {
    case (let user?, let password?): credentials = (user, password)
    case (nil, nil): break
    case (_?, nil): throw DeliveryFailure("email has a user and no password", isFinal: true)
    case (nil, _?): throw DeliveryFailure("email has a password and no user", isFinal: true)
    }
    let transfer = try CurlLibrary.transfer(until: abandonment)
    do throws(CurlTransfer.Failure) {
      try transfer.send(
        mail.bytes, from: mail.from.address, to: receivers, over: server, credentials: credentials,
        certificates: settings["ca"]?.string, limit: limit)
    } catch {
      throw explain(error, server)
    }
  }

  static func mail(of message: OutgoingMessage, date: Instant) throws(DeliveryFailure) -> MailMessage {
    let settings = message.settings
    let notice = Notice(message)
    guard let from = MailAddress(settings["from"]?.string ?? "") else {
      throw wrong("from", settings["from"]?.string ?? "")
    }
    let to = try addresses("to", settings)
    guard !to.isEmpty else { throw DeliveryFailure("to of email names nobody", isFinal: true) }
    var mail = MailMessage(
      from: from, to: to, subject: (settings["subject"]?.string ?? notice.title).oneLine.limited(to: 250), date: date,
      key: message.key, thread: message.event["run"]?.string ?? message.key, text: notice.text,
      html: MailMessage.html(notice))
    mail.cc = try addresses("cc", settings)
    if let text = settings["reply_to"]?.string {
      guard let address = MailAddress(text) else { throw wrong("reply_to", text) }
      mail.replyTo = address
    }
    return mail
  }

  private static func addresses(
    _ name: String, _ settings: [String: Value]
  ) throws(DeliveryFailure) -> [MailAddress] {
    var addresses: [MailAddress] = []
    for text in settings[name]?.texts ?? [] {
      guard let address = MailAddress(text) else { throw wrong(name, text) }
      addresses.append(address)
    }
    return addresses
  }

  private static func wrong(_ name: String, _ text: String) -> DeliveryFailure {
    DeliveryFailure(
      "\(name) of email must be an address such as \"Ann Lee <ann@example.com>\"", quoting: text, isFinal: true)
  }

  private func explain(_ failure: CurlTransfer.Failure, _ server: MailServer) -> DeliveryFailure {
    let isRefusal = failure.status >= 400
    switch failure.code {
    case CURLE_OPERATION_TIMEDOUT: return DeliveryFailure("\(server.shown) gave no answer within \(limit.text)")
    case CURLE_ABORTED_BY_CALLBACK: return DeliveryFailure("\(server.shown) had not answered when Baton ended")
    case CURLE_PEER_FAILED_VERIFICATION:
      return DeliveryFailure(
        "the certificate of \(server.shown) is not to be trusted (set ca to a PEM file of who signed it)",
        quoting: failure.text, isFinal: true)
    case CURLE_SSL_CACERT_BADFILE:
      return DeliveryFailure("the certificates in ca cannot be read", quoting: failure.text, isFinal: true)
    case CURLE_USE_SSL_FAILED:
      return DeliveryFailure(
        "\(server.shown) offers no TLS (tls = \"none\" would send without)",
        quoting: failure.reply, isFinal: !(400..<500).contains(failure.status))
    case CURLE_LOGIN_DENIED:
      return DeliveryFailure(
        "\(server.shown) does not take the user and the password", quoting: failure.reply,
        isFinal: !(400..<500).contains(failure.status))
    default:
      // A line that was an answer of success says nothing of a connection that broke later.
      guard isRefusal else { return DeliveryFailure("cannot hand the mail to \(server.shown)", quoting: failure.text) }
      return DeliveryFailure(
        "\(server.shown) refused the mail", quoting: failure.reply, isFinal: failure.status >= 500)
    }
  }
}
