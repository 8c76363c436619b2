import BatonModel

/// Judges a gate's `require` over what the steps before it measured.
///
/// `tests`, `passed`, `failed`, `skipped` and `flaky` are summed over the steps; `pass_rate` is `(tests - failed - skipped) /
/// (tests - skipped)` and `flaky_rate` is `flaky / (tests - skipped)` of those sums, unless steps reported the rate itself;
/// `duration` is the seconds from the first start to the last end. Of any other metric that several steps report, the worst
/// one for the comparison counts.
public struct GateEvaluation {
  /// What one step reported, and when it ran.
  public struct Source: Sendable {
    public var metrics: [String: Double]
    public var started: Instant?
    public var ended: Instant?

    public init(metrics: [String: Double], started: Instant? = nil, ended: Instant? = nil) {
      self.metrics = metrics
      self.started = started
      self.ended = ended
    }
  }

  private static let sums: Set<String> = ["tests", "passed", "failed", "skipped", "flaky"]

  /// What was found, requirement by requirement; of a refusal, only what is not met.
  ///
  /// - Parameter baseline: metric → value in the newest run that succeeded.
  public static func verdict(
    gate: String, spec: GateSpec, sources: [Source], baseline: [String: Double]
  ) -> GateVerdict {
    var met: [String] = []
    var unmet: [String] = []
    var measured: [String: Double] = [:]
    for requirement in spec.require {
      let name = requirement.metric.hasPrefix("metric.") ? String(requirement.metric.dropFirst(7)) : requirement.metric
      guard let value = measure(name, requirement.comparison, sources) else {
        unmet.append("\(name) is missing: no step that \(gate) depends on reported it")
        continue
      }
      measured[requirement.metric] = value
      let bound: Double
      switch requirement.bound {
      case .number(let number): bound = number
      case .baseline(let factor, let offset):
        guard let before = baseline[requirement.metric] else {
          met.append("\(name) = \(shown(value)), with no baseline yet")
          continue
        }
        bound = before * factor + offset
      }
      let holds = requirement.comparison.holds(value, bound)
      var text = "\(name) = \(shown(value)), required \(requirement.text)"
      if case .baseline = requirement.bound { text += " (\(shown(bound)))" }
      if holds { met.append(text) } else { unmet.append(text) }
    }
    return GateVerdict(
      gate: gate, passed: unmet.isEmpty, findings: unmet.isEmpty ? met : unmet, measured: measured,
      otherwise: spec.otherwise)
  }

  /// Everything that the steps measured, by the rules above; of what several steps report, the largest value.
  public static func measurements(_ sources: [Source]) -> [String: Double] {
    let names = Set(sources.flatMap(\.metrics.keys)).union(["duration", "pass_rate", "flaky_rate"])
    var all: [String: Double] = [:]
    for name in names { all[name] = measure(name, .atMost, sources) }
    return all
  }

  /// For people: at most six decimals, so that `100 * 1.1` reads 110.
  private static func shown(_ number: Double) -> String {
    abs(number) < 1e9 ? Requirement.text((number * 1e6).rounded() / 1e6) : Requirement.text(number)
  }

  private static func measure(
    _ name: String, _ comparison: Requirement.Comparison, _ sources: [Source]
  ) -> Double? {
    func reported(_ name: String) -> [Double] { sources.compactMap { $0.metrics[name] } }
    func sum(_ name: String) -> Double? {
      let values = reported(name)
      return values.isEmpty ? nil : values.reduce(0, +)
    }
    if name == "duration", reported(name).isEmpty {
      guard let start = sources.compactMap(\.started).min(), let end = sources.compactMap(\.ended).max() else {
        return nil
      }
      return (end - start).seconds
    }
    if sums.contains(name) { return sum(name) }
    let values = reported(name)
    if values.isEmpty, let tests = sum("tests") {
      let counted = tests - (sum("skipped") ?? 0)
      switch name {
      case "pass_rate": return counted > 0 ? (counted - (sum("failed") ?? 0)) / counted : nil
      case "flaky_rate": return counted > 0 ? (sum("flaky") ?? 0) / counted : nil
      default: return nil
      }
    }
    switch comparison {
    case .atLeast, .more: return values.min()
    case .atMost, .less: return values.max()
    case .equal, .notEqual: return values.first { $0 != values[0] } ?? values.first
    }
  }
}

extension Requirement.Comparison {
  func holds(_ value: Double, _ bound: Double) -> Bool {
    switch self {
    case .atLeast: value >= bound
    case .atMost: value <= bound
    case .equal: value == bound
    case .notEqual: value != bound
    case .more: value > bound
    case .less: value < bound
    }
  }
}

extension RunMachine {
  /// What a gate judges: the steps before it.
  public func sources(of gate: NodeIndex) -> [GateEvaluation.Source] {
    stepsBefore(gate).compactMap { index in
      guard let known = facts.steps[plan.nodes[index].name] else { return nil }
      return GateEvaluation.Source(
        metrics: known.measurements, started: known.end?.attempt?.started, ended: known.end?.attempt?.ended)
    }
  }
}
