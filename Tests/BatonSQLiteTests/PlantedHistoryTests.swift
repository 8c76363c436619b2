import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonSQLite
import BatonTestKit
import Glibc
import Testing

/// A history in which it is known what is wrong: found by the right views, with the false alarms counted.
@Suite struct PlantedHistoryTests {
  static let runs = 40

  enum Kind: String, CaseIterable {
    case steady
    /// Fails one time in eight, by chance.
    case flaky
    /// Broke in run 25, and is broken since.
    case regressed
    /// Broke in run 10, was mended in run 15.
    case fixed
    /// Takes a hundred times as long as the others.
    case slow
  }

  static let counts: [Kind: Int] = [.steady: 300, .flaky: 10, .regressed: 5, .fixed: 5, .slow: 5]

  struct Planted {
    let project = TemporaryProject()
    let store: SQLiteStore

    init(seed: UInt64, runs: Int = PlantedHistoryTests.runs) throws {
      store = try project.store()
      var random = SplitMix64(seed: seed)
      for run in 0..<runs {
        var outcomes: [TestOutcome] = []
        for kind in Kind.allCases {
          for number in 0..<(PlantedHistoryTests.counts[kind] ?? 0) {
            let fails =
              switch kind {
              case .steady, .slow: false
              case .flaky: random.chance(12)
              case .regressed: run >= 25
              case .fixed: (10..<15).contains(run)
              }
            let base: Int64 = kind == .slow ? 1000 : 10
            outcomes.append(
              TestOutcome(
                suite: "planted", className: kind.rawValue, name: "t\(number)", status: fails ? .failed : .passed,
                duration: Span(milliseconds: base + Int64(random.below(5))),
                message: fails ? "\(kind.rawValue) went wrong at \(random.below(9999))" : nil))
          }
        }
        try add("run-\(100 + run)", outcomes, at: Int64(run) * 100, commit: "c\(run)")
      }
    }

    /// A run whose one step reported these outcomes.
    func add(
      _ id: String, _ outcomes: [TestOutcome], at second: Int64, commit: String, branch: String = "main",
      more: [Record] = [], findings: [Finding] = [], caller: String? = nil, status: RunStatus = .succeeded
    ) throws {
      let folder = "\(project.baton)/runs/\(id)"
      for path in ["\(project.baton)/runs", folder, "\(folder)/results"] { mkdir(path, 0o777) }
      let file = RunFolder.results(step: "unit", attempt: 1)
      let collector = ResultCollector(path: "\(folder)/\(file)")
      for outcome in outcomes { try collector.add(.test(outcome)) }
      for finding in findings { try collector.add(.finding(finding)) }
      let summary = try collector.finish(file: file)
      let journal = try store.create(
        run: id, workflow: "release", file: "/p/release.lua", caller: caller, at: StoreCheck.moment(second))
      var start = RunStarted(
        workflow: "release", file: "/p/release.lua", digest: "d", params: [:],
        observations: Observations(time: StoreCheck.moment(second), seed: 7), by: "ada@engine", options: RunOptions())
      start.code = CodeState(commit: commit, branch: branch, isDirty: false)
      try journal.appendNow(
        StoreCheck.stamped(
          [
            .runStarted(start),
            .measured(Measured(step: "unit", attempt: 1, summary: summary, sources: "s")),
          ] + more + [.runEnded(status, reason: nil)], at: second))
      journal.close()
    }
  }

