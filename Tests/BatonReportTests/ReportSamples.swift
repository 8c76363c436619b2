import BatonCore
import BatonModel
import BatonReport
import BatonTestKit

/// Reports of the sample run, with all that a report may say.
enum ReportSamples {
  static let hostile = "</script><script>alert(\"1\")</script>&<b>|`*_[x](y)@team \u{202E}txt.exe\u{7}"

  static var view: RunView { RunView(run: "k3f9aaaa", records: Samples.failedRun, plan: Samples.release()) }

  /// Nothing but the run.
  static var bare: ReportData {
    ReportData(view: view, now: Samples.at(20_000), clock: .utc)
  }

  static var full: ReportData {
    let refused = GateVerdict(
      gate: "quality", passed: false, findings: ["pass_rate = 0.43, required >= 0.98", hostile],
      measured: ["pass_rate": 0.4286], otherwise: .halt)
    let judged = StampedRecord(seq: 100, time: Samples.at(6001), record: .gateJudged(refused))
    var base = ReportData(
      view: RunView(run: "k3f9aaaa", records: Samples.failedRun + [judged], plan: Samples.release()),
      now: Samples.at(20_000), clock: .utc)
    base.graph = ReportGraph(
      Samples.release(), states: Dictionary(uniqueKeysWithValues: base.view.steps.map { ($0.name, $0.status) }))
    let firefox = "e2e[browser=firefox,os=linux]"
    var builder = ReportBuilder(base)
    builder.begin(step: "e2e[browser=chrome,os=linux]", attempt: 1, isLast: false)
    builder.add(.test(test("cart", "total", .failed, 120)))
    builder.begin(step: "e2e[browser=chrome,os=linux]", attempt: 2, isLast: true)
    builder.add(.test(test("cart", "total", .passed, 110)))
    builder.add(.test(test("cart", "coupon", .passed, 40)))
    builder.add(.test(test("cart", hostile, .passed, 1)))
    builder.begin(step: firefox, attempt: 1, isLast: true)
    for number in 1...3 {
      var failed = test("pay", "declined", .failed, Int64(900 + number))
      failed.parameters = "\(number)"
      failed.message = "expected 402, got 500 at 10.0.0.\(number)"
      failed.type = "AssertionError"
      failed.details = "Traceback:\n  pay.py:\(number * 10): in declined\n\u{1B}[31mAssertionError\u{1B}[0m"
      failed.file = "tests/pay.py"
      failed.line = number * 10
      builder.add(.test(failed))
    }
    var broken = test("ship", hostile, .errored, 5)
    broken.message = hostile
    broken.details = hostile
    builder.add(.test(broken))
    builder.add(.test(test("ship", "slow", .skipped, 0)))
    builder.add(.measurement(Measurement(name: "p95_ms", value: 131.25, unit: "ms")))
    builder.add(
      .finding(
        Finding(tool: "scan", rule: "SQL1", severity: .critical, message: "query from text", file: "src/db.py", line: 7)
      ))
    builder.add(.finding(Finding(tool: "scan", rule: "N1", severity: .note, message: hostile)))
    builder.add(.coverage(FileCoverage(file: "src/cart.py", lines: [1: 1, 2: 0, 3: 4])))
    builder.add(.coverage(FileCoverage(file: "src/pay.py", lines: [1: 0, 2: 0])))
    builder.add(.problem("reports/b.xml:3: the file ends within an element"))
    var data = builder.finish()
    add(to: &data)
    return data
  }

  private static func at(days: Int64) -> Instant { Samples.at(days * 86_400_000) }

