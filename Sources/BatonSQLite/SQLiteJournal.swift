import BatonCore
import BatonModel
import BatonRuntime
import CSQLite
import Glibc

/// The records of one run on their way to the disk.
///
/// What is appended while a commit is under way is the next transaction, as one (group commit).
final class SQLiteJournal: Journal, @unchecked Sendable {
  // Sound because `waiting` is touched under `mutex` alone, `last`, `failure`, `lock`, `leased` and `projection` under the
  // database's lock, and `streak` by the thread of the engine alone.
  let run: String
  let key: Int64
  private let token: String
  let database: Database
  let projection: Projection
  private var lock: DriverLock?
  private var last: Int64
  /// What the last attempt to commit failed with: what was appended after that fails the same way, until the caller appends
  /// the failed records again.
  private var failure: BatonError?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var waiting: [Batch] = []
  private var body: [UInt8] = []
  /// Commits of the engine's thread with nothing between them.
  private var streak = 0
  /// The snapshot in which the lease was seen to be this journal's.
  private var leased: Int?
  /// After so many commits in a row there will be more.
  private static let longStreak = 4

  private struct Batch {
    var records: [StampedRecord]
    /// nil: the caller waits.
    var mailbox: (any Mailbox)?
  }

  init(
    run: String, key: Int64, last: Int64, token: String, lock: DriverLock, _ projection: Projection,
    _ database: Database
  ) {
    self.run = run
    self.key = key
    self.last = last
    self.token = token
    self.lock = lock
    self.projection = projection
    self.database = database
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func append(_ records: [StampedRecord], mailbox: any Mailbox) {
    pthread_mutex_lock(mutex)
    waiting.append(Batch(records: records, mailbox: mailbox))
    pthread_mutex_unlock(mutex)
    let accepted = database.writer.submit { [self] in
      database.locked { connection in
        commitWaiting(connection)
        database.checkpointIfDue()
      }
    }
    // No thread to be had: then here.
    if !accepted { database.locked { commitWaiting($0) } }
  }

  func appendNow(_ records: [StampedRecord]) throws(BatonError) {
    streak += 1
    let isStreak = streak > Self.longStreak
    try database.locked(keepsSnapshot: isStreak) { (connection) throws(BatonError) in
      commitWaiting(connection)
      try commit([Batch(records: records, mailbox: nil)], connection)
      if isStreak { connection.beginSnapshot() }
      database.checkpointIfDue()
    }
  }

  func rest() {
    guard streak > 0 else { return }
    if streak > Self.longStreak { database.locked { _ in } }
    streak = 0
  }

  func requests(after id: Int64) throws(BatonError) -> [Request] {
    try database.query { (connection) throws(DatabaseError) in
      try Inbox.requests(run: key, after: id, connection)
    }
  }

  func close() {
    // What is left of large results is put in its place before the run's driver goes.
    _ = database.slicer.perform {}
    database.locked { connection in
      commitWaiting(connection)
      lock = nil
      if connection.handle != nil { database.shrinkLog() }
    }
  }

  /// Commits what waits and answers, with the database's lock held, so that the answers come in order.
  private func commitWaiting(_ connection: Connection) {
    pthread_mutex_lock(mutex)
    let batches = waiting
    waiting.removeAll()
    pthread_mutex_unlock(mutex)
    guard !batches.isEmpty else { return }
    // Batches out of order must not take those with them that are in order.
    var next = last + 1
    let good = batches.prefix { batch in
      guard Self.follows(batch.records, next) else { return false }
      next += Int64(batch.records.count)
      return true
    }
    do throws(BatonError) {
      try commit(Array(good), connection)
      // One answer to each mailbox: it covers all that was committed for it.
      for (index, batch) in good.enumerated() {
        if index + 1 < good.count, good[index + 1].mailbox === batch.mailbox { continue }
        batch.mailbox?.post(.committed(through: batch.records.last?.seq ?? last))
      }
    } catch {
      for batch in good { batch.mailbox?.post(.storeFailed(error)) }
    }
    for batch in batches.dropFirst(good.count) { batch.mailbox?.post(.storeFailed(failure ?? gap(batch.records))) }
  }

  private static func follows(_ records: [StampedRecord], _ first: Int64) -> Bool {
    var next = first
    for record in records {
      guard record.seq == next else { return false }
      next += 1
    }
    return true
  }

  private func gap(_ records: [StampedRecord]) -> BatonError {
    BatonError(
      .failure, "records of run \(run) out of order: \(records.first?.seq ?? 0) after \(last)", cure: "report this")
  }

  private func commit(_ batches: [Batch], _ connection: Connection) throws(BatonError) {
    guard let count = batches.last.map({ $0.records.count }), count > 0 || batches.count > 1 else { return }
    guard lock != nil else { throw BatonError(.failure, "the journal of run \(run) is closed", cure: "report this") }
    var next = last + 1
    for batch in batches {
      guard Self.follows(batch.records, next) else { throw failure ?? gap(batch.records) }
      next += Int64(batch.records.count)
    }
    do throws(BatonError) {
      try connection.transaction(wrap: wrap) { () throws(BatonError) in
        if leased == nil || connection.currentSnapshot != leased { try verifyLease(connection) }
        leased = connection.currentSnapshot
        do throws(DatabaseError) {
          for batch in batches {
            for record in batch.records { try write(record, connection) }
          }
          try projection.flush()
          database.lengthenLog()
          FaultPoint.reach("store.before-commit")
        } catch {
          throw wrap(error)
        }
      }
      FaultPoint.reach("store.after-commit")
      last = next - 1
      failure = nil
      foldIfBehind()
    } catch {
      projection.discard()
      failure = error
      // The commit may have happened all the same: what is there is what counts.
      if let found = try? SQLiteStore.lastSeq(of: key, connection) { last = found }
      throw error
    }
  }

  private func wrap(_ error: DatabaseError) -> BatonError { error.batonError(path: database.path) }

  /// Two drivers never interleave: the lease must still be this journal's.
  func verifyLease(_ connection: Connection) throws(BatonError) {
    let found: String?
    do throws(DatabaseError) {
      found = try connection.statement("SELECT token FROM leases WHERE run = ?").bind(1, key).first { $0.text(0) }
    } catch {
      throw wrap(error)
    }
    guard found != token else { return }
    throw BatonError(
      .busy, "run \(run) is driven by another process now", cure: "`baton watch \(run)` shows it")
  }

  private func write(_ stamped: StampedRecord, _ connection: Connection) throws(DatabaseError) {
    body.removeAll(keepingCapacity: true)
    RecordCoding.appendBody(of: stamped.record, to: &body)
    let insert = try connection.statement(
      "INSERT INTO records (run, seq, time, kind, step, attempt, body) VALUES (?, ?, ?, ?, ?, ?, ?)")
    insert.bind(1, key).bind(2, stamped.seq).bind(3, stamped.time.nanoseconds).bind(4, stamped.record.kind.rawValue)
      .bind(5, stamped.record.step).bind(6, stamped.record.attempt)
    try body.withUnsafeBufferPointer { (text) throws(DatabaseError) in
      insert.bind(7, utf8: text, stays: true)
      try insert.run()
    }
    if case .requestTaken(let id, _) = stamped.record { try Inbox.remove(id, run: key, connection) }
    try projection.apply(stamped)
  }
}
