import BatonModel

/// The lines of a file of collected results: one JSON object an item, whose first key says what it is.
///
/// ```json
/// {"test":"sum","suite":"math","class":"Sums","parameters":"1-2","status":"failed","ns":1200000,"message":"1 != 2"}
/// {"finding":"SQL from input","tool":"bandit","rule":"B608","severity":"high","file":"app.py","line":12}
/// {"coverage":"src/a.c","lines":[1,5,2,0]}
/// {"measurement":"p95","value":12.5,"unit":"ms","samples":[12,13]}
/// {"trace":"/work/src/a.py","tests":["tests/test_a.py::test_a"],"loading":[1,3,7,7]}
/// {"trace":"/work/src/a.c","tests":["cart_total"],"functions":[3,9,11,20]}
/// {"problem":"a.xml:7: the file ends inside <testcase>"}
/// ```
///
/// What is empty or unknown is left out. `lines` has line and count in turn, `loading` and `functions` the first
/// and the last line of each range.
package enum ItemCoding {
  /// Appends the line of an item.
  /// - Parameter mask: Applied to every text that others wrote; nil: none has to be.
  package static func append(_ item: ResultItem, mask: ((String) -> String)?, to bytes: inout [UInt8]) {
    var writer = ItemWriter(mask: mask)
    writer.append(item)
    bytes += writer.bytes
  }
}

/// Writes items as lines into a buffer that it owns: handed in and out, the buffer would be copied for each line.
struct ItemWriter {
  var bytes: [UInt8] = []
  private let mask: ((String) -> String)?
  private var isFirst = true

  init(mask: ((String) -> String)?) { self.mask = mask }

  mutating func append(_ item: ResultItem) {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    switch item {
    case .test(let outcome): append(outcome)
    case .finding(let finding):
      text("finding", finding.message)
      text("tool", unlessEmpty: finding.tool)
      text("rule", unlessEmpty: finding.rule)
      word("severity", finding.severity.rawValue)
      text("file", unlessEmpty: finding.file)
      number("line", finding.line)
    case .coverage(let file):
      text("coverage", file.file)
      lines(file.lines)
    case .measurement(let measurement):
      text("measurement", measurement.name)
      numbers("value", measurement.value)
      text("unit", unlessEmpty: measurement.unit)
      list("samples", measurement.samples)
    case .trace(let trace):
      text("trace", trace.file)
      list("tests", trace.tests)
      let numbers = FileTrace.numbers(trace.loading)
      if !numbers.isEmpty {
        elements("loading", numbers) { number, bytes in JSON.append(Int64(number), to: &bytes) }
      }
      if let functions = trace.functions {
        elements("functions", FileTrace.numbers(functions)) { number, bytes in JSON.append(Int64(number), to: &bytes) }
      }
    case .problem(let message): text("problem", message)
    }
    bytes.append(UInt8(ascii: "}"))
    bytes.append(0x0A)
  }

  private mutating func append(_ outcome: TestOutcome) {
    text("test", outcome.name)
    text("suite", unlessEmpty: outcome.suite)
    text("class", unlessEmpty: outcome.className)
    text("parameters", unlessEmpty: outcome.parameters)
    word("status", outcome.status.rawValue)
    number("ns", outcome.duration?.nanoseconds)
    text("message", unlessEmpty: outcome.message)
    text("type", unlessEmpty: outcome.type)
    text("details", unlessEmpty: outcome.details)
    if outcome.isPrinted { number("printed", 1) }
    text("file", unlessEmpty: outcome.file)
    number("line", outcome.line)
    if outcome.failedBefore > 0 { number("failedBefore", outcome.failedBefore) }
    number("attempt", outcome.attempt)
    text("quarantine", unlessEmpty: outcome.quarantine)
    list("attachments", outcome.attachments)
    list("tags", outcome.tags)
  }

  private mutating func key(_ key: StaticString) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func text(_ name: StaticString, _ text: String) {
    key(name)
    JSON.append(mask.map { $0(text) } ?? text, to: &bytes)
  }

  private mutating func text(_ name: StaticString, unlessEmpty text: String?) {
    if let text, !text.isEmpty { self.text(name, text) }
  }

  /// A word of our own.
  private mutating func word(_ name: StaticString, _ word: String) {
    key(name)
    JSON.append(word, to: &bytes)
  }

  private mutating func number(_ name: StaticString, _ number: (some FixedWidthInteger)?) {
    guard let number else { return }
    key(name)
    JSON.append(Int64(clamping: number), to: &bytes)
  }

  private mutating func numbers(_ name: StaticString, _ number: Double) {
    key(name)
    JSON.append(.number(number), to: &bytes, infinities: true)
  }

  private mutating func list(_ name: StaticString, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    elements(name, texts) { [mask] text, bytes in JSON.append(mask.map { $0(text) } ?? text, to: &bytes) }
  }

  private mutating func list(_ name: StaticString, _ numbers: [Double]) {
    guard !numbers.isEmpty else { return }
    elements(name, numbers) { number, bytes in JSON.append(.number(number), to: &bytes, infinities: true) }
  }

  private mutating func lines(_ lines: [Int: Int]) {
    elements("lines", lines.keys.sorted()) { line, bytes in
      JSON.append(Int64(line), to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(Int64(lines[line] ?? 0), to: &bytes)
    }
  }

  private mutating func elements<Element>(
    _ name: StaticString, _ list: [Element], _ append: (Element, inout [UInt8]) -> Void
  ) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in list.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(element, &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }
}
