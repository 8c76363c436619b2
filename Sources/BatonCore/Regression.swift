import BatonModel

/// Whether a metric got worse than its baseline: by size and beyond chance.
///
/// The baseline is the median over a rolling window of the newest runs of the workflow on the same branch that succeeded; a run
/// whose gate refused and was let pass by a person is none of them, but where five in a row were let pass so: these are the new
/// level, and nothing before them counts. A value is a regression when it violates the bound that the script gives
/// (`baseline * factor + offset`, the minimum effect) *and* the Mann-Whitney U test tells it from the window: one-sided
/// p ≤ ``significance``, or, where so few values can't give a p as small, it is worse than every one of them, and that by
/// ``leastSpreads`` of their spreads (the median absolute deviation, scaled by
/// 1.4826 to be the standard deviation of a normal distribution): of five runs, one in six is the worst by chance alone.
///
/// A bound on the good side of the baseline (`<= baseline * 0.5`) demands an improvement: it holds or it does not.
///
/// Source: H. B. Mann, D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other"
/// (1947); F. R. Hampel, "The Influence Curve and its Role in Robust Estimation" (1974).
public struct Regression: Sendable, Hashable {
  /// How many runs the baseline spans.
  public static let window = 20
  public static let significance = 0.05
  public static let leastSpreads = 3.0

  public var value: Double
  public var median: Double
  public var bound: Double
  public var runs: Int
  /// Whether the bound is violated.
  public var exceeds: Bool
  /// One-sided, of a shift in the direction that the bound forbids; nil with fewer than two runs.
  public var p: Double?
  public var isSignificant: Bool

  public var isOne: Bool { exceeds && isSignificant }

  /// - Parameter before: the newest first.
  public init(
    _ value: Double, _ before: [Double], _ comparison: Requirement.Comparison, factor: Double, offset: Double = 0
  ) {
    let window = Array(before.prefix(Self.window))
    self.value = value
    runs = window.count
    median = RankTest.median(window) ?? value
    // Of a median below zero, a tenth more is nearer to zero.
    bound = median + abs(median) * (factor - 1) + offset
    exceeds = !comparison.holds(value, bound)
    isSignificant = true
    guard runs > 1, let test = RankTest([value], window) else { return }
    let isWorseUp: Bool
    switch comparison {
    case .atMost, .less: isWorseUp = true
    case .atLeast, .more: isWorseUp = false
    // To either side: nothing is said of chance.
    case .equal, .notEqual: return
    }
    // A demand for improvement is judged as it stands: chance excuses what is somewhat worse than before, not what is no better.
    guard isWorseUp ? bound >= median : bound <= median else { return }
    // With one value, U is how many of the others lie below it, ties counting half.
    let above = test.u
    let beyond = isWorseUp ? Double(runs) - above : above
    let tail = (beyond + 1) / Double(runs + 1)
    p = min(1, tail)
    let isExtreme = beyond < 0.5
    let spread = (RankTest.median(window.map { abs($0 - median) }) ?? 0) * 1.4826
    let isFar = isExtreme && abs(value - median) >= Self.leastSpreads * spread
    isSignificant = tail <= Self.significance || isFar
  }

  /// For people: `Mann-Whitney p = 0.048`; nothing where there is no test.
  public var evidence: String {
    guard let p else { return "one run" }
    let text = "Mann-Whitney p = \(GateEvaluation.shown((p * 1000).rounded() / 1000))"
    return isSignificant && p > Self.significance ? "\(text), far beyond every one of them" : text
  }

  func text(_ shown: (Double) -> String) -> String {
    guard runs > 1 else { return shown(bound) }
    var text = "\(shown(bound)); median of \(runs) runs \(shown(median))"
    if median != 0 {
      let change = (value / median - 1) * 100
      if change.isFinite { text += ", \(change >= 0 ? "+" : "")\(shown((change * 10).rounded() / 10)) %" }
    }
    if p != nil { text += ", \(evidence)" }
    if exceeds, !isSignificant { text += ": within the noise" }
    return text
  }
}
