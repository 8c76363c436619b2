import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct TeamsTests {
  private func card(_ request: LoopbackServer.Request) -> Value {
    request.json["attachments"]?.list?.first?["content"] ?? .null
  }

  private func texts(_ request: LoopbackServer.Request) -> [String] {
    (card(request)["body"]?.list ?? []).compactMap { $0["inlines"]?.list?.first?["text"]?.string }
  }

  @Test func `A workflow gets an envelope with an Adaptive Card`() throws {
    let server = LoopbackServer(.status(202))
    defer { server.stop() }
    #expect(
      NotifierSetup().tell("teams", ["url": .string("\(server.url)/workflows/1?sig=x")]) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /workflows/1?sig=x HTTP/1.1")
    #expect(request.json["type"] == "message")
    let attachment = try #require(request.json["attachments"]?.list?.first)
    #expect(attachment["contentType"] == "application/vnd.microsoft.card.adaptive")
    #expect(card(request)["type"] == "AdaptiveCard")
    #expect(card(request)["version"] == "1.4")
    #expect(card(request)["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json")
    #expect(
      texts(request) == [
        "release failed", "test: exit code 1", "lint: <b> & `*x*` _y_ [z](u)", "baton resume r1",
        "Workflow: release  ·  Run: r1  ·  Time: 2026-01-31T12:00:00.000Z",
      ])
    let title = card(request)["body"]?.list?.first?["inlines"]?.list?.first
    #expect(title?["color"] == "Attention")
  }

  @Test func `Nothing in a card is Markdown`() {
    let message = NotifierSetup.message("teams", [:], text: "**a**\n[b](c)")
    let envelope = TeamsCard.envelope(of: message)
    let body = envelope["attachments"]?.list?.first?["content"]?["body"]?.list ?? []
    #expect(body.allSatisfy { $0["type"] == "RichTextBlock" && $0["inlines"]?.list?.first?["type"] == "TextRun" })
    #expect(body[1]["inlines"]?.list?.first?["text"] == "**a**")
  }

  @Test func `A request has at most 28 KB, whatever is said`() {
    for text in [String(repeating: "x", count: 100_000), String(repeating: "\u{1}\"😀\n", count: 50_000)] {
      let message = NotifierSetup.message("teams", [:], text: text)
      #expect(JSON.encode(TeamsCard.envelope(of: message)).utf8.count <= 28_000)
    }
  }

  @Test func `Refusals are told in the workflow's words; too many requests and its own trouble pass`() {
    let body = #"{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"The trigger is not enabled."}}"#
    let server = LoopbackServer(
      .status(429, headers: ["Retry-After: 3"]), .status(502), .status(400, body: body))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(
      setup.tell("teams", ["url": .string(server.url)])
        == .failed(attempts: 3, error: "\(server.url) answered 400: The trigger is not enabled."))
    #expect(setup.waits.noted == [Span(seconds: 3), Span(seconds: 1)])
  }
}