  private func names(_ cases: [CaseHistory]) -> [String: Int] {
    Dictionary(cases.map { ($0.identity.className, 1) }, uniquingKeysWith: +)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func `what was planted is found, and little else`(seed: UInt64) throws {
    let planted = try Planted(seed: seed)
    let store = planted.store
    let flaky = names(try store.cases(CaseQuery(.flaky, limit: 1000)))
    // Of ten tests that fail one time in eight, nearly all; of 315 others, none.
    #expect((flaky["flaky"] ?? 0) >= 9, "\(flaky)")
    #expect(flaky.filter { $0.key != "flaky" }.isEmpty, "false alarms: \(flaky)")

    let failing = try store.cases(CaseQuery(.failing, limit: 1000))
    #expect(names(failing)["regressed"] == 5)
    #expect(names(failing).keys.allSatisfy { $0 == "regressed" || $0 == "flaky" })
    for test in failing where test.identity.className == "regressed" { #expect(test.failingSinceRun == "run-125") }

    let slow = try store.cases(CaseQuery(.slow, limit: 5))
    #expect(names(slow) == ["slow": 5])
    #expect((slow.last?.median?.milliseconds ?? 0) >= 1000)

    let fixed = try store.cases(CaseQuery(.all, filter: "fixed", limit: 1000))
    #expect(fixed.count == 5)
    #expect(fixed.allSatisfy { $0.lastStatus == .passed && $0.failed == 5 && $0.flakiness == .none })
    #expect(fixed.first?.firstRun == "run-100")
  }

  @Test func `the failures of a run have few causes, each with where it came from`() throws {
    let planted = try Planted(seed: 4, runs: 30)
    let clusters = try planted.store.clusters(of: "run-129")
    let regressed = try #require(clusters.first { $0.message == "regressed went wrong at N" })
    #expect(regressed.count == 5)
    #expect(regressed.cases == (0..<5).map { "regressed.t\($0)" })
    #expect(regressed.history?.firstRun == "run-125")
    #expect(regressed.history?.range == "c24..c25")
    #expect(regressed.history?.runs == 5)
    #expect(regressed.history?.runsSince == 5)
    #expect(regressed.history?.goodRun == "run-124")
    #expect(clusters.count <= 2)
  }

  @Test func `what puts tests in order is told of each case: time, last outcomes, step, tags`() throws {
    let planted = try Planted(seed: 6, runs: 1)
    let tagged = { (status: TestStatus, tags: [String]) in
      TestOutcome(className: "shop", name: "pay", status: status, duration: Span(milliseconds: 250), tags: tags)
    }
    try planted.add("run-200", [tagged(.passed, ["smoke", "two words"])], at: 50, commit: "c50")
    try planted.add("run-201", [tagged(.failed, ["critical"])], at: 60, commit: "c60", branch: "topic")
    let records = try planted.store.testRecords()
    #expect(records.count == Self.counts.values.reduce(0, +) + 1)
    #expect(Set(records).count == records.count)
    let pay = try #require(records.first { $0.identity.name == "pay" })
    #expect(
      pay
        == TestRecord(
          identity: TestIdentity(className: "shop", name: "pay"), duration: Span(milliseconds: 250), recent: "pf",
          step: "unit", tags: ["critical"]))
    #expect(try planted.store.lastGoodCommit(workflow: "release", before: nil) == "c60")
    #expect(try planted.store.lastGoodCommit(workflow: "release", before: "run-201") == "c50")
    #expect(try planted.store.lastGoodCommit(workflow: "other", before: nil) == nil)
  }

  @Test func `new failures are those that the last run of the branch did not have`() throws {
    let planted = try Planted(seed: 5, runs: 26)
    let new = try #require(try planted.store.newFailures(in: "run-125", steps: ["unit"]))
    #expect(new.run == "run-124")
    #expect(new.cases.filter { $0.hasPrefix("regressed") }.count == 5)
    #expect(try planted.store.newFailures(in: "run-100", steps: ["unit"]) == nil)
    #expect(try planted.store.newFailures(in: "run-125", steps: ["other"]) == nil)
  }

  @Test func `branches have histories of their own`() throws {
    let planted = try Planted(seed: 6, runs: 2)
    try planted.add(
      "run-900", [TestOutcome(name: "only here", status: .failed)], at: 9000, commit: "x", branch: "feature")
    #expect(try planted.store.cases(CaseQuery(.failing, branch: "feature")).map(\.identity.name) == ["only here"])
    #expect(try planted.store.cases(CaseQuery(.failing, branch: "main")).allSatisfy { $0.identity.name != "only here" })
  }

  @Test func `outcomes of one case are told newest first, with their code`() throws {
    let planted = try Planted(seed: 7, runs: 3)
    let outcomes = try planted.store.outcomes(
      of: TestIdentity(suite: "planted", className: "steady", name: "t0"), limit: 2)
    #expect(outcomes.map(\.run) == ["run-102", "run-101"])
    #expect(outcomes.first?.code == CodeState(commit: "c2", branch: "main", isDirty: false))
  }

  @Test func `what one call of a workflow passes and another fails is no flaky test; of one call, it is`() throws {
    let planted = try Planted(seed: 13, runs: 0)
    func outcome(_ name: String, _ fails: Bool) -> TestOutcome {
      TestOutcome(className: "shop", name: name, status: fails ? .failed : .passed)
    }
    // Two rounds of a workflow that is called for two browsers, by one that is called itself.
    try planted.add("top-1", [], at: 1, commit: "c1")
    try planted.add("mid-1", [], at: 2, commit: "c1", caller: "top-1/all")
    try planted.add("top-2", [], at: 3, commit: "c1")
    try planted.add("mid-2", [], at: 4, commit: "c1", caller: "top-2/all")
    for round in 1...2 {
      for (place, browser) in ["chrome", "firefox"].enumerated() {
        try planted.add(
          "\(browser)-\(round)",
          [outcome("menu", browser == "firefox"), outcome("pay", browser == "chrome" && round == 2)],
          at: Int64(10 * round + 4 * place), commit: "c1", caller: "mid-\(round)/go[browser=\(browser)]")
      }
    }
    func flakiness(_ name: String) throws -> CaseHistory? {
      try planted.store.cases(CaseQuery(.all, filter: name, limit: 10)).first
    }
    #expect(try flakiness("menu")?.proofs == 0)
    #expect(try flakiness("menu")?.flips == 0)
    #expect(try flakiness("pay")?.proofs == 1)
    // The history that is made anew without a run tells the same.
    #expect(try planted.store.delete(run: "firefox-2"))
    #expect(try flakiness("menu")?.proofs == 0)
    #expect(try flakiness("pay")?.proofs == 1)
  }

  @Test func `trends have a point for each run, the oldest first`() throws {
    let planted = try Planted(seed: 8, runs: 4)
    let points = try planted.store.trend(workflow: "release", branch: "main", through: nil, limit: 3)
    #expect(points.map(\.run) == ["run-101", "run-102", "run-103"])
    #expect(points.allSatisfy { $0.tests.total == 325 })
    // Of an older run, what was known then.
    let then = try planted.store.trend(workflow: "release", branch: nil, through: "run-102", limit: 2)
    #expect(then.map(\.run) == ["run-101", "run-102"])
  }

  @Test func `the last good run is the one in which a case of the cause passed`() throws {
    let planted = try Planted(seed: 12, runs: 0)
    func outcome(_ name: String, _ fails: Bool) -> TestOutcome {
      TestOutcome(name: name, status: fails ? .failed : .passed, message: fails ? "boom" : nil)
    }
    try planted.add("r1", [outcome("a", false), outcome("b", false)], at: 100, commit: "c1")
    // Only other tests ran, on another branch the case passed.
    try planted.add("r2", [outcome("b", false)], at: 200, commit: "c2")
    try planted.add("r3", [outcome("a", false)], at: 300, commit: "c3", branch: "feature")
    try planted.add("r4", [outcome("a", true)], at: 400, commit: "c4")
    try planted.add("r5", [outcome("a", false)], at: 500, commit: "c5")
    try planted.add("r6", [outcome("a", true)], at: 600, commit: "c6")
    let history = try #require(try planted.store.clusters(of: "r6").first?.history)
    #expect(history.firstRun == "r4")
    #expect(history.goodRun == "r1")
    #expect(history.range == "c1..c4")
    #expect(history.runs == 2)
    #expect(history.runsSince == 3)
    #expect(history.change == "c1..c4")
  }

  @Test func `what nothing is known of before is said to be unknown`() throws {
    let planted = try Planted(seed: 13, runs: 0)
    try planted.add("r1", [TestOutcome(name: "a", status: .failed, message: "boom")], at: 100, commit: "c1")
    let history = try #require(try planted.store.clusters(of: "r1").first?.history)
    #expect(history.goodRun == nil)
    #expect(history.change == "unknown: no run before r1 passed here; it ran c1")
  }

  @Test func `the cases of a run are told as they ended, and its measurements beside those before`() throws {
    let planted = try Planted(seed: 14, runs: 0)
    for run in 0..<4 {
      try planted.add(
        "r\(run)",
        [
          TestOutcome(name: "a", status: .failed), TestOutcome(name: "a", status: .passed),
          TestOutcome(name: "b", status: .errored), TestOutcome(name: "b", status: .skipped),
        ], at: Int64(run) * 100, commit: "c",
        more: [
          .metric(step: "unit", attempt: 1, name: "p95", value: Double(run)),
          .metric(step: "unit", attempt: 1, name: "p95", value: Double(run) * 10),
        ])
    }
    let ends = try planted.store.ends(of: "r3")
    #expect(ends.map(\.status) == [.passed, .errored])
    #expect(ends.map(\.test) == [TestIdentity(name: "a").key, TestIdentity(name: "b").key])
    #expect(try planted.store.measured(before: "r3", limit: 2) == ["unit": ["p95": [20, 10]]])
    #expect(try planted.store.measured(before: "r0", limit: 2) == [:])
    #expect(try planted.store.script(of: "r3") == "d")
    #expect(try planted.store.script(of: "nothing") == nil)
  }

  @Test func `the baseline spans the newest runs of the branch that succeeded`() throws {
    let planted = try Planted(seed: 9, runs: 0)
    for run in 0..<25 {
      try planted.add(
        "run-\(200 + run)", [], at: Int64(run) * 100, commit: "c", branch: run == 3 ? "feature" : "main",
        more: [StoreCheck.judged("q", ["p95": Double(run)])])
    }
    let baselines = try planted.store.baselines(of: "run-224")
    #expect(baselines["q"]?["p95"] == (4..<24).reversed().map { Double($0) })
    #expect(try planted.store.baselines(of: "run-203") == [:])
  }

  @Test func `findings are known since the run that found them first, wherever their lines go`() throws {
    let planted = try Planted(seed: 15, runs: 0)
    func finding(_ rule: String, _ severity: FindingSeverity, line: Int) -> Finding {
      Finding(tool: "scan", rule: rule, severity: severity, message: "at \(line)", file: "a.py", line: line)
    }
    let many = (0..<1500).map { finding("n\($0)", .note, line: $0) }
    try planted.add("r1", [], at: 100, commit: "c1", findings: [finding("old", .high, line: 3)])
    try planted.add(
      "r2", [], at: 200, commit: "c2",
      findings: many + [finding("old", .high, line: 9), finding("new", .critical, line: 1)]
    )
    let known = try planted.store.findings(of: "r2")
    #expect(known.count == 1002)
    #expect(known.prefix(3).map(\.finding.rule) == ["new", "old", "n0"])
    #expect(known.prefix(3).map(\.firstRun) == ["r2", "r1", "r2"])
    #expect(known.prefix(3).map(\.runs) == [1, 2, 1])
    #expect(known[1].finding.line == 9)
  }

  @Test func `a run that is deleted takes its outcomes out of the history`() throws {
    let planted = try Planted(seed: 10, runs: 3)
    #expect(try planted.store.delete(run: "run-102"))
    let steady = try planted.store.cases(CaseQuery(.all, filter: "steady.t0", limit: 1))
    #expect(steady.first?.passed == 2)
    #expect(steady.first?.lastRun == "run-101")
    #expect(try planted.store.delete(run: "run-100"))
    #expect(try planted.store.delete(run: "run-101"))
    #expect(try planted.store.cases(CaseQuery(.all, limit: 10)).isEmpty)
    #expect(try planted.store.integrityProblems() == [])
  }

  @Test func `results that are told again replace those of before`() throws {
    let planted = try Planted(seed: 11, runs: 0)
    let again = Record.measured(
      Measured(
        step: "unit", attempt: 1,
        summary: {
          var summary = ResultSummary()
          summary.passed = 1
          summary.file = RunFolder.results(step: "unit", attempt: 1)
          return summary
        }(), sources: "s"))
    try planted.add("run-1", [TestOutcome(name: "t", status: .passed)], at: 0, commit: "c", more: [again])
    #expect(try planted.store.cases(CaseQuery()).map(\.passed) == [1])
  }
}
