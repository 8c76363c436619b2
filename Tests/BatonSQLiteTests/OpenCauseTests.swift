import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite
import BatonTestKit
import Testing

/// Why the runs of a workflow failed that have not succeeded since.
@Suite struct OpenCauseTests {
  private func end(_ step: String, _ status: StepStatus, _ code: Int32, kind: NodeKind = .step) -> Record {
    let attempt = AttemptEnd(
      step: step, number: 1, outcome: code == 0 ? .succeeded : .exited(code), started: StoreCheck.moment(1),
      ended: StoreCheck.moment(2))
    return .stepEnded(StepEnd(step: step, status: status, reason: "exit code \(code)", attempt: attempt, kind: kind))
  }

  private func key(_ step: String, _ code: Int32) -> String {
    FailureCause.key(workflow: "release", step: step, reason: "exit code \(code)")
  }

  @Test func `what was carried on and mended is left out, and so are groups, what may fail and what a body caught`()
    throws
  {
    let project = TemporaryProject()
    let store = try project.store()
    func open() throws -> Set<String> { try store.openFailures(workflow: "release", before: "now").causes }
    let operation = Operation(kind: .step, key: "step child", text: "", line: 1)
    guard case .stepEnded(var tolerated) = end("tolerated", .failed, 4) else { return }
    tolerated.allowed = true
    let journal = try store.create(
      run: "r1", workflow: "release", file: "/p/release.lua", at: StoreCheck.moment(10))
    let first: [Record] = [
      StoreCheck.start(), end("good", .succeeded, 0), end("bad", .failed, 2), end("group", .failed, 2, kind: .group),
      .stepEnded(tolerated), .operated(step: "body", [operation]), end("body/child", .failed, 5),
      end("body", .succeeded, 0), .runEnded(.failed, reason: nil),
    ]
    try journal.appendNow(StoreCheck.stamped(first))
    #expect(try open() == [key("bad", 2)])
    // What it failed of first stays open: people may have been told.
    let second: [Record] = [
      StoreCheck.resumption(), end("bad", .succeeded, 0), end("next", .failed, 3), .runEnded(.failed, reason: nil),
    ]
    try journal.appendNow(StoreCheck.stamped(second, after: Int64(first.count), at: 100))
    journal.close()
    #expect(try open() == [key("bad", 2), key("next", 3)])
    #expect(try store.openFailures(workflow: "release", before: "r1") == OpenFailures())
    let all = try store.records(of: "r1", after: 0)
    #expect(RunFacts(all).openCauses == [key("bad", 2), key("next", 3)])
  }
}
