import BatonModel

/// What failures have in common, so that the second one is known as the first again: an incident, an issue.
public enum FailureCause {
  /// The longest list of causes that an event carries.
  public static let most = 50

  /// The longest list of what is well again.
  public static let mostRecovered = 200

  /// One cause of the failure of a step or gate, as people are told it.
  struct Entry: Sendable, Hashable {
    var key: String
    var step: String
    var attempt: Int?
    var reason: String?
    /// How many tests failed of it, or at least so many; nil: the step itself did.
    var tests: Int?
  }

  /// The key of a cause of failed tests: the same in whichever step of the workflow they fail of it.
  public static func key(workflow: String, tests: Int64) -> String {
    var hash = StableHash()
    hash.combine(workflow)
    hash.combine("tests")
    hash.combine(String(tests))
    return digits(hash)
  }

  /// The key of a cause: 16 hexadecimal digits, the same in every run and on every machine. The one place that says what
  /// makes two failures one.
  ///
  /// - Parameters:
  ///   - step: nil for a failure of the run as a whole.
  ///   - reason: how the last attempt ended, or what a gate said.
  public static func key(workflow: String, step: String?, reason: String?) -> String {
    var hash = StableHash()
    hash.combine(workflow)
    hash.combine(step ?? "")
    hash.combine(essence(of: reason ?? ""))
    return digits(hash)
  }

  private static func digits(_ hash: StableHash) -> String {
    let digits = String(hash.finish().0, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What of a reason is the same when the same thing happens again: of a refusal, the metrics that were not met, whatever they
  /// came to and which cases stand behind them; of other texts, what ``FailureSignature/masked(_:)`` leaves. Exit codes count.
  static func essence(of reason: String) -> String {
    var metrics: Set<Substring> = []
    for part in reason.split(separator: "; ") {
      let name = part.prefix { $0 != " " }
      let rest = part[name.endIndex...]
      let isFinding = rest.hasPrefix(" = ") && rest.contains(", required ")
      if !name.isEmpty, isFinding || rest.hasPrefix(" is missing: ") { metrics.insert(name) }
    }
    if !metrics.isEmpty { return "refused: " + metrics.sorted().joined(separator: ", ") }
    return reason.hasPrefix("exit code ") ? reason : FailureSignature.masked(reason)
  }

  /// What of many causes is told: the first of each, in the order in which they were met, then what else there is; at most
  /// ``most``.
  static func told(_ entries: some Sequence<Entry>) -> [Entry] {
    var seen: Set<String> = []
    var firsts: [Entry] = []
    var others: [Entry] = []
    for entry in entries {
      if seen.insert(entry.key).inserted { firsts.append(entry) } else if others.count < most { others.append(entry) }
      if firsts.count == most { break }
    }
    return Array((firsts + others).prefix(most))
  }

  /// The keys of what ``told(_:)`` gives, each once.
  static func keys(_ told: [Entry]) -> [String] {
    var seen: Set<String> = []
    return told.map(\.key).filter { seen.insert($0).inserted }
  }
}

extension RunFacts {
  /// The steps whose failure counts, the first that failed first: no groups, nothing that was allowed to fail, nothing that a
  /// durable body may have caught.
  public var failures: [StepEnd] {
    steps.values.compactMap(\.end)
      .filter { $0.status == .failed && !$0.allowed && $0.kind != .group && body(of: $0.step) == nil }
      .sorted {
        let (left, right) = ($0.attempt?.ended ?? lastTime, $1.attempt?.ended ?? lastTime)
        return left == right ? $0.step < $1.step : left < right
      }
  }

  /// The causes of how the run ends, by what is recorded so far.
  public func causes(of status: RunStatus, _ reason: String?) -> [String] {
    guard status == .failed || status == .halted else { return [] }
    let keys = FailureCause.keys(FailureCause.told(failures.lazy.flatMap { self.causes(of: $0) }))
    return keys.isEmpty ? [FailureCause.key(workflow: start?.workflow ?? "", step: nil, reason: reason)] : keys
  }

  /// Why a step or gate failed.
  func causes(of end: StepEnd) -> [FailureCause.Entry] {
    causes(of: end.step, end.reason ?? end.attempt?.outcome.text, end.attempt)
  }

  /// Why a step failed, or one of its attempts: what its failed tests have in common, which stand for it where it merely exited.
  /// Otherwise what it failed of itself comes first.
  ///
  /// - Parameter attempt: the one that decided; nil: none did.
  func causes(of step: String, _ reason: String?, _ attempt: AttemptEnd?) -> [FailureCause.Entry] {
    let workflow = start?.workflow ?? ""
    let summary = lastResults(of: step)
    let tests = (summary?.causes ?? []).map { cause in
      FailureCause.Entry(
        key: FailureCause.key(workflow: workflow, tests: cause.key), step: step, attempt: attempt?.number,
        reason: cause.text, tests: cause.cases)
    }
    if let summary, !tests.isEmpty, let outcome = attempt?.outcome, isOfTests(outcome, summary) { return tests }
    let own = FailureCause.Entry(
      key: FailureCause.key(workflow: workflow, step: step, reason: reason), step: step, attempt: attempt?.number,
      reason: reason)
    return [own] + tests
  }

  /// Whether an attempt says no more than that tests failed.
  private func isOfTests(_ outcome: Outcome, _ summary: ResultSummary) -> Bool {
    switch outcome {
    case .exited: true
    case .failed:
      // A retry of the failed tests that ended well.
      summary.expired.isEmpty && summary.retried?.missing == 0
        && ResultJudgement(.succeeded, summary).outcome == outcome
    default: false
    }
  }

  /// What the results of a step's last attempt say, in which tests failed; nil: none failed, or it did not get so far.
  private func lastResults(of step: String) -> ResultSummary? {
    guard hasResults, let facts = steps[step], let results = facts.results, results.attempt == facts.attempts,
      results.summary.failed > 0
    else { return nil }
    return results.summary
  }
}
