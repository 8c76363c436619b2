import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// The score of a run, and what follows from records.
@Suite struct QualityTests {
  private func point(_ run: Int = 0, passed: Int = 100, failed: Int = 0, flaky: Int = 0, seconds: Int64 = 60)
    -> TrendPoint
  {
    var point = TrendPoint(
      run: "r\(run)", status: .succeeded, started: Instant(milliseconds: 0), duration: Span(seconds: seconds))
    point.tests.passed = passed
    point.tests.failed = failed
    point.tests.flaky = flaky
    return point
  }

  @Test func `the score is the weighted mean of what is known, and says what is not`() throws {
    let all = try #require(Quality(point()))
    #expect(all.score == 100)
    #expect(all.grade == "A")
    #expect(all.unknown == ["coverage", "findings"])
    var measured = point(passed: 90, failed: 10)
    measured.lines = 100
    measured.coveredLines = 50
    measured.findings = [.critical: 0, .high: 4]
    let quality = try #require(Quality(measured))
    // 40 · 0.9 + 20 · 1 + 20 · 0.5 + 20 · 0.5 of 100.
    #expect(abs(quality.score - 76) < 1e-6)
    #expect(quality.grade == "C")
    #expect(quality.unknown.isEmpty)
    #expect(quality.parts.map(\.evidence)[0] == "90 of 100 tests passed")
  }

  @Test func `a critical finding keeps the grade down, and without tests there is none`() throws {
    var critical = point()
    critical.findings = [.critical: 1]
    (critical.lines, critical.coveredLines) = (1, 1)
    let quality = try #require(Quality(critical))
    #expect(quality.grade == "C")
    #expect(quality.isCapped)
    #expect(Quality(point(passed: 0)) == nil)
  }
}

/// Rules over records: each with evidence that lets it speak, and with too little.
@Suite struct RecommendationTests {
  private func history(_ name: String, recent: String, proofs: Int = 0) -> CaseHistory {
    var history = CaseHistory(
      identity: TestIdentity(name: name), passed: recent.count { $0 == "p" }, failed: recent.count { $0 == "f" },
      recent: recent, proofs: proofs, firstSeen: Instant(milliseconds: 0), firstRun: "r1",
      lastSeen: Instant(milliseconds: 1), lastRun: "r9", lastStatus: recent.last == "f" ? .failed : .passed)
    if recent.last == "f" { history.failingSinceRun = "r7" }
    history.failingSince = recent.last == "f" ? Instant(milliseconds: 0) : nil
    return history
  }

  /// Steady and long enough that nothing is said of it.
  private var quiet: Evidence {
    var evidence = Evidence()
    evidence.trend = (0..<25).map { point($0) }
    evidence.cases = (0..<20).map { history("t\($0)", recent: "pppppp") }
    return evidence
  }

  private func point(_ run: Int, seconds: Int64 = 60) -> TrendPoint {
    TrendPoint(
      run: "r\(run)", status: .succeeded, started: Instant(milliseconds: 0), duration: Span(seconds: seconds))
  }

  private func told(_ change: (inout Evidence) -> Void) -> [Recommendation] {
    var evidence = quiet
    change(&evidence)
    return Recommendation.all(evidence)
  }

