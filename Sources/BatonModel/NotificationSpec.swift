/// `notify "name" {…}`.
public struct NotificationSpec: Sendable, Hashable {
  public enum Moment: String, Sendable, CaseIterable {
    case started, succeeded, failed, halted, waiting, recovered, retrying, finished
  }

  public enum Trigger: Sendable, Hashable {
    case moments([Moment])
    /// `function(event)` → boolean.
    case callback(Callback)
  }

  public enum Message: Sendable, Hashable {
    /// The channel's own words.
    case standard
    case text(Template)
    /// `function(event)` → string.
    case callback(Callback)
  }

  /// A channel and its settings. The channel is a port: the notifier looks its kind up by name.
  public struct Target: Sendable, Hashable {
    /// `webhook`, `command`, …
    public var channel: String
    public var settings: [String: Expr]

    public init(channel: String, settings: [String: Expr]) {
      self.channel = channel
      self.settings = settings
    }
  }

  public var name: String
  public var place: SourcePlace
  public var on: Trigger
  public var to: [Target]
  public var message: Message

  public init(name: String, place: SourcePlace, on: Trigger, to: [Target], message: Message = .standard) {
    self.name = name
    self.place = place
    self.on = on
    self.to = to
    self.message = message
  }
}
