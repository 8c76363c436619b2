import BatonCore
import BatonModel
import BatonRuntime

/// `teams { url = … }`: a card through the webhook of a Workflow ("When a Teams webhook request is received").
///
/// | setting | |
/// | --- | --- |
/// | `url` | of the workflow |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// Sources of the formats: https://support.microsoft.com/office/8ae491c7-0394-4861-ba59-055e33f75498 (webhooks with Workflows:
/// an envelope with attachments), https://adaptivecards.io/explorer/ (version 1.4; Teams takes 1.5),
/// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using (at most 28 KB; four
/// requests a second, then 429).
public struct TeamsChannel: Channel {
  public let kind = "teams"
  private let limit: Span

  /// - Parameter limit: for one attempt.
  public init(limit: Span = Span(seconds: 10)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    var request = try WebRequest(kind, "url", message.settings["url"]?.string ?? "", settings: message.settings)
    request.setJSON(TeamsCard.envelope(of: message))
    _ = try request.deliver(limit: limit, until: abandonment) { answer in
      answer.json?["error"]?["message"]?.string ?? answer.firstLine
    }
  }
}

/// An Adaptive Card. All texts are runs of a `RichTextBlock`, which interprets no Markdown, unlike a `TextBlock`.
enum TeamsCard {
  /// Of the whole request, in bytes.
  static let longest = 28_000

  static func envelope(of message: OutgoingMessage) -> Value {
    let notice = Notice(message)
    // What is said may take what the rest leaves; JSON's escapes may make it longer, so it is measured.
    var room = longest / 2
    while true {
      let envelope = envelope(notice, room: room)
      if JSON.encode(envelope).utf8.count <= longest || room < 100 { return envelope }
      room /= 2
    }
  }

  private static func envelope(_ notice: Notice, room: Int) -> Value {
    var body: [Value] = [
      text(
        notice.title.limited(to: min(room, 500)), ["size": "Large", "weight": "Bolder", "color": color(notice.tone)])
    ]
    if let words = notice.words {
      for line in words.limited(to: room).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .prefix(100)
      {
        body.append(text(String(line), [:]))
      }
    }
    for line in notice.lines { body.append(text(line.limited(to: room), ["fontType": "Monospace"])) }
    if let command = notice.command { body.append(text(command.limited(to: 500), ["fontType": "Monospace"])) }
    let facts = notice.facts.map { "\($0.name): \($0.value)" }.joined(separator: "  ·  ")
    if !facts.isEmpty { body.append(text(facts.limited(to: 500), ["isSubtle": true, "size": "Small"])) }
    return [
      "type": "message",
      "attachments": [
        [
          "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil,
          "content": [
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "msteams": ["width": "Full"], "body": .list(body),
          ],
        ]
      ],
    ]
  }

  private static func text(_ text: String, _ style: [String: Value]) -> Value {
    let run: [String: Value] = ["type": "TextRun", "text": .string(text.isEmpty ? " " : text)]
    return ["type": "RichTextBlock", "inlines": [.map(run.merging(style) { first, _ in first })]]
  }

  private static func color(_ tone: Announcement.Tone) -> Value {
    switch tone {
    case .good: "Good"
    case .bad: "Attention"
    case .attention: "Warning"
    case .neutral: "Default"
    }
  }
}
