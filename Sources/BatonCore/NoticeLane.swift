import BatonModel

/// One receiver of one notification: what gathers for it becomes one message.
public struct NoticeLane: Sendable, Hashable {
  /// The notification's.
  public var name: String
  /// The receiver's place in the notification's `to`, 0-based.
  public var target: Int

  public init(name: String, target: Int) {
    self.name = name
    self.target = target
  }

  /// - Parameter key: of a message: `RUN/NAME/TARGET/…`. nil where it is none of this notification.
  public init?(name: String, key: String) {
    guard let slash = key.firstIndex(of: "/") else { return nil }
    let rest = key[key.index(after: slash)...]
    guard rest.hasPrefix(name + "/") else { return nil }
    guard let target = Int(rest.dropFirst(name.count + 1).prefix { $0 != "/" }) else { return nil }
    self.init(name: name, target: target)
  }
}

/// A message that waits to become one with others.
public struct HeldNotice: Sendable, Hashable {
  public var lane: NoticeLane
  /// What it would be sent under, were it alone.
  public var key: String
  public var event: Value
  public var time: Instant

  public init(lane: NoticeLane, key: String, event: Value, time: Instant) {
    self.lane = lane
    self.key = key
    self.event = event
    self.time = time
  }
}

/// What a run asks of all runs of its workflow: whether a message may leave now.
///
/// Asked again under the same key, the answer is the same: a driver that died before it wrote the answer down loses nothing.
public struct NoticeClaim: Sendable, Hashable {
  public var key: String
  public var workflow: String
  public var lane: NoticeLane
  public var digest: Span?
  public var rate: NotificationSpec.Rate?
  /// What has gathered in the run; none: it asks for what others have left.
  public var held: [HeldNotice]
  /// The run ends: where the message may not leave, what has gathered is left to the runs that follow.
  public var leaves: Bool
  public var time: Instant

  public init(
    key: String, workflow: String, lane: NoticeLane, digest: Span?, rate: NotificationSpec.Rate?, held: [HeldNotice],
    leaves: Bool, time: Instant
  ) {
    self.key = key
    self.workflow = workflow
    self.lane = lane
    self.digest = digest
    self.rate = rate
    self.held = held
    self.leaves = leaves
    self.time = time
  }

  public enum Answer: Sendable, Hashable {
    /// The message leaves, with the events that other runs have left, the oldest first.
    case granted([Value])
    /// Not before this moment.
    case refused(until: Instant)
    /// There is nothing to be sent.
    case nothing
  }
}

/// When what has gathered may leave. Pure; the same for one run and for many.
public enum NoticeTiming {
  /// - Parameters:
  ///   - first: when the oldest of what has gathered happened.
  ///   - sent: when messages left before, in order.
  public static func earliest(
    first: Instant, sent: some BidirectionalCollection<Instant>, digest: Span?, rate: NotificationSpec.Rate?
  ) -> Instant {
    var moment = digest.map { first + $0 } ?? first
    if let rate, sent.count >= rate.count {
      // The message by which the window would be over-full leaves the window then.
      moment = max(moment, sent[sent.index(sent.endIndex, offsetBy: -rate.count)] + rate.per)
    }
    return moment
  }
}
