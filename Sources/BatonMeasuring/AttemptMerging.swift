import BatonCore
import BatonModel
import BatonResults
import BatonRuntime

/// Puts the results of a retry of the failed tests together with those of the attempts before it.
///
/// A case that was run again has its new outcome; every other one keeps the outcome that it had, with the number of its attempt. A
/// case that was skipped counts as not run. Of findings and measurements the new ones count where there are any; lines are
/// covered when any attempt covered them.
struct AttemptMerging {
  let handover: Handover
  private let attempt: Int?
  /// Cases that were run again, by a hash of their identity.
  private var seen: Set<UInt64> = []
  /// Skipped now: they count only when no attempt before knows them.
  private var skipped: [UInt64: TestOutcome] = [:]
  private var hasFindings = false
  private var measured: Set<String> = []
  /// Failed before, and not run again.
  private var missing: Set<UInt64> = []
  private var isLost = false
  private var missingCases: [(id: UInt64, name: String)] = []

  init(_ handover: Handover) {
    self.handover = handover
    // `results/NAME.2.ndjson`
    let parts = handover.items.split(separator: ".")
    attempt = parts.count > 2 ? Int(parts[parts.count - 2]) : nil
  }

  /// Whether an item of the retry itself counts at once.
  mutating func takes(_ item: ResultItem) -> Bool {
    switch item {
    case .test(let outcome):
      let id = TestIdentity.hash(outcome)
      guard outcome.status == .skipped else {
        seen.insert(id)
        return true
      }
      skipped[id] = outcome
      return false
    case .finding: hasFindings = true
    case .measurement(let measurement): measured.insert(measurement.name)
    case .coverage, .trace, .problem: break
    }
    return true
  }

  /// What counts of an item of the attempts before.
  mutating func kept(_ item: ResultItem) -> ResultItem? {
    switch item {
    case .test(var outcome):
      let id = TestIdentity.hash(outcome)
      guard !seen.contains(id) else { return nil }
      skipped[id] = nil
      if outcome.status.isFailure, outcome.quarantine == nil {
        if missing.insert(id).inserted, missing.count <= 2 * ResultSummary.shownFailures {
          missingCases.append((id, TestIdentity.name(outcome)))
        }
      } else if outcome.status == .passed {
        // It had failed in the same results.
        missing.remove(id)
      }
      outcome.attempt = outcome.attempt ?? attempt
      return .test(outcome)
    case .finding: return hasFindings ? nil : item
    case .measurement(let measurement): return measured.contains(measurement.name) ? nil : item
    case .coverage: return item
    case .trace, .problem: return nil
    }
  }

  /// What the attempts before told cannot be read any more.
  mutating func lose() { isLost = true }

  /// Skipped by the retry, and unknown to the attempts before.
  var unheard: [TestOutcome] { skipped.values.sorted { TestIdentity.name($0) < TestIdentity.name($1) } }

  func retried(_ mask: ((String) -> String)?) -> RetriedTests {
    RetriedTests(
      cases: handover.cases, missing: isLost ? handover.cases : missing.count,
      missingCases: missingCases.filter { missing.contains($0.id) }.prefix(ResultSummary.shownFailures).map {
        mask?($0.name) ?? $0.name
      })
  }
}

extension Gathering {
  /// What a next attempt of the failed tests alone is handed.
  func handover(after outcome: Outcome, _ summary: ResultSummary) -> Handover? {
    if let reason = reasonForAll(outcome, summary) { return Handover(because: reason) }
    guard let items = summary.file, !failing.isEmpty else { return nil }
    let list = RunFolder.failedTests(step: request.step, attempt: request.attempt)
    var lines: [UInt8] = []
    var open = failing
    do {
      try ResultsFile.read("\(request.runFolder)/\(items)") { item in
        guard case .test(let outcome) = item, outcome.status.isFailure, outcome.quarantine == nil,
          open.remove(TestIdentity.hash(outcome)) != nil
        else { return }
        lines += FailedTests.line(outcome)
      }
    } catch {
      return Handover(because: "what failed cannot be read: \(error)")
    }
    if let why = FailedTests.write(lines, to: "\(request.runFolder)/\(list)") {
      return Handover(because: "what failed cannot be written to \(list): \(why)")
    }
    return Handover(cases: failing.count - open.count, items: items, list: list)
  }

  /// Why the failed tests alone are not enough: what failed is not in them, or there may be more.
  private func reasonForAll(_ outcome: Outcome, _ summary: ResultSummary) -> String? {
    switch outcome {
    // One that ends with 0 and leaves failures has not run what it was to run.
    case .exited, .failed, .succeeded: break
    default: return "the attempt was \(outcome.text)"
    }
    if request.wasCutOff { return "the attempt was ended before its time" }
    if summary.tests == 0 { return "the attempt left no results of tests" }
    if let problem = summary.problems.first { return "the results are not complete: \(problem)" }
    if let limit = request.maxFailures, summary.failed + summary.quarantined >= limit {
      let failures = summary.failed + summary.quarantined
      let text = failures == 1 ? "1 failure" : "\(failures) failures"
      return "the attempt stopped after \(text) (max_failures = \(limit)): other tests have not run"
    }
    if summary.failed == 0 { return "no test failed, and yet the attempt did: \(outcome.text)" }
    return nil
  }
}
