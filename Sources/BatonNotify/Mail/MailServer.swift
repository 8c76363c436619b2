import BatonModel
import CCurl

/// Where mail is handed in, and how it is kept from being read on the way.
struct MailServer: Equatable {
  enum Security: String {
    /// TLS begins within the connection, and has to (RFC 3207).
    case starttls
    /// TLS from the beginning (RFC 8314, section 3.3).
    case tls
    /// Anybody on the way can read the mail, and the password.
    case none
  }

  /// With brackets where it is an IPv6 address.
  var host: String
  var port: Int
  var security: Security

  /// `mail.example.com`, `mail.example.com:587`, `smtp://…`, `smtps://…`. Ports that are not given: 587 with `starttls`, 465
  /// with `tls`, 25 with `none`.
  ///
  /// - Parameter tls: the setting; nil: `tls` behind `smtps`, else `starttls`.
  init?(_ text: String, tls: String?) {
    var rest = Substring(text)
    var standard = Security.starttls
    if let scheme = text.range(of: "://") {
      switch text[..<scheme.lowerBound].lowercased() {
      case "smtp": break
      case "smtps": standard = .tls
      default: return nil
      }
      rest = text[scheme.upperBound...]
      while rest.last == "/" { rest = rest.dropLast() }
    }
    guard let security = tls.map({ Security(rawValue: $0) }) ?? standard else { return nil }
    self.security = security
    port = security == .starttls ? 587 : security == .tls ? 465 : 25
    if let colon = rest.lastIndex(of: ":"), rest.lastIndex(of: "]").map({ $0 < colon }) ?? true {
      guard let number = Int(rest[rest.index(after: colon)...]), (1...65535).contains(number) else { return nil }
      port = number
      rest = rest[..<colon]
    }
    host = String(rest)
    let isPlain = host.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || "0123456789.-_:[]".unicodeScalars.contains($0)
    }
    guard !host.isEmpty, isPlain else { return nil }
  }

  var shown: String { "\(host):\(port)" }

  var url: String { "\(security == .tls ? "smtps" : "smtp")://\(host):\(port)" }
}

extension CurlTransfer {
  /// Hands in a mail (RFC 5321): all of its receivers must be taken.
  func send(
    _ mail: [UInt8], from sender: String, to receivers: [String], over server: MailServer,
    credentials: (user: String, password: String)?, certificates: String?, limit: Span
  ) throws(Failure) {
    upload = mail[...]
    try withList(receivers.map { "<\($0)>" }) { (list) throws(Failure) in
      var options: [() -> CURLcode] = [
        { self.set(CURLOPT_USE_SSL, server.security == .none ? 0 : 3) },
        { self.set(CURLOPT_MAIL_FROM, "<\(sender)>") },
        { baton_curl_set_list(self.table, self.handle, CURLOPT_MAIL_RCPT, list) },
        { self.setUpload() },
        { self.set(CURLOPT_UPLOAD, 1) },
      ]
      if let credentials {
        options += [
          { self.set(CURLOPT_USERNAME, credentials.user) }, { self.set(CURLOPT_PASSWORD, credentials.password) },
        ]
      }
      try perform(server.url, [.smtp, .smtps], certificates: certificates, limit: limit, options)
    }
  }
}
