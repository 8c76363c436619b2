import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonSQLite

@Suite struct LeaseTests {
  @Test("A second driver is told who drives, and how to watch or end it")
  func busy() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    let second = try project.store()
    let error = batonError { _ = try second.open(run: "r1") }
    #expect(error?.code == .busy)
    #expect(error?.message == "run r1 is driven by process \(getpid()) on \(Driver.current().host)")
    #expect(error?.cure == "`baton watch r1` shows it, `baton cancel r1` ends it")
    #expect(try second.driver(of: "r1") == Driver.current())
    journal.close()
    #expect(try second.driver(of: "r1") == nil)
  }

  @Test("The lease of a process that is gone is taken over, whatever it left in the database")
  func stale() throws {
    let project = TemporaryProject()
    let store = try project.store()
    try StoreCheck.create(store).appendNow(StoreCheck.progress(1))
    // A driver on another machine, with a process number that lives here.
    try store.database.query { (connection) throws(DatabaseError) in
      try connection.execute("UPDATE leases SET host = 'elsewhere', pid = \(getpid()), token = 'theirs'")
    }
    #expect(try store.runs(limit: 1)[0].status == .interrupted)
    let journal = try store.open(run: "r1")
    try journal.appendNow(StoreCheck.progress(1, after: 1))
    #expect(try store.runs(limit: 1)[0].status == .running)
  }

  @Test("A driver that has lost its lease writes nothing more")
  func lost() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    try journal.appendNow(StoreCheck.progress(1))
    try store.database.query { (connection) throws(DatabaseError) in
      try connection.execute("UPDATE leases SET token = 'theirs'")
    }
    let error = batonError { try journal.appendNow(StoreCheck.progress(1, after: 1)) }
    #expect(error?.code == .busy)
    let mailbox = CollectingMailbox()
    journal.append(StoreCheck.progress(1, after: 1), mailbox: mailbox)
    guard case .storeFailed(let later) = mailbox.take() else {
      Issue.record("it was committed")
      return
    }
    #expect(later.code == .busy)
    #expect(try store.records(of: "r1", after: 0).count == 1)
  }

  @Test("Of many that want to drive a run at once, one does")
  func race() async throws {
    let project = TemporaryProject()
    try StoreCheck.create(project.store()).close()
    let winner = Winner()
    let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let store = try project.store()
          do {
            let journal = try store.open(run: "r1")
            try journal.appendNow(StoreCheck.stamped([StoreCheck.start()]))
            winner.journal = journal
            return true
          } catch let error as BatonError {
            #expect(error.code == .busy)
            return false
          }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(winners == 1)
    #expect(try SQLiteStore(existing: project.database).records(of: "r1", after: 0).count == 1)
  }

  @Test("The driver is told by process and start, so that it can be found again")
  func identity() {
    let driver = Driver.current()
    #expect(driver.pid == getpid())
    #expect(driver.processStarted > 0)
    #expect(driver.boot.count == 36)
    #expect(!driver.host.isEmpty)
  }
}

/// Holds on to the winner's journal until all have tried.
private final class Winner: @unchecked Sendable {
  // Sound because there is one winner, and it is read by nobody.
  var journal: (any Journal)?
}
