import BatonModel

/// Numbers as people read them in a report.
enum ReportNumbers {
  /// `10,000`.
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return number < 0 ? "−\(text)" : text
  }

  /// `3 tests`, `1 test`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A part of 1 in per cent, two decimals at most: `99.97%`. Rounded down, so that 100% means all of it; and what is more
  /// than nothing never reads 0%.
  static func percent(_ part: Double) -> String {
    guard part.isFinite else { return "–" }
    if part > 0, part < 0.0001 { return "<0.01%" }
    // Ten decimals first: 0.29 is a little less than 29 hundredths.
    let hundredths = ((part * 1e10).rounded() / 1e6).rounded(.down)
    return decimal(hundredths / 100, places: 2) + "%"
  }

  /// `+12.5%`, `−3%`, `±0%`.
  static func signedPercent(_ part: Double) -> String {
    guard part.isFinite else { return "–" }
    let tenths = (part * 1000).rounded()
    if tenths == 0 { return "±0%" }
    return (tenths > 0 ? "+" : "−") + decimal(abs(tenths) / 10, places: 1) + "%"
  }

  /// At most so many decimals, none where they are zeros; digits in groups.
  static func decimal(_ number: Double, places: Int) -> String {
    guard number.isFinite else { return "–" }
    guard abs(number) < 1e15 else { return "\(number)" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(number) * scale).rounded()
    let whole = (scaled / scale).rounded(.down)
    var rest = String(Int(scaled - whole * scale))
    rest = String(repeating: "0", count: max(0, places - rest.count)) + rest
    while rest.hasSuffix("0") { rest.removeLast() }
    let sign = number < 0 && scaled > 0 ? "−" : ""
    return sign + grouped(Int(whole)) + (rest.isEmpty || places == 0 ? "" : ".\(rest)")
  }

  /// A measured value: about four digits that mean something.
  static func measured(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    switch abs(value) {
    case 0: return "0"
    case 1000...: return decimal(value, places: 0)
    case 100...: return decimal(value, places: 1)
    case 10...: return decimal(value, places: 2)
    case 1...: return decimal(value, places: 3)
    case 0.0001...: return decimal(value, places: 6)
    default: return "\(value)"
    }
  }

  static func measured(_ value: Double, _ unit: String?) -> String {
    guard let unit, !unit.isEmpty else { return measured(value) }
    return "\(measured(value)) \(unit)"
  }
}