  private static func add(to data: inout ReportData) {
    var cluster = FailureCluster(
      key: 1, message: "expected 402, got 500 at N", count: 3, cases: ["pay.declined[1]", "pay.declined[2]", hostile],
      caseCount: 3)
    var history = ClusterHistory(
      key: 1, firstRun: "a1", firstSeen: at(days: -2), first: CodeState(commit: "3f2a91c0000aaa"), goodRun: "a0",
      good: CodeState(commit: "77aa0000000bbb"), runs: 3, runsSince: 4)
    history.log = CommitLog([
      .init(id: "3f2a91c000", author: "Ada", subject: "Round as banks do"),
      .init(id: "11aa22bb33", author: hostile, subject: hostile),
    ])
    cluster.history = history
    data.causes = [
      FailureCause(cluster, type: "AssertionError", cases: [3, 4, 5], stack: ["pay.py: in declined"])
    ]
    data.performance[0].baseline = 119
    data.performance[0].samples = 12
    data.performance[0].judgement = .worse
    data.performance[0].method = "Mann-Whitney U, p = 0.003, at least 5%"
    data.coverage?.changed = .init(base: "main", lines: 4, covered: 3, gaps: ["src/cart.py:2"])
    data.flaky = [
      CaseHistory(
        identity: TestIdentity(className: "cart", name: "total"), passed: 16, failed: 4, recent: "pfpp", flips: 2,
        proofs: 1, firstSeen: at(days: -9), firstRun: "r0", lastSeen: Samples.start, lastRun: "k3f9aaaa",
        lastStatus: .passed, lastStep: "e2e")
    ]
    for index in 0..<6 {
      var point = TrendPoint(
        run: "r\(index)", status: index == 3 ? .failed : .succeeded, started: at(days: Int64(index - 6)),
        duration: Span(milliseconds: Int64(8000 + index * 300)), lines: 100, coveredLines: 50 + index)
      point.tests.passed = index == 3 ? 6 : 8
      point.tests.failed = index == 3 ? 2 : 0
      point.tests.flaky = index % 2
      data.trend.append(point)
    }
    var last = TrendPoint(
      run: data.view.run, status: data.view.status, started: Samples.start, duration: data.view.duration(at: data.now),
      lines: 5, coveredLines: 2)
    last.tests.passed = data.totals.passed
    last.tests.failed = data.totals.failed
    last.tests.skipped = data.totals.skipped
    last.tests.flaky = data.totals.flaky
    data.trend.append(last)
    var change = ReportChange(run: "r5", status: .succeeded, started: Samples.at(-86_400_000))
    change.comparesTests = true
    change.newFailures = ["pay.declined[1]", "pay.declined[2]", "pay.declined[3]"]
    change.fixed = ["cart.coupon"]
    change.added = 1
    change.log = CommitLog([.init(id: "3f2a91c000", author: "Ada", subject: "Round as banks do")])
    data.change = change
    data.quality = data.trend.last.flatMap { Quality($0) }
    data.recommendations = [
      Recommendation(rule: .commonCause, evidence: "3 tests, one message", action: "Look at 3f2a91c first."),
      Recommendation(rule: .flaky, evidence: hostile, action: hostile),
    ]
    data.environment = [
      ReportFact("Host", "forge"), ReportFact("System", "Debian 12"), ReportFact("Parameter environment", "staging"),
      ReportFact("Commit", hostile),
    ]
    data.artifacts = [
      ReportArtifact(
        step: "build", name: "dist/app #1.tar.gz", path: "artifacts/build/dist/app #1.tar.gz", size: .init(bytes: 2048)),
      ReportArtifact(step: "build", name: "javascript:alert(1)", path: "javascript:alert(1)"),
    ]
    data.tails = [
      ReportTail(
        step: "e2e[browser=firefox,os=linux]", attempt: 1, text: "one\n\u{1B}[31mtwo\u{1B}[0m\n\(hostile)\n",
        isCut: true)
    ]
  }

  static func test(_ className: String, _ name: String, _ status: TestStatus, _ milliseconds: Int64) -> TestOutcome {
    TestOutcome(
      suite: "shop", className: className, name: name, status: status, duration: Span(milliseconds: milliseconds))
  }

  /// So many cases in ten steps; every hundredth fails, for three causes.
  static func large(_ count: Int) -> ReportData {
    var builder = ReportBuilder(bare)
    for index in 0..<count {
      if index % max(1, count / 10) == 0 {
        builder.begin(step: "shard-\(index * 10 / count)", attempt: 1, isLast: true)
      }
      var outcome = test(
        "shop.module\(index % 97)", "test_case_\(index)", index % 100 == 7 ? .failed : .passed, Int64(index % 1000))
      outcome.file = "tests/module\(index % 97).py"
      outcome.line = index % 400 + 1
      if outcome.status == .failed {
        outcome.message = "assert \(index) == \(index + 1)"
        outcome.details = String(repeating: "  frame \(index)\n", count: 20)
      }
      builder.add(.test(outcome))
    }
    var data = builder.finish()
    var cases: [[Int]] = [[], [], []]
    for (offset, index) in data.failures.enumerated() { cases[offset % 3].append(index) }
    data.causes = cases.filter { !$0.isEmpty }.enumerated().map {
      FailureCause(
        FailureCluster(
          key: Int64($0.offset), message: "assert N == N (\($0.offset))", count: $0.element.count,
          caseCount: $0.element.count), cases: $0.element)
    }
    return data
  }
}
