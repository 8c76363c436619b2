import BatonModel

/// What a durable body would do, as far as it can be known before it runs.
public struct BodyOutline: Sendable, Hashable {
  public struct Operation: Sendable, Hashable {
    /// The method of `ctx`: `step`, `sh`, `sleep`, `signal`, …
    public var kind: String
    /// Values that are not known stand as `${…}`.
    public var name: String
    /// What it runs, or waits for.
    public var text: String
    public var line: Int32
    /// It runs beside what follows (`ctx:start`).
    public var isStarted: Bool

    public init(kind: String, name: String, text: String, line: Int32, isStarted: Bool = false) {
      self.kind = kind
      self.name = name
      self.text = text
      self.line = line
      self.isStarted = isStarted
    }
  }

  /// Why nothing follows.
  public enum Ending: String, Sendable, Hashable {
    case returns, halts, fails, raises
    /// It goes on so for ever, or until something from outside ends it.
    case repeats
    /// It was too long to be followed.
    case long
  }

  public indirect enum Item: Sendable, Hashable {
    /// - inner: of a child step that is a body itself.
    case operation(Operation, inner: [Item])
    /// One or the other, by something that is not known yet. What both have in common stands behind it.
    case alternatives(condition: String, line: Int32, then: [Item], otherwise: [Item])
    /// Done several times, nobody knows how often.
    case loop(text: String, line: Int32, [Item])
    /// Side by side.
    case together(text: String, line: Int32, [Item])
    case leavesLoop
    case ends(Ending, String, line: Int32)
    /// There is more, and it was not looked at.
    case unexplored
  }

  public var items: [Item]
  /// Whether all ways through the body were followed.
  public var isComplete: Bool

  public init(items: [Item], isComplete: Bool = true) {
    self.items = items
    self.isComplete = isComplete
  }
}

/// What happened on one way through a body.
public struct BodyPath: Sendable {
  public enum Container: Sendable, Hashable {
    /// A loop; its text where it is not known how often it goes round.
    case loop(String?)
    case together(String)
    /// The body of the child step before it.
    case body
  }

  public enum Event: Sendable, Hashable {
    case operation(BodyOutline.Operation)
    case decided(String, line: Int32, Bool)
    case opens(Container, line: Int32)
    case closes
    /// `break`, with the line of its loop.
    case leaves(line: Int32)
    case ends(BodyOutline.Ending, String, line: Int32)
  }

  public var events: [Event] = []

  public init() {}
}
