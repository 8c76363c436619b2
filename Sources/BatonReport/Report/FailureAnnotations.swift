import BatonCore
import BatonModel

/// Failed test cases as the log of a continuous integration service shows them.
public enum FailureAnnotations {
  /// GitHub keeps ten errors of a step.
  static let limit = 10

  /// Workflow commands, one for each failed case: the service shows them beside the lines of the change.
  ///
  /// Source: "Workflow commands for GitHub Actions", `::error file=…,line=…,title=…::`.
  public static func github(_ data: ReportData) -> String {
    let failed = data.failures
    var text = ""
    for index in failed.prefix(limit) {
      let item = data.cases[index]
      var properties: [String] = []
      if let file = item.outcome.file, !file.isEmpty {
        properties.append("file=\(LineView.escapedProperty(file.harmless))")
        if let line = item.outcome.line, line > 0 { properties.append("line=\(line)") }
      }
      properties.append("title=\(LineView.escapedProperty(item.title.harmless))")
      text += "::error \(properties.joined(separator: ","))::\(LineView.escaped(message(item)))\n"
    }
    if failed.count > limit {
      text += "::notice::\(ReportNumbers.count(failed.count - limit, "more test")) failed: see the job's summary\n"
    }
    return text
  }

  /// A section of GitLab's log, folded.
  ///
  /// Source: GitLab CI/CD "Custom collapsible sections".
  public static func gitlab(_ data: ReportData) -> String {
    let failed = data.failures
    guard !failed.isEmpty else { return "" }
    let time = data.now.milliseconds / 1000
    var text = "\u{1B}[0Ksection_start:\(time):baton_failures[collapsed=true]\r\u{1B}[0K"
    text += "\(ReportNumbers.count(failed.count, "failed test"))\n"
    for index in failed.prefix(100) {
      let item = data.cases[index]
      text += "  ✗ \(item.title.harmless)\(item.place.map { " (\($0.harmless))" } ?? ""): \(message(item))\n"
    }
    if failed.count > 100 { text += "  and \(ReportNumbers.grouped(failed.count - 100)) more\n" }
    return text + "\u{1B}[0Ksection_end:\(time):baton_failures\r\u{1B}[0K\n"
  }

  private static func message(_ item: ReportCase) -> String {
    let text = item.outcome.message ?? item.outcome.type ?? item.outcome.status.rawValue
    return "\(DisplayWidth.truncated(text.harmless, to: 300)) [\(item.step.harmless)]"
  }
}
