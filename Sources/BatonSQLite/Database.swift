import BatonModel
import BatonRuntime
import CSQLite
import Glibc

/// One connection, shared by the engine's thread and the writer's, and the writer itself.
final class Database: @unchecked Sendable {
  // Sound because `connection` and `logFrames` are touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let connection: Connection
  /// How many pages the write-ahead log holds, as of the last commit.
  private var logFrames: Int32 = 0
  let path: String
  /// Where batches are committed while the engine goes on.
  let writer = SerialWorker()

  /// From this size on, the log is copied into the database after a commit: 16 MB.
  private static let checkpointFrames: Int32 = 4000
  /// A longer log is copied when the database closes, because the next one to open it has to read the log: 2 MB.
  private static let closingFrames: Int32 = 500

  init(_ connection: Connection) {
    self.connection = connection
    path = connection.path
    pthread_mutex_init(mutex, nil)
    sqlite3_wal_hook(
      connection.handle,
      { context, _, _, frames in
        if let context { Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().logFrames = frames }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    writer.close()
    if connection.handle != nil { shrinkLog() }
    connection.close()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func locked<Output, Failure: Error>(_ work: (Connection) throws(Failure) -> Output) throws(Failure) -> Output {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try work(connection)
  }

  /// The same, its errors told with the database's path.
  func query<Output>(_ work: (Connection) throws(DatabaseError) -> Output) throws(BatonError) -> Output {
    do throws(DatabaseError) { return try locked(work) } catch { throw error.batonError(path: path) }
  }

  /// Copies a long log into the database; called with the lock held, when nobody waits for an answer.
  func checkpointIfDue() {
    guard logFrames >= Self.checkpointFrames else { return }
    // Readers of other processes may hold some of it back: then the rest is copied after a later commit.
    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
  }

  /// Empties the log where that is worth it (or wanted), unless someone else needs it.
  func shrinkLog(always: Bool = false) {
    guard always || logFrames >= Self.closingFrames else { return }
    sqlite3_busy_timeout(connection.handle, 0)
    sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    sqlite3_busy_timeout(connection.handle, Int32(Connection.busySeconds * 1000))
    logFrames = 0
  }
}
