import BatonCore
import BatonModel

/// What results say, for people in a line and for programs.
public enum ResultsText {
  /// `12 tests: 11 passed, 1 failed; coverage 81.5 %; 2 findings`.
  public static func text(_ summary: ResultSummary) -> String {
    var parts: [String] = []
    var counts = TestCounts()
    counts.add(summary)
    if counts.total > 0 { parts.append(text(counts)) }
    if let listed = summary.listed {
      if listed.leftOut > 0 {
        parts.append("\(listed.leftOut) left out, which no change can affect")
      } else if let everything = listed.everything {
        parts.append("all of them: \(everything)")
      }
    }
    if let handover = summary.handover {
      parts.append(
        handover.reason.map { "all tests are to be run again: \($0)" }
          ?? "\(handover.cases) of them \(handover.cases == 1 ? "is" : "are") to be run again")
    }
    if let coverage = summary.coverage { parts.append("coverage \(percent(coverage))") }
    if let changed = summary.changed {
      if let problem = changed.problem {
        parts.append("changed lines are not known: \(problem)")
      } else if changed.lines > 0 {
        parts.append("\(changed.coveredLines) of \(changed.lines) changed lines covered")
      }
    }
    let findings = summary.findings.values.reduce(0, +)
    if !summary.findings.isEmpty {
      let severities = FindingSeverity.allCases.compactMap { severity in
        summary.findings[severity].flatMap { $0 > 0 ? "\($0) \(severity.rawValue)" : nil }
      }
      parts.append(
        PlanText.count(findings, "finding") + (severities.isEmpty ? "" : " (\(severities.joined(separator: ", ")))"))
    }
    if !summary.measurements.isEmpty {
      let names = summary.measurements.keys.sorted()
      var text = names.prefix(3).map { "\($0)=\(PlanReasons.number(summary.measurements[$0] ?? 0))" }
        .joined(separator: " ")
      if names.count > 3 { text += " and \(names.count - 3) more" }
      parts.append(text)
    }
    if let problem = summary.problems.first {
      parts.append(problem + (summary.problems.count > 1 ? " (and \(summary.problems.count - 1) more problems)" : ""))
    }
    return parts.isEmpty ? "no results" : parts.joined(separator: "; ")
  }

  /// `12 tests: 11 passed, 1 failed, 1 flaky`.
  public static func text(_ counts: TestCounts) -> String {
    var parts = ["\(counts.passed) passed"]
    if counts.failed > 0 { parts.append("\(counts.failed) failed") }
    if counts.skipped > 0 { parts.append("\(counts.skipped) skipped") }
    if counts.quarantined > 0 { parts.append("\(counts.quarantined) failed in quarantine") }
    if counts.flaky > 0 { parts.append("\(counts.flaky) flaky") }
    return "\(PlanText.count(counts.total, "test")): \(parts.joined(separator: ", "))"
  }

  /// One decimal; what is not all is not shown as all.
  static func percent(_ rate: Double) -> String {
    let tenths = (rate * 1000).rounded()
    let shown = rate < 1 ? min(tenths, 999) : tenths
    return "\(PlanReasons.number(shown / 10)) %"
  }

  /// What the steps of a run reported; empty where none did.
  static func section(_ view: RunView, _ palette: Palette) -> String {
    let shown = view.steps.compactMap { step in view.summary(of: step.name).map { (step.name, $0) } }
    guard !shown.isEmpty else { return "" }
    var text = "\n\(palette(.bold, "Results"))\n"
    let counts = view.tests
    if shown.count > 1, counts.total > 0 { text += "  \(self.text(counts))\n" }
    for (step, summary) in shown.prefix(shownSteps) {
      var plain = summary
      plain.problems = []
      let isBad = summary.failed > 0 || !summary.expired.isEmpty
      text += "  \(palette(isBad ? .red : .green, isBad ? "✗" : "✓")) \(step.harmless): \(self.text(plain).harmless)"
      text += view.origin(of: step).map { palette(.dim, "  (cached, from run \($0.run))") } ?? ""
      text += "\n"
      for failure in summary.failures.prefix(shownFailures) {
        text += "      \(palette(.red, "✗")) \(failure.harmless)\n"
      }
      let more = summary.failed - min(summary.failures.count, shownFailures)
      if more > 0, !summary.failures.isEmpty { text += "      and \(more) more\n" }
      for finding in summary.worstFindings.prefix(shownFailures) {
        text += "      \(palette(.yellow, "▲")) \(finding.harmless)\n"
      }
      let rest = summary.findings.values.reduce(0, +) - min(summary.worstFindings.count, shownFailures)
      if rest > 0, !summary.worstFindings.isEmpty { text += "      and \(PlanText.count(rest, "more finding"))\n" }
      for test in summary.quarantinedCases.prefix(shownFailures) {
        text += "      \(palette(.yellow, "q")) \(test.harmless), in quarantine\n"
      }
      let others = summary.quarantined - min(summary.quarantinedCases.count, shownFailures)
      if others > 0 { text += "      and \(others) more in quarantine\n" }
      for expiry in summary.expired { text += "      \(palette(.red, "!")) \(expiry.harmless)\n" }
      for problem in summary.problems.prefix(shownFailures) {
        text += "      \(palette(.yellow, "!")) \(problem.harmless)\n"
      }
      if summary.problems.count > shownFailures {
        text += "      and \(summary.problems.count - shownFailures) more problems\n"
      }
    }
    if shown.count > shownSteps { text += "  and \(shown.count - shownSteps) more steps\n" }
    return text
  }

  private static let shownSteps = 50
  private static let shownFailures = 5

  /// The `results` of a step in `baton show --json`.
  static func value(_ summary: ResultSummary, origin: Measured.Origin? = nil) -> Value {
    var counts = TestCounts()
    counts.add(summary)
    var fields = counts.fields
    fields["duration_ms"] = .integer(summary.duration.milliseconds)
    fields["coverage"] = summary.coverage.map { .number($0) } ?? .null
    fields["lines"] = .integer(Int64(summary.lines))
    fields["covered_lines"] = .integer(Int64(summary.coveredLines))
    if let changed = summary.changed {
      fields["changed"] = [
        "base": .string(changed.base), "commit": .string(changed.commit), "lines": .integer(Int64(changed.lines)),
        "covered_lines": .integer(Int64(changed.coveredLines)), "coverage": changed.rate.map { .number($0) } ?? .null,
        "gaps": .list(changed.gaps.map { .string($0) }), "problem": changed.problem.map { .string($0) } ?? .null,
      ]
    }
    fields["findings"] = .map(
      Dictionary(
        summary.findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first }))
    fields["worst_findings"] = .list(summary.worstFindings.map { .string($0) })
    fields["metrics"] = .map(summary.measurements.mapValues { .number($0) })
    fields["failures"] = .list(summary.failures.map { .string($0) })
    if summary.quarantined > 0 { fields["quarantined_cases"] = .list(summary.quarantinedCases.map { .string($0) }) }
    if !summary.expired.isEmpty { fields["expired"] = .list(summary.expired.map { .string($0) }) }
    fields["problems"] = .list(summary.problems.map { .string($0) })
    if let origin { fields["cached"] = origin.value }
    fields["file"] = summary.file.map { .string($0) } ?? .null
    fields["digest"] = summary.digest.map { .string($0) } ?? .null
    return .map(fields)
  }
}
