import BatonModel

/// The channels that a notifier knows, by name.
public struct ChannelRegistry: Sendable {
  private let channels: [String: any Channel]

  public init(_ channels: [any Channel]) {
    self.channels = Dictionary(channels.map { ($0.kind, $0) }, uniquingKeysWith: { _, last in last })
  }

  /// All that ship with Baton.
  ///
  /// - Parameter folder: where commands run.
  public static func standard(folder: String) -> ChannelRegistry {
    ChannelRegistry([
      CommandChannel(folder: folder), DiscordChannel(), EmailChannel(), JiraChannel(), PagerDutyChannel(),
      SlackChannel(), TeamsChannel(), WebhookChannel(),
    ])
  }

  /// Sorted.
  public var kinds: [String] { channels.keys.sorted() }

  public subscript(kind: String) -> (any Channel)? { channels[kind] }

  /// What is wrong with a target as a workflow declares it; empty where nothing is. Settings that depend on a secret or on
  /// what a step emits are looked at again before a message leaves.
  public func mistakes(in target: NotificationSpec.Target) -> [ChannelMistake] {
    guard let channel = channels[target.channel] else { return [unknown(target.channel)] }
    return channel.rules.mistakes(in: target.settings.mapValues { $0.known })
  }

  /// What is wrong with the targets of all notifications, each with its place.
  public func mistakes(in plan: Plan) -> [Diagnostic] {
    plan.notifications.flatMap { notification in
      notification.to.flatMap { mistakes(in: $0) }
        .map {
          Diagnostic(
            "notify \"\(notification.name)\": \($0.message)", at: notification.place, cure: $0.cure, code: "B017")
        }
    }
  }

  func unknown(_ kind: String) -> ChannelMistake { ChannelKind.unknown(kind, among: kinds) }
}

extension Expr {
  /// The value, where it depends on nothing.
  fileprivate var known: Value? {
    switch self {
    case .literal(let value): return value
    case .list(let items):
      let values = items.compactMap(\.known)
      return values.count == items.count ? .list(values) : nil
    case .table(let fields):
      let values = fields.compactMapValues(\.known)
      return values.count == fields.count ? .map(values) : nil
    case .ref, .concat, .map, .raw, .secret, .cell, .tests: return nil
    }
  }
}
