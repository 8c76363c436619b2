import BatonModel

/// What results say about how an attempt ended, where the exit code alone would not be right:
///
/// - a test that an expired entry of the quarantine names fails its step, whether it passed or not;
/// - where every failed test is in quarantine, and the results are complete, the step has succeeded; not where a runner
///   stopped after so many failures, since nobody knows what the others would have done;
/// - a retry of the failed tests alone has succeeded only when it ran all of them and none failed once more.
public struct ResultJudgement: Sendable, Hashable {
  public var outcome: Outcome
  /// Why it succeeded all the same.
  public var note: String?

  /// - Parameter maxFailures: after so many the runner stops.
  public init(_ outcome: Outcome, _ summary: ResultSummary, maxFailures: Int? = nil) {
    self.outcome = outcome
    switch outcome {
    case .succeeded, .exited: break
    default: return
    }
    if !summary.expired.isEmpty {
      self.outcome = .failed(summary.expired.joined(separator: "; "))
      return
    }
    if case .exited(let code) = outcome, code != 0, summary.failed == 0, summary.quarantined > 0,
      summary.problems.isEmpty, summary.retried?.missing ?? 0 == 0
    {
      if let limit = maxFailures, summary.quarantined >= limit {
        self.outcome = .failed(
          "\(outcome.text): all that failed is in quarantine, but after \(Self.count(summary.quarantined)) the runner stopped "
            + "(max_failures = \(limit)), and the others have not run")
        return
      }
      self.outcome = .succeeded
      note =
        "\(outcome.text), and all that failed is in quarantine: "
        + Self.list(summary.quarantinedCases, of: summary.quarantined)
      return
    }
    guard case .succeeded = outcome, let retried = summary.retried else { return }
    if retried.missing > 0 {
      self.outcome = .failed(
        "the retry did not run \(Self.count(retried.missing)) of the \(retried.cases) that had failed: "
          + Self.list(retried.missingCases, of: retried.missing))
    } else if summary.failed > 0 {
      self.outcome = .failed(
        "\(Self.count(summary.failed)) still failed in the retry, though it ended with exit code 0: "
          + Self.list(summary.failures, of: summary.failed))
    }
  }

  private static func count(_ number: Int) -> String { number == 1 ? "1 test" : "\(number) tests" }

  static func list(_ names: [String], of count: Int) -> String {
    let shown = names.prefix(5)
    let more = count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
