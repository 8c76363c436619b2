import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct SlackTests {
  private func blocks(_ request: LoopbackServer.Request) -> [Value] { request.json["blocks"]?.list ?? [] }

  /// What Block Kit demands of every message.
  private func checkLimits(_ request: LoopbackServer.Request) {
    #expect(blocks(request).count <= 50)
    for block in blocks(request) {
      switch block["type"] {
      case "header":
        #expect(block["text"]?["type"] == "plain_text")
        #expect((1...150).contains(block["text"]?["text"]?.string?.unicodeScalars.count ?? 0))
      case "section":
        #expect(block["text"]?["type"] == "mrkdwn")
        #expect((1...3000).contains(block["text"]?["text"]?.string?.unicodeScalars.count ?? 0))
      case "context":
        #expect((1...10).contains(block["elements"]?.list?.count ?? 0))
        for element in block["elements"]?.list ?? [] { #expect(element["type"] == "mrkdwn") }
      default: Issue.record("a block of type \(block["type"] ?? .null)")
      }
    }
    #expect((1...4000).contains(request.json["text"]?.string?.unicodeScalars.count ?? 0))
  }

  @Test func `An incoming webhook gets a header, what failed, the command that goes on, and the run`() throws {
    let server = LoopbackServer(.status(200, body: "ok"))
    defer { server.stop() }
    #expect(NotifierSetup().tell("slack", ["url": .string("\(server.url)/services/T/B/X")]) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /services/T/B/X HTTP/1.1")
    #expect(request.headers["content-type"] == "application/json; charset=utf-8")
    checkLimits(request)
    #expect(
      blocks(request)[0] == [
        "type": "header", "text": ["type": "plain_text", "text": "release failed", "emoji": false],
      ])
    #expect(
      blocks(request)[1]["text"]?["text"] == "```\ntest: exit code 1\nlint: &lt;b&gt; &amp; `*x*` _y_ [z](u)\n```")
    #expect(blocks(request)[2]["text"]?["text"] == "```\nbaton resume r1\n```")
    #expect(
      blocks(request)[3]["elements"]?.list?.first?["text"]
        == "*Workflow* release  ·  *Run* r1  ·  *Time* 2026-01-31T12:00:00.000Z")
    #expect(request.json["text"]?.string?.hasPrefix("release failed\ntest: exit code 1") == true)
    #expect(request.json["channel"] == nil)
  }

  @Test func `A workflow's own words and title take the standard's place, escaped`() throws {
    let server = LoopbackServer(.status(200, body: "ok"))
    defer { server.stop() }
    let setup = NotifierSetup()
    var message = NotifierSetup.message("slack", ["url": .string(server.url)], text: "a < b & c")
    message.title = "Nightly\nrun"
    setup.notifier.send(message)
    #expect(setup.mailbox.next().answer == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(blocks(request)[0]["text"]?["text"] == "Nightly run")
    #expect(blocks(request)[1]["text"]?["text"] == "a &lt; b &amp; c")
    #expect(request.json["text"] == "a &lt; b &amp; c")
  }

  @Test func `A block of code is not ended by what stands in it`() {
    var message = NotifierSetup.message("slack", [:], event: ["failures": [["step": "a", "reason": "```x"]]])
    message.isStandard = true
    let text = SlackBlocks.fields(of: message)["blocks"]?.list?[1]["text"]?["text"]?.string
    #expect(text == "```\na: `\u{200B}`\u{200B}`x\n```")
  }

  @Test func `Those who are to be called are called`() {
    let message = NotifierSetup.message("slack", ["mention": ["here", "U024BE7LH", "S0614TZR7"]])
    let blocks = SlackBlocks.fields(of: message)["blocks"]?.list ?? []
    #expect(blocks.contains { $0["text"]?["text"] == "<!here> <@U024BE7LH> <!subteam^S0614TZR7>" })
  }

  @Test func `A message or a title without a word is told in the standard form`() throws {
    var message = NotifierSetup.message("slack", [:], text: " \n", event: NotifierSetup.failure)
    message.title = ""
    let blocks = SlackBlocks.fields(of: message)["blocks"]?.list ?? []
    #expect(blocks.first?["text"]?["text"] == "release failed")
    for block in blocks where block["type"] == "section" { #expect(block["text"]?["text"]?.string?.isEmpty == false) }
  }

  @Test func `A message of any length keeps within Slack's limits`() throws {
    let server = LoopbackServer(.status(200, body: "ok"))
    defer { server.stop() }
    let long = String(repeating: "é&😀 ", count: 20_000)
    let setup = NotifierSetup()
    let failures: [Value] = (0..<50).map { ["step": .string("s\($0)"), "reason": .string(long)] }
    let event: Value = ["kind": "run.failed", "workflow": .string(long), "failures": .list(failures), "failed": 50]
    #expect(setup.tell("slack", ["url": .string(server.url)], event, title: long) == .sent(attempts: 1))
    #expect(setup.send("slack", ["url": .string(server.url)], text: long) == .sent(attempts: 1))
    for request in server.requests { checkLimits(request) }
    let lines = blocks(server.requests[0])[1]["text"]?["text"]?.string?.split(separator: "\n") ?? []
    #expect(lines.count <= 13, "ten lines, one that says how many more, and the fences")
  }

  @Test func `A token posts to the channel through the API`() throws {
    let server = LoopbackServer(.status(200, body: #"{"ok":true,"channel":"C1","ts":"1503435956.000247"}"#))
    defer { server.stop() }
    let settings: [String: Value] = [
      "url": .string("\(server.url)/api/"), "token": "xoxb-1", "channel": "#builds",
    ]
    #expect(NotifierSetup().tell("slack", settings) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /api/chat.postMessage HTTP/1.1")
    #expect(request.headers["authorization"] == "Bearer xoxb-1")
    #expect(request.json["channel"] == "#builds")
    checkLimits(request)
  }

  @Test(arguments: [
    ("invalid_auth", 1), ("channel_not_found", 1), ("not_in_channel", 1), ("internal_error", 3), ("ratelimited", 3),
  ])
  func `What Slack refuses is final, what is its own trouble passes`(error: String, attempts: Int) {
    let server = LoopbackServer(.status(200, body: #"{"ok":false,"error":"\#(error)"}"#))
    defer { server.stop() }
    let answer = NotifierSetup(attempts: 3).tell(
      "slack", ["url": .string(server.url), "token": "xoxb-1", "channel": "C1"])
    #expect(answer == .failed(attempts: attempts, error: "Slack refused the message: \(error)"))
  }

  @Test func `Slack is left alone for as long as it asks`() {
    let server = LoopbackServer(
      .status(429, headers: ["Retry-After: 12"], body: #"{"ok":false,"error":"ratelimited"}"#),
      .status(200, body: #"{"ok":true}"#))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(
      setup.tell("slack", ["url": .string(server.url), "token": "t", "channel": "C1"]) == .sent(attempts: 2))
    #expect(setup.waits.noted == [Span(seconds: 12)])
  }

  @Test(arguments: ["", "<html>proxy</html>", "[]", "{\"ok\":1}", "{"])
  func `An answer of the API that is none of Slack's is a failure`(body: String) {
    let server = LoopbackServer(.status(200, body: body))
    defer { server.stop() }
    let answer = NotifierSetup(attempts: 2).tell(
      "slack", ["url": .string(server.url), "token": "t", "channel": "C1"])
    let quote = body.isEmpty ? "" : ": \(body)"
    #expect(
      answer == .failed(attempts: 2, error: "\(server.url) answered 200 with what is no answer of Slack\(quote)"))
  }

  @Test func `An incoming webhook's refusal is told in Slack's words, without the address`() {
    let server = LoopbackServer(.status(404, body: "no_service"))
    defer { server.stop() }
    #expect(
      NotifierSetup().tell("slack", ["url": .string("\(server.url)/services/T0000/B0000/S3CR3T")])
        == .failed(attempts: 1, error: "\(server.url) answered 404: no_service"))
  }

  @Test func `What is missing is told before anything is sent`() {
    #expect(
      NotifierSetup().tell("slack", [:])
        == .failed(attempts: 0, error: #"slack needs "url", or "token" and "channel""#))
    #expect(
      NotifierSetup().tell("slack", ["token": "t"]) == .failed(attempts: 0, error: #"slack needs "channel""#))
  }
}
