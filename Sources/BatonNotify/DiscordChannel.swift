import BatonCore
import BatonModel
import BatonRuntime

/// `discord { url = … }`: an embed through a webhook.
///
/// | setting | |
/// | --- | --- |
/// | `url` | of the webhook |
/// | `username` | whose name stands above the message |
/// | `mention` | who is called: `here`, `everyone`, `role:ID` or a user's id; one or a list |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// Sources of the formats: https://discord.com/developers/docs/resources/webhook#execute-webhook (content at most 2,000
/// characters; 204 without content), https://discord.com/developers/docs/resources/message#embed-object-embed-limits (title 256,
/// description 4,096, footer 2,048, field's name 256 and value 1,024, all together 6,000),
/// https://discord.com/developers/docs/topics/rate-limits (429 with `retry_after`, seconds with a fraction).
public struct DiscordChannel: Channel {
  public let kind = "discord"
  private let limit: Span

  /// - Parameter limit: for one attempt.
  public init(limit: Span = Span(seconds: 10)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    var request = try WebRequest(kind, "url", message.settings["url"]?.string ?? "", settings: message.settings)
    request.setJSON(DiscordMessage.value(of: message))
    let answer = try request.send(limit: limit, until: abandonment)
    // More exact than the header, and there where a proxy drops it.
    if answer.status == 429, let asked = answer.json?["retry_after"]?.number, let span = Span(fractionalSeconds: asked)
    {
      throw DeliveryFailure(
        "\(request.address.shown) answered 429", quoting: answer.json?["message"]?.string,
        retryAfter: max(span, answer.retryAfter ?? .zero))
    }
    try request.judge(answer) { $0.json?["message"]?.string ?? $0.firstLine }
  }
}

enum DiscordMessage {
  private static let longestContent = 2000
  private static let longestTitle = 256
  private static let longestDescription = 4096
  private static let longestName = 80
  /// Beside title and footer, which are short, within what all together may have.
  private static let longestFooter = 500

  static func value(of message: OutgoingMessage) -> Value {
    let notice = Notice(message)
    var text = notice.words.map(escaped) ?? ""
    if notice.words == nil, !notice.lines.isEmpty { text = code(notice.lines.joined(separator: "\n"), room: 3000) }
    if let command = notice.command {
      text = text.limited(toUTF16: 3400) + (text.isEmpty ? "" : "\n") + code(command, room: 500)
    }
    var embed: [String: Value] = [
      "title": .string(escaped(notice.title).limited(toUTF16: longestTitle)), "color": color(notice.tone),
    ]
    if !text.isEmpty { embed["description"] = .string(text.limited(toUTF16: longestDescription)) }
    let facts = notice.facts.filter { $0.name != "Time" }.map { "\($0.name): \($0.value)" }.joined(separator: " · ")
    if !facts.isEmpty { embed["footer"] = ["text": .string(facts.limited(toUTF16: longestFooter))] }
    if let time = notice.facts.first(where: { $0.name == "Time" }) { embed["timestamp"] = .string(time.value) }
    let called = Mentions(message.settings["mention"]?.texts ?? [])
    var fields: [String: Value] = ["embeds": [.map(embed)], "allowed_mentions": called.allowed]
    if !called.text.isEmpty { fields["content"] = .string(called.text.limited(toUTF16: longestContent)) }
    if let name = message.settings["username"]?.string {
      fields["username"] = .string(name.oneLine.limited(toUTF16: longestName))
    }
    return .map(fields)
  }

  /// What Discord's Markdown would interpret, with a backslash before it. Nobody is called by an embed.
  static func escaped(_ text: String) -> String { text.escaping("\\*_~`|>#-[]()<:@") }

  private static func code(_ text: String, room: Int) -> String {
    "```\n\(text.separatingRuns(of: "`", as: "`").limited(toUTF16: room))\n```"
  }

  private static func color(_ tone: Announcement.Tone) -> Value {
    switch tone {
    case .good: 0x1A_7F37
    case .bad: 0xD1_242F
    case .attention: 0xBF_8700
    case .neutral: 0x65_6D76
    }
  }

  /// Who is called, and the permission to: without one, nothing in a text calls anybody.
  private struct Mentions {
    var text = ""
    var allowed: Value = ["parse": []]

    init(_ names: [String]) {
      var parse: [Value] = []
      var users: [Value] = []
      var roles: [Value] = []
      var words: [String] = []
      for name in names {
        let plain = String(name.drop { $0 == "@" })
        if plain == "here" || plain == "everyone" {
          if parse.isEmpty { parse.append("everyone") }
          words.append("@\(plain)")
        } else if plain.hasPrefix("role:") {
          roles.append(.string(String(plain.dropFirst(5))))
          words.append("<@&\(plain.dropFirst(5))>")
        } else {
          users.append(.string(plain))
          words.append("<@\(plain)>")
        }
      }
      text = words.joined(separator: " ")
      var fields: [String: Value] = ["parse": .list(parse)]
      if !users.isEmpty { fields["users"] = .list(users) }
      if !roles.isEmpty { fields["roles"] = .list(roles) }
      allowed = .map(fields)
    }
  }
}
