import BatonModel

/// What failures have in common, so that the second one is known as the first again: an incident, an issue.
public enum FailureCause {
  /// The longest list of causes that an event carries.
  public static let most = 50

  /// A step or gate that failed.
  public struct Failure: Sendable, Hashable {
    public var step: String
    public var reason: String?
    /// What its failed tests have in common (``ResultSummary/Cause/key``); empty: none of it is known.
    public var tests: [Int64]

    public init(_ step: String, _ reason: String?, tests: [Int64] = []) {
      self.step = step
      self.reason = reason
      self.tests = tests
    }
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

  /// The causes of a run that ended.
  ///
  /// - Parameters:
  ///   - failed: its steps and gates that failed, and why.
  ///   - reason: why the run ended, which counts where no step failed.
  public static func keys(
    workflow: String, status: RunStatus, reason: String?, failed: [Failure]
  ) -> [String] {
    guard status == .failed || status == .halted else { return [] }
    var seen: Set<String> = []
    var keys: [String] = []
    for failure in failed {
      let own =
        failure.tests.isEmpty
        ? [key(workflow: workflow, step: failure.step, reason: failure.reason)]
        : failure.tests.map { key(workflow: workflow, tests: $0) }
      for key in own where seen.insert(key).inserted { keys.append(key) }
    }
    if keys.isEmpty { keys = [key(workflow: workflow, step: nil, reason: reason)] }
    return Array(keys.prefix(most))
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
    FailureCause.keys(
      workflow: start?.workflow ?? "", status: status, reason: reason,
      failed: failures.map { end in
        FailureCause.Failure(
          end.step, end.reason ?? end.attempt?.outcome.text, tests: testCauses(of: end.step).map(\.key))
      })
  }

  /// What the tests that failed in a step's last attempt have in common; empty: none failed, or it did not get so far.
  func testCauses(of step: String) -> [ResultSummary.Cause] {
    guard hasResults, let facts = steps[step], let results = facts.results, results.attempt == facts.attempts,
      results.summary.failed > 0
    else { return [] }
    return results.summary.causes
  }
}
