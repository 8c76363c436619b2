import BatonModel

/// What to do, and why: a rule over records, its evidence, and the action.
public struct Recommendation: Sendable, Hashable {
  public enum Rule: String, Sendable, CaseIterable {
    /// Half of the failures or more, and at least three cases, have one cause.
    case commonCause = "common-cause"
    /// A test fails without a pass in at least ``leastFailures`` of its newest outcomes in a row, and passed before.
    case regression
    /// A test passed and failed with the same code.
    case flaky
    /// Of at least ten changed lines with code, fewer than half were executed.
    case changedLines = "changed-lines"
    /// Coverage is two points or more below the median of the runs before.
    case coverage
    /// A test takes a second or more, and a quarter of the run's time: the run can't be quicker than that.
    case slow
    /// The last five runs took 20 % longer than those before, and Mann-Whitney tells them apart (p ≤ 0.05).
    case duration
    /// A step needed more than one attempt in each of its last ``leastUses`` runs or more.
    case retried
    /// A step took 80 % of its timeout or more.
    case timeout
    /// A step with a cache was executed in ``leastUses`` runs or more, and its outputs never came out of the cache.
    case cache
    /// A gate passed in each of its last ``leastVerdicts`` runs or more, and the worst value was far from the limit: half of
    /// what is allowed at most, or a fifth above what is demanded.
    case looseGate = "loose-gate"
    /// Fewer than ``leastRuns`` runs: nothing can be said of trends.
    case tooLittleData = "too-little-data"
  }

  public static let leastFailures = 3
  public static let leastRuns = 10
  public static let leastUses = 5
  public static let leastVerdicts = 10
  /// Of each rule at most so many are told, the worst of them.
  public static let shown = 3

  public var rule: Rule
  /// The numbers and names that it rests on.
  public var evidence: String
  public var action: String

  public init(rule: Rule, evidence: String, action: String) {
    self.rule = rule
    self.evidence = evidence
    self.action = action
  }

  /// In the order of the rules.
  public static func all(_ known: Evidence) -> [Recommendation] {
    Rule.allCases.flatMap { rule in
      let found =
        switch rule {
        case .commonCause: commonCauses(known.clusters)
        case .regression: regressions(known.cases)
        case .flaky: flaky(known.cases)
        case .changedLines: changedLines(known.changed)
        case .coverage: coverage(known.trend)
        case .slow: slow(known)
        case .duration: duration(known.trend)
        case .retried: retried(known.steps)
        case .timeout: timeouts(known)
        case .cache: caches(known)
        case .looseGate: looseGates(known)
        case .tooLittleData: tooLittle(known.trend)
        }
      return found.prefix(shown).map { Recommendation(rule: rule, evidence: $0.evidence, action: $0.action) }
    }
  }

  typealias Found = (evidence: String, action: String)

  // MARK: Tests

  private static func commonCauses(_ clusters: [FailureCluster]) -> [Found] {
    let failures = clusters.reduce(0) { $0 + $1.count }
    return clusters.filter { $0.caseCount >= 3 && 2 * $0.count >= failures }.map { cluster in
      let cells = cluster.cells > 1 ? " in \(cluster.cells) cells" : ""
      let origin = cluster.history.map { "; came with: \($0.change)" } ?? ""
      return (
        "\(cluster.count) of \(failures) failures, in \(cluster.caseCount) tests\(cells), say: \(cluster.message)\(origin)",
        cluster.count == failures
          ? "Mend this one cause: all failures have it." : "Mend this cause first: it has most failures."
      )
    }
  }

  private static func regressions(_ cases: [CaseHistory]) -> [Found] {
    let streaks = unique(cases).filter { $0.failingSince != nil && $0.flakiness == .none && $0.passed > 0 }
      .map { (test: $0, streak: $0.recent.reversed().prefix { $0 == "f" }.count) }
      .filter { $0.streak >= leastFailures }.sorted { $0.streak > $1.streak }
    // What broke in one run is one thing to look at.
    var broken: [String: [(test: CaseHistory, streak: Int)]] = [:]
    var order: [String] = []
    for entry in streaks {
      let run = entry.test.failingSinceRun ?? "?"
      if broken[run] == nil { order.append(run) }
      broken[run, default: []].append(entry)
    }
    return order.compactMap { run -> Found? in
      guard let tests = broken[run], let first = tests.first else { return nil }
      let names = tests.count == 1 ? "" : " and \(count(tests.count - 1, "other test"))"
      return (
        "\(first.test.identity.text)\(names) failed \(first.streak) times in a row, since run \(run), and passed before",
        "Look at what changed before that run."
      )
    }
  }

  private static func flaky(_ cases: [CaseHistory]) -> [Found] {
    unique(cases).filter { $0.flakiness == .proven }.sorted { $0.proofs > $1.proofs }.map { test in
      (
        "\(test.identity.text) passed and failed with the same code \(count(test.proofs, "time")); "
          + "\(test.passed) of \(test.executed) passed",
        "Mend it; until then quarantine it, so that it neither fails nor excuses a run."
      )
    }
  }

  private static func changedLines(_ changed: ChangedCoverage?) -> [Found] {
    guard let changed, let rate = changed.rate, changed.lines >= 10, rate < 0.5 else { return [] }
    let gaps = changed.gaps.prefix(3).joined(separator: ", ")
    return [
      (
        "\(changed.coveredLines) of \(changed.lines) lines changed since \(changed.base) were executed"
          + (gaps.isEmpty ? "" : "; not \(gaps)"),
        "Test what was changed, or demand it: require = { [\"coverage.changed\"] = \">= 0.8\" }."
      )
    ]
  }

