import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonSQLite

@Suite struct ProjectionTests {
  /// Rows as text, columns joined by `|`.
  private func rows(_ store: SQLiteStore, _ sql: StaticString, columns: Int32) throws -> [String] {
    try store.database.query { (connection) throws(DatabaseError) in
      var rows: [String] = []
      try connection.statement(sql).each { row in
        rows.append((0..<columns).map { row.optionalText($0) ?? "-" }.joined(separator: "|"))
      }
      return rows
    }
  }

  private let story: [Record] = [
    StoreCheck.start(),
    .intended([StepAttempt(step: "a", number: 1), StepAttempt(step: "b", number: 1)]),
    .attemptStarted(StepAttempt(step: "a", number: 1), executor: "local", pid: 11),
    .attemptStarted(StepAttempt(step: "b", number: 1), executor: "slurm", pid: nil),
    .metric(step: "a", attempt: 1, name: "p95", value: 12.5),
    .attemptFailed(
      AttemptEnd(
        step: "a", number: 1, outcome: .exited(3), started: StoreCheck.moment(1), ended: StoreCheck.moment(2)),
      next: .retry(at: StoreCheck.moment(3))),
    .attemptStarted(StepAttempt(step: "a", number: 2), executor: "local", pid: 12),
    .stepEnded(
      StepEnd(
        step: "a", status: .succeeded,
        attempt: AttemptEnd(
          step: "a", number: 2, outcome: .succeeded, started: StoreCheck.moment(3), ended: StoreCheck.moment(5)),
        values: ["v": ["x": 1], "w": "t"])),
    .stepEnded(
      StepEnd(
        step: "b", status: .failed, reason: "it broke",
        attempt: AttemptEnd(
          step: "b", number: 1, outcome: .signaled(9), started: StoreCheck.moment(1), ended: StoreCheck.moment(4),
          executor: "slurm"))),
    .stepEnded(StepEnd(step: "c", status: .skipped, reason: "b failed")),
    .gateJudged(
      GateVerdict(gate: "q", passed: false, findings: ["n = 1"], measured: ["n": 1], otherwise: .branch)),
    .runEnded(.failed, reason: "b failed"),
  ]

