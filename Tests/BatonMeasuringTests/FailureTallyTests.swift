import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// What failed tests have in common, as an attempt tells it.
@Suite struct FailureTallyTests {
  private func outcome(_ name: String, _ message: String?, file: String? = nil) -> TestOutcome {
    var outcome = TestOutcome(className: "c", name: name, status: message == nil ? .passed : .failed, message: message)
    outcome.file = file
    return outcome
  }

  private func add(_ names: some Sequence<Int>, _ message: String, to tally: inout FailureTally) {
    for name in names {
      let outcome = outcome("t\(name)", message)
      tally.add(outcome, TestIdentity.hash(outcome), mask: nil)
    }
  }

  private func id(_ name: Int) -> UInt64 { TestIdentity.hash(outcome("t\(name)", nil)) }

  @Test func `the most frequent cause is the first, named by what failed of it first`() {
    var tally = FailureTally()
    add(1...1, "no ship\nat sea", to: &tally)
    add(2...4, "no till 7", to: &tally)
    #expect(tally.causes.map(\.text) == ["no till 7 (c.t2 and 2 more)", "no ship (c.t1)"])
    #expect(tally.causes.map(\.key) == ["no till 9", "no ship\nat sea"].map { FailureSignature(outcome("x", $0)).key })
    // It failed once more, of something else.
    add(2...2, "no ship\nat sea", to: &tally)
    #expect(tally.causes.map(\.text) == ["no ship (c.t1 and 1 more)", "no till 7 (c.t3 and 1 more)"])
  }

  @Test func `what passes later is no failure any more, and names none`() {
    var tally = FailureTally()
    add(1...3, "no till", to: &tally)
    tally.remove(id(1))
    tally.remove(id(9))
    #expect(tally.causes.map(\.text) == ["no till (c.t2 and 1 more)"])
    tally.remove(id(2))
    tally.remove(id(3))
    #expect(tally.causes.isEmpty)
  }

  @Test func `where not all are looked at, there are at least so many; what passed leaves its place to others`() {
    var tally = FailureTally()
    add(0..<FailureTally.most, "no till", to: &tally)
    #expect(tally.causes.map(\.text) == ["no till (c.t0 and 1999 more)"])
    for name in 0..<FailureTally.most { tally.remove(id(name)) }
    add(FailureTally.most...FailureTally.most, "no ship", to: &tally)
    #expect(tally.causes.map(\.text) == ["no ship (c.t2000)"])
    add(0..<FailureTally.most, "no till", to: &tally)
    #expect(
      tally.causes.map(\.text) == ["no till (c.t0 and at least 1998 more)", "no ship (c.t2000 and perhaps more)"])
  }

  @Test func `secrets are in no message, and make no other cause of it`() {
    var tally = FailureTally()
    let failed = outcome("a", "no till for s3cret")
    tally.add(failed, TestIdentity.hash(failed), mask: { $0 == "no till for s3cret" ? "no till for ***" : $0 })
    #expect(tally.causes.map(\.message) == ["no till for ***"])
    #expect(tally.causes.map(\.key) == [FailureSignature(outcome("x", "no till for ***")).key])
  }

  @Test func `a case that gets its file into its name late is counted, and named so`() {
    ScratchFolder.with { folder in
      let request = ResultRequest(
        ticket: 1, step: "unit", attempt: 1, workingDirectory: folder.path, sources: [], since: Instant(nanoseconds: 0),
        runFolder: "\(folder.path)/.run", file: "results/a.ndjson", artifactFolder: "\(folder.path)/artifacts",
        log: "\(folder.path)/log")
      var gathering = Gathering(request, SecretSet())
      let summary = gathering.run(
        [
          .test(outcome("adds", "no till", file: "a.js")), .test(outcome("adds", "no till", file: "b.js")),
        ], readsFiles: false)
      #expect(summary.failures == ["c.adds «a.js»", "c.adds «b.js»"])
      #expect(summary.causes.map(\.text) == ["no till (c.adds «a.js» and 1 more)"])
    }
  }

  @Test func `a case is of the same cause in the tally as in what is kept of it, whenever it gets its mark`() throws {
    try ScratchFolder.with { folder in
      let request = ResultRequest(
        ticket: 1, step: "unit", attempt: 1, workingDirectory: folder.path, sources: [], since: Instant(nanoseconds: 0),
        runFolder: "\(folder.path)/.run", file: "results/a.ndjson", artifactFolder: "\(folder.path)/artifacts",
        log: "\(folder.path)/log")
      let told = ["a.js", "b.js"].flatMap { file -> [ResultItem] in
        var failed = outcome("totals", "no till", file: file)
        failed.details = "at totals (cart.js:3:1)\nat connect (db.js:40:2)"
        return [.test(failed), .test(failed)]
      }
      var gathering = Gathering(request, SecretSet())
      let summary = gathering.run(told, readsFiles: false)
      var keys: [Int64] = []
      var names: [String] = []
      try ResultsFile.read("\(folder.path)/.run/results/a.ndjson") { item in
        guard case .test(let outcome) = item else { return }
        names.append(outcome.name)
        keys.append(FailureSignature(outcome).key)
      }
      #expect(names == ["totals «a.js»", "totals «a.js» «2»", "totals «b.js»", "totals «b.js» «2»"])
      #expect(Set(keys) == Set(summary.causes.map(\.key)) && summary.causes.count == 1)
    }
  }
}