  private static func coverage(_ trend: [TrendPoint]) -> [Found] {
    let known = trend.compactMap(\.coverage)
    guard known.count > 5, let last = known.last, let before = RankTest.median(Array(known.dropLast().suffix(20))),
      before - last >= 0.02
    else { return [] }
    return [
      (
        "coverage is \(percent(last)), the median of the \(min(20, known.count - 1)) runs before \(percent(before))",
        "Test what was added, or say in a gate how low it may be."
      )
    ]
  }

  // MARK: Time

  private static func slow(_ known: Evidence) -> [Found] {
    guard let (test, took) = known.slowest, let run = known.duration, run > .zero, took >= Span(seconds: 1),
      took.seconds >= 0.25 * run.seconds, took <= run
    else { return [] }
    return [
      (
        "\(test) takes \(took.text) of the run's \(run.text): \(percent(took.seconds / run.seconds))",
        "Split it, or start it first: no number of shards makes the run quicker than its slowest test."
      )
    ]
  }

  private static func duration(_ trend: [TrendPoint]) -> [Found] {
    let known = trend.filter { $0.status == .succeeded }.compactMap { $0.duration?.seconds }
    guard known.count >= leastRuns else { return [] }
    let (now, before) = (Array(known.suffix(5)), Array(known.dropLast(5).suffix(20)))
    guard let new = RankTest.median(now), let old = RankTest.median(before), new > 1.2 * old,
      let test = RankTest(now, before), test.p <= Regression.significance
    else { return [] }
    func seconds(_ value: Double) -> String { (Span(fractionalSeconds: value) ?? .zero).text }
    return [
      (
        "the last 5 runs took \(seconds(new)), the \(before.count) before \(seconds(old)) "
          + "(medians; Mann-Whitney p = \(GateEvaluation.shown((test.p * 1000).rounded() / 1000)))",
        "Compare the slowest steps of the two."
      )
    ]
  }

  // MARK: Steps and gates

  private static func retried(_ steps: [StepPractice]) -> [Found] {
    steps.filter { $0.executed >= leastUses && $0.retried == $0.executed }.sorted { $0.executed > $1.executed }.map {
      (
        "step \($0.step) needed more than one attempt in each of its last \($0.executed) runs",
        "Mend what makes the first attempt fail: a retry that is always needed hides it, and costs its time."
      )
    }
  }

  private static func timeouts(_ known: Evidence) -> [Found] {
    guard let plan = known.plan else { return [] }
    let limits = Dictionary(
      plan.nodes.compactMap { node in node.options.value.timeout.map { (node.name, $0) } },
      uniquingKeysWith: { first, _ in first })
    return known.steps.compactMap { step -> (Double, Found)? in
      guard let limit = limits[step.step], limit > .zero, let longest = step.longest else { return nil }
      let part = longest.seconds / limit.seconds
      guard part >= 0.8 else { return nil }
      return (
        part,
        (
          "step \(step.step) took up to \(longest.text) of the \(limit.text) that its timeout allows",
          "Make it quicker or allow more, before it is ended in the middle."
        )
      )
    }.sorted { $0.0 > $1.0 }.map(\.1)
  }

  private static func caches(_ known: Evidence) -> [Found] {
    guard let plan = known.plan else { return [] }
    let cached = Set(plan.nodes.filter { $0.options.value.cache != .off }.map(\.name))
    return known.steps.filter { cached.contains($0.step) && $0.executed >= leastUses && $0.cached == 0 }
      .sorted { ($0.longest ?? .zero) > ($1.longest ?? .zero) }.map {
        (
          "step \($0.step) has a cache, and was executed in each of the last \($0.executed) runs",
          "Declare fewer inputs: baton why \($0.step) names the part that differs each time."
        )
      }
  }

  private static func looseGates(_ known: Evidence) -> [Found] {
    var found: [Found] = []
    for node in known.plan?.nodes ?? [] {
      guard let gate = node.gate, let practice = known.gates.first(where: { $0.gate == node.name }),
        practice.verdicts.count >= leastVerdicts, practice.verdicts.allSatisfy(\.passed)
      else { continue }
      for requirement in gate.require {
        guard case .number(let limit) = requirement.bound, limit > 0 else { continue }
        let values = practice.verdicts.compactMap { $0.measured[requirement.metric] }.filter(\.isFinite)
        guard values.count >= leastVerdicts else { continue }
        let (worst, isLoose): (Double?, Bool) =
          switch requirement.comparison {
          case .atMost, .less: (values.max(), (values.max() ?? limit) <= limit / 2)
          case .atLeast, .more: (values.min(), (values.min() ?? limit) >= 1.2 * limit)
          case .equal, .notEqual: (nil, false)
          }
        guard isLoose, let worst else { continue }
        found.append(
          (
            "gate \(node.name) asks for \(requirement.metric) \(requirement.text), and in its last \(values.count) runs the "
              + "worst was \(GateEvaluation.shown(worst))",
            "Ask for more, so that it refuses what would be a step back."
          ))
      }
    }
    return found
  }

  private static func tooLittle(_ trend: [TrendPoint]) -> [Found] {
    guard trend.count < leastRuns else { return [] }
    return [
      (
        "\(count(trend.count, "run")) of \(leastRuns) that trends need",
        "Nothing is said of trends and of what is usual yet: run it more often."
      )
    ]
  }

  // MARK: Words

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private static func percent(_ value: Double) -> String { "\(GateEvaluation.shown((value * 1000).rounded() / 10)) %" }

  private static func unique(_ cases: [CaseHistory]) -> [CaseHistory] {
    var seen: Set<TestIdentity> = []
    return cases.filter { seen.insert($0.identity).inserted }
  }
}
