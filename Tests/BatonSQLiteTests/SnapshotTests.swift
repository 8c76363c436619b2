import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import CSQLite
import Testing

@testable import BatonSQLite

/// Many commits in a row keep the lock of a reader between them.
@Suite struct SnapshotTests {
  private func journal(_ project: TemporaryProject, commits: Int64) throws -> (SQLiteStore, any Journal) {
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    for commit in 0..<commits { try journal.appendNow(StoreCheck.progress(1, after: commit)) }
    return (store, journal)
  }

  private func isHeld(_ store: SQLiteStore) -> Bool {
    store.database.locked(keepsSnapshot: true) { $0.currentSnapshot != nil }
  }

  @Test("It is taken after some commits in a row, and given back when the engine is about to wait")
  func begins() throws {
    let project = TemporaryProject()
    let (store, journal) = try journal(project, commits: 4)
    #expect(!isHeld(store))
    try journal.appendNow(StoreCheck.progress(1, after: 4))
    #expect(isHeld(store))
    journal.rest()
    #expect(!isHeld(store))
    try journal.appendNow(StoreCheck.progress(1, after: 5))
    #expect(!isHeld(store))
    #expect(try store.records(of: "r1", after: 0).count == 6)
  }

  @Test("What another process writes between two commits is seen, and stops nobody")
  func others() throws {
    let project = TemporaryProject()
    let (store, journal) = try journal(project, commits: 8)
    #expect(isHeld(store))
    let other = try SQLiteStore(existing: project.database)
    _ = try other.send(Request(kind: .cancel, by: "me", time: Instant(nanoseconds: 1)), to: "r1")
    try journal.appendNow(StoreCheck.progress(1, after: 8))
    try journal.appendNow(StoreCheck.progress(1, after: 9))
    #expect(try journal.requests(after: 0).count == 1)
    #expect(try other.records(of: "r1", after: 0).count == 10)
  }

  @Test("A lease that another process takes between two commits is missed at the next one")
  func lost() throws {
    let project = TemporaryProject()
    let (store, journal) = try journal(project, commits: 8)
    #expect(isHeld(store))
    let other = try SQLiteStore(existing: project.database)
    try other.database.query { (connection) throws(DatabaseError) in
      try connection.execute("UPDATE leases SET token = 'theirs'")
    }
    let error = batonError { try journal.appendNow(StoreCheck.progress(1, after: 8)) }
    #expect(error?.code == .busy)
    #expect(try other.records(of: "r1", after: 0).count == 8)
  }

  @Test("The log is copied into the database all the same when it is long")
  func checkpoints() throws {
    let project = TemporaryProject()
    let (store, journal) = try journal(project, commits: 6000)
    // A frame a commit at least: without a copy it would be longer.
    let frames = store.database.locked(keepsSnapshot: true) { connection -> Int32 in
      var frames: Int32 = 0
      connection.endSnapshot()
      sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, &frames, nil)
      return frames
    }
    #expect(frames < 5000)
    #expect(try store.records(of: "r1", after: 0).count == 6000)
    journal.close()
  }
}
