import BatonModel

/// How risky it is to go on with what was measured, in 0…1.
///
/// `risk = 1 − (1 − f)(1 − k)(1 − c)(1 − s)`, each part in 0…1, a part that nothing is known of being 0:
/// - `f`: the share of the executed tests that failed;
/// - `k`: half the share of them that was flaky;
/// - `c`: half the share of changed lines that was not executed;
/// - `s = 1 − 0.5^(critical + high/4 + medium/16)` of the findings.
///
/// One failed test among ten gives 0.1; one critical finding 0.5; both 0.55.
public struct Risk: Sendable, Hashable {
  public var failures = 0.0
  public var flakiness = 0.0
  public var uncovered = 0.0
  public var findings = 0.0

  public var value: Double { 1 - (1 - failures) * (1 - flakiness) * (1 - uncovered) * (1 - findings) }

  /// nil where nothing is known of anything.
  public init?(
    tests: Double?, failed: Double?, skipped: Double?, flaky: Double?, changed: Double?, critical: Double?,
    high: Double?, medium: Double?
  ) {
    guard tests != nil || changed != nil || critical != nil || high != nil || medium != nil else { return nil }
    func part(_ value: Double) -> Double { value.isFinite ? min(1, max(0, value)) : 1 }
    if let tests, tests - (skipped ?? 0) > 0 {
      let executed = tests - (skipped ?? 0)
      failures = part((failed ?? 0) / executed)
      flakiness = part((flaky ?? 0) / executed) / 2
    }
    if let changed { uncovered = part(1 - changed) / 2 }
    let weight = part((critical ?? 0) / 64) * 64 + part((high ?? 0) / 256) * 64 + part((medium ?? 0) / 1024) * 64
    findings = 1 - Self.half(weight)
  }

  /// 0.5 to the power of a number from 0 on.
  private static func half(_ exponent: Double) -> Double {
    // By squaring the whole part, and by the series of e^(−x ln 2) for the rest: no library needed, and the same everywhere.
    let whole = exponent.rounded(.down)
    let rest = (exponent - whole) * -0.6931471805599453
    var term = 1.0
    var sum = 1.0
    for n in 1...16 {
      term *= rest / Double(n)
      sum += term
    }
    return sum * Double(sign: .plus, exponent: -Int(min(1000, whole)), significand: 1)
  }
}
