import BatonModel
import CCurl

/// An HTTP request of a channel, and what became of it in words for people.
struct WebRequest {
  /// What the server said.
  struct Answer {
    /// The HTTP status.
    var status: Int
    /// The first ``WebRequest/longestAnswer`` bytes.
    var body: [UInt8]
    /// Where a redirect leads.
    var redirect: String?
    var retryAfter: Span?

    /// The content, where it is JSON.
    var json: Value? { try? JSON.decode(body) }
  }

  var method = "POST"
  var url: String
  /// No line breaks in them.
  var headers: [(name: String, value: String)] = []
  /// nil: none, as a GET has none.
  var content: String?
  /// A PEM file; nil: the machine's certificates.
  var certificates: String?
  var longestAnswer = 2048
  /// What may be shown of the address.
  var address: WebAddress

  /// - Parameters:
  ///   - setting: the name of the setting that the address comes from, and `kind` that of the channel, for the error.
  init(
    _ kind: String, _ setting: String, _ url: String, path: String = "", settings: [String: Value]
  ) throws(DeliveryFailure) {
    guard let address = WebAddress(url) else {
      throw DeliveryFailure("\(setting) of \(kind) must begin with https:// or http:// and name a host", isFinal: true)
    }
    self.address = address
    self.url = path.isEmpty ? url : url.trimmingSlashes + path
    certificates = settings["ca"]?.string
  }

  /// A request with a table as its content.
  mutating func setJSON(_ value: Value) {
    content = JSON.encode(value)
    setHeader("Content-Type", "application/json; charset=utf-8")
  }

  mutating func setHeader(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append((name, value))
  }

  /// Sends the request; returns any answer, whatever its status.
  func send(limit: Span, until abandonment: Abandonment) throws(DeliveryFailure) -> Answer {
    let transfer = try CurlLibrary.transfer(until: abandonment)
    transfer.longestAnswer = longestAnswer
    do throws(CurlTransfer.Failure) {
      return try transfer.perform(self, limit: limit)
    } catch {
      throw explain(error, limit)
    }
  }

  /// Sends the request, and takes only 2xx for an answer: 408, 425, 429 and 5xx may pass, the others are final, redirects among
  /// them.
  ///
  /// - Parameter words: what the server's content says of a mistake.
  func deliver(
    limit: Span, until abandonment: Abandonment, words: (Answer) -> String? = { $0.firstLine }
  ) throws(DeliveryFailure) -> Answer {
    let answer = try send(limit: limit, until: abandonment)
    try judge(answer, words: words)
    return answer
  }

  /// What is not 2xx, as a failure.
  func judge(_ answer: Answer, words: (Answer) -> String?) throws(DeliveryFailure) {
    if (200..<300).contains(answer.status) { return }
    if (300..<400).contains(answer.status) {
      let target = answer.redirect.flatMap { WebAddress($0)?.shown }.map { " to \($0)" } ?? ""
      throw DeliveryFailure(
        "\(address.shown) answered \(answer.status), a redirect\(target); set url to where it leads", isFinal: true)
    }
    let isPassing = [408, 425, 429].contains(answer.status) || answer.status >= 500
    throw DeliveryFailure(
      "\(address.shown) answered \(answer.status)", quoting: words(answer), isFinal: !isPassing,
      retryAfter: answer.retryAfter)
  }

  private func explain(_ failure: CurlTransfer.Failure, _ limit: Span) -> DeliveryFailure {
    switch failure.code {
    case CURLE_OPERATION_TIMEDOUT: DeliveryFailure("\(address.shown) gave no answer within \(limit.text)")
    case CURLE_ABORTED_BY_CALLBACK: DeliveryFailure("\(address.shown) had not answered when Baton ended")
    case CURLE_PEER_FAILED_VERIFICATION:
      DeliveryFailure(
        "the certificate of \(address.shown) is not to be trusted (set ca to a PEM file of who signed it)",
        quoting: failure.text, isFinal: true)
    case CURLE_SSL_CACERT_BADFILE:
      DeliveryFailure("the certificates in ca cannot be read", quoting: failure.text, isFinal: true)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      DeliveryFailure("cannot reach \(address.shown)", quoting: failure.text, isFinal: true)
    default: DeliveryFailure("cannot reach \(address.shown)", quoting: failure.text)
    }
  }
}

extension WebRequest.Answer {
  var firstLine: String? {
    String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).first.map { String($0.prefix(200)) }
  }
}

extension CurlTransfer {
  fileprivate func perform(_ request: WebRequest, limit: Span) throws(Failure) -> WebRequest.Answer {
    // Without it libcurl asks before it sends a long body, and waits a second where nobody understands.
    let lines = (request.headers + [(name: "Expect", value: "")]).map { header in
      // With an empty value, libcurl wants a semicolon instead of the colon; with none behind the colon, it leaves it out.
      header.name == "Expect" ? "Expect:" : header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
    }
    // Never without an address: libcurl would read standard input instead.
    let bytes = Array((request.content ?? "").utf8) + [0]
    return try withList(lines) { (list) throws(Failure) in
      let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
      defer { buffer.deallocate() }
      _ = buffer.initialize(from: bytes)
      var options: [() -> CURLcode] = [
        { self.set(CURLOPT_USERAGENT, "baton") },
        { baton_curl_set_list(self.table, self.handle, CURLOPT_HTTPHEADER, list) },
      ]
      if request.content != nil {
        options += [
          { self.set(CURLOPT_POSTFIELDSIZE, bytes.count - 1) },
          { self.set(CURLOPT_POSTFIELDS, pointer: UnsafeMutableRawPointer(buffer.baseAddress)) },
          { self.set(CURLOPT_POST, 1) },
        ]
      }
      options.append { self.set(CURLOPT_CUSTOMREQUEST, request.method) }
      try perform(
        request.url, [.http, .https], certificates: request.certificates, limit: limit, options)
      return readAnswer()
    }
  }

  private func readAnswer() -> WebRequest.Answer {
    var wait: curl_off_t = 0
    var redirect: UnsafePointer<CChar>?
    let hasWait = baton_curl_get_offset(table, handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0
    _ = baton_curl_get_text(table, handle, CURLINFO_REDIRECT_URL, &redirect)
    return WebRequest.Answer(
      status: status, body: answer, redirect: redirect.map { String(cString: $0) },
      retryAfter: hasWait ? Span(seconds: Int64(wait)) : nil)
  }
}

extension String {
  /// As it may stand in a header: ASCII without line breaks.
  var headerSafe: String {
    String(decoding: utf8.map { (0x21..<0x7F).contains($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
  }

  /// Without slashes at the end.
  var trimmingSlashes: String {
    var text = Substring(self)
    while text.last == "/" { text = text.dropLast() }
    return String(text)
  }
}
