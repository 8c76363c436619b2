import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import CSQLite
import Glibc
import Testing

@testable import BatonSQLite

@Suite struct DurabilityTests {
  /// What a machine that loses power at this moment leaves behind.
  private func snapshot(_ project: TemporaryProject, into other: TemporaryProject, log: [UInt8]? = nil) {
    mkdir(other.baton, 0o755)
    for name in TemporaryProject.names(in: other.baton) { unlink("\(other.baton)/\(name)") }
    TemporaryProject.write(TemporaryProject.read(project.database), to: other.database)
    TemporaryProject.write(log ?? TemporaryProject.read("\(project.database)-wal"), to: "\(other.database)-wal")
  }

  @Test("A store that is opened again has what was committed, and goes on")
  func reopening() throws {
    let project = TemporaryProject()
    for round in 0..<3 {
      let store = try project.store()
      let journal = try round == 0 ? StoreCheck.create(store) : store.open(run: "r1")
      try journal.appendNow(StoreCheck.progress(10, after: Int64(round * 10)))
      // The second time without closing, as a process that is killed.
      if round != 1 { journal.close() }
    }
    #expect(try SQLiteStore(existing: project.database).records(of: "r1", after: 0).map(\.seq) == Array(1...30))
  }

  @Test("After each answer, what was answered survives a loss of power")
  func powerLoss() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    let mailbox = CollectingMailbox()
    let other = TemporaryProject()
    for batch in 0..<20 {
      journal.append(StoreCheck.progress(7, after: Int64(batch * 7)), mailbox: mailbox)
      try mailbox.waitForCommit(through: Int64(batch * 7 + 7))
      snapshot(project, into: other)
      let found = try SQLiteStore(existing: other.database).records(of: "r1", after: 0)
      #expect(found.map(\.seq) == Array(1...Int64(batch * 7 + 7)))
    }
  }

  @Test("Copies taken while a writer is at work hold a prefix of whole batches, and at least what was answered")
  func copiesOfAWriter() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    let mailbox = CollectingMailbox()
    let other = TemporaryProject()
    var given: Int64 = 0
    for _ in 0..<30 {
      let answered = given
      for _ in 0..<10 {
        journal.append(StoreCheck.progress(7, after: given), mailbox: mailbox)
        given += 7
      }
      snapshot(project, into: other)
      let found = try SQLiteStore(existing: other.database).records(of: "r1", after: 0)
      #expect(found.map(\.seq) == Array(1..<Int64(found.count + 1)))
      #expect(found.count % 7 == 0)
      #expect(Int64(found.count) >= answered)
      try mailbox.waitForCommit(through: given)
    }
  }

  @Test("A log cut off anywhere opens to a prefix of whole batches")
  func truncatedLog() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    for batch in 0..<12 { try journal.appendNow(StoreCheck.progress(7, after: Int64(batch * 7))) }
    let log = TemporaryProject.read("\(project.database)-wal")
    let frame = 24 + FreshDatabase.pageSize
    let boundaries = stride(from: 32, through: log.count, by: frame).flatMap { [$0 - 1, $0, $0 + 1, $0 + 24, $0 + 25] }
    let cuts = Set(boundaries + Array(stride(from: 0, through: log.count, by: 997))).filter { $0 <= log.count }.sorted()
    try #require(cuts.count > 100)
    let other = TemporaryProject()
    var counts: Set<Int> = []
    for cut in cuts {
      snapshot(project, into: other, log: Array(log[..<cut]))
      // In the beginning, not even the tables are there.
      let store = try SQLiteStore(creating: other.database)
      let found = try store.records(of: "r1", after: 0)
      #expect(found.map(\.seq) == Array(1..<Int64(found.count + 1)), "cut at \(cut)")
      #expect(found.count % 7 == 0, "cut at \(cut)")
      counts.insert(found.count)
      if cut % 5 == 0 { #expect(try store.integrityProblems() == [], "cut at \(cut)") }
    }
    #expect(counts == Set(stride(from: 0, through: 84, by: 7)))
  }

  @Test("A log with a damaged byte opens to a prefix of whole batches")
  func damagedLog() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    for batch in 0..<12 { try journal.appendNow(StoreCheck.progress(7, after: Int64(batch * 7))) }
    let log = TemporaryProject.read("\(project.database)-wal")
    let other = TemporaryProject()
    for place in stride(from: 40, to: log.count, by: 2003) {
      var damaged = log
      damaged[place] ^= 0x55
      snapshot(project, into: other, log: damaged)
      let found = try SQLiteStore(creating: other.database).records(of: "r1", after: 0)
      #expect(found.map(\.seq) == Array(1..<Int64(found.count + 1)), "damaged at \(place)")
      #expect(found.count % 7 == 0 && found.count < 84, "damaged at \(place)")
    }
  }

  @Test("A log that is longer than what was written to it opens to that, wherever its end is cut off")
  func lengthenedLog() throws {
    let project = TemporaryProject()
    let journal = try StoreCheck.create(project.store())
    for batch in 0..<60 { try journal.appendNow(StoreCheck.progress(7, after: Int64(batch * 7))) }
    let log = TemporaryProject.read("\(project.database)-wal")
    let written = try #require(log.lastIndex { $0 != 0 }) + 1
    #expect(log.count - written >= 1 << 16, "\(log.count) bytes, of which \(written) are written")
    let other = TemporaryProject()
    for cut in [log.count, log.count - 1, (log.count + written) / 2, written + 25, written] {
      snapshot(project, into: other, log: Array(log[..<cut]))
      let store = try SQLiteStore(creating: other.database)
      #expect(try store.records(of: "r1", after: 0).map(\.seq) == Array(1...420), "cut at \(cut) of \(log.count)")
      #expect(try store.integrityProblems() == [])
    }
  }

  @Test(
    "A transaction larger than the memory for it, which changes what it has written already, survives a loss of power")
  func spilledPages() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let other = TemporaryProject()
    let connection = try Connection(path: project.database, access: .write)
    try connection.execute("CREATE TABLE pieces (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    for round in 1...3 {
      try store.database.slice { (connection) throws(BatonError) in
        do throws(DatabaseError) {
          try connection.execute(
            """
            PRAGMA cache_size = 10; PRAGMA cache_spill = 1;
            INSERT INTO pieces (text)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT printf('%.*c', 700, 'x') FROM n;
            UPDATE pieces SET text = 'round \(round)' WHERE id % 3 = 0;
            """)
        } catch { throw error.batonError(path: project.database) }
      }
      snapshot(project, into: other)
      let copy = try Connection(path: other.database, access: .write)
      #expect(try copy.integer("SELECT count(*) FROM pieces") == Int64(round * 300))
      let changed = try Statement(copy, "SELECT count(*) FROM pieces WHERE text = 'round \(round)'").first {
        $0.integer(0)
      }
      #expect(changed == Int64(round * 100))
      #expect(try SQLiteStore(existing: other.database).integrityProblems() == [])
    }
  }

  @Test("What is appended during a commit becomes one transaction")
  func groupCommit() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let mailbox = CollectingMailbox()
    store.database.locked { _ in
      for batch in 0..<50 { journal.append(StoreCheck.progress(2, after: Int64(batch * 2)), mailbox: mailbox) }
    }
    #expect(try mailbox.waitForCommit(through: 100) == [100])
  }

  @Test("A batch that cannot be written leaves nothing of itself, and can be given again")
  func failedBatch() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    try journal.appendNow(StoreCheck.progress(5))
    func limit(_ pages: Int) throws {
      try store.database.query { (connection) throws(DatabaseError) in
        try connection.execute("PRAGMA max_page_count = \(pages)")
      }
    }
    // Less than it has already: no further page.
    try limit(1)
    let mailbox = CollectingMailbox()
    journal.append(StoreCheck.progress(2000, after: 5), mailbox: mailbox)
    journal.append(StoreCheck.progress(1, after: 2005), mailbox: mailbox)
    for _ in 0..<2 {
      guard case .storeFailed(let error) = mailbox.take() else {
        Issue.record("it was committed")
        return
      }
      #expect(error.code == .failure)
      #expect(error.message == "the database \(project.database) cannot grow: the disk is full")
    }
    #expect(try store.records(of: "r1", after: 0).count == 5)
    try limit(1_000_000)
    journal.append(StoreCheck.progress(2000, after: 5), mailbox: mailbox)
    try mailbox.waitForCommit(through: 2005)
    #expect(try store.records(of: "r1", after: 0).count == 2005)
  }

  @Test("A database that another program keeps locked is told as such")
  func locked() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let other = try Connection(path: project.database, access: .write)
    try other.execute("BEGIN IMMEDIATE")
    store.database.locked { _ = sqlite3_busy_timeout($0.handle, 20) }
    let error = batonError { try journal.appendNow(StoreCheck.progress(1)) }
    #expect(error?.code == .failure)
    #expect(error?.message.hasPrefix("the database \(project.database) stayed locked by another process") == true)
    try other.execute("ROLLBACK")
    try journal.appendNow(StoreCheck.progress(1))
  }

  @Test("A long log is copied into the database while the run goes on, and emptied when it is closed")
  func checkpoints() throws {
    let project = TemporaryProject()
    let store = try project.store()
    let journal = try StoreCheck.create(store)
    let mailbox = CollectingMailbox()
    let text = String(repeating: "word ", count: 2000)
    for batch in 0..<24 as Range<Int64> {
      let records = (1...100 as ClosedRange<Int64>).map {
        StampedRecord(seq: batch * 100 + $0, time: StoreCheck.moment(0), record: .halting(reason: text, by: nil))
      }
      journal.append(records, mailbox: mailbox)
      try mailbox.waitForCommit(through: batch * 100 + 100)
    }
    // Waits for what is done after the answer.
    try journal.appendNow([])
    #expect(TemporaryProject.read(project.database).count > 4 << 20)
    journal.close()
    #expect(TemporaryProject.read("\(project.database)-wal").isEmpty)
  }
}
