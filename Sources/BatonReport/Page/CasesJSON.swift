import BatonModel

extension HTMLReport {
  /// The test cases for the page's script, as compact JSON that can stand in a `<script>` element: names that repeat are
  /// numbers into lists. `<`, `>` and `&` stand as escapes, so that no text ends the element.
  ///
  /// `{"steps":[…],"suites":[…],"cases":[[step, suite, title, status, ms, flags, message, place, explanation]…],
  /// "texts":[…]}`; status: 0 passed, 1 failed, 2 error, 3 skipped; flags: 1 flaky, 2 new failure, 4 failed in quarantine; ms -1
  /// and explanation -1:
  /// none.
  var casesJSON: HTML {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.cases.count * 120)
    var steps = Numbering()
    var suites = Numbering()
    var texts: [String] = []
    bytes += "{\"cases\":[".utf8
    for (index, item) in data.cases.enumerated() {
      let outcome = item.outcome
      var text = -1
      if item.status.isFailure, texts.count < Self.explained.cases, let details = outcome.details, !details.isEmpty {
        text = texts.count
        texts.append(Self.clean(details, limit: Self.explained.bytes))
      }
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "["))
      JSON.append(Int64(steps.number(of: item.step)), to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(Int64(suites.number(of: outcome.suite)), to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(Direction.shown(item.title), to: &bytes)
      let numbers: [Int64] = [
        Int64(TestStatus.allCases.firstIndex(of: outcome.status) ?? 0), outcome.duration?.milliseconds ?? -1,
        (item.isFlaky ? 1 : 0) + (item.isNewFailure == true ? 2 : 0) + (item.excused != nil ? 4 : 0),
      ]
      for number in numbers {
        bytes.append(UInt8(ascii: ","))
        JSON.append(number, to: &bytes)
      }
      for text in [outcome.status == .passed ? "" : Self.message(item.message), item.place ?? ""] {
        bytes.append(UInt8(ascii: ","))
        JSON.append(Direction.shown(text), to: &bytes)
      }
      bytes.append(UInt8(ascii: ","))
      JSON.append(Int64(text), to: &bytes)
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "]"))
    for (name, list) in [("steps", steps.names), ("suites", suites.names), ("texts", texts)] {
      bytes += ",\"\(name)\":".utf8
      JSON.append(.list(list.map { .string(Direction.shown($0)) }), to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return HTML(trusted: Self.inScript(bytes))
  }

  private static func message(_ text: String?) -> String {
    guard let text, !text.isEmpty else { return "" }
    return text.utf8.count > 300 ? DisplayWidth.truncated(text.harmless, to: 300) : text.harmless
  }

  /// JSON has these three bytes in strings alone, where an escape says the same.
  static func inScript(_ json: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.count + json.count / 16)
    for byte in json {
      switch byte {
      case UInt8(ascii: "<"): bytes += "\\u003c".utf8
      case UInt8(ascii: ">"): bytes += "\\u003e".utf8
      case UInt8(ascii: "&"): bytes += "\\u0026".utf8
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  /// Names in the order in which they were first seen.
  private struct Numbering {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func number(of name: String) -> Int {
      if let number = numbers[name] { return number }
      numbers[name] = names.count
      names.append(name)
      return names.count - 1
    }
  }
}
