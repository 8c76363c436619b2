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

  /// At most so many messages in any window of this length.
  public struct Rate: Sendable, Hashable {
    public var count: Int
    public var per: Span

    public init(count: Int, per: Span) {
      self.count = count
      self.per = per
    }

    /// Reads `"5/1h"`; nil when the text is no rate.
    public init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, let count = Int(parts[0]), (1...1000).contains(count), let per = Span(String(parts[1])),
        per > .zero
      else { return nil }
      self.init(count: count, per: per)
    }
  }

  /// Over what ``digest`` and ``rate`` are reckoned.
  public enum Scope: String, Sendable, CaseIterable {
    /// Each run by itself: what has gathered leaves at the latest when the run ends.
    case run
    /// All runs of the workflow in the project: what must wait is left to the runs that follow.
    case project
  }

  public var name: String
  public var place: SourcePlace
  public var on: Trigger
  public var to: [Target]
  /// The subject of a mail, the heading of a card, the summary of an issue.
  public var title = Message.standard
  public var message: Message
  /// What happens within so long of the first event becomes one message.
  public var digest: Span?
  public var rate: Rate?
  public var scope = Scope.run

  /// Whether events may have to wait for others.
  public var gathers: Bool { digest != nil || rate != nil }

  public init(name: String, place: SourcePlace, on: Trigger, to: [Target], message: Message = .standard) {
    self.name = name
    self.place = place
    self.on = on
    self.to = to
    self.message = message
  }
}
