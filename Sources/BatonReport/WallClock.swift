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

  /// `UTC`, `UTC+02:00`.
  public var zone: String {
    let minutes = offset.nanoseconds / 60_000_000_000
    guard minutes != 0 else { return "UTC" }
    func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "UTC\(minutes < 0 ? "-" : "+")\(pad(abs(minutes) / 60)):\(pad(abs(minutes) % 60))"
  }

  private func local(_ moment: Instant) -> String { (moment + offset).rfc3339 }
}
