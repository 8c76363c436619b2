import BatonModel

/// Judges a gate's `require` over what the steps before it measured.
///
/// `tests`, `passed`, `failed`, `skipped`, `flaky`, `findings` and `findings.SEVERITY` are summed over the steps; `pass_rate` is
/// `(tests - failed - skipped) / (tests - skipped)` and `flaky_rate` is `flaky / (tests - skipped)` of those sums, over
/// the steps that did not report the rate themselves (failures in quarantine count in neither); `duration` is the seconds
/// from the first start to the last end, without those in which nobody drove the run; `new_failures` counts the cases that
/// fail now and did not in the last run of the branch; `risk` is ``Risk``. Of any other metric that several steps report, the
/// worst one for the comparison counts.
///
/// A refusal names the number, the limit and the cases or lines behind it. What a step should have reported and did not
/// (``ResultGap``) makes what is counted over all of them no number to judge: then the metric is missing, with the reason.
public struct GateEvaluation {
  /// What one step reported, and when it ran.
  public struct Source: Sendable {
    /// The step's name; empty: it is of no importance.
    public var step = ""
    public var metrics: [String: Double]
    public var started: Instant?
    public var ended: Instant?
    public var summary: ResultSummary?

    public init(
      metrics: [String: Double], started: Instant? = nil, ended: Instant? = nil, summary: ResultSummary? = nil
    ) {
      self.metrics = metrics
      self.started = started
      self.ended = ended
      self.summary = summary
    }
  }

  /// What is known from earlier runs.
  public struct Past: Sendable {
    /// Metric → its values in the runs that succeeded before, on the same branch, the newest first (``Regression/window``).
    public var baselines: [String: [Double]]
    /// nil: there is no earlier run to compare with, or nobody asked.
    public var newFailures: NewFailures?

    public init(baselines: [String: [Double]] = [:], newFailures: NewFailures? = nil) {
      self.baselines = baselines
      self.newFailures = newFailures
    }
  }

  /// Cases that fail now and did not in the last run.
  public struct NewFailures: Sendable, Hashable {
    public var count: Int
    /// The first ones, as people know them.
    public var cases: [String]
    /// The run that was compared with.
    public var run: String

    public init(count: Int, cases: [String], run: String) {
      self.count = count
      self.cases = cases
      self.run = run
    }
  }

  private static let sums: Set<String> = Set(
    ["tests", "passed", "failed", "skipped", "flaky", "quarantined", "findings"]
      + FindingSeverity.allCases.map { "findings.\($0.rawValue)" })
  /// How many cases or lines a refusal names.
  static let shown = 10

  /// What was found, requirement by requirement; of a refusal, only what is not met.
  ///
  /// - Parameter baseline: metric → value in the newest run that succeeded.
  public static func verdict(
    gate: String, spec: GateSpec, sources: [Source], baseline: [String: Double]
  ) -> GateVerdict {
    verdict(gate: gate, spec: spec, sources: sources, past: Past(baselines: baseline.mapValues { [$0] }))
  }

  /// What was found, requirement by requirement; of a refusal, only what is not met.
  public static func verdict(gate: String, spec: GateSpec, sources: [Source], past: Past) -> GateVerdict {
    var met: [String] = []
    var unmet: [String] = []
    var measured: [String: Double] = [:]
    for requirement in spec.require {
      let name = requirement.metric.hasPrefix("metric.") ? String(requirement.metric.dropFirst(7)) : requirement.metric
      let gaps = Self.gaps(of: name, sources)
      guard let value = measure(name, requirement.comparison, sources, past), gaps.isEmpty || !isCounted(name) else {
        unmet.append(gaps.isEmpty ? missing(name, gate, sources) : "\(name) is missing: \(gaps)")
        continue
      }
      measured[requirement.metric] = value
      let holds: Bool
      var text = "\(name) = \(shown(value)), required \(requirement.text)"
      switch requirement.bound {
      case .number(let number): holds = requirement.comparison.holds(value, number)
      case .baseline(let factor, let offset):
        guard let before = past.baselines[requirement.metric], !before.isEmpty else {
          met.append("\(name) = \(shown(value)), with no baseline yet")
          continue
        }
        let regression = Regression(value, before, requirement.comparison, factor: factor, offset: offset)
        holds = !regression.isOne
        text += " (\(regression.text(shown)))"
      }
      if holds {
        met.append(text)
      } else {
        unmet.append(text + GateCauses(sources: sources, past: past).text(behind: name))
      }
    }
    return GateVerdict(
      gate: gate, passed: unmet.isEmpty, findings: unmet.isEmpty ? met : unmet, measured: measured,
      otherwise: spec.otherwise)
  }

