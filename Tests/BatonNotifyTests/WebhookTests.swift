import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct WebhookTests {
  @Test func `A message is posted as JSON with its name, key, text and event`() throws {
    let server = LoopbackServer(.status(200))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(setup.send("webhook", ["url": .string("\(server.url)/hook?x=1")]) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /hook?x=1 HTTP/1.1")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["idempotency-key"] == "run-1/team/3")
    #expect(request.body == #"{"event":{"kind":"run.failed"},"key":"run-1/team/3","name":"team","text":"all is well"}"#)
  }

  @Test
  func `A server's passing failure is tried again with the same idempotency key, waiting twice as long each time`() {
    let server = LoopbackServer(.status(500), .status(503), .status(204))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(setup.send("webhook", ["url": .string(server.url)]) == .sent(attempts: 3))
    #expect(server.requests.map { $0.headers["idempotency-key"] } == ["run-1/team/3", "run-1/team/3", "run-1/team/3"])
    #expect(server.requests.map(\.body).allSatisfy { $0 == server.requests.first?.body })
    #expect(setup.waits.noted == [Span(milliseconds: 500), Span(milliseconds: 1000)])
  }

  @Test func `After five attempts it is given up with what the server said`() {
    let server = LoopbackServer(.status(500, body: "out of order\nmore"))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(
      setup.send("webhook", ["url": .string("\(server.url)/x")])
        == .failed(attempts: 5, error: "\(server.url) answered 500: out of order"))
    #expect(setup.waits.noted.map(\.milliseconds) == [500, 1000, 2000, 4000])
  }

  @Test(arguments: [400, 401, 404, 410, 422])
  func `What the server refuses is not tried again`(status: Int) {
    let server = LoopbackServer(.status(status))
    defer { server.stop() }
    #expect(
      NotifierSetup().send("webhook", ["url": .string(server.url)])
        == .failed(attempts: 1, error: "\(server.url) answered \(status)"))
  }

  @Test(arguments: [408, 425, 429])
  func `What the server asks to repeat is tried again`(status: Int) {
    let server = LoopbackServer(.status(status), .status(200))
    defer { server.stop() }
    #expect(NotifierSetup().send("webhook", ["url": .string(server.url)]) == .sent(attempts: 2))
  }

  @Test func `A server that asks for time gets it, within limits`() {
    let server = LoopbackServer(
      .status(429, headers: ["Retry-After: 7"]), .status(503, headers: ["Retry-After: 9999"]), .status(200))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(setup.send("webhook", ["url": .string(server.url)]) == .sent(attempts: 3))
    #expect(setup.waits.noted == [Span(seconds: 7), Span(seconds: 30)])
  }

  @Test func `A server that does not answer is given up after the limit`() {
    let server = LoopbackServer(.silence)
    defer { server.stop() }
    let setup = NotifierSetup(limit: Span(milliseconds: 100), attempts: 2)
    #expect(
      setup.send("webhook", ["url": .string(server.url)])
        == .failed(attempts: 2, error: "\(server.url) gave no answer within 100ms"))
    #expect(setup.waits.noted == [Span(milliseconds: 500)])
  }

  @Test func `A server that cannot be reached is tried again`() {
    let server = LoopbackServer(.status(200))
    server.stop()
    let setup = NotifierSetup(limit: Span(seconds: 5), attempts: 2)
    // Nobody listens on port 1 of the loopback address.
    #expect(
      setup.send("webhook", ["url": "http://127.0.0.1:1/secret-token"])
        == .failed(attempts: 2, error: "cannot reach http://127.0.0.1:1: Couldn't connect to server"))
  }

  @Test func `Redirects are not followed`() {
    let target = LoopbackServer(.status(200))
    let server = LoopbackServer(.status(307, headers: ["Location: \(target.url)/secret-place"]))
    defer {
      server.stop()
      target.stop()
    }
    #expect(
      NotifierSetup().send("webhook", ["url": .string(server.url)])
        == .failed(
          attempts: 1,
          error: "\(server.url) answered 307, a redirect to \(target.url); set url to where it leads"))
    #expect(target.requests.isEmpty)
  }

  @Test func `Method, headers and body can be set`() throws {
    let server = LoopbackServer(.status(200))
    defer { server.stop() }
    let setup = NotifierSetup()
    let settings: [String: Value] = [
      "url": .string(server.url), "method": "put", "body": ["a": [1, true]],
      "headers": ["Authorization": "Bearer x", "content-type": "application/vnd.x+json", "X-Number": 7, "X-Empty": ""],
    ]
    #expect(setup.send("webhook", settings) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "PUT / HTTP/1.1")
    #expect(request.headers["authorization"] == "Bearer x")
    #expect(request.headers["content-type"] == "application/vnd.x+json")
    #expect(request.headers["x-number"] == "7")
    #expect(request.headers["x-empty"] == "")
    #expect(request.body == #"{"a":[1,true]}"#)
  }

  @Test(arguments: [
    ("plain words", "text/plain; charset=utf-8"), (#"{"text":"x"}"#, "application/json"),
    ("", "text/plain; charset=utf-8"),
  ])
  func `A body that is a string is sent as it is`(body: String, type: String) throws {
    let server = LoopbackServer(.status(200))
    defer { server.stop() }
    #expect(NotifierSetup().send("webhook", ["url": .string(server.url), "body": .string(body)]) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.body == body)
    #expect(request.headers["content-type"] == type)
  }

  @Test func `A long message arrives whole`() throws {
    let server = LoopbackServer(.status(200))
    defer { server.stop() }
    let text = String(repeating: "0123456789", count: 100_000)
    #expect(NotifierSetup().send("webhook", ["url": .string(server.url), "body": .string(text)]) == .sent(attempts: 1))
    #expect(server.requests.first?.body == text)
  }

  @Test(arguments: ["ftp://host/x", "file:///etc/passwd", "host", "http://", "http://:80", "https://a b", ""])
  func `Only addresses of HTTP are taken`(url: String) {
    #expect(
      NotifierSetup().send("webhook", ["url": .string(url)])
        == .failed(attempts: 1, error: "url of webhook must begin with https:// or http:// and name a host"))
  }

  @Test func `A header that would smuggle another one in is refused`() {
    #expect(
      NotifierSetup().send("webhook", ["url": "http://127.0.0.1:1", "headers": ["X-A": "b\r\nX-C: d"]])
        == .failed(attempts: 1, error: "the header X-A has a line break or another control character in it"))
    #expect(
      NotifierSetup().send("webhook", ["url": "http://127.0.0.1:1", "headers": ["X:A": "b"]])
        == .failed(attempts: 1, error: "\"X:A\" cannot be a header's name"))
  }

  @Test func `An unknown method proposes the nearest`() {
    #expect(
      NotifierSetup().send("webhook", ["url": "http://127.0.0.1:1", "method": "POTS"])
        == .failed(
          attempts: 0, error: #"method of webhook must be "POST", "PUT" or "PATCH", not "POTS"; did you mean "POST"?"#))
  }

  @Test func `Errors show of an address no more than scheme and host, and mask what the server repeats`() {
    let server = LoopbackServer(
      .status(403, body: "token T0K3NT0K3N of user s3cr3tuser at /services/T0K3NT0K3N, Bearer abcdef is not known"))
    defer { server.stop() }
    let url = "http://s3cr3tuser:pa55word@127.0.0.1:\(server.port)/services/T0K3NT0K3N"
    let answer = NotifierSetup().send("webhook", ["url": .string(url), "headers": ["Authorization": "Bearer abcdef"]])
    #expect(
      answer
        == .failed(
          attempts: 1,
          error: "\(server.url) answered 403: token *** of user *** at /***/***, *** is not known"))
  }

  @Test func `Secrets of the run are masked whatever their length`() {
    let server = LoopbackServer(.status(400, body: "x=pw!"))
    defer { server.stop() }
    let setup = NotifierSetup()
    setup.notifier.mask(["pw!"])
    #expect(
      setup.send("webhook", ["url": .string(server.url)])
        == .failed(attempts: 1, error: "\(server.url) answered 400: x=***"))
  }

  @Test func `A missing libcurl is an error with its cure`() {
    let error = #expect(throws: CurlLibrary.Missing.self) { try CurlLibrary(named: "libcurl-nowhere.so.4") }
    #expect(error?.message.hasPrefix("libcurl cannot be loaded (libcurl-nowhere.so.4: ") == true)
    #expect(error?.message.hasSuffix("; install it: apt-get install libcurl4") == true)
  }

  @Test func `A library that is not libcurl is an error that names what it lacks`() {
    let error = #expect(throws: CurlLibrary.Missing.self) { try CurlLibrary(named: "libc.so.6") }
    #expect(error?.message.contains("libc.so.6 has no curl_global_init") == true)
  }
}
