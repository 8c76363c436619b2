import BatonModel
import BatonRuntime

/// A way for messages to leave: a webhook, a command, …
public protocol Channel: Sendable {
  /// The name under which a workflow knows it.
  var kind: String { get }
  /// What it can be told. A message with other settings does not reach ``deliver(_:attempt:until:)``.
  var rules: ChannelKind { get }
  /// Brings one message out; called on a thread of the notifier, and blocks it until the receiver has answered.
  ///
  /// - Parameters:
  ///   - attempt: 1-based.
  ///   - abandonment: when it comes, delivery is given up soon.
  /// - Throws: when the receiver did not get it, or may not have got it.
  func deliver(_ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment) throws(DeliveryFailure)
}

extension Channel {
  /// As the language knows it.
  public var rules: ChannelKind { ChannelKind.named(kind) ?? ChannelKind(kind, [], needs: []) }
}

/// Why a message did not reach its receiver.
public struct DeliveryFailure: Error, Sendable, Hashable {
  /// What went wrong, without a full stop, in words of the channel's own that show no setting.
  public var message: String
  /// What the receiver says of it; the notifier masks it before anybody sees it.
  public var quote: String?
  /// Whether another attempt would fail in the same way.
  public var isFinal: Bool
  /// How long the receiver asks to be left alone.
  public var retryAfter: Span?

  public init(_ message: String, quoting quote: String? = nil, isFinal: Bool = false, retryAfter: Span? = nil) {
    self.message = message
    self.quote = quote
    self.isFinal = isFinal
    self.retryAfter = retryAfter
  }
}

/// Tells those who are busy that nobody waits for them any more.
public final class Abandonment: Sendable {
  private let flag = Flag()

  public init() {}

  public var isDeclared: Bool { flag.monitor.withLock { flag.isUp } }

  public func declare() {
    flag.monitor.withLock {
      flag.isUp = true
      flag.monitor.wakeAll()
    }
  }

  /// Waits for so long, or until it is declared.
  public func wait(_ span: Span) {
    let end = Monitor.monotonicNow.addingReportingOverflow(max(0, span.nanoseconds))
    flag.monitor.withLock {
      while !flag.isUp, flag.monitor.wait(until: end.overflow ? .max : end.partialValue) {}
    }
  }

  private final class Flag: @unchecked Sendable {
    // Sound because `isUp` is touched under `monitor` alone.
    let monitor = Monitor()
    var isUp = false
  }
}
