import BatonModel
import CSodium

/// The signature of a webhook: who has the key can tell that the message is the sender's, whole, and fresh.
///
/// Three headers, as Standard Webhooks 1.0 defines them
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), so that its libraries verify
/// them:
///
/// | header | |
/// | --- | --- |
/// | `webhook-id` | the message's key, the same however often it is sent: take each one once |
/// | `webhook-timestamp` | seconds since 1970, of the attempt: refuse what is older than some minutes |
/// | `webhook-signature` | `v1,` and base64 of HMAC-SHA256 over `ID.TIMESTAMP.CONTENT` |
///
/// The key is the setting `sign`: base64 behind `whsec_`, or else the bytes of the text. To verify: compute the HMAC over the
/// two headers' values and the content as it came, byte for byte, and compare in constant time.
///
/// ```python
/// expected = base64.b64encode(hmac.digest(key, f"{id}.{timestamp}.".encode() + content, "sha256"))
/// ok = hmac.compare_digest(b"v1," + expected, signature) and abs(time.time() - int(timestamp)) < 300
/// ```
struct WebhookSignature {
  var headers: [(name: String, value: String)]

  /// - Throws: when the key is no key.
  init(key: String, id: String, time: Instant, content: String) throws(DeliveryFailure) {
    let prefix = "whsec_"
    var bytes = Array(key.utf8)
    if key.hasPrefix(prefix) {
      guard let decoded = Base64.decode(key.dropFirst(prefix.count).utf8) else {
        throw DeliveryFailure("sign of webhook is not base64 behind whsec_", isFinal: true)
      }
      bytes = decoded
    }
    guard !bytes.isEmpty else { throw DeliveryFailure("sign of webhook is an empty key", isFinal: true) }
    let seconds = String(time.milliseconds / 1000)
    // The same text is signed that stands in the header.
    let safe = id.headerSafe
    let code = Self.authenticate(Array("\(safe).\(seconds).\(content)".utf8), key: bytes)
    headers = [
      ("webhook-id", safe), ("webhook-timestamp", seconds), ("webhook-signature", "v1,\(Base64.encode(code))"),
    ]
  }

  /// HMAC-SHA256 (RFC 2104, FIPS 180-4), with a key of any length.
  static func authenticate(_ content: [UInt8], key: [UInt8]) -> [UInt8] {
    var state = crypto_auth_hmacsha256_state()
    var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
    crypto_auth_hmacsha256_init(&state, key, key.count)
    crypto_auth_hmacsha256_update(&state, content, UInt64(content.count))
    crypto_auth_hmacsha256_final(&state, &code)
    return code
  }
}
