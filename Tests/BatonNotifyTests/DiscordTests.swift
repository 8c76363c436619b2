import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct DiscordTests {
  private func embed(_ value: Value) -> Value { value["embeds"]?.list?.first ?? .null }

  @Test func `A webhook gets an embed, and nobody is called`() throws {
    let server = LoopbackServer(.status(204))
    defer { server.stop() }
    let settings: [String: Value] = ["url": .string("\(server.url)/api/webhooks/1/t"), "username": "Baton"]
    #expect(NotifierSetup().tell("discord", settings) == .sent(attempts: 1))
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /api/webhooks/1/t HTTP/1.1")
    #expect(request.json["username"] == "Baton")
    #expect(request.json["allowed_mentions"] == ["parse": []])
    #expect(request.json["content"] == nil)
    let embed = embed(request.json)
    #expect(embed["title"] == "release failed")
    #expect(embed["color"] == 0xD1242F)
    #expect(
      embed["description"]
        == "```\ntest: exit code 1\nlint: <b> & `*x*` _y_ [z](u)\n```\n```\nbaton resume r1\n```")
    #expect(embed["footer"] == ["text": "Workflow: release · Run: r1"])
    #expect(embed["timestamp"] == "2026-01-31T12:00:00.000Z")
  }

  @Test func `Markdown in a workflow's words is shown as it is`() {
    let message = NotifierSetup.message("discord", [:], text: "*a* @everyone <@1> `b`")
    #expect(
      embed(DiscordMessage.value(of: message))["description"] == #"\*a\* \@everyone \<\@1\> \`b\`"#)
  }

  @Test func `Those who are to be called are called, and no others`() {
    let message = NotifierSetup.message("discord", ["mention": ["here", "role:42", "7"]], text: "@everyone <@8>")
    let value = DiscordMessage.value(of: message)
    #expect(value["content"] == "@here <@&42> <@7>")
    #expect(value["allowed_mentions"] == ["parse": ["everyone"], "roles": ["42"], "users": ["7"]])
  }

  @Test func `An embed keeps within Discord's limits, which count UTF-16`() {
    let long = String(repeating: "😀*", count: 10_000)
    var standard = NotifierSetup.message(
      "discord", ["username": .string(long), "mention": .list(Array(repeating: .string(long), count: 3))],
      event: [
        "workflow": .string(long), "run": .string(long), "command": .string(long),
        "failures": [
          ["step": .string(long)]
        ],
      ])
    standard.isStandard = true
    let own = NotifierSetup.message("discord", [:], text: long, event: ["command": .string(long)])
    for message in [standard, own] {
      let value = DiscordMessage.value(of: message)
      let embed = embed(value)
      let title = embed["title"]?.string?.utf16.count ?? 0
      let description = embed["description"]?.string?.utf16.count ?? 0
      let footer = embed["footer"]?["text"]?.string?.utf16.count ?? 0
      #expect(title <= 256 && description <= 4096 && footer <= 2048)
      #expect(title + description + footer <= 6000)
      #expect((value["content"]?.string?.utf16.count ?? 0) <= 2000)
      #expect((value["username"]?.string?.utf16.count ?? 0) <= 80)
    }
  }

  @Test func `Discord is left alone for as long as it asks, to the fraction of a second`() {
    let server = LoopbackServer(
      .status(429, headers: ["Retry-After: 1"], body: #"{"message":"You are being rate limited.","retry_after":1.75}"#),
      .status(204))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(setup.tell("discord", ["url": .string(server.url)]) == .sent(attempts: 2))
    #expect(setup.waits.noted == [Span(milliseconds: 1750)])
  }

  @Test func `What Discord refuses is told in its words`() {
    let server = LoopbackServer(.status(404, body: #"{"message":"Unknown Webhook","code":10015}"#))
    defer { server.stop() }
    #expect(
      NotifierSetup().tell("discord", ["url": .string("\(server.url)/api/webhooks/123456/abcdef")])
        == .failed(attempts: 1, error: "\(server.url) answered 404: Unknown Webhook"))
  }
}
