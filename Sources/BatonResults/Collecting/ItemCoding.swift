import BatonModel

/// The lines of a file of collected results: one JSON object an item, whose first key says what it is.
///
/// ```json
/// {"test":"sum","suite":"math","class":"Sums","parameters":"1-2","status":"failed","ns":1200000,"message":"1 != 2"}
/// {"finding":"SQL from input","tool":"bandit","rule":"B608","severity":"high","file":"app.py","line":12}
/// {"coverage":"src/a.c","lines":[1,5,2,0]}
/// {"measurement":"p95","value":12.5,"unit":"ms","samples":[12,13]}
/// {"problem":"a.xml:7: the file ends inside <testcase>"}
/// ```
///
/// What is empty or unknown is left out. `lines` has line and count in turn.
package enum ItemCoding {
  /// Appends the line of an item.
  /// - Parameter mask: Applied to every text that others wrote; nil: none has to be.
  package static func append(_ item: ResultItem, mask: ((String) -> String)?, to bytes: inout [UInt8]) {
    // Handed over, not shared: else the whole buffer would be copied for each line.
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    var line = LineWriter(bytes: consume taken, mask: mask)
    switch item {
    case .test(let outcome): append(outcome, to: &line)
    case .finding(let finding):
      line.text("finding", finding.message)
      line.text("tool", unlessEmpty: finding.tool)
      line.text("rule", unlessEmpty: finding.rule)
      line.word("severity", finding.severity.rawValue)
      line.text("file", unlessEmpty: finding.file)
      line.number("line", finding.line)
    case .coverage(let file):
      line.text("coverage", file.file)
      line.lines(file.lines)
    case .measurement(let measurement):
      line.text("measurement", measurement.name)
      line.numbers("value", measurement.value)
      line.text("unit", unlessEmpty: measurement.unit)
      line.list("samples", measurement.samples)
    case .problem(let message): line.text("problem", message)
    }
    bytes = line.end()
  }

  private static func append(_ outcome: TestOutcome, to line: inout LineWriter) {
    line.text("test", outcome.name)
    line.text("suite", unlessEmpty: outcome.suite)
    line.text("class", unlessEmpty: outcome.className)
    line.text("parameters", unlessEmpty: outcome.parameters)
    line.word("status", outcome.status.rawValue)
    line.number("ns", outcome.duration?.nanoseconds)
    line.text("message", unlessEmpty: outcome.message)
    line.text("type", unlessEmpty: outcome.type)
    line.text("details", unlessEmpty: outcome.details)
    line.text("file", unlessEmpty: outcome.file)
    line.number("line", outcome.line)
    if outcome.failedBefore > 0 { line.number("failedBefore", outcome.failedBefore) }
    line.list("attachments", outcome.attachments)
    line.list("tags", outcome.tags)
  }
}

/// Writes one object.
private struct LineWriter {
  var bytes: [UInt8]
  let mask: ((String) -> String)?
  private var isFirst = true

  init(bytes: consuming [UInt8], mask: ((String) -> String)?) {
    self.bytes = bytes
    self.mask = mask
    self.bytes.append(UInt8(ascii: "{"))
  }

  consuming func end() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(0x0A)
    return bytes
  }

  private mutating func key(_ key: StaticString) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  mutating func text(_ name: StaticString, _ text: String) {
    key(name)
    JSON.append(mask.map { $0(text) } ?? text, to: &bytes)
  }

  mutating func text(_ name: StaticString, unlessEmpty text: String?) {
    if let text, !text.isEmpty { self.text(name, text) }
  }

  /// A word of our own.
  mutating func word(_ name: StaticString, _ word: String) {
    key(name)
    JSON.append(word, to: &bytes)
  }

  mutating func number(_ name: StaticString, _ number: (some FixedWidthInteger)?) {
    guard let number else { return }
    key(name)
    JSON.append(Int64(clamping: number), to: &bytes)
  }

  mutating func numbers(_ name: StaticString, _ number: Double) {
    key(name)
    JSON.append(.number(number), to: &bytes, infinities: true)
  }

  mutating func list(_ name: StaticString, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    elements(name, texts) { [mask] text, bytes in JSON.append(mask.map { $0(text) } ?? text, to: &bytes) }
  }

  mutating func list(_ name: StaticString, _ numbers: [Double]) {
    guard !numbers.isEmpty else { return }
    elements(name, numbers) { number, bytes in JSON.append(.number(number), to: &bytes, infinities: true) }
  }

  mutating func lines(_ lines: [Int: Int]) {
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
