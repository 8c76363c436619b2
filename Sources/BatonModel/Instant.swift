/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
public struct Instant: Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public init(milliseconds: Int64) { nanoseconds = milliseconds * 1_000_000 }

  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func + (left: Instant, right: Span) -> Instant {
    Instant(nanoseconds: left.nanoseconds.saturating(adding: right.nanoseconds))
  }
  public static func - (left: Instant, right: Instant) -> Span {
    Span(nanoseconds: left.nanoseconds - right.nanoseconds)
  }

  /// `2026-01-31T12:00:00.123Z` (RFC 3339, UTC, milliseconds).
  public var rfc3339: String {
    let millis = milliseconds
    let seconds = millis.flooredQuotient(by: 1000)
    let days = seconds.flooredQuotient(by: 86_400)
    let inDay = seconds - days * 86_400
    let date = CivilDate(daysSince1970: days)
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))"
      + "T\(pad(inDay / 3600, 2)):\(pad(inDay / 60 % 60, 2)):\(pad(inDay % 60, 2)).\(pad(millis - seconds * 1000, 3))Z"
  }
}

/// A day of the proleptic Gregorian calendar. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilDate {
  var year: Int64
  var month: Int64
  var day: Int64

  init(daysSince1970 days: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

extension Int64 {
  func flooredQuotient(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }

  func saturating(adding other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
