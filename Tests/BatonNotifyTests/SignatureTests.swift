import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct SignatureTests {
  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  // RFC 4231, test cases 1, 2 and 6 (a key that is longer than a block).
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0B, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `HMAC-SHA256 is as RFC 4231 has it`(key: [UInt8], text: String, code: String) {
    #expect(Self.hex(WebhookSignature.authenticate(Array(text.utf8), key: key)) == code)
  }

  @Test func `The example of Standard Webhooks has the signature that its libraries make`() throws {
    // https://github.com/standard-webhooks/standard-webhooks, libraries/python: the test of sign().
    let signature = try WebhookSignature(
      key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      time: Instant(milliseconds: 1_614_265_330_000), content: #"{"test": 2432232314}"#)
    #expect(
      signature.headers.map(\.value) == [
        "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      ])
  }

  @Test func `A webhook with a key is signed, anew at each attempt, over the bytes that are sent`() throws {
    let server = LoopbackServer(.status(500), .status(200))
    defer { server.stop() }
    let settings: [String: Value] = ["url": .string(server.url), "sign": "k3y-of-the-receiver", "body": "grüße"]
    #expect(NotifierSetup().send("webhook", settings) == .sent(attempts: 2))
    for request in server.requests {
      #expect(request.headers["webhook-id"] == "run-1/team/3")
      #expect(request.headers["idempotency-key"] == "run-1/team/3")
      #expect(request.headers["webhook-timestamp"] == "1769860800")
      let signed = "run-1/team/3.1769860800.\(request.body)"
      let code = WebhookSignature.authenticate(Array(signed.utf8), key: Array("k3y-of-the-receiver".utf8))
      #expect(request.headers["webhook-signature"] == "v1," + Base64.encode(code))
    }
  }

  @Test(arguments: [
    ("whsec_!", "sign of webhook is not base64 behind whsec_"), ("", "sign of webhook is an empty key"),
  ])
  func `A key that is none is told, and nothing is sent`(key: String, error: String) {
    let server = LoopbackServer(.status(200))
    defer { server.stop() }
    #expect(
      NotifierSetup().send("webhook", ["url": .string(server.url), "sign": .string(key)])
        == .failed(attempts: 1, error: error))
    #expect(server.requests.isEmpty)
  }

  @Test func `TLS is verified: an unknown signer is final, one that is named is trusted`() throws {
    let library = try #require(TLSLibrary.shared)
    let server = LoopbackServer(.status(200), encrypted: true)
    defer { server.stop() }
    let answer = NotifierSetup().send("webhook", ["url": .string(server.url)])
    guard case .failed(1, let error) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(error.hasPrefix("the certificate of \(server.url) is not to be trusted (set ca to a PEM file of who"))
    #expect(
      NotifierSetup().send("webhook", ["url": .string(server.url), "ca": .string(library.certificate)])
        == .sent(attempts: 1))
    #expect(server.requests.count == 1)
  }

  @Test func `A server that does not speak TLS is tried again`() {
    // One that speaks first, and not TLS.
    let server = MailSink()
    defer { server.stop() }
    let answer = NotifierSetup(attempts: 2).send("webhook", ["url": .string("https://127.0.0.1:\(server.port)")])
    guard case .failed(2, let error) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(error.hasPrefix("cannot reach https://127.0.0.1:\(server.port): "))
  }
}
