import BatonModel

extension ItemCoding {
  /// Whether a line tells of a test case, by its beginning alone.
  package static func isTest(_ line: UnsafeBufferPointer<UInt8>) -> Bool { line.starts(with: "{\"test\":".utf8) }

  /// The item of a line; nil when the line is none.
  package static func item(_ line: UnsafeBufferPointer<UInt8>) -> ResultItem? {
    var fields = ItemFields()
    var kind: String?
    do throws(JSON.Failure) {
      try ObjectLine.read(line) { (key, parser) throws(JSON.Failure) in
        if kind == nil { kind = key }
        try fields.read(key, from: &parser)
      }
    } catch {
      return nil
    }
    return kind.flatMap { fields.item($0) }
  }
}

/// The fields of a line, whatever item it is.
private struct ItemFields {
  var text = ""
  var outcome = TestOutcome(name: "", status: .passed)
  var status: TestStatus?
  var tool = ""
  var rule = ""
  var severity: FindingSeverity?
  var lines: [Int: Int] = [:]
  var value: Double?
  var unit: String?
  var samples: [Double] = []
  var tests: [String] = []
  var loading: [ClosedRange<Int>] = []
  var functions: [ClosedRange<Int>]?

  mutating func read(_ key: String, from parser: inout JSON.Parser) throws(JSON.Failure) {
    switch key {
    case "ns": outcome.duration = Span(nanoseconds: try parser.whole())
    case "line": outcome.line = Int(try parser.whole())
    case "attempt": outcome.attempt = Int(try parser.whole())
    case "printed": outcome.isPrinted = try parser.whole() != 0
    case "failedBefore": outcome.failedBefore = Int(try parser.whole())
    default: read(key, try parser.value())
    }
  }

  private mutating func read(_ key: String, _ value: Value) {
    switch key {
    case "test", "finding", "coverage", "measurement", "trace", "problem": text = value.string ?? ""
    case "suite": outcome.suite = value.string ?? ""
    case "class": outcome.className = value.string ?? ""
    case "parameters": outcome.parameters = value.string ?? ""
    case "status": status = value.string.flatMap { TestStatus(rawValue: $0) }
    case "quarantine": outcome.quarantine = value.string
    case "message": outcome.message = value.string
    case "type": outcome.type = value.string
    case "details": outcome.details = value.string
    case "file": outcome.file = value.string
    case "attachments": outcome.attachments = value.list?.compactMap(\.string) ?? []
    case "tags": outcome.tags = value.list?.compactMap(\.string) ?? []
    case "tool": tool = value.string ?? ""
    case "rule": rule = value.string ?? ""
    case "severity": severity = value.string.flatMap { FindingSeverity(rawValue: $0) }
    case "lines":
      let numbers = value.list?.compactMap(\.integer) ?? []
      for index in stride(from: 0, to: numbers.count - 1, by: 2) {
        lines[Int(numbers[index])] = Int(numbers[index + 1])
      }
    case "value": self.value = value.number
    case "unit": unit = value.string
    case "tests": tests = value.list?.compactMap(\.string) ?? []
    case "loading": loading = Self.ranges(value)
    case "functions": functions = Self.ranges(value)
    case "samples": samples = value.list?.compactMap(\.number) ?? []
    default: break
    }
  }

  private static func ranges(_ value: Value) -> [ClosedRange<Int>] {
    FileTrace.ranges(ofNumbers: value.list?.compactMap { $0.integer.flatMap { Int(exactly: $0) } } ?? [])
  }

  func item(_ kind: String) -> ResultItem? {
    switch kind {
    case "test":
      guard let status else { return nil }
      var outcome = outcome
      outcome.name = text
      outcome.status = status
      return .test(outcome)
    case "finding":
      guard let severity else { return nil }
      return .finding(
        Finding(
          tool: tool, rule: rule, severity: severity, message: text, file: outcome.file, line: outcome.line))
    case "coverage": return .coverage(FileCoverage(file: text, lines: lines))
    case "measurement":
      guard let value else { return nil }
      return .measurement(Measurement(name: text, value: value, unit: unit, samples: samples))
    case "trace": return .trace(FileTrace(file: text, tests: tests, loading: loading, functions: functions))
    case "problem": return .problem(text)
    default: return nil
    }
  }
}
