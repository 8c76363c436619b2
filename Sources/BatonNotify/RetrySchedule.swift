import BatonModel

/// How often a message is tried and how long to wait in between.
public struct RetrySchedule: Sendable, Hashable {
  /// The first one too.
  public var attempts: Int
  /// Before the second attempt; doubled before each further one.
  public var backoff: Span
  /// The longest wait, also where the receiver asks for more.
  public var longest: Span

  public init(attempts: Int = 5, backoff: Span = Span(milliseconds: 500), longest: Span = Span(seconds: 30)) {
    self.attempts = attempts
    self.backoff = backoff
    self.longest = longest
  }

  /// How long to wait after so many attempts.
  ///
  /// - Parameter asked: what the receiver asked for.
  func wait(after attempts: Int, asked: Span?) -> Span {
    var wait = backoff
    for _ in 1..<max(1, attempts) where wait < longest { wait = wait + wait }
    return min(longest, max(wait, asked ?? .zero))
  }
}
