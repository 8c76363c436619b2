import BatonModel
import BatonRuntime

/// Messages that wait, in lanes: within a lane (one notification to one receiver) they leave one after the other, in order;
/// lanes do not wait for each other.
struct MessageLanes {
  struct Lane: Hashable {
    var name: String
    var channel: String
    /// The address or the command, whatever the channel has.
    var receiver: Value?
  }

  private var waiting: [OutgoingMessage] = []
  private var busy: Set<Lane> = []

  /// Those that no thread has taken yet.
  var waitingCount: Int { waiting.count }
  var isEmpty: Bool { waiting.isEmpty && busy.isEmpty }
  /// Those that are on their way and those that wait.
  var count: Int { waiting.count + busy.count }

  mutating func add(_ message: OutgoingMessage) { waiting.append(message) }

  /// Takes the first message whose lane is free, and occupies the lane until ``finish(_:)``.
  mutating func take() -> OutgoingMessage? {
    guard let index = waiting.firstIndex(where: { !busy.contains(Lane($0)) }) else { return nil }
    let message = waiting.remove(at: index)
    busy.insert(Lane(message))
    return message
  }

  mutating func finish(_ message: OutgoingMessage) { busy.remove(Lane(message)) }
}

extension MessageLanes.Lane {
  init(_ message: OutgoingMessage) {
    self.init(
      name: message.name, channel: message.channel,
      receiver: .list(
        ["url", "run", "channel", "server", "to", "key", "project"].map { message.settings[$0] ?? .null }))
  }
}
