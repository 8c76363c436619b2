import BatonCore
import BatonModel

/// What a report says first: how it ended, in a sentence, and why.
struct ReportVerdict {
  let data: ReportData

  /// `Failed: 3 of 10,000 tests fail, for 2 causes.`
  var sentence: String {
    var parts: [String] = []
    let failedSteps = data.failedSteps.filter { $0.kind == .step }
    if data.hasTests, data.totals.tests > 0 { parts.append(tests) }
    if !failedSteps.isEmpty {
      let names = failedSteps.prefix(3).map(\.name).joined(separator: ", ")
      let more = failedSteps.count > 3 ? " and \(ReportNumbers.grouped(failedSteps.count - 3)) more" : ""
      parts.append("\(ReportNumbers.count(failedSteps.count, "step")) failed (\(names)\(more))")
    }
    let refused = data.verdicts.filter { !$0.verdict.passed }
    if !refused.isEmpty {
      let names = refused.prefix(3).map(\.verdict.gate).joined(separator: ", ")
      parts.append("\(refused.count == 1 ? "the gate \(names)" : "\(refused.count) gates (\(names))") refused")
    }
    if parts.isEmpty, let reason = data.view.reason { parts.append(reason) }
    if parts.isEmpty, data.view.status == .succeeded {
      parts.append("all \(ReportNumbers.count(data.view.stepCount, "step")) succeeded or had nothing to do")
    }
    let text = parts.joined(separator: "; ")
    return text.isEmpty ? "\(word)." : "\(word): \(text)."
  }

  /// `Failed`.
  var word: String {
    switch data.view.status {
    case .running: "Still running"
    case .waiting: "Waits for people"
    case .succeeded: "Succeeded"
    case .failed: "Failed"
    case .halted: "Halted"
    case .cancelled: "Cancelled"
    case .interrupted: "Interrupted"
    }
  }

  private var tests: String {
    let excused = data.totals.quarantined
    guard excused > 0 else { return counted }
    return "\(counted), \(ReportNumbers.grouped(excused)) \(excused == 1 ? "fails" : "fail") in quarantine"
  }

  private var counted: String {
    let totals = data.totals
    if totals.failed == 0 {
      let flaky = totals.flaky > 0 ? ", \(ReportNumbers.grouped(totals.flaky)) of them at a second try" : ""
      if totals.passed == 0, totals.skipped == 0 { return "no test passes" }
      if totals.passed == 0 {
        return totals.skipped == 1 && totals.quarantined == 0
          ? "the only test was skipped"
          : "\(totals.quarantined == 0 ? "all " : "")\(ReportNumbers.count(totals.skipped, "test")) were skipped"
      }
      let number = ReportNumbers.grouped(totals.passed)
      let isAll = totals.skipped + totals.quarantined == 0
      let all = totals.passed == 1 ? (isAll ? "the only" : "1") : isAll ? "all \(number)" : number
      return "\(all) \(totals.passed == 1 ? "test passes" : "tests pass")\(flaky)"
        + (totals.skipped > 0
          ? ", \(ReportNumbers.grouped(totals.skipped)) \(totals.skipped == 1 ? "was" : "were") skipped" : "")
    }
    let causes = data.causes.isEmpty ? "" : ", for \(ReportNumbers.count(data.causes.count, "cause"))"
    return "\(ReportNumbers.grouped(totals.failed)) of \(ReportNumbers.count(totals.tests, "test")) "
      + "\(totals.failed == 1 ? "fails" : "fail")\(causes)"
  }

  /// What went wrong and was not told by the sentence: the run's reason.
  var reason: String? {
    guard data.view.status != .succeeded, let reason = data.view.reason, !sentence.contains(reason) else { return nil }
    return reason
  }
}

/// What is not in a report, and what would bring it there.
struct ReportGaps {
  /// What is missing, and how it comes.
  static func of(_ data: ReportData) -> [(what: String, how: String)] {
    var gaps: [(String, String)] = []
    if !data.hasTests {
      gaps.append(("Test cases", "no step of this run read results of tests: results = junit \"reports/*.xml\""))
    }
    if data.graph == nil { gaps.append(("Graph", graph(data))) }
    if data.trend.count < 2 {
      gaps.append(("Trends", "there is no earlier run of this workflow to compare with"))
    }
    if data.coverage == nil { gaps.append(("Coverage", "no step read coverage: results = lcov \"coverage.info\"")) }
    if data.performance.isEmpty {
      gaps.append(("Performance", "nothing was measured: {\"metric\":\"p95_ms\",\"value\":12.5} in $BATON_EVENTS"))
    }
    if !data.hasFindings {
      gaps.append(("Security findings", "no step read findings: results = sarif \"scan.sarif\""))
    }
    if data.quality == nil { gaps.append(("Grade", "no step of this run read results of tests")) }
    if data.verdicts.isEmpty { gaps.append(("Gates", "no gate of this run was judged")) }
    if data.artifacts.isEmpty { gaps.append(("Artifacts", "no file was kept: artifacts = { \"dist/**\" }")) }
    return gaps
  }

  private static func graph(_ data: ReportData) -> String {
    guard let planned = data.planned else {
      return data.view.started == nil
        ? "the run ended before its first record was written"
        : "what waited for what is not on record: an older Baton drove this run"
    }
    if planned == 0 { return "the workflow declared no steps" }
    return "\(ReportNumbers.grouped(planned)) nodes are too many for a page: baton graph \(data.view.run) --format dot"
  }
}
