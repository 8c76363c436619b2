import BatonModel
import BatonRuntime

/// `webhook { url = … }`: an HTTP request for each message.
///
/// | setting | |
/// | --- | --- |
/// | `url` | `http` or `https` |
/// | `method` | `POST` (standard), `PUT` or `PATCH` |
/// | `headers` | name → value, added to or put in place of the standard ones |
/// | `body` | what is sent: a table as JSON, a string as it is; otherwise `{"name","key","text","event"}` as JSON |
/// | `sign` | a key: the request is signed (``WebhookSignature``) |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// `Idempotency-Key` is the message's key. 2xx is success; 408, 425, 429 and 5xx are tried again, as is what cannot be
/// reached; other answers, redirects among them, are final.
public struct WebhookChannel: Channel {
  public let kind = "webhook"

  private static let methods = ["POST", "PUT", "PATCH"]
  private let limit: Span
  private let now: @Sendable () -> Instant

  /// - Parameters:
  ///   - limit: for one attempt, from the look-up of the name to the last byte of the answer.
  ///   - now: the time that signatures carry.
  public init(limit: Span = Span(seconds: 10), now: @escaping @Sendable () -> Instant = { WallTime.now }) {
    self.limit = limit
    self.now = now
  }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    var request = try WebRequest(kind, "url", message.settings["url"]?.string ?? "", settings: message.settings)
    request.method = (message.settings["method"]?.string ?? "POST").uppercased()
    guard WebhookChannel.methods.contains(request.method) else {
      let cure = Names.proposal(for: request.method, in: WebhookChannel.methods) ?? "it can be POST, PUT or PATCH"
      throw DeliveryFailure("method of webhook cannot be \"\(request.method)\"; \(cure)", isFinal: true)
    }
    let (content, type) = WebhookChannel.content(of: message)
    request.content = content
    request.headers = try WebhookChannel.headers(of: message, type: type)
    if let key = message.settings["sign"]?.string {
      let signature = try WebhookSignature(key: key, id: message.key, time: now(), content: content)
      for (name, value) in signature.headers { request.setHeader(name, value) }
    }
    _ = try request.deliver(limit: limit, until: abandonment)
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
    var headers = [("Content-Type", type), ("Idempotency-Key", message.key.headerSafe)].map {
      (name: $0.0, value: $0.1)
    }
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
}
