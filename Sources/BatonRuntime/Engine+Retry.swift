import BatonCore
import BatonModel

/// Retries of the failed tests alone: what an attempt is handed.
extension Engine {
  /// Of more failed tests, those that a function selects are not worth the command line: all are run again.
  private static let mostSelected = 10_000
  /// What the system takes as arguments, with room for the environment (execve(2): 2 MB in all, 128 KB each).
  private static let longestWord = 120 << 10
  private static let longestWords = 1 << 20

  /// The failed tests that an attempt is handed; nil: it runs all of them.
  func handed(to node: NodeIndex, _ alternative: Int?) -> LaunchBuilder.Handed? {
    guard machine.facts.hasResults else { return nil }
    let name = machine.plan.nodes[node].name
    guard let handover = machine.facts.steps[name]?.handover else { return nil }
    let options = machine.plan.nodes[node].options.value
    let policy =
      alternative.flatMap { options.failover.indices.contains($0) ? options.failover[$0].retry : nil } ?? options.retry
    // The script may have been edited since.
    guard policy.tests == .failed else { return nil }
    var handed = LaunchBuilder.Handed(handover: handover, list: "\(context.folder.path)/\(handover.list)")
    handed.command = policy.command
    func everything(_ why: String) -> LaunchBuilder.Handed? {
      ports.reporter.warning("step \"\(name)\": all of its tests are run again, not the failed ones alone: \(why)")
      return nil
    }
    guard let cases = ports.results.failedCases(in: handed.list, limit: Self.mostSelected + 1) else {
      return everything("\(handed.list) cannot be read")
    }
    guard let select = policy.select else { return handed }
    guard cases.count <= Self.mostSelected else { return everything("more than \(Self.mostSelected) failed") }
    switch call(select, [.list(cases)]) {
    case .returned(let values):
      let words = values.first?.list?.map(\.text) ?? values.first?.string.map { [$0] } ?? []
      guard !words.isEmpty else {
        return everything(values.dropFirst().first?.string ?? "its `retry.select` selected none of them")
      }
      guard words.allSatisfy({ $0.utf8.count <= Self.longestWord }),
        words.reduce(0, { $0 + $1.utf8.count + 1 }) <= Self.longestWords
      else { return everything("their names are too long for a command line") }
      handed.words = words
      return handed
    case .raised(let message), .failed(let message), .halted(let message):
      return everything("its `retry.select`: \(message)")
    }
  }
}

extension AttemptReport {
  /// What the results make of how the attempt ended.
  mutating func judge(_ summary: ResultSummary, maxFailures: Int?) {
    let judged = ResultJudgement(outcome, summary, maxFailures: maxFailures)
    outcome = judged.outcome
    note = judged.note
  }
}
