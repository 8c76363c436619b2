import BatonModel
import BatonRuntime
import CCurl

/// `webhook { url = … }`: an HTTP request for each message.
///
/// | setting | |
/// | --- | --- |
/// | `url` | `http` or `https` |
/// | `method` | `POST` (standard), `PUT` or `PATCH` |
/// | `headers` | name → value, added to or put in place of the standard ones |
/// | `body` | what is sent: a table as JSON, a string as it is; otherwise `{"name","key","text","event"}` as JSON |
///
/// `Idempotency-Key` is the message's key. 2xx is success; 408, 425, 429 and 5xx are tried again, as is what cannot be
/// reached; other answers, redirects among them, are final.
public struct WebhookChannel: Channel {
  public let kind = "webhook"
  public let settings = [
    ChannelSetting("url", .string, required: true), ChannelSetting("method", .string),
    ChannelSetting("headers", .table), ChannelSetting("body", .string, .anyTable),
  ]

  private static let methods = ["POST", "PUT", "PATCH"]
  private let limit: Span

  /// - Parameter limit: for one attempt, from the look-up of the name to the last byte of the answer.
  public init(limit: Span = Span(seconds: 10)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    guard let url = message.settings["url"]?.string, let address = WebAddress(url) else {
      throw DeliveryFailure("url of webhook must begin with https:// or http:// and name a host", isFinal: true)
    }
    let method = (message.settings["method"]?.string ?? "POST").uppercased()
    guard WebhookChannel.methods.contains(method) else {
      let cure = Names.proposal(for: method, in: WebhookChannel.methods) ?? "it can be POST, PUT or PATCH"
      throw DeliveryFailure("method of webhook cannot be \"\(method)\"; \(cure)", isFinal: true)
    }
    let (content, type) = WebhookChannel.content(of: message)
    let headers = try WebhookChannel.headers(of: message, type: type)
    let answer: CurlRequest.Answer
    switch CurlLibrary.shared {
    case .failure(let missing): throw DeliveryFailure(missing.message, isFinal: true)
    case .success(let library):
      guard let request = library.makeRequest(until: abandonment) else {
        throw DeliveryFailure("there is no memory for the request")
      }
      do throws(CurlRequest.Failure) {
        answer = try request.perform(method, url, headers: headers, content: content, limit: limit)
      } catch {
        throw failure(error, address)
      }
    }
    try WebhookChannel.judge(answer, address)
  }

  private static func content(of message: OutgoingMessage) -> (text: String, type: String) {
    switch message.settings["body"] {
    case .string(let text)?:
      let isJSON = (try? JSON.decode(text)) != nil
      return (text, isJSON ? "application/json" : "text/plain; charset=utf-8")
    case let body? where body != .null: return (JSON.encode(body), "application/json")
    default:
      let fields: Value = [
        "name": .string(message.name), "key": .string(message.key), "text": .string(message.text),
        "event": message.event,
      ]
      return (JSON.encode(fields), "application/json")
    }
  }

  private static func headers(
    of message: OutgoingMessage, type: String
  ) throws(DeliveryFailure) -> [(name: String, value: String)] {
    // Without the last one libcurl asks before it sends a long body, and waits a second where nobody understands.
    var headers = [("Content-Type", type), ("Idempotency-Key", message.key), ("Expect", "")]
      .map { (name: $0.0, value: $0.1) }
    for (name, value) in (message.settings["headers"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
      let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
      guard isName else { throw DeliveryFailure("\"\(name)\" cannot be a header's name", isFinal: true) }
      let text = value.text
      guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw DeliveryFailure("the header \(name) has a line break or another control character in it", isFinal: true)
      }
      headers.removeAll { $0.name.lowercased() == name.lowercased() }
      headers.append((name, text))
    }
    return headers
  }

  private static func judge(_ answer: CurlRequest.Answer, _ address: WebAddress) throws(DeliveryFailure) {
    if (200..<300).contains(answer.status) { return }
    if (300..<400).contains(answer.status) {
      let target = answer.redirect.flatMap { WebAddress($0)?.shown }.map { " to \($0)" } ?? ""
      throw DeliveryFailure(
        "\(address.shown) answered \(answer.status), a redirect\(target); set url to where it leads", isFinal: true)
    }
    let isPassing = [408, 425, 429].contains(answer.status) || answer.status >= 500
    let words = String(decoding: answer.body, as: UTF8.self).split(whereSeparator: \.isNewline).first.map {
      String($0.prefix(200))
    }
    throw DeliveryFailure(
      "\(address.shown) answered \(answer.status)", quoting: words, isFinal: !isPassing, retryAfter: answer.retryAfter)
  }

  private func failure(_ failure: CurlRequest.Failure, _ address: WebAddress) -> DeliveryFailure {
    switch failure.code {
    case CURLE_OPERATION_TIMEDOUT: DeliveryFailure("\(address.shown) gave no answer within \(limit.text)")
    case CURLE_ABORTED_BY_CALLBACK: DeliveryFailure("\(address.shown) had not answered when Baton ended")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
      DeliveryFailure("cannot reach \(address.shown)", quoting: failure.text, isFinal: true)
    default: DeliveryFailure("cannot reach \(address.shown)", quoting: failure.text)
    }
  }
}