  /// However the records are cut into transactions, the tables end the same.
  @Test("The tables tell what the records tell", arguments: [1, 2, 3, 5, 12])
  func tables(batch: Int) throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let records = StoreCheck.stamped(story)
    for first in stride(from: 0, to: records.count, by: batch) {
      try journal.appendNow(Array(records[first..<min(first + batch, records.count)]))
    }
    #expect(
      try rows(store, "SELECT step, kind, status, reason, attempts, duration FROM steps ORDER BY step", columns: 6)
        == [
          "a|step|succeeded|-|2|2000000000", "b|step|failed|it broke|1|3000000000", "c|step|skipped|b failed|0|-",
        ])
    #expect(
      try rows(
        store,
        "SELECT step, number, outcome, code, signal, executor, pid, (ended - started) / 1000000000 FROM attempts",
        columns: 8)
        == ["a|1|exited|3|-|local|11|1", "a|2|succeeded|0|-|local|12|2", "b|1|signaled|-|9|slurm|-|3"])
    #expect(
      try rows(store, "SELECT step, name, value FROM \"values\"", columns: 3) == [#"a|v|{"x":1}"#, #"a|w|"t""#])
    #expect(
      try rows(store, "SELECT seq, step, attempt, name, value FROM measurements", columns: 5) == ["5|a|1|p95|12.5"])
    #expect(
      try rows(store, "SELECT gate, passed, findings, measured, otherwise FROM gates", columns: 5)
        == [#"q|0|["n = 1"]|{"n":1.0}|branch"#])
    #expect(try rows(store, "SELECT status, reason FROM runs", columns: 2) == ["failed|b failed"])
    #expect(try rows(store, "SELECT workflow, step, duration FROM durations", columns: 3) == ["release|a|2000000000"])
  }

  @Test("What runs when a transaction ends is told as running")
  func running() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.create(store).appendNow(Array(StoreCheck.stamped(story).prefix(4)))
    #expect(
      try rows(store, "SELECT step, status, attempts FROM steps ORDER BY step", columns: 3)
        == ["a|running|1", "b|running|1"])
    #expect(
      try rows(store, "SELECT step, outcome, pid, ended FROM attempts", columns: 4) == ["a|-|11|-", "b|-|-|-"])
  }

  @Test("A step that runs again after a resumption has its new values alone")
  func valuesAfterResumption() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    try journal.appendNow(StoreCheck.stamped(story))
    var again = StepEnd(step: "a", status: .succeeded)
    again.values = ["z": true]
    try journal.appendNow(
      StoreCheck.stamped(
        [StoreCheck.resumption(invalidated: ["a": "--from a"]), .stepEnded(again)], after: Int64(story.count)))
    #expect(try rows(store, "SELECT step, name, value FROM \"values\"", columns: 3) == ["a|z|true"])
  }

  @Test("Values are those of the last success")
  func valuesOfSuccess() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let values: StaticString = "SELECT step, name, value FROM \"values\""
    let first = [
      story[0], .stepEnded(StepEnd(step: "a", status: .failed, values: ["code": "2"])),
      .stepEnded(StepEnd(step: "b", status: .succeeded, values: ["v": 1])),
    ]
    try journal.appendNow(StoreCheck.stamped(first))
    #expect(try rows(store, values, columns: 3) == ["b|v|1"])
    let then = [
      StoreCheck.resumption(invalidated: ["b": "--from b"]), .stepEnded(StepEnd(step: "a", status: .cached)),
      .stepEnded(StepEnd(step: "b", status: .succeeded)),
    ]
    try journal.appendNow(StoreCheck.stamped(then, after: Int64(first.count)))
    #expect(try rows(store, values, columns: 3).isEmpty)
  }

  @Test("A transaction that fails leaves nothing behind for the next")
  func discarded() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let records = StoreCheck.stamped(story)
    try journal.appendNow(Array(records[..<2]))
    let token = try rows(store, "SELECT token FROM leases", columns: 1)[0]
    func setToken(_ token: String) throws {
      try store.database.query { (connection) throws(DatabaseError) in
        try connection.execute("UPDATE leases SET token = '\(token)'")
      }
    }
    try setToken("theirs")
    #expect(batonError { try journal.appendNow(Array(records[2..<4])) }?.code == .busy)
    try setToken(token)
    try journal.appendNow([
      StampedRecord(seq: 3, time: StoreCheck.moment(9), record: .halting(reason: "stop", by: nil))
    ])
    #expect(try rows(store, "SELECT step FROM attempts", columns: 1) == [])
  }

  @Test func `the time in which nobody drove a run is told of it, and no part of its trend`() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let first: [Record] = [StoreCheck.start(), StoreCheck.ended("a", .failed), .runEnded(.failed, reason: nil)]
    let second: [Record] = [
      StoreCheck.resumption(), StoreCheck.ended("a", attempt: 2), .runEnded(.succeeded, reason: nil),
    ]
    let journal = try store.create(run: "r", workflow: "release", file: "/p/release.lua", at: StoreCheck.moment(10))
    try journal.appendNow(StoreCheck.stamped(first, at: 10))
    journal.close()
    // Seconds 10 to 12; from 100 on, by a driver that died at 101; from 200 to 202.
    let again = try store.open(run: "r")
    try again.appendNow(
      StoreCheck.stamped([StoreCheck.resumption(), .cancelRequested(by: "x", reason: nil)], after: 3, at: 100))
    try again.appendNow(StoreCheck.stamped(second, after: 5, at: 200))
    again.close()
    let run = try #require(try store.runs(limit: nil).first)
    #expect(run.idle == Span(seconds: 88 + 99))
    #expect(run.counts == [.succeeded: 1])
    let points = try store.trend(workflow: "release", branch: nil, through: nil, limit: 5)
    #expect(points.first?.duration == Span(seconds: 2 + 1 + 2))
  }

  @Test func `a run that ends while it is looked at has ended, and was not interrupted`() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.whole(store, "r", [StoreCheck.ended("a")], at: 10)
    let runs = try store.database.query { (connection) throws(DatabaseError) in
      // The row as it was when its driver lived.
      try store.summaries(
        connection.statement("SELECT key, id, workflow, file, 'running', started, NULL, NULL, caller FROM runs"),
        connection)
    }
    #expect(runs.map(\.status) == [.succeeded])
    #expect(runs.map(\.ended) == [StoreCheck.moment(12)])
    #expect(runs.map(\.counts) == [[.succeeded: 1]])
  }
}
