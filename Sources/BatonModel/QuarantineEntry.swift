/// A test whose failure fails nothing until a day: `quarantine { test = "…", owner = "…", reason = "…", expires = "2026-12-31" }`.
public struct QuarantineEntry: Sendable, Hashable {
  /// What the name of a case must be, as Baton shows it (`tests.test_cart.test_sum[1-2] (os=linux)`), with or without the cell in
  /// parentheses; `*` stands for any letters, `?` for one.
  public var test: String
  public var owner: String
  public var reason: String
  /// The last day on which it holds, in UTC: `2026-12-31`.
  public var expires: String
  /// Where it stands; nil: in the project's database.
  public var place: SourcePlace?

  public init(test: String, owner: String, reason: String, expires: String, place: SourcePlace? = nil) {
    self.test = test
    self.owner = owner
    self.reason = reason
    self.expires = expires
    self.place = place
  }

  /// The first moment at which it does not hold any more; nil where the day is none.
  public static func end(of day: String) -> Instant? {
    guard day.utf8.count == 10 else { return nil }
    if let midnight = Instant(rfc3339: day) { return midnight + Span(seconds: 86_400) }
    // Days that no instant reaches, such as the last of the year 9999: of the calendar, only leap years matter.
    guard let year = Int(day.prefix(4)), year > 2261 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return Instant(rfc3339: (isLeap ? "2000" : "2001") + day.dropFirst(4)).map { _ in Instant(nanoseconds: .max) }
  }

  public func isExpired(at moment: Instant) -> Bool { Self.end(of: expires).map { moment >= $0 } ?? true }

  /// What is said where it has expired.
  public func expiry(of name: String) -> String {
    "the quarantine of \(name) (owner \(owner)) expired on \(expires): mend the test, or renew the entry"
  }

  /// As people are told it beside a case.
  public var text: String { "quarantined until \(expires) by \(owner): \(reason)" }

  /// Whether a case is meant.
  ///
  /// - Parameters:
  ///   - name: without its cell.
  ///   - full: with it.
  public func covers(_ name: String, _ full: String) -> Bool {
    Self.matches(test.utf8, name.utf8) || (full != name && Self.matches(test.utf8, full.utf8))
  }

  /// `*` and `?`, without backtracking more than one star: linear in the product at worst.
  private static func matches(_ pattern: String.UTF8View, _ text: String.UTF8View) -> Bool {
    let (star, mark) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
    var (at, place) = (pattern.startIndex, text.startIndex)
    var (retryAt, retryFrom): (String.UTF8View.Index?, String.UTF8View.Index) = (nil, text.startIndex)
    while place < text.endIndex {
      if at < pattern.endIndex, pattern[at] == star {
        at = pattern.index(after: at)
        (retryAt, retryFrom) = (at, place)
      } else if at < pattern.endIndex, pattern[at] == text[place] || pattern[at] == mark {
        let isMark = pattern[at] == mark
        at = pattern.index(after: at)
        place = text.index(after: place)
        // A letter may have several bytes.
        while isMark, place < text.endIndex, text[place] & 0xC0 == 0x80 { place = text.index(after: place) }
      } else if let again = retryAt {
        retryFrom = text.index(after: retryFrom)
        (at, place) = (again, retryFrom)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == star }
  }
}
