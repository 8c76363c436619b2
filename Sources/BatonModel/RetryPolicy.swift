/// When and how a failed attempt is repeated.
public struct RetryPolicy: Sendable, Hashable {
  public enum Condition: Sendable, Hashable {
    /// Every failure.
    case always
    case listed([Trigger])
    /// `function(attempt)` → boolean.
    case callback(Callback)
  }

  public enum Trigger: Sendable, Hashable {
    case exitCode(Int32)
    case signal(Int32)
    case timeout
  }

  /// Which tests the next attempt runs.
  public enum Tests: String, Sendable, CaseIterable {
    case all
    /// Those that failed, where the results name them: they are handed over in `BATON_FAILED_TESTS`.
    case failed
  }

  /// How many attempts at most, the first included.
  public var attempts: Int
  /// Before the second attempt.
  public var backoff: Span
  /// Each wait is the one before times this.
  public var factor: Double
  /// No wait is longer.
  public var max: Span
  /// Each wait is varied by up to this part of itself, up and down; 0…1.
  public var jitter: Double
  public var when: Condition
  public var tests = Tests.all
  /// What runs instead of the step's own command where only failed tests are run; nil: the step's own.
  public var command: Command?
  /// `function(cases)` → the words that select them, which are added to the command; nil: none are added.
  public var select: Callback?

  public init(
    attempts: Int, backoff: Span = .zero, factor: Double = 2, max: Span = Span(seconds: 3600), jitter: Double = 0,
    when: Condition = .always
  ) {
    self.attempts = attempts
    self.backoff = backoff
    self.factor = factor
    self.max = max
    self.jitter = jitter
    self.when = when
  }

  public static let none = RetryPolicy(attempts: 1)

  /// Of what undoes something and says nothing of retries: three attempts, a second apart at first.
  public static let ofCompensations = RetryPolicy(attempts: 3, backoff: Span(seconds: 1))
}
