import BatonModel

/// A clock that stands still until a test moves it.
public final class MockClock {
  public private(set) var now: Instant

  /// - Parameter start: 2026-01-31T12:00:00Z unless a test needs another.
  public init(start: Instant = Instant(milliseconds: 1_769_860_800_000)) { now = start }

  public func advance(by span: Span) { now = now + span }

  /// Moves on to a moment; a moment that has passed changes nothing.
  public func advance(to moment: Instant) { now = max(now, moment) }
}