  /// Whether the gate refuses whatever is yet to come. Only what is certain counts:
  ///
  /// - `failed`, `flaky`, `skipped` and `findings` can only grow: a limit that is exceeded stays so;
  /// - of what several steps report, the worst counts: one that is not good enough stays so;
  /// - a pass rate of 1 is out of reach after one failure, and a flaky rate of 0 after one flaky test.
  ///
  /// - a lower pass rate is out of reach when even twice as many tests as the steps that are to come ever told in earlier runs
  ///   would not reach it if all of them passed; a higher flaky rate than 0, when none of them were flaky. Where a step has never
  ///   told how many it has, this is not known.
  ///
  /// - Parameters:
  ///   - sources: of steps that have ended: what others report may change.
  ///   - toCome: how many tests the others told at most in earlier runs; nil: that is not known.
  public static func cannotPass(_ spec: GateSpec, sources: [Source], toCome: Int? = nil) -> Bool {
    spec.require.contains { requirement in
      guard case .number(let limit) = requirement.bound else { return false }
      let name = requirement.metric.hasPrefix("metric.") ? String(requirement.metric.dropFirst(7)) : requirement.metric
      let (comparison, known) = (requirement.comparison, sources.compactMap { $0.metrics[name] })
      if sums.contains(name) {
        let isGrowing = ["failed", "flaky", "skipped"].contains(name) || name.hasPrefix("findings")
        guard isGrowing, !known.isEmpty else { return false }
        let sum = known.reduce(0, +)
        return switch comparison {
        case .atMost, .equal: sum > limit
        case .less: sum >= limit
        case .atLeast, .more, .notEqual: false
        }
      }
      let isOutOfReach =
        switch comparison {
        case .atLeast, .more: known.min().map { !comparison.holds($0, limit) } ?? false
        case .atMost, .less: known.max().map { !comparison.holds($0, limit) } ?? false
        case .equal, .notEqual: false
        }
      if isOutOfReach { return true }
      func any(_ count: String) -> Bool {
        sources.contains { $0.metrics[name] == nil && $0.metrics[count] ?? 0 > 0 && $0.metrics["tests"] != nil }
      }
      let isCertain =
        switch (name, comparison) {
        case ("pass_rate", .atLeast), ("pass_rate", .equal): limit >= 1 && any("failed")
        case ("pass_rate", .more): limit >= 1
        case ("flaky_rate", .atMost), ("flaky_rate", .equal): limit <= 0 && any("flaky")
        case ("flaky_rate", .less): limit <= 0
        default: false
        }
      return isCertain || toCome.map { !isInReach(requirement, name, limit, sources, toCome: $0) } ?? false
    }
  }

  /// Whether a rate can still be what is required, when twice as many tests are to come and all of them do well.
  private static func isInReach(
    _ requirement: Requirement, _ name: String, _ limit: Double, _ sources: [Source], toCome: Int
  ) -> Bool {
    let others = sources.filter { $0.metrics[name] == nil && $0.metrics["tests"] != nil }
    func sum(_ count: String) -> Double { others.reduce(0) { $0 + ($1.metrics[count] ?? 0) } }
    let counted = sum("tests") - sum("skipped") - sum("quarantined") + 2 * Double(toCome)
    guard counted > 0, !others.isEmpty else { return true }
    switch (name, requirement.comparison) {
    case ("pass_rate", .atLeast), ("pass_rate", .more), ("pass_rate", .equal):
      let best = (counted - sum("failed")) / counted
      return requirement.comparison == .equal ? best >= limit : requirement.comparison.holds(best, limit)
    case ("flaky_rate", .atMost), ("flaky_rate", .less), ("flaky_rate", .equal):
      let best = sum("flaky") / counted
      return requirement.comparison == .equal ? best <= limit : requirement.comparison.holds(best, limit)
    default: return true
    }
  }

  /// Everything that the steps measured, by the rules above; of what several steps report, the largest value.
  public static func measurements(_ sources: [Source]) -> [String: Double] {
    let names = Set(sources.flatMap(\.metrics.keys)).union(["duration", "pass_rate", "flaky_rate", "risk"])
    var all: [String: Double] = [:]
    for name in names { all[name] = measure(name, .atMost, sources, Past()) }
    return all
  }

