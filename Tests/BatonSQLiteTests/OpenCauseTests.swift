import BatonCore
import BatonModel
import BatonSQLite
import BatonTestKit
import Testing

/// Why the runs of a workflow failed that have not succeeded since.
@Suite struct OpenCauseTests {
  private func outcome(_ name: String, _ message: String?) -> TestOutcome {
    var outcome = TestOutcome(className: "c", name: name, status: message == nil ? .passed : .failed)
    outcome.message = message
    return outcome
  }

  private func key(_ message: String) -> String {
    FailureCause.key(workflow: "release", tests: FailureSignature(outcome("x", message)).key)
  }

  @Test func `of a step whose tests failed, the causes are theirs, whether it has more outcomes than there are causes`()
    throws
  {
    let planted = try PlantedHistoryTests.Planted(seed: 1, runs: 0)
    func fail(_ run: String, at second: Int64, _ outcomes: [TestOutcome]) throws {
      try planted.add(
        run, outcomes, at: second, commit: "c",
        more: [.stepEnded(StepEnd(step: "unit", status: .failed, reason: "exit code 1"))], status: .failed)
    }
    func open() throws -> Set<String> { try planted.store.openCauses(workflow: "release", before: "now") }
    try fail(
      "r1", at: 100, [outcome("a", "no till"), outcome("b", "no till"), outcome("c", nil), outcome("d", "no ship")])
    #expect(try open() == [key("no till"), key("no ship")])
    // Two causes are known, and it has one outcome.
    try fail("r2", at: 200, [outcome("a", "no disk")])
    #expect(try open() == [key("no till"), key("no ship"), key("no disk")])
    var excused = outcome("a", "no van")
    excused.quarantine = "until 2999"
    try fail("r3", at: 300, [excused, outcome("b", "no disk")])
    // No test failed: how the step ended is the cause.
    try fail("r4", at: 400, [outcome("a", nil)])
    let exit = FailureCause.key(workflow: "release", step: "unit", reason: "exit code 1")
    #expect(try open() == [key("no till"), key("no ship"), key("no disk"), exit])
    try planted.add("good", [outcome("a", nil)], at: 500, commit: "c")
    #expect(try open().isEmpty)
  }
}
