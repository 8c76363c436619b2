import BatonModel
import BatonRuntime
import CSQLite
import CSQLiteLog
import Glibc

/// One connection, shared by the engine's thread and the writer's, and the writer itself.
final class Database: @unchecked Sendable {
  // Sound because `connection` and `logFrames` are touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let connection: Connection
  /// How many pages the write-ahead log holds, as of the last commit.
  private var logFrames: Int32 = 0
  /// What they take.
  private var filled: Int64 { Int64(logFrames) * frameSize }
  let path: String
  /// Where batches are committed while the engine goes on.
  let writer = SerialWorker()
  /// Where large results are written, slice by slice.
  let slicer = SerialWorker()
  /// Done between two slices; of tests.
  nonisolated(unsafe) var betweenSlices: (() -> Void)?
  private let turns = Turns()

  /// The length of the log's file, as far as this connection knows; only there to be asked for when it may be too short.
  private var logSize: Int64 = 0
  private var mayLengthen = true

  /// What a page takes in the log: itself and its header.
  private let frameSize: Int64
  /// From this size of the log on, it is copied into the database after a commit.
  private static let checkpointSize: Int64 = 15 << 20
  /// A longer log is copied when the database closes, because the next one to open it has to read the log.
  private static let closingSize: Int64 = 2 << 20
  /// A shorter log grows as it is written: most runs end before.
  private static let lengtheningSize: Int64 = 1 << 17
  /// Zeros are written ahead of the log in pieces of so many blocks of 64 KB, when fewer than two blocks are left.
  private static let blocksAhead: Int32 = 16
  private static let block: Int64 = 1 << 16

  init(_ connection: Connection) {
    self.connection = connection
    path = connection.path
    frameSize = (try? connection.integer("PRAGMA page_size")).flatMap { $0 }.map { $0 + 24 } ?? 0
    pthread_mutex_init(mutex, nil)
    sqlite3_wal_hook(
      connection.handle,
      { context, _, _, frames in
        if let context { Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().logGrew(to: frames) }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    slicer.close()
    writer.close()
    if connection.handle != nil { shrinkLog() }
    connection.close()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// - Parameter keepsSnapshot: it is one of many commits in a row: nothing else is read than what it wrote itself.
  func locked<Output, Failure: Error>(
    keepsSnapshot: Bool = false, _ work: (Connection) throws(Failure) -> Output
  ) throws(Failure) -> Output {
    turns.queue()
    pthread_mutex_lock(mutex)
    turns.leave()
    defer { pthread_mutex_unlock(mutex) }
    if !keepsSnapshot { connection.endSnapshot() }
    return try work(connection)
  }

  /// Whether the slice under way should come to its end, since someone waits for the lock. Where tests look at what is
  /// between slices, someone always does.
  var isWanted: Bool { turns.isAnyoneWaiting || betweenSlices != nil || FaultPoint.isArmed }

  /// A transaction of a large piece of work that can be repeated: everyone else has the right of way. It is durable when the
  /// next one of a record is.
  func slice<Output>(_ work: (Connection) throws(BatonError) -> Output) throws(BatonError) -> Output {
    turns.waitForOthers()
    let output = try locked { (connection) throws(BatonError) in
      func wrap(_ error: DatabaseError) -> BatonError { error.batonError(path: path) }
      do throws(DatabaseError) { try connection.execute("PRAGMA synchronous = NORMAL") } catch { throw wrap(error) }
      defer { try? connection.execute("PRAGMA synchronous = FULL") }
      let output = try connection.transaction(wrap: wrap) { () throws(BatonError) in try work(connection) }
      checkpointIfDue()
      return output
    }
    FaultPoint.reach("store.sliced")
    betweenSlices?()
    return output
  }

  /// Lets the history catch up with what records tell.
  func foldAll() throws(BatonError) {
    while try isBehind() {
      let mayHaveMore = try slice { (connection) throws(BatonError) in
        do throws(DatabaseError) {
          for _ in 0..<ResultsUnderWay.parts {
            guard try ResultsUnderWay.foldSlice(connection) else { return false }
            if isWanted { break }
          }
          return true
        } catch {
          throw error.batonError(path: path)
        }
      }
      if !mayHaveMore { return }
    }
  }

  private func isBehind() throws(BatonError) -> Bool {
    try query { (connection) throws(DatabaseError) in
      // Who may only read sees what is there.
      guard sqlite3_db_readonly(connection.handle, "main") == 0 else { return false }
      return try ResultsUnderWay.isBehind(connection)
    }
  }

  /// The same, its errors told with the database's path.
  func query<Output>(_ work: (Connection) throws(DatabaseError) -> Output) throws(BatonError) -> Output {
    do throws(DatabaseError) { return try locked(work) } catch { throw error.batonError(path: path) }
  }

  private func logGrew(to frames: Int32) {
    // It began anew, and may have been cut.
    if frames < logFrames { logSize = 0 }
    logFrames = frames
  }

  /// Makes the log's file longer than it has to be; called with the lock held, in a transaction, before its commit.
  ///
  /// A write that makes a file longer has the file system write its own journal too before it is durable: twice the time
  /// of one that stays within the file.
  func lengthenLog() {
    guard mayLengthen, filled >= Self.lengtheningSize else { return }
    let wanted = filled + 2 * Self.block
    guard logSize < wanted else { return }
    logSize = baton_log_size(connection.handle)
    guard logSize >= 0, logSize < wanted else { return }
    if baton_log_lengthen(connection.handle, logSize, Self.blocksAhead) == SQLITE_OK {
      logSize += Int64(Self.blocksAhead) * Self.block
    } else {
      mayLengthen = false
    }
  }

  /// Copies a long log into the database; called with the lock held, when nobody waits for an answer.
  func checkpointIfDue() {
    guard filled >= Self.checkpointSize else { return }
    connection.endSnapshot()
    // Readers of other processes may hold some of it back: then the rest is copied after a later commit.
    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
  }

  /// Empties the log where that is worth it (or wanted), unless someone else needs it.
  func shrinkLog(always: Bool = false) {
    guard always || filled >= Self.closingSize else { return }
    connection.endSnapshot()
    sqlite3_busy_timeout(connection.handle, 0)
    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    sqlite3_busy_timeout(connection.handle, Int32(Connection.busySeconds * 1000))
    logFrames = 0
  }
}