  /// For people: at most six decimals, so that `100 * 1.1` reads 110.
  static func shown(_ number: Double) -> String {
    abs(number) < 1e9 ? Requirement.text((number * 1e6).rounded() / 1e6) : Requirement.text(number)
  }

  /// Whether it is made of all that the steps report. Which names files of other numbers would have told, nobody knows.
  private static func isCounted(_ name: String) -> Bool {
    ResultKind.allCases.contains { $0 != .metrics && $0 != .anything && $0.tells(of: name) }
  }

  /// Why a part of what the steps should tell of a metric is not known; empty: all of it is.
  private static func gaps(of name: String, _ sources: [Source]) -> String {
    let told = sources.flatMap { source in
      (source.summary?.gaps ?? []).filter { $0.kind.tells(of: name) }
        .map { source.step.isEmpty ? $0.reason : "\(source.step): \($0.reason)" }
    }
    let more = told.count - 3
    return told.prefix(3).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static func missing(_ name: String, _ gate: String, _ sources: [Source]) -> String {
    switch name {
    case "coverage.changed":
      if let problem = sources.lazy.compactMap({ $0.summary?.changed?.problem }).first {
        return "\(name) is missing: \(problem)"
      }
    case "new_failures":
      if sources.contains(where: { $0.metrics["tests"] != nil }) {
        return "\(name) is missing: this branch has no earlier run with tests to compare with"
      }
    case "pass_rate", "flaky_rate":
      let tests = sources.reduce(0) { $0 + ($1.metrics["tests"] ?? 0) }
      if tests > 0 {
        return "\(name) is missing: of \(shown(tests)) tests none counts, they were skipped or are in quarantine"
      }
    case "risk": return "\(name) is missing: no step that \(gate) depends on reported tests, coverage or findings"
    default: break
    }
    return "\(name) is missing: no step that \(gate) depends on reported it"
  }

  /// The worst part of changed lines counts.
  static func risk(_ sources: [Source]) -> Risk? {
    func sum(_ name: String) -> Double? {
      let values = sources.compactMap { $0.metrics[name] }
      return values.isEmpty ? nil : values.reduce(0, +)
    }
    return Risk(
      tests: sum("tests"), failed: sum("failed"), skipped: sum("skipped"), flaky: sum("flaky"),
      changed: sources.compactMap { $0.metrics["coverage.changed"] }.min(), critical: sum("findings.critical"),
      high: sum("findings.high"), medium: sum("findings.medium"))
  }

  private static func measure(
    _ name: String, _ comparison: Requirement.Comparison, _ sources: [Source], _ past: Past
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
    var values = reported(name)
    if values.isEmpty {
      if name == "new_failures" { return past.newFailures.map { Double($0.count) } }
      if name == "risk" { return risk(sources)?.value }
    }
    // Of the steps that did not report the rate themselves.
    if name == "pass_rate" || name == "flaky_rate" {
      let others = sources.filter { $0.metrics[name] == nil && $0.metrics["tests"] != nil }
      func sum(_ count: String) -> Double { others.reduce(0) { $0 + ($1.metrics[count] ?? 0) } }
      let counted = sum("tests") - sum("skipped") - sum("quarantined")
      if counted > 0 {
        values.append(name == "pass_rate" ? (counted - sum("failed")) / counted : sum("flaky") / counted)
      }
    }
    if values.isEmpty { return nil }
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
  ///
  /// - Parameter ended: of those that have ended alone.
  public func sources(of gate: NodeIndex, ended: Bool = false) -> [GateEvaluation.Source] {
    stepsBefore(gate).compactMap { index in
      if ended, !nodes[index].phase.isEnded { return nil }
      guard let known = facts.steps[plan.nodes[index].name] else { return nil }
      var source = GateEvaluation.Source(
        metrics: known.measurements, started: (known.end?.attempt?.started).map(facts.driven),
        ended: (known.end?.attempt?.ended).map(facts.driven), summary: known.results?.summary)
      source.step = plan.nodes[index].name
      return source
    }
  }

  /// The names of the steps before a gate whose results were read.
  public func measuredSteps(before gate: NodeIndex) -> [String] {
    stepsBefore(gate).map { plan.nodes[$0].name }.filter { facts.steps[$0]?.results != nil }
  }
}
