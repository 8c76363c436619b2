/// A length of time in nanoseconds. Scripts write `"250ms"`, `"90s"`, `"1h30m"` or a number of seconds.
public struct Span: Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public init(milliseconds: Int64) { nanoseconds = milliseconds.multiplied(by: 1_000_000) }
  public init(seconds: Int64) { nanoseconds = seconds.multiplied(by: 1_000_000_000) }

  public static let zero = Span(nanoseconds: 0)

  public var milliseconds: Int64 { nanoseconds / 1_000_000 }
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  public static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func + (left: Span, right: Span) -> Span {
    Span(nanoseconds: left.nanoseconds.saturating(adding: right.nanoseconds))
  }

  /// Reads `"1h30m"`, `"250ms"`, `"1.5s"`; nil when the text is no duration. Units: `ns us ms s m h d w`, each at most once,
  /// the larger first.
  public init?(_ text: String) {
    let units: [(String, Double)] = [
      ("w", 604_800e9), ("d", 86_400e9), ("h", 3600e9), ("m", 60e9), ("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1),
    ]
    var rest = Substring(text)
    var total = 0.0
    var smallest = -1
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let amount = Double(digits), let index = units.firstIndex(where: { $0.0 == unit }), index > smallest
      else { return nil }
      smallest = index
      total += amount * units[index].1
    }
    guard total < 9.2e18 else { return nil }
    nanoseconds = Int64(total)
  }

  /// A number of seconds; nil when it is negative, not finite or longer than 292 years.
  public init?(fractionalSeconds seconds: Double) {
    guard seconds.isFinite, seconds >= 0, seconds < 9.2e9 else { return nil }
    nanoseconds = Int64(seconds * 1e9)
  }

  /// For people: `812ms`, `4.2s`, `1m05s`, `2h03m`, `3d04h`.
  public var text: String {
    func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let millis = max(0, nanoseconds) / 1_000_000
    switch millis {
    case ..<1000: return "\(millis)ms"
    case ..<60_000: return "\(millis / 1000).\(millis % 1000 / 100)s"
    case ..<3_600_000: return "\(millis / 60_000)m\(pad(millis / 1000 % 60))s"
    case ..<86_400_000: return "\(millis / 3_600_000)h\(pad(millis / 60_000 % 60))m"
    default: return "\(millis / 86_400_000)d\(pad(millis / 3_600_000 % 24))h"
    }
  }
}

/// A number of bytes. Scripts write `"512M"`, `"4G"`, in powers of 1024, or a number.
public struct ByteSize: Sendable, Hashable, Comparable {
  public var bytes: Int64

  public init(bytes: Int64) { self.bytes = bytes }

  public static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

  /// Reads `"512M"`, `"1.5G"`, `"4GiB"`, `"100"`; nil when the text is no size.
  public init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var unit = text.dropFirst(digits.count).uppercased()
    if unit.hasSuffix("IB") { unit.removeLast(2) } else if unit.hasSuffix("B") { unit.removeLast() }
    guard let amount = Double(digits), unit.count <= 1, let power = unit.isEmpty ? 0 : "KMGTP".firstPower(of: unit)
    else { return nil }
    var total = amount
    for _ in 0..<power { total *= 1024 }
    guard total < 9.2e18 else { return nil }
    bytes = Int64(total)
  }

  /// For people: `312 B`, `4.0 KB`, `1.2 GB` (powers of 1024).
  public var text: String {
    var amount = Double(bytes)
    if bytes < 1024 { return "\(bytes) B" }
    var unit = "KB"
    for next in ["KB", "MB", "GB", "TB", "PB"] {
      amount /= 1024
      unit = next
      if amount < 1024 { break }
    }
    let tenths = Int64((amount * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}

extension String {
  fileprivate func firstPower(of unit: String) -> Int? {
    firstIndex(of: Character(unit)).map { distance(from: startIndex, to: $0) + 1 }
  }
}

extension Int64 {
  fileprivate func multiplied(by factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? (self > 0 ? .max : .min) : product
  }
}
