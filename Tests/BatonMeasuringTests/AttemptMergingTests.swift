import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// Results of retries that run the failed tests alone.
@Suite struct AttemptMergingTests {
  private let folder = ScratchFolder()

  private func request(attempt: Int, after outcome: Outcome = .exited(1)) -> ResultRequest {
    var request = ResultRequest(
      ticket: 1, step: "a", attempt: attempt, workingDirectory: folder.path, sources: [],
      since: Instant(nanoseconds: 0), runFolder: folder.path, file: RunFolder.results(step: "a", attempt: attempt),
      artifactFolder: "\(folder.path)/artifacts", log: "\(folder.path)/log")
    request.handsOverAfter = outcome
    request.earlier = (1..<max(1, attempt)).map { RunFolder.results(step: "a", attempt: $0) }
    return request
  }

  private func gather(_ request: ResultRequest, _ items: [ResultItem]) -> ResultSummary {
    var gathering = Gathering(request, SecretSet())
    return gathering.run(items)
  }

  private func test(_ name: String, _ status: TestStatus, attempt: Int? = nil) -> ResultItem {
    var outcome = TestOutcome(suite: "s", name: name, status: status, file: "t.py")
    outcome.attempt = attempt
    return .test(outcome)
  }

  private func items(_ file: String?) throws -> [ResultItem] {
    var found: [ResultItem] = []
    try ResultsFile.read("\(folder.path)/\(file ?? "none")") { found.append($0) }
    return found
  }

  @Test func `what was not run again keeps its outcome, and a pass after a failure is flaky`() throws {
    let first = gather(
      request(attempt: 1), [test("a", .passed), test("b", .failed), test("c", .errored), test("d", .skipped)])
    let handover = try #require(first.handover)
    #expect(handover.cases == 2)
    let told = try #require(FailedTests.read("\(folder.path)/\(handover.list)", limit: 10))
    #expect(told.compactMap { $0["id"]?.string } == ["s.b", "s.c"])
    #expect(told.first?["file"] == "t.py")

    var second = request(attempt: 2)
    second.handover = handover
    let merged = gather(second, [test("b", .passed), test("c", .failed)])
    #expect((merged.passed, merged.failed, merged.skipped, merged.flaky) == (2, 1, 1, 1))
    #expect(merged.failures == ["s.c"])
    #expect(merged.flakyCases == ["s.b"])
    #expect(merged.retried == RetriedTests(cases: 2))
    #expect(merged.handover?.cases == 1)
    #expect(
      try items(merged.file) == [
        test("b", .passed), test("c", .failed), test("a", .passed, attempt: 1), test("d", .skipped, attempt: 1),
      ])

    var third = request(attempt: 3, after: .succeeded)
    third.handover = merged.handover
    let last = gather(third, [test("c", .passed)])
    #expect((last.passed, last.failed, last.skipped, last.flaky) == (3, 0, 1, 2))
    #expect(last.handover == nil)
    #expect(try items(last.file).contains(test("a", .passed, attempt: 1)))
    #expect(try items(last.file).contains(test("b", .passed, attempt: 2)))
  }

  @Test func `a failed case that the retry did not run, or skipped, is missing and stays failed`() {
    let first = gather(request(attempt: 1), [test("a", .passed), test("b", .failed), test("c", .failed)])
    var second = request(attempt: 2, after: .succeeded)
    second.handover = first.handover
    let merged = gather(second, [test("b", .skipped)])
    #expect(merged.retried == RetriedTests(cases: 2, missing: 2, missingCases: ["s.b", "s.c"]))
    #expect(merged.failed == 2)
    #expect(
      ResultJudgement(.succeeded, merged).outcome
        == .failed("the retry did not run 2 tests of the 2 that had failed: s.b, s.c"))
    #expect(merged.handover?.cases == 2)
  }

  @Test func `a retry that says it succeeded and still has failures has not`() {
    var summary = ResultSummary()
    summary.failed = 1
    summary.failures = ["s.b"]
    #expect(ResultJudgement(.succeeded, summary).outcome == .succeeded)
    summary.retried = RetriedTests(cases: 1)
    #expect(
      ResultJudgement(.succeeded, summary).outcome
        == .failed("1 test still failed in the retry, though it ended with exit code 0: s.b"))
    #expect(ResultJudgement(.exited(1), summary).outcome == .exited(1))
  }

  @Test(arguments: [
    (Outcome.signaled(11), [("a", TestStatus.failed)], nil, "the attempt was killed by SIGSEGV"),
    (.exited(1), [], nil, "the attempt left no results of tests"),
    (.exited(3), [("a", .passed)], nil, "no test failed, and yet the attempt did: exit code 3"),
    (
      .exited(1), [("a", .failed)], 1,
      "the attempt stopped after 1 failure (max_failures = 1): other tests have not run"
    ),
  ])
  func `everything is run again where the failure is not in named tests`(
    outcome: Outcome, cases: [(String, TestStatus)], limit: Int?, reason: String
  ) {
    var asked = request(attempt: 1, after: outcome)
    asked.maxFailures = limit
    let summary = gather(asked, cases.map { test($0.0, $0.1) })
    #expect(summary.handover == Handover(because: reason))
  }

  @Test func `incomplete results do not say what has to be run again`() {
    let summary = gather(request(attempt: 1), [test("a", .failed), .problem("r.xml:3: it ends inside <a>")])
    #expect(summary.handover?.reason == "the results are not complete: r.xml:3: it ends inside <a>")
  }

  @Test func `lines covered by any attempt are covered, and what is measured anew counts`() {
    let first = gather(
      request(attempt: 1),
      [
        test("a", .failed), .coverage(FileCoverage(file: "x.c", lines: [1: 1, 2: 0, 3: 0])),
        .measurement(Measurement(name: "p95", value: 9)), .measurement(Measurement(name: "size", value: 5)),
      ])
    var second = request(attempt: 2, after: .succeeded)
    second.handover = first.handover
    let merged = gather(
      second,
      [
        test("a", .passed), .coverage(FileCoverage(file: "x.c", lines: [1: 0, 2: 1, 3: 0])),
        .measurement(Measurement(name: "p95", value: 7)),
      ])
    #expect((merged.lines, merged.coveredLines) == (3, 2))
    #expect(merged.measurements == ["p95": 7, "size": 5])
  }

  @Test func `without the results of the attempts before, nothing is known to have been run`() {
    var second = request(attempt: 2, after: .succeeded)
    second.handover = Handover(cases: 3, items: "results/a.1.ndjson", list: "results/a.1.failed.ndjson")
    let merged = gather(second, [test("a", .passed)])
    #expect(merged.retried?.missing == 3)
    #expect(merged.problems.first?.contains("the results of the attempts before it are lost") == true)
  }
}
