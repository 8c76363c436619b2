import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonSQLite

@Suite struct HouseKeepingTests {
  @Test("A run is found by a prefix of its id, newest first, whatever signs it has")
  func prefixes() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.whole(store, "20260131-a_1", [], at: 100)
    try StoreCheck.whole(store, "20260131-ax1", [], at: 200)
    try StoreCheck.whole(store, "20260201-b", [], at: 300)
    #expect(try store.resolve(prefix: "20260131").map(\.id) == ["20260131-ax1", "20260131-a_1"])
    #expect(try store.resolve(prefix: "20260131-a_").map(\.id) == ["20260131-a_1"])
    #expect(try store.resolve(prefix: "20260201-b").map(\.id) == ["20260201-b"])
    #expect(try store.resolve(prefix: "%").isEmpty)
    #expect(try store.resolve(prefix: "").count == 3)
  }

  @Test("Runs that ended or were cut off long ago are unused, driven ones never")
  func unused() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.whole(store, "old", [], at: 100)
    try StoreCheck.whole(store, "new", [], at: 1000)
    let cut = try store.create(run: "cut", workflow: "release", file: "/p", at: StoreCheck.moment(50))
    try cut.appendNow(StoreCheck.stamped([StoreCheck.start()], at: 50))
    cut.close()
    let driven = try store.create(run: "driven", workflow: "release", file: "/p", at: StoreCheck.moment(50))
    try driven.appendNow(StoreCheck.stamped([StoreCheck.start()], at: 50))
    #expect(try store.runs(unusedSince: StoreCheck.moment(500)).map(\.id) == ["old", "cut"])
    #expect(try store.runs(unusedSince: StoreCheck.moment(60)).map(\.id) == ["cut"])
    driven.close()
  }

  @Test("A deleted run leaves no row behind but the durations of its steps")
  func deletion() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let records: [Record] = [
      StoreCheck.ended("a"), StoreCheck.judged("q", ["n": 1]), .metric(step: "a", attempt: 1, name: "m", value: 1),
    ]
    try StoreCheck.whole(store, "r1", records, at: 100)
    try StoreCheck.whole(store, "r2", records, at: 200)
    #expect(try store.delete(run: "r1"))
    #expect(try !store.delete(run: "r1"))
    #expect(try store.runs(limit: nil).map(\.id) == ["r2"])
    #expect(try store.records(of: "r1", after: 0).isEmpty)
    #expect(try store.records(of: "r2", after: 0).count == 5)
    let tables: [StaticString] = [
      "SELECT count(DISTINCT run) FROM records", "SELECT count(DISTINCT run) FROM steps",
      "SELECT count(DISTINCT run) FROM attempts", "SELECT count(DISTINCT run) FROM \"values\"",
      "SELECT count(DISTINCT run) FROM gates", "SELECT count(DISTINCT run) FROM measurements",
      "SELECT count(DISTINCT run) FROM leases",
    ]
    for table in tables {
      let runs = try store.database.query { (connection) throws(DatabaseError) in try connection.integer(table) }
      #expect(runs == 1, "\(table)")
    }
    #expect(try store.durations(workflow: "release").keys.sorted() == ["a"])
    #expect(try store.integrityProblems() == [])
  }

  @Test("A driven run is not deleted")
  func drivenRun() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    #expect(try !project.store().delete(run: "r1"))
    journal.close()
    #expect(try store.delete(run: "r1"))
  }

  @Test("The space of deleted runs goes back to the disk, but not under a driver's feet")
  func compaction() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try store.create(run: "big", workflow: "release", file: "/p", at: StoreCheck.moment(0))
    let text = String(repeating: "word ", count: 2000)
    for seq in 1...400 as ClosedRange<Int64> {
      let record = Record.halting(reason: text, by: nil)
      try journal.appendNow([StampedRecord(seq: seq, time: StoreCheck.moment(seq), record: record)])
    }
    journal.close()
    let before = TemporaryProject.read(project.database).count
    #expect(try store.delete(run: "big"))
    let driven = try StoreCheck.create(store)
    try store.compact()
    #expect(TemporaryProject.read(project.database).count >= before)
    driven.close()
    try store.compact()
    #expect(TemporaryProject.read(project.database).count * 4 < before)
    #expect(try store.integrityProblems() == [])
  }

  @Test("The check names a run that lacks records, and rows that belong to no run")
  func problems() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.whole(store, "r1", [StoreCheck.ended("a")], at: 100)
    #expect(try store.integrityProblems() == [])
    try store.database.query { (connection) throws(DatabaseError) in
      try connection.execute("DELETE FROM records WHERE seq = 2")
      try connection.execute("INSERT INTO leases VALUES (77, 't', 'h', 1, 1, 'b')")
    }
    #expect(
      try store.integrityProblems()
        == ["a row of the table leases belongs to no run", "run r1 has 2 of 3 records"])
  }

  @Test("A record of a newer Baton is named with its run and number")
  func unknownRecord() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.whole(store, "r1", [], at: 100)
    try store.database.query { (connection) throws(DatabaseError) in
      try connection.execute("UPDATE records SET kind = 'step.teleported' WHERE seq = 2")
    }
    let error = batonError { _ = try store.records(of: "r1", after: 0) }
    #expect(error?.code == .failure)
    #expect(
      error?.message
        == "record 2 of run r1 in \(project.database) cannot be read: a record of the kind \"step.teleported\", which "
        + "this version of Baton does not know")
  }
}
