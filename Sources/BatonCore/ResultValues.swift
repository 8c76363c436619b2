import BatonModel

/// What a function of the script tells of a file of results, as items.
///
/// A list of tables, or one table. Each is one of
/// - `{ name = "adds", status = "failed", suite =, class =, parameters =, duration = SECONDS, message =, type =, details =, file =,
///   line =, attachments = {…}, tags = {…} }`: a test;
/// - `{ metric = "p95_ms", value = 12.5, unit = "ms", samples = {…} }`: something measured;
/// - `{ rule = "B608", message = "…", severity = "high", tool =, file =, line = }`: a finding;
/// - `{ file = "src/a.c", lines = { [12] = 3 } }`: which lines were executed how often;
/// - `{ problem = "…" }`: what could not be read.
public enum ResultValues {
  /// What is none of these becomes a problem.
  ///
  /// - Parameter source: what problems name.
  public static func items(_ value: Value, from source: String) -> [ResultItem] {
    switch value {
    case .null: []
    case .list(let entries): entries.enumerated().map { item($0.element, "\(source): result \($0.offset + 1)") }
    case .map(let fields): fields.isEmpty ? [] : [item(value, source)]
    case .bool, .integer, .number, .string:
      [.problem("\(source): its function returned \(value.phrase): it must return a list of results")]
    }
  }

  private static func item(_ value: Value, _ place: String) -> ResultItem {
    guard case .map(let fields) = value else { return .problem("\(place) is \(value.phrase), not a table") }
    func text(_ name: String) -> String? { fields[name].flatMap { $0 == .null ? nil : $0.text } }
    let line = fields["line"]?.integer.flatMap { Int(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
    if let problem = text("problem") { return .problem(problem) }
    if let name = text("name") {
      guard !name.isEmpty else { return .problem("\(place) is a test without a name") }
      guard let word = text("status"), let status = TestStatus(rawValue: word) else {
        let known = Names.either(TestStatus.allCases.map(\.rawValue))
        return .problem("\(place): the status of the test \"\(name)\" must be \(known), not \(text("status") ?? "nil")")
      }
      return .test(
        TestOutcome(
          suite: text("suite") ?? "", className: text("class") ?? "", name: name, parameters: text("parameters") ?? "",
          status: status, duration: fields["duration"]?.number.flatMap { Span(fractionalSeconds: $0) },
          message: text("message"), type: text("type"), details: text("details").map(clipped), file: text("file"),
          line: line, attachments: fields["attachments"]?.strings ?? [], tags: fields["tags"]?.strings ?? []))
    }
    if let name = text("metric") {
      guard let value = fields["value"]?.number, value.isFinite else {
        return .problem("\(place): the metric \"\(name)\" has no value that is a number")
      }
      return .measurement(
        Measurement(
          name: name, value: value, unit: text("unit"),
          samples: (fields["samples"]?.list?.compactMap(\.number) ?? []).filter(\.isFinite)))
    }
    if let message = text("message"), fields["rule"] != nil || fields["severity"] != nil {
      let word = text("severity") ?? FindingSeverity.medium.rawValue
      guard let severity = FindingSeverity(rawValue: word) else {
        let known = Names.either(FindingSeverity.allCases.map(\.rawValue))
        return .problem("\(place): the severity must be \(known), not \"\(word)\"")
      }
      return .finding(
        Finding(
          tool: text("tool") ?? "", rule: text("rule") ?? "", severity: severity, message: message, file: text("file"),
          line: line))
    }
    if let file = text("file"), let counts = fields["lines"] {
      var lines: [Int: Int] = [:]
      for (index, count) in (counts.list ?? []).enumerated() where count != .null {
        lines[index + 1] = executions(count)
      }
      for (key, count) in counts.map ?? [:] {
        if let line = Int(key), line > 0 { lines[line] = executions(count) }
      }
      return .coverage(FileCoverage(file: file, lines: lines))
    }
    return .problem("\(place) is no result: it has no name, metric, rule, lines or problem")
  }

  /// How often, which may be more than can be counted.
  private static func executions(_ count: Value) -> Int {
    guard let number = count.number, number > 0 else { return 0 }
    return Int(exactly: number.rounded(.up)) ?? .max
  }

  /// At most as long as details may be, without their middle.
  private static func clipped(_ text: String) -> String {
    guard text.utf8.count > TestOutcome.detailsLimit else { return text }
    let half = TestOutcome.detailsLimit / 2 - 8
    return String(decoding: text.utf8.prefix(half), as: UTF8.self) + "\n…\n"
      + String(decoding: text.utf8.suffix(half), as: UTF8.self)
  }
}
