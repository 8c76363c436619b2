import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonMeasuring

@Suite struct QuarantineTests {
  private let folder = ScratchFolder()

  private func gather(
    _ entries: [QuarantineEntry], _ cases: [(String, TestStatus)], failedBefore: Int = 0
  ) -> ResultSummary {
    var request = ResultRequest(
      ticket: 1, step: "a[os=mac]", attempt: 1, workingDirectory: folder.path, sources: [],
      since: Instant(nanoseconds: 0), runFolder: folder.path, file: "results/a.ndjson",
      artifactFolder: "\(folder.path)/artifacts", log: "\(folder.path)/log")
    request.quarantine = entries
    request.moment = Instant(rfc3339: "2026-06-01T12:00:00Z") ?? Instant(nanoseconds: 0)
    request.handsOverAfter = .exited(1)
    var gathering = Gathering(request, SecretSet())
    return gathering.run(
      cases.map { .test(TestOutcome(name: $0.0, status: $0.1, failedBefore: $0.1 == .passed ? failedBefore : 0)) })
  }

  private func entry(_ test: String, _ expires: String) -> QuarantineEntry {
    QuarantineEntry(test: test, owner: "ada", reason: "known", expires: expires)
  }

  @Test func `failures in quarantine count neither as failed nor as passed, and are not run again`() {
    let summary = gather(
      [entry("b (os=mac)", "2026-06-01")], [("a", .passed), ("b", .failed), ("c", .failed), ("d", .skipped)])
    #expect((summary.passed, summary.failed, summary.skipped, summary.quarantined) == (1, 1, 1, 1))
    #expect(summary.tests == 4)
    #expect((summary.failures, summary.quarantinedCases) == (["c"], ["b"]))
    #expect(summary.handover?.cases == 1)
    #expect(summary.metrics["quarantined"] == 1)
    #expect(ResultSummary(.map(summary.fields)) == summary)
  }

  @Test func `where all that failed is in quarantine, the step has succeeded`() {
    let summary = gather([entry("*", "2026-06-01")], [("a", .passed), ("b", .errored)])
    #expect(summary.handover == nil, "nothing is run again, so that nothing is said of it")
    let judged = ResultJudgement(.exited(1), summary)
    #expect(judged.outcome == .succeeded)
    #expect(judged.note == "exit code 1, and all that failed is in quarantine: b")
    #expect(ResultJudgement(.signaled(11), summary).outcome == .signaled(11))
    var incomplete = summary
    incomplete.problems = ["a.xml:7: the file ends inside <testcase>"]
    #expect(ResultJudgement(.exited(1), incomplete).outcome == .exited(1))
    var more = summary
    more.failed = 1
    #expect(ResultJudgement(.exited(1), more).outcome == .exited(1))
    #expect(ResultJudgement(.succeeded, summary).note == nil)
    #expect(ResultJudgement(.exited(1), summary, maxFailures: 2).outcome == .succeeded)
    #expect(
      ResultJudgement(.exited(1), summary, maxFailures: 1).outcome
        == .failed(
          "exit code 1: all that failed is in quarantine, but after 1 test the runner stopped (max_failures = 1), and the "
            + "others have not run"))
  }

  @Test func `kept results do not stand when an entry is over, nor when what failed is excused no more`() {
    let day = "2026-06-01"
    _ = gather([entry("b", day)], [("a", .passed), ("b", .failed), ("c", .passed)])
    let items = "\(folder.path)/results/a.ndjson"
    let noon = Instant(rfc3339: "\(day)T12:00:00Z") ?? Instant(nanoseconds: 0)
    func stands(_ entries: [QuarantineEntry], at moment: Instant = noon) -> Bool {
      Quarantine.stands(items, of: "a[os=mac]", entries, at: moment)
    }
    #expect(stands([entry("b", day)]))
    #expect(stands([entry("b", day), entry("other", "2026-01-01")]))
    #expect(!stands([]), "b was released")
    #expect(!stands([entry("b", "2026-05-31")]), "its entry is over")
    #expect(!stands([entry("b", day), entry("c", "2026-05-31")]), "c has passed, and its entry is over")
    #expect(!stands([entry("b", day)], at: noon + Span(seconds: 24 * 3600)))
    #expect(!Quarantine.stands("\(folder.path)/nothing", of: "a", [], at: noon))
  }

  @Test func `an entry that is over fails whoever runs its test, even when that passed`() {
    let summary = gather(
      [entry("a*", "2026-05-31"), entry("x", "2020-01-01")], [("a1", .passed), ("a2", .failed)])
    #expect(summary.failed == 1 && summary.quarantined == 0)
    let text = "the quarantine of a1 (os=mac) (owner ada) expired on 2026-05-31: mend the test, or renew the entry"
    #expect(summary.expired == [text])
    #expect(ResultJudgement(.succeeded, summary).outcome == .failed(text))
  }

  @Test func `a case that passes after failing in quarantine is flaky, and counts as passed`() {
    let summary = gather([entry("b", "2026-06-01")], [("b", .failed), ("b", .passed)], failedBefore: 1)
    #expect((summary.passed, summary.failed, summary.quarantined, summary.flaky) == (1, 0, 0, 1))
    #expect(summary.quarantinedCases == [])
  }
}
