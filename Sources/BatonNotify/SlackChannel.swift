import BatonModel
import BatonRuntime

/// `slack { url = … }` through an incoming webhook, or `slack { token = …, channel = … }` through `chat.postMessage`.
///
/// | setting | |
/// | --- | --- |
/// | `url` | of the incoming webhook; with a token, the address of the API (standard: `https://slack.com/api`), for proxies |
/// | `token`, `channel` | a bot's token (scope `chat:write`) and the channel's id or name |
/// | `mention` | who is called: `here`, `channel`, `everyone`, a user's id (`U…`, `W…`) or a group's (`S…`); one or a list |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// Sources of the formats: https://api.slack.com/messaging/webhooks, https://api.slack.com/methods/chat.postMessage,
/// https://api.slack.com/reference/block-kit/blocks (a header has at most 150 characters, a section 3,000, a message 50
/// blocks), https://api.slack.com/reference/surfaces/formatting#escaping, https://api.slack.com/apis/rate-limits (429 with
/// `Retry-After`).
public struct SlackChannel: Channel {
  public let kind = "slack"
  private let limit: Span

  /// - Parameter limit: for one attempt.
  public init(limit: Span = Span(seconds: 10)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    let settings = message.settings
    guard let token = settings["token"]?.string else {
      var request = try WebRequest(kind, "url", settings["url"]?.string ?? "", settings: settings)
      request.setJSON(.map(SlackBlocks.fields(of: message)))
      _ = try request.deliver(limit: limit, until: abandonment)
      return
    }
    let base = settings["url"]?.string ?? "https://slack.com/api"
    var request = try WebRequest(kind, "url", base, path: "/chat.postMessage", settings: settings)
    var fields = SlackBlocks.fields(of: message)
    fields["channel"] = .string(settings["channel"]?.string ?? "")
    request.setJSON(.map(fields))
    guard token == token.headerSafe else {
      throw DeliveryFailure("token of slack has a space or another character that no token has", isFinal: true)
    }
    request.setHeader("Authorization", "Bearer \(token)")
    // With warnings and metadata, an answer may be long.
    request.longestAnswer = 64 * 1024
    try judge(try request.deliver(limit: limit, until: abandonment), request.address)
  }

  /// The API answers 200 also where it refuses.
  private func judge(_ answer: WebRequest.Answer, _ address: WebAddress) throws(DeliveryFailure) {
    guard let fields = answer.json, let isTaken = fields["ok"]?.bool else {
      throw DeliveryFailure(
        "\(address.shown) answered \(answer.status) with what is no answer of Slack", quoting: answer.firstLine)
    }
    guard !isTaken else { return }
    let error = fields["error"]?.string ?? "no reason"
    throw DeliveryFailure(
      "Slack refused the message", quoting: error, isFinal: !SlackChannel.passing.contains(error),
      retryAfter: answer.retryAfter)
  }

  /// Errors of Slack's own, which pass.
  private static let passing: Set<String> = [
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "team_added_to_org",
  ]
}

/// A message in Slack's Block Kit.
enum SlackBlocks {
  private static let longestHeader = 150
  private static let longestSection = 3000
  /// Of `text`, beyond which Slack cuts: https://api.slack.com/changelog/2018-04-truncating-really-long-messages.
  private static let longestText = 4000

  /// `text` is for notifications and for programs that show no blocks.
  static func fields(of message: OutgoingMessage) -> [String: Value] {
    let notice = Notice(message)
    let called = mentions(message.settings["mention"]?.texts ?? [])
    var blocks: [Value] = [
      [
        "type": "header",
        "text": ["type": "plain_text", "text": .string(notice.title.limited(to: longestHeader)), "emoji": false],
      ]
    ]
    if let words = notice.words {
      blocks.append(section(escaped(words)))
    } else if !notice.lines.isEmpty {
      blocks.append(code(notice.lines.joined(separator: "\n")))
    }
    if let command = notice.command { blocks.append(code(command)) }
    if !called.isEmpty { blocks.append(section(called)) }
    if !notice.facts.isEmpty {
      let facts = notice.facts.map { "*\($0.name)* \(escaped($0.value))" }.joined(separator: "  ·  ")
      blocks.append([
        "type": "context",
        "elements": [["type": "mrkdwn", "text": .string(facts.limited(to: longestSection)), "verbatim": true]],
      ])
    }
    let text = [called, escaped(notice.words ?? ([notice.title] + notice.lines).joined(separator: "\n"))]
      .filter { !$0.isEmpty }.joined(separator: " ")
    return ["text": .string(text.limited(to: longestText)), "blocks": .list(blocks), "unfurl_links": false]
  }

  private static func section(_ text: String) -> Value {
    [
      "type": "section",
      "text": ["type": "mrkdwn", "text": .string(text.limited(to: longestSection)), "verbatim": true],
    ]
  }

  private static func code(_ text: String) -> Value {
    // Three backticks would end the block; a space that is not seen keeps them apart.
    let plain = escaped(text).separatingRuns(of: "`", as: "`")
    return section("```\n\(plain.limited(to: longestSection - 10))\n```")
  }

  /// The three characters that Slack interprets, as entities.
  static func escaped(_ text: String) -> String {
    text.replacing([("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")])
  }

  private static func mentions(_ names: [String]) -> String {
    names.map { name in
      let plain = name.drop { $0 == "@" || $0 == "#" }
      switch plain.first {
      case _ where ["here", "channel", "everyone"].contains(String(plain)): return "<!\(plain)>"
      case "S": return "<!subteam^\(escaped(String(plain)))>"
      default: return "<@\(escaped(String(plain)))>"
      }
    }.joined(separator: " ")
  }
}

extension String {
  /// Where a character stands several times in a row, with something between that takes no room.
  func separatingRuns(of character: Character, as shown: String) -> String {
    var text = ""
    var wasIt = false
    for each in self {
      if each == character {
        text += wasIt ? "\u{200B}\(shown)" : shown
        wasIt = true
      } else {
        text.append(each)
        wasIt = false
      }
    }
    return text
  }
}
