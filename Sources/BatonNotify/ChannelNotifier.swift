import BatonModel
import BatonRuntime

/// Sends messages over channels, with retries, on threads of its own.
///
/// Messages of one notification to one receiver leave in the order in which they were given; others do not wait for
/// them. Texts of errors never show a secret: what a receiver says is shown without what the workflow put
/// into the channel's settings.
public final class ChannelNotifier: Notifier, @unchecked Sendable {
  // Sound because everything that changes is touched under `monitor` alone.
  private let monitor = Monitor()
  private var lanes = MessageLanes()
  private var idleThreads = 0
  private var threads = 0
  private var isClosed = false
  private var secrets: Set<String> = []

  private let registry: ChannelRegistry
  private let mailbox: any Mailbox
  private let schedule: RetrySchedule
  private let pause: @Sendable (Span) -> Void
  private let abandonment: Abandonment

  private static let maximumThreads = 8

  /// - Parameters:
  ///   - pause: waits between two attempts; the standard one ends early when the notifier is closed.
  public init(
    _ registry: ChannelRegistry, mailbox: any Mailbox, schedule: RetrySchedule = RetrySchedule(),
    pause: (@Sendable (Span) -> Void)? = nil
  ) {
    let abandonment = Abandonment()
    self.registry = registry
    self.mailbox = mailbox
    self.schedule = schedule
    self.abandonment = abandonment
    self.pause = pause ?? { abandonment.wait($0) }
  }

  public var channels: [String] { registry.kinds }

  /// Values to be replaced by `***` in the texts of messages and of errors from now on; in errors, the settings of each
  /// message are too.
  public func mask(_ secrets: [String]) { monitor.withLock { self.secrets.formUnion(secrets) } }

  public func send(_ message: OutgoingMessage) {
    let isTaken = monitor.withLock {
      guard !isClosed else { return false }
      lanes.add(message)
      if lanes.waitingCount > idleThreads, threads < ChannelNotifier.maximumThreads {
        if let thread = WorkerThread({ self.run() }) {
          thread.detach()
          threads += 1
        } else if threads == 0 {
          _ = lanes.take()
          lanes.finish(message)
          return false
        }
      }
      monitor.wakeAll()
      return true
    }
    if !isTaken {
      answer(message, .failed(attempts: 0, error: "the notifier is closed, or there is no thread to be had"))
    }
  }

  /// Takes no more messages and waits for those on their way, at most for so long; then gives the rest up.
  ///
  /// - Returns: how many were given up. They have no answer: a run that is resumed sends them again under the same key.
  @discardableResult
  public func close(waiting limit: Span) -> Int {
    let deadline = Monitor.monotonicNow.addingReportingOverflow(max(0, limit.nanoseconds))
    let left = monitor.withLock {
      isClosed = true
      monitor.wakeAll()
      while !lanes.isEmpty, monitor.wait(until: deadline.overflow ? .max : deadline.partialValue) {}
      return lanes.count
    }
    abandonment.declare()
    return left
  }

  private func run() {
    while let message = next() {
      let answer = deliver(message)
      let isWaitedFor = !abandonment.isDeclared
      if isWaitedFor, let answer { self.answer(message, answer) }
      monitor.withLock {
        lanes.finish(message)
        monitor.wakeAll()
      }
    }
  }

  /// The next message whose turn it is; nil when the thread is to end.
  private func next() -> OutgoingMessage? {
    monitor.withLock {
      idleThreads += 1
      defer { idleThreads -= 1 }
      while true {
        if abandonment.isDeclared { return nil }
        if let message = lanes.take() { return message }
        if isClosed && lanes.isEmpty { return nil }
        monitor.wait()
      }
    }
  }

  /// nil when it was given up.
  private func deliver(_ message: OutgoingMessage) -> NotificationAnswer? {
    guard let channel = registry[message.channel] else {
      return .failed(attempts: 0, error: registry.unknown(message.channel).text)
    }
    let mistakes = channel.rules.mistakes(in: message.settings.mapValues { Optional($0) })
    if let first = mistakes.first { return .failed(attempts: 0, error: first.text) }
    var message = message
    let mask = SecretMask(secrets: monitor.withLock { secrets })
    message.text = mask.apply(to: message.text)
    message.title = message.title.map(mask.apply)
    message.event = mask.apply(to: message.event)
    for attempt in 1...max(1, schedule.attempts) {
      do throws(DeliveryFailure) {
        FaultPoint.reach("notify.before-delivery")
        try channel.deliver(message, attempt: attempt, until: abandonment)
        FaultPoint.reach("notify.delivered")
        return .sent(attempts: attempt)
      } catch {
        if abandonment.isDeclared { return nil }
        if error.isFinal || attempt == schedule.attempts {
          return .failed(attempts: attempt, error: text(of: error, message))
        }
        pause(schedule.wait(after: attempt, asked: error.retryAfter))
        if abandonment.isDeclared { return nil }
      }
    }
    return nil
  }

  /// What went wrong, for people: what was quoted shows no setting, and no part of it shows a secret.
  private func text(of failure: DeliveryFailure, _ message: OutgoingMessage) -> String {
    let secrets = monitor.withLock { self.secrets }
    let own = SecretMask(secrets: secrets).apply(to: failure.message)
    guard let quote = failure.quote, !quote.isEmpty else { return own }
    return "\(own): \(SecretMask(secrets: secrets, settings: message.settings).apply(to: quote))"
  }

  private func answer(_ message: OutgoingMessage, _ answer: NotificationAnswer) {
    mailbox.post(.notified(key: message.key, answer))
  }
}
