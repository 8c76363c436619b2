/// A kind of channel for notifications: the word by which a workflow names it, and what it can be told.
///
/// The one list of them. The language reads scripts by it and the notifier checks by it what is known later only, so that
/// neither can know a setting that the other does not.
public struct ChannelKind: Sendable, Hashable {
  /// `slack`, `webhook`, …
  public var name: String
  /// In the order in which messages list them.
  public var settings: [ChannelSetting]
  /// What must be given: all of one of these.
  public var needs: [[String]]
  /// What a plain string stands for: `webhook "https://…"`; nil where a table has to be written.
  public var main: String?

  public init(_ name: String, _ settings: [ChannelSetting], needs: [[String]], main: String? = nil) {
    self.name = name
    self.settings = settings
    self.needs = needs
    self.main = main
  }

  public static let all = [command, discord, email, jira, pagerduty, slack, teams, webhook]

  public static func named(_ name: String) -> ChannelKind? { all.first { $0.name == name } }

  public static let webhook = ChannelKind(
    "webhook",
    [
      ChannelSetting("url", .string), ChannelSetting("method", .choice(["POST", "PUT", "PATCH"])),
      ChannelSetting("headers", .table), ChannelSetting("body", .string, .anyTable), ChannelSetting("sign", .string),
      .ca,
    ], needs: [["url"]], main: "url")

  public static let command = ChannelKind(
    "command", [ChannelSetting("run", .string, .list)], needs: [["run"]], main: "run")

  public static let slack = ChannelKind(
    "slack",
    [
      ChannelSetting("url", .string), ChannelSetting("token", .string), ChannelSetting("channel", .string),
      ChannelSetting("mention", .string, .list), .ca,
    ], needs: [["url"], ["token", "channel"]], main: "url")

  public static let teams = ChannelKind(
    "teams", [ChannelSetting("url", .string), .ca], needs: [["url"]], main: "url")

  public static let discord = ChannelKind(
    "discord",
    [
      ChannelSetting("url", .string), ChannelSetting("username", .string), ChannelSetting("mention", .string, .list),
      .ca,
    ], needs: [["url"]], main: "url")

  public static let email = ChannelKind(
    "email",
    [
      ChannelSetting("server", .string), ChannelSetting("from", .string), ChannelSetting("to", .string, .list),
      ChannelSetting("cc", .string, .list), ChannelSetting("bcc", .string, .list), ChannelSetting("reply_to", .string),
      ChannelSetting("subject", .string), ChannelSetting("user", .string), ChannelSetting("password", .string),
      ChannelSetting("tls", .choice(["starttls", "tls", "none"])), .ca,
    ], needs: [["server", "from", "to"]])

  public static let pagerduty = ChannelKind(
    "pagerduty",
    [
      ChannelSetting("key", .string), ChannelSetting("url", .string),
      ChannelSetting("severity", .choice(["critical", "error", "warning", "info"])), ChannelSetting("source", .string),
      ChannelSetting("component", .string), ChannelSetting("group", .string), ChannelSetting("class", .string), .ca,
    ], needs: [["key"]], main: "key")

  public static let jira = ChannelKind(
    "jira",
    [
      ChannelSetting("url", .string), ChannelSetting("project", .string), ChannelSetting("token", .string),
      ChannelSetting("user", .string), ChannelSetting("type", .string), ChannelSetting("labels", .string, .list),
      ChannelSetting("fields", .anyTable), ChannelSetting("deployment", .choice(["cloud", "server"])),
      ChannelSetting("reopen", .string), ChannelSetting("close", .string), .ca,
    ], needs: [["url", "project", "token"]])

  // MARK: Mistakes

  /// There is no channel of this name.
  public static func unknown(_ name: String, among names: [String] = all.map(\.name)) -> ChannelMistake {
    ChannelMistake(
      message: "there is no channel \"\(name)\"",
      cure: Names.proposal(for: name, in: names) ?? "there are \(names.joined(separator: ", "))")
  }

  /// There is no setting of this name.
  public func unknownSetting(_ setting: String) -> ChannelMistake {
    let known = settings.map(\.name)
    return ChannelMistake(
      message: "\(name) has no setting \"\(setting)\"",
      cure: Names.proposal(for: setting, in: known) ?? "it has \(known.joined(separator: ", "))")
  }

  /// What is missing, where these are given; nil where nothing is.
  public func missing(given: some Sequence<String>) -> ChannelMistake? {
    let given = Set(given)
    let lacking = needs.map { need in need.filter { !given.contains($0) } }
    guard !lacking.contains([]), !needs.isEmpty else { return nil }
    // What was begun is what was meant.
    let begun = zip(needs, lacking).first { $0.0.count > $0.1.count }?.1
    if let begun { return ChannelMistake(message: "\(name) needs \(Self.all(begun))") }
    return ChannelMistake(message: "\(name) needs " + needs.map(Self.all).joined(separator: ", or "))
  }

  private static func all(_ names: [String]) -> String {
    let quoted = names.map { "\"\($0)\"" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " and " + last
  }

  /// What is wrong with the settings, in the order of their names; empty where nothing is.
  ///
  /// - Parameter settings: name → value; nil for one that is known only later.
  public func mistakes(in settings: [String: Value?]) -> [ChannelMistake] {
    var mistakes: [ChannelMistake] = []
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      guard let setting = self.settings.first(where: { $0.name == name }) else {
        mistakes.append(unknownSetting(name))
        continue
      }
      guard let value, value != .null else { continue }
      if let mistake = setting.mistake(in: value, of: self.name) { mistakes.append(mistake) }
    }
    let given = settings.filter { $0.value != .some(.null) }.map(\.key)
    if let missing = missing(given: given) { mistakes.append(missing) }
    return mistakes
  }
}

/// Something that is wrong with the settings of a channel.
public struct ChannelMistake: Sendable, Hashable {
  /// Without a full stop.
  public var message: String
  /// How to mend it.
  public var cure: String?

  public init(message: String, cure: String? = nil) {
    self.message = message
    self.cure = cure
  }

  public var text: String { cure.map { "\(message); \($0)" } ?? message }
}
