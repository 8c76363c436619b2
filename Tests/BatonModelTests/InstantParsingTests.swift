import BatonModel
import Testing

/// Reading times.
@Suite struct InstantParsing {
  @Test(
    "RFC 3339 times are read, with offsets, fractions, and less",
    arguments: [
      ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"), ("2026-01-31T12:00:00.5+01:00", "2026-01-31T11:00:00.500Z"),
      ("2026-01-31t12:00z", "2026-01-31T12:00:00.000Z"), ("2026-01-31 23:30:00-01:30", "2026-02-01T01:00:00.000Z"),
      ("2024-02-29", "2024-02-29T00:00:00.000Z"), ("1970-01-01T00:00:00.0000000001Z", "1970-01-01T00:00:00.000Z"),
      ("2100-12-31T23:59:59.999Z", "2100-12-31T23:59:59.999Z"),
    ])
  func reads(_ text: String, _ expected: String) { #expect(Instant(rfc3339: text)?.rfc3339 == expected) }

  @Test(
    "What is no time is refused",
    arguments: [
      "", "noon", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-32", "2026-01-31T", "2026-01-31T24:00Z",
      "2026-01-31T12:60Z", "2026-01-31T12:00:60Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z",
      "2026-01-31T12:00:00Zx", "26-01-31", "1969-12-31", "2026-01-31T12:00:00+1:00",
    ])
  func refuses(_ text: String) { #expect(Instant(rfc3339: text) == nil) }
}
