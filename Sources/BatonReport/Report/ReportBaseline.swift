import BatonCore
import BatonModel

/// The middle of some values.
enum Median {
  static func of(_ values: [Double]) -> Double? {
    let sorted = values.filter { $0.isFinite }.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

/// What a measurement is compared with: a window of successful runs before it.
///
/// A single value is judged by how far it is from the median of the window, in units of the window's own spread (the median
/// absolute deviation, scaled by 1.4826 to be the standard deviation of a normal distribution): it is called different when it
/// is at least 3 of these units and at least 5% away, and at least five runs are known. Whether more is worse cannot be told
/// from a number: it is, unless the name or the unit says that it is a rate of work or a score.
///
/// Source: F. R. Hampel, "The Influence Curve and its Role in Robust Estimation" (1974); B. Iglewicz, D. Hoaglin, "How to Detect
/// and Handle Outliers" (1993).
public enum ReportBaseline {
  public static let window = 20
  static let fewest = 5
  static let leastChange = 0.05
  static let leastSpreads = 3.0

  public static func judge(_ entry: inout PerformanceEntry, before: [Double]) {
    let known = before.filter { $0.isFinite }
    entry.samples = known.count
    guard let median = Median.of(known) else {
      entry.method = "no earlier successful run measured it"
      return
    }
    entry.baseline = median
    guard known.count >= fewest else {
      entry.judgement = .unknown
      entry.method = "\(ReportNumbers.count(known.count, "earlier run")), \(fewest) are needed for a judgement"
      return
    }
    let spread = (Median.of(known.map { abs($0 - median) }) ?? 0) * 1.4826
    let distance = abs(entry.value - median)
    let isLarge = distance >= leastChange * abs(median) && distance > 0
    let isSignificant = distance >= leastSpreads * spread
    let spreads =
      spread > 0 ? "\(ReportNumbers.decimal(distance / spread, places: 1)) spreads" : "runs before all agree"
    entry.method = "median of \(known.count) runs; \(spreads) (3 count), at least 5%"
    guard isLarge, isSignificant else {
      entry.judgement = .same
      return
    }
    entry.judgement = (entry.value > median) == isMoreBetter(entry.name, entry.unit) ? .better : .worse
  }

  /// Rates of work, and what is called a score, hits or throughput.
  static func isMoreBetter(_ name: String, _ unit: String?) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }
    if words.contains(where: { ["throughput", "score", "rate", "hits", "accuracy", "coverage"].contains($0) }) {
      return !words.contains { ["error", "failure", "miss", "drop"].contains($0) }
    }
    guard let unit = unit?.lowercased() else { return false }
    return unit.hasSuffix("/s") || unit.hasSuffix("/sec") || unit.hasSuffix("ps")
  }
}

extension ReportChange {
  /// Tells the cases of two runs apart.
  public mutating func compare(_ cases: [ReportCase], with before: [ReportCase]) {
    func key(_ item: ReportCase) -> String {
      let outcome = item.outcome
      return [item.step, outcome.suite, outcome.className, outcome.name, outcome.parameters].joined(separator: "\u{0}")
    }
    var old: [String: Bool] = [:]
    old.reserveCapacity(before.count)
    for item in before { old[key(item)] = item.outcome.status.isFailure }
    comparesTests = true
    func name(_ item: ReportCase) -> String {
      let cell = TestIdentity.cell(of: item.step)
      return cell.isEmpty ? item.title : "\(item.title) (\(cell))"
    }
    for (index, item) in cases.enumerated() {
      let failed = item.outcome.status.isFailure
      guard let did = old.removeValue(forKey: key(item)) else {
        added += 1
        if failed { newPositions.append(index) }
        continue
      }
      switch (did, failed) {
      case (false, true): newPositions.append(index)
      case (true, true): stillFailing.append(name(item))
      case (true, false): if item.outcome.status == .passed { fixed.append(name(item)) }
      case (false, false): break
      }
    }
    removed = old.count
    newFailures = newPositions.map { name(cases[$0]) }
  }
}
