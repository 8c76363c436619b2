import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonSQLite

/// Results that are too large for one transaction.
@Suite struct SlicedResultsTests {
  static let cases = 3000

  /// A run that has begun, and the results of its step `unit`.
  private struct Begun {
    let project = TemporaryProject()
    let store: SQLiteStore
    let journal: any Journal
    let summary: ResultSummary

    init() throws {
      store = try project.store()
      let folder = "\(project.baton)/runs/r1"
      for path in ["\(project.baton)/runs", folder, "\(folder)/results"] { mkdir(path, 0o777) }
      let file = RunFolder.results(step: "unit", attempt: 1)
      let collector = ResultCollector(path: "\(folder)/\(file)")
      for number in 0..<SlicedResultsTests.cases {
        try collector.add(
          .test(
            TestOutcome(
              suite: "s", className: "c", name: "case \(number) with a name that is as long as names are",
              status: number % 100 == 0 ? .failed : .passed, duration: Span(milliseconds: 1), message: "went wrong",
              tags: ["slow"])))
      }
      try collector.add(.finding(Finding(tool: "t", rule: "r", severity: .high, message: "m")))
      try collector.add(.trace(FileTrace(file: "/w/a.py", tests: ["one", "two"], loading: [1...2])))
      summary = try collector.finish(file: file)
      journal = try store.create(run: "r1", workflow: "w", file: "/w.lua", at: StoreCheck.moment(1))
      var start = RunStarted(
        workflow: "w", file: "/w.lua", digest: "d", params: [:],
        observations: Observations(time: StoreCheck.moment(1), seed: 7), by: "a@b", options: RunOptions())
      start.code = CodeState(commit: "c", branch: "main", isDirty: false)
      try journal.appendNow([StampedRecord(seq: 1, time: StoreCheck.moment(1), record: .runStarted(start))])
    }

    func write(_ mailbox: CollectingMailbox) throws -> Bool {
      journal.write(
        ResultsToWrite(
          ticket: 7, step: "unit", attempt: 1, file: try #require(summary.file), time: StoreCheck.moment(2)),
        mailbox: mailbox)
    }

    func record(_ seq: Int64) -> StampedRecord {
      StampedRecord(
        seq: seq, time: StoreCheck.moment(2),
        record: .measured(Measured(step: "unit", attempt: 1, summary: summary, sources: "s")))
    }

    /// How many outcomes are seen, in the history and in one case's own.
    func seen() throws -> (cases: Int, outcomes: Int) {
      let cases = try store.cases(CaseQuery(.all, limit: 100_000))
      let one = TestIdentity(suite: "s", className: "c", name: "case 7 with a name that is as long as names are")
      return (cases.reduce(0) { $0 + $1.passed + $1.failed }, try store.outcomes(of: one, limit: 10).count)
    }
  }

  private func reads(_ input: EngineInput) -> Ticket? {
    if case .resultsWritten(let ticket) = input { ticket } else { nil }
  }

  @Test func `other records are written between the slices, and nobody sees what no record tells of`() throws {
    let begun = try Begun()
    let mailbox = CollectingMailbox()
    nonisolated(unsafe) var between: [(cases: Int, outcomes: Int)] = []
    nonisolated(unsafe) var committed = 1 as Int64
    begun.store.database.betweenSlices = {
      // A neighbour's record, by another thread's journal, while these results are being written.
      if let seen = try? begun.seen() { between.append(seen) }
      committed += 1
      try? begun.journal.appendNow([
        StampedRecord(
          seq: committed, time: StoreCheck.moment(2),
          record: .metric(step: "other", attempt: 1, name: "m", value: Double(committed)))
      ])
    }
    #expect(try begun.write(mailbox))
    #expect(reads(mailbox.take()) == 7)
    begun.store.database.betweenSlices = nil
    #expect(between.count >= Self.cases / 250)
    #expect(between.allSatisfy { $0 == (0, 0) }, "\(between)")
    #expect(try begun.store.records(of: "r1", after: 0).count == between.count + 1)
    try begun.journal.appendNow([begun.record(committed + 1)])
    #expect(try begun.seen() == (Self.cases, 1))
    begun.journal.close()
    #expect(try begun.seen() == (Self.cases, 1))
    #expect(try begun.store.cases(CaseQuery(.failing, limit: 100)).count == 30)
    #expect(
      try begun.store.cases(CaseQuery(.all, filter: "case 7 ", branch: "main", limit: 1)).first?.median?.milliseconds
        == 1)
    #expect(try begun.store.testRecords().allSatisfy { $0.tags == ["slow"] })
    #expect(try begun.store.findings(of: "r1").count == 1)
    #expect(try begun.store.traces(workflow: "w", step: "unit").tests.count == 2)
    #expect(try begun.store.ends(of: "r1").count == Self.cases)
    #expect(try begun.store.clusters(of: "r1").first?.count == 30)
  }

