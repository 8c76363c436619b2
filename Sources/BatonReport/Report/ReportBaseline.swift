import BatonCore
import BatonModel

/// What a measurement is compared with: a window of successful runs before it, as gates compare (``Regression``).
///
/// It is called different when it is at least 5% away from the median of the window, and the test of ``Regression`` tells it
/// from the window; from fewer than five runs nothing is judged. Whether more is worse cannot be told from a number: it is,
/// unless the name or the unit says that it is a rate of work or a score.
public enum ReportBaseline {
  public static let window = Regression.window
  static let fewest = 5
  static let leastChange = 0.05

  public static func judge(_ entry: inout PerformanceEntry, before: [Double]) {
    let known = before.filter { $0.isFinite }
    entry.samples = known.count
    guard entry.value.isFinite, let median = RankTest.median(known) else {
      entry.method = entry.value.isFinite ? "no earlier successful run measured it" : "it is no number"
      return
    }
    entry.baseline = median
    guard known.count >= fewest else {
      entry.judgement = .unknown
      entry.method = "\(ReportNumbers.count(known.count, "earlier run")), \(fewest) are needed for a judgement"
      return
    }
    let isUp = entry.value > median
    let regression = Regression(
      entry.value, Array(known.prefix(window)), isUp ? .atMost : .atLeast,
      factor: isUp ? 1 + leastChange : 1 - leastChange)
    entry.method = "median of \(regression.runs) runs; at least 5% and \(regression.evidence)"
    guard regression.isOne else {
      entry.judgement = .same
      return
    }
    entry.judgement = isUp == isMoreBetter(entry.name, entry.unit) ? .better : .worse
  }

  /// Rates of work, and what is called a score, hits or throughput.
  static func isMoreBetter(_ name: String, _ unit: String?) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }
    if words.contains(where: { ["throughput", "score", "rate", "hits", "accuracy", "coverage"].contains($0) }) {
      let bad: Set<Substring> = [
        "error", "errors", "failure", "failures", "miss", "misses", "drop", "drops", "loss", "flaky", "crash",
        "crashes",
        "retry", "retries", "timeout", "timeouts", "reject", "rejects",
      ]
      return !words.contains(where: bad.contains)
    }
    guard let unit = unit?.lowercased() else { return false }
    return unit.hasSuffix("/s") || unit.hasSuffix("/sec") || (unit.hasSuffix("ps") && unit != "ps")
  }
}

extension ReportChange {
  /// Tells the cases of two runs apart.
  ///
  /// - Parameter path: the steps that the run is called from, with a slash behind each.
  public mutating func compare(_ cases: [ReportCase], calledFrom path: String = "", with before: [CaseEnd]) {
    struct Key: Hashable {
      var step: String
      var test: Int64
    }
    var old: [Key: Bool] = [:]
    old.reserveCapacity(before.count)
    for end in before { old[Key(step: end.step, test: end.test)] = end.status.isFailure }
    comparesTests = true
    func name(_ item: ReportCase) -> String {
      let cell = TestIdentity.cell(of: item.step)
      return cell.isEmpty ? item.title : "\(item.title) (\(cell))"
    }
    var known: Set<Key> = []
    for (index, item) in cases.enumerated() {
      let key = Key(step: item.step, test: TestIdentity(item.outcome, step: path + item.step).key)
      let failed = item.outcome.status.isFailure
      guard let did = old[key] else {
        if known.insert(key).inserted { added += 1 }
        if failed { newPositions.append(index) }
        continue
      }
      known.insert(key)
      switch (did, failed) {
      case (false, true): newPositions.append(index)
      case (true, true): stillFailing.append(name(item))
      case (true, false): if item.outcome.status == .passed { fixed.append(name(item)) }
      case (false, false): break
      }
    }
    removed = old.keys.count { !known.contains($0) }
    newFailures = newPositions.map { name(cases[$0]) }
  }
}
