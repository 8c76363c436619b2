import BatonCore
import BatonModel
import BatonRuntime

/// `jira { url = …, project = …, token = … }`: one issue for each cause of failure, however often it fails.
///
/// | setting | |
/// | --- | --- |
/// | `url` | of the site, such as `https://example.atlassian.net` |
/// | `project` | the project's key |
/// | `user`, `token` | Jira Cloud: a mail address and an API token. Data Center: a personal access token alone, or a user's name and password |
/// | `type` | of new issues; standard `Bug` |
/// | `labels` | beside Baton's own, without spaces |
/// | `fields` | further fields of new issues, as Jira's API has them |
/// | `reopen`, `close` | the names of transitions: out of a state that is done (standard: the first that leads out of one), and into one when the workflow has recovered (standard: it is left open, with a comment) |
/// | `deployment` | `cloud` or `server`; standard: `cloud` where the host ends in `atlassian.net` |
/// | `ca` | a PEM file of who signs the server's certificate |
///
/// A cause is looked for by its label, `baton-CAUSE`. Where there is no such issue, one is made; where there is one, it gets a
/// comment, and is reopened if it was done. A comment carries the message's key and is not made twice.
///
/// Two things cannot be had from Jira: it finds a new issue by its label only some seconds later, so that two runs that fail
/// with a new cause at once may make two; and a driver that is killed between the making and the answer makes a second one if
/// it is carried on within those seconds.
public struct JiraChannel: Channel {
  public let kind = "jira"
  private let limit: Span

  /// - Parameter limit: for one request.
  public init(limit: Span = Span(seconds: 15)) { self.limit = limit }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    let site = try JiraSite(message.settings, limit: limit, until: abandonment)
    for cause in message.event["recovered"]?.texts ?? [] { try recovered(cause, message, site) }
    let causes = message.event["causes"]?.texts ?? []
    for cause in causes { try failed(cause, message, site) }
    let isGood = Announcement(message.event).tone == .good
    if causes.isEmpty, !isGood { try failed(StableHash.hex(message.key).prefix(16).description, message, site) }
  }

  private func failed(_ cause: String, _ message: OutgoingMessage, _ site: JiraSite) throws(DeliveryFailure) {
    let label = "baton-\(cause)"
    guard let issue = try site.find(label: label) else {
      try site.create(JiraIssue.fields(of: message, cause: cause, label: label))
      return
    }
    // The issue may have been made by an attempt that heard no answer.
    if issue.description.contains(JiraIssue.mark(message)) { return }
    if issue.isDone { try site.move(issue, by: message.settings["reopen"]?.string, toDone: false) }
    try site.comment(issue, JiraIssue.body(of: message, cause: cause), unless: JiraIssue.mark(message))
  }

  private func recovered(_ cause: String, _ message: OutgoingMessage, _ site: JiraSite) throws(DeliveryFailure) {
    guard let issue = try site.find(label: "baton-\(cause)"), !issue.isDone else { return }
    try site.comment(issue, JiraIssue.body(of: message, cause: nil), unless: JiraIssue.mark(message))
    if let close = message.settings["close"]?.string { try site.move(issue, by: close, toDone: true) }
  }
}

/// What an issue or a comment says, in Jira's own markup.
enum JiraIssue {
  private static let longestSummary = 255
  private static let longestBody = 32_000

  static func fields(of message: OutgoingMessage, cause: String, label: String) -> Value {
    let settings = message.settings
    let failure = (message.event["failures"]?.list ?? []).first { $0["cause"]?.string == cause }
    var summary = message.title ?? Notice(message).title
    if message.title == nil, let failure, let step = failure["step"]?.string {
      summary =
        "\(message.event["workflow"]?.string ?? ""): \(step)" + (failure["reason"]?.string.map { ": \($0)" } ?? "")
    }
    let labels = (["baton", label] + (settings["labels"]?.texts ?? [])).map {
      $0.split(separator: " ").joined(separator: "-")
    }
    var fields = settings["fields"]?.map ?? [:]
    fields["project"] = ["key": settings["project"] ?? ""]
    fields["issuetype"] = fields["issuetype"] ?? ["name": settings["type"] ?? "Bug"]
    fields["summary"] = .string(summary.oneLine.limited(to: longestSummary))
    fields["description"] = .string(body(of: message, cause: cause))
    fields["labels"] = .list(labels.map { .string($0) })
    return .map(fields)
  }

  /// - Parameter cause: of which of several causes it tells; nil: of the message as a whole.
  static func body(of message: OutgoingMessage, cause: String?) -> String {
    let notice = Notice(message)
    var parts: [String] = [escaped(notice.title)]
    if let words = notice.words {
      parts.append(escaped(words))
    } else {
      let failures = (message.event["failures"]?.list ?? []).filter { cause != nil && $0["cause"]?.string == cause }
      let lines = failures.map { "\($0["step"]?.string ?? "")" + ($0["reason"]?.string.map { ": \($0)" } ?? "") }
      let told = lines.isEmpty ? notice.lines : Array(lines.prefix(Announcement.mostLines))
      if !told.isEmpty { parts.append(verbatim(told.joined(separator: "\n"))) }
    }
    if let command = notice.command { parts.append(verbatim(command)) }
    parts.append(notice.facts.map { "\($0.name): \(escaped($0.value))" }.joined(separator: "\n"))
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n").limited(to: longestBody) + "\n\n" + mark(message)
  }

  /// By which a message is known that came twice.
  static func mark(_ message: OutgoingMessage) -> String { "Baton message \(StableHash.hex(message.key))" }

  private static func verbatim(_ text: String) -> String {
    // The closing word would end the block.
    "{noformat}\n\(text.replacing([("{", "{\u{200B}")]))\n{noformat}"
  }

  /// What Jira's text formatting would interpret, with a backslash before it
  /// (https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all).
  static func escaped(_ text: String) -> String { text.escaping("\\*_-+^~{}[]()!|#@?") }
}