  @Test func `what a driver left half written is gone when the run is carried on`() throws {
    let begun = try Begun()
    let mailbox = CollectingMailbox()
    #expect(try begun.write(mailbox))
    _ = mailbox.take()
    begun.journal.close()
    #expect(try begun.seen() == (0, 0))
    let journal = try begun.store.open(run: "r1")
    let left = try begun.store.database.query { (connection) throws(DatabaseError) in
      try connection.integer("SELECT count(*) FROM test_outcomes")
    }
    #expect(left == 0)
    try journal.appendNow([begun.record(2)])
    journal.close()
    #expect(try begun.seen() == (Self.cases, 1))
  }

  @Test func `what was not folded yet is folded before anyone looks, before what comes behind it, and once`() throws {
    let begun = try Begun()
    let mailbox = CollectingMailbox()
    #expect(try begun.write(mailbox))
    _ = mailbox.take()
    // The driver dies as soon as the record is there: nothing is folded by it.
    begun.store.database.slicer.close()
    try begun.journal.appendNow([begun.record(2)])
    begun.journal.close()
    let other = try begun.project.store()
    let behind = try other.database.query { (connection) throws(DatabaseError) in
      try (connection.integer("SELECT count(*) FROM test_history"), ResultsUnderWay.isBehind(connection))
    }
    #expect(behind.0 == 0 && behind.1)
    // A later attempt that is small: what it told comes last.
    let folder = "\(begun.project.baton)/runs/r1"
    let file = RunFolder.results(step: "unit", attempt: 2)
    let collector = ResultCollector(path: "\(folder)/\(file)")
    try collector.add(
      .test(
        TestOutcome(
          suite: "s", className: "c", name: "case 0 with a name that is as long as names are", status: .passed)))
    let summary = try collector.finish(file: file)
    let journal = try other.open(run: "r1")
    try journal.appendNow([
      StampedRecord(
        seq: 3, time: StoreCheck.moment(3),
        record: .measured(Measured(step: "unit", attempt: 2, summary: summary, sources: "s")))
    ])
    journal.close()
    let cases = try other.cases(CaseQuery(.all, limit: 100_000))
    #expect(cases.reduce(0) { $0 + $1.passed + $1.failed } == Self.cases + 1)
    let retried = try #require(cases.first { $0.identity.name.hasPrefix("case 0 ") })
    #expect((retried.passed, retried.failed, retried.lastStatus) == (1, 1, .passed))
    #expect(try other.delete(run: "r1"))
    #expect(try other.cases(CaseQuery(.all, limit: 10)).isEmpty)
  }

  @Test func `few results are written with their record`() throws {
    let begun = try Begun()
    let mailbox = CollectingMailbox()
    let small = ResultsToWrite(ticket: 1, step: "unit", attempt: 1, file: "nothing", time: StoreCheck.moment(2))
    #expect(!begun.journal.write(small, mailbox: mailbox))
    try begun.journal.appendNow([begun.record(2)])
    #expect(try begun.seen() == (Self.cases, 1))
    begun.journal.close()
  }
}
