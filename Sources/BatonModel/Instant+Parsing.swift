extension Instant {
  /// Reads RFC 3339: `2026-01-31T12:00:00Z`, `2026-01-31T12:00:00.5+01:00`; seconds may be left out, and a day alone is its
  /// midnight in UTC. nil where the text is no time.
  public init?(rfc3339 text: String) {
    var rest = Substring(text)
    func number(_ digits: Int, _ range: ClosedRange<Int64>) -> Int64? {
      let part = rest.prefix(digits)
      guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(part),
        range.contains(value)
      else { return nil }
      rest = rest.dropFirst(digits)
      return value
    }
    func skip(_ letters: String) -> Bool {
      guard let first = rest.first, letters.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4, 1970...2261), skip("-"), let month = number(2, 1...12), skip("-"),
      let day = number(2, 1...31)
    else { return nil }
    let days = CivilDate.daysSince1970(year: year, month: month, day: day)
    let date = CivilDate(daysSince1970: days)
    guard date.month == month, date.day == day else { return nil }
    var seconds = days * 86_400
    var nanoseconds: Int64 = 0
    if !rest.isEmpty {
      guard skip("Tt "), let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59) else { return nil }
      seconds += hour * 3600 + minute * 60
      if skip(":") {
        guard let second = number(2, 0...59) else { return nil }
        seconds += second
        if skip(".") {
          let digits = rest.prefix { $0.isASCII && $0.isNumber }
          guard !digits.isEmpty, let fraction = Int64(digits.prefix(9)) else { return nil }
          nanoseconds = fraction
          for _ in digits.count..<max(9, digits.count) { nanoseconds *= 10 }
          rest = rest.dropFirst(digits.count)
        }
      }
      if !skip("Zz") {
        let sign: Int64 = rest.first == "-" ? -1 : 1
        guard skip("+-"), let hours = number(2, 0...23), skip(":"), let minutes = number(2, 0...59) else { return nil }
        seconds -= sign * (hours * 3600 + minutes * 60)
      }
    }
    guard rest.isEmpty else { return nil }
    self.init(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
  }
}

extension CivilDate {
  /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
  static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.flooredQuotient(by: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
