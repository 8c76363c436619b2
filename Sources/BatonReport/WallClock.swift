import BatonModel

/// Moments as the user's clock shows them.
public struct WallClock: Sendable {
  /// What local time is ahead of UTC.
  public var offset: Span

  public init(offset: Span) { self.offset = offset }

  public static let utc = WallClock(offset: .zero)

  /// `12:00:00`.
  public func time(_ moment: Instant) -> String { String(local(moment).dropFirst(11).prefix(8)) }

  /// `12:00:00.123`.
  public func preciseTime(_ moment: Instant) -> String { String(local(moment).dropFirst(11).prefix(12)) }

  /// `2026-01-31 12:00`.
  public func date(_ moment: Instant) -> String {
    let text = local(moment)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
  }

  private func local(_ moment: Instant) -> String { (moment + offset).rfc3339 }
}