  @Test func `nothing is said of what is as it should be`() { #expect(told { _ in } == []) }

  @Test func `failures, regressions and flaky tests are told with their numbers`() {
    let found = told {
      $0.cases += [
        history("broke", recent: "ppppfff"), history("shaky", recent: "pfpp", proofs: 2),
        history("once", recent: "ppppf"), history("never", recent: "ffff"),
      ]
      $0.clusters = [
        FailureCluster(key: 1, message: "refused", count: 6, cases: ["a", "b", "c"], caseCount: 3, cells: 2),
        FailureCluster(key: 2, message: "other", count: 1, caseCount: 1),
      ]
    }
    #expect(found.map(\.rule) == [.commonCause, .regression, .flaky])
    #expect(found[0].evidence == "6 of 7 failures, in 3 tests in 2 cells, say: refused")
    #expect(found[1].evidence == "broke failed 3 times in a row, since run r7, and passed before")
    #expect(found[2].evidence == "shaky passed and failed with the same code 2 times; 3 of 4 passed")
  }

  @Test func `trends are told with enough data, and too little is said`() {
    #expect(told { $0.trend = [point(1)] }.map(\.rule) == [.tooLittleData])
    let slower = told {
      $0.trend = (0..<20).map { point($0, seconds: 60 + Int64($0 % 3)) } + (0..<5).map { point($0, seconds: 90) }
    }
    #expect(slower.map(\.rule) == [.duration])
    let covered = told {
      for index in $0.trend.indices {
        ($0.trend[index].lines, $0.trend[index].coveredLines) = (100, index == 24 ? 70 : 80)
      }
    }
    #expect(covered.map(\.rule) == [.coverage])
    #expect(covered.first?.evidence == "coverage is 70 %, the median of the 20 runs before 80 %")
  }

  @Test func `a test that takes a quarter of the run's time is told, a short one not`() {
    func found(_ milliseconds: Int64) -> [Recommendation.Rule] {
      told {
        $0.slowest = ("cart.total", Span(milliseconds: milliseconds))
        $0.duration = Span(seconds: 10)
      }.map(\.rule)
    }
    #expect(found(2500) == [.slow])
    #expect(found(2400) == [])
  }

  @Test func `changed lines that were not executed are told, with the first of them`() {
    func found(_ lines: Int, _ covered: Int) -> [Recommendation] {
      told { $0.changed = ChangedCoverage(base: "main", lines: lines, coveredLines: covered, gaps: ["a.py:3-9"]) }
    }
    #expect(found(20, 9).map(\.evidence) == ["9 of 20 lines changed since main were executed; not a.py:3-9"])
    #expect(found(20, 10) == [])
    #expect(found(4, 0) == [])
  }

  @Test func `steps that are always retried, near their timeout or never cached are told`() {
    var plan = PlanBuilder()
    plan.step("flaky")
    plan.step("near") { $0.timeout = Span(seconds: 100) }
    plan.step("built") { $0.cache = .on }
    let built = plan.plan
    func found(_ steps: [StepPractice]) -> [String] {
      told {
        $0.plan = built
        $0.steps = steps
      }.map { "\($0.rule.rawValue): \($0.evidence)" }
    }
    #expect(
      found([
        StepPractice(step: "flaky", executed: 5, retried: 5),
        StepPractice(step: "near", executed: 1, longest: Span(seconds: 80)),
        StepPractice(step: "built", executed: 5),
      ]) == [
        "retried: step flaky needed more than one attempt in each of its last 5 runs",
        "timeout: step near took up to 1m20s of the 1m40s that its timeout allows",
        "cache: step built has a cache, and was executed in each of the last 5 runs",
      ])
    #expect(
      found([
        StepPractice(step: "flaky", executed: 5, retried: 4),
        StepPractice(step: "near", executed: 1, longest: Span(seconds: 79)),
        StepPractice(step: "built", executed: 5, cached: 1),
      ]) == [])
  }

  @Test func `a gate that always passes by far is told, one that was close or refused is not`() {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.gate(
      "quality",
      require: [
        Requirement(metric: "failed", comparison: .atMost, bound: .number(10)),
        Requirement(metric: "coverage", comparison: .atLeast, bound: .number(0.5)),
      ], depends: ["unit"])
    let built = plan.plan
    func found(_ values: [(Bool, [String: Double])]) -> [String] {
      told {
        $0.plan = built
        $0.gates = [
          GatePractice(gate: "quality", verdicts: values.map { .init(passed: $0.0, measured: $0.1) })
        ]
      }.map(\.evidence)
    }
    let easy = (0..<10).map { (true, ["failed": Double($0 % 3), "coverage": 0.7]) }
    #expect(
      found(easy) == [
        "gate quality asks for failed <= 10, and in its last 10 runs the worst was 2",
        "gate quality asks for coverage >= 0.5, and in its last 10 runs the worst was 0.7",
      ])
    #expect(found(Array(easy.dropLast())) == [])
    #expect(found(easy.dropLast() + [(false, ["failed": 0, "coverage": 0.7])]) == [])
    #expect(found(easy.dropLast() + [(true, ["failed": 6, "coverage": 0.55])]) == [])
  }
}
