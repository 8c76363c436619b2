import BatonCore
import BatonModel
import BatonRuntime
import CSQLite
import CSQLiteLog
import Glibc

/// The runs of a project in an SQLite database, `.baton/baton.db`.
///
/// The database is in WAL mode with `synchronous = FULL`: what was answered as committed survives the loss of power. Readers
/// in other processes never wait for a driver. A store and its journals may be used on one thread at a time; what a journal
/// appends is committed on another.
public final class SQLiteStore: Store {
  let database: Database
  /// Nothing has been written to the log of this database yet, which this store made.
  private var isFresh = false

  /// Opens the database, migrating an older one; makes it, and its folder, where there is none.
  ///
  /// - Parameter path: of the database, absolute.
  public convenience init(creating path: String) throws(BatonError) {
    try self.init(creating: path, schema: .current)
  }

  init(creating path: String, schema: Schema) throws(BatonError) {
    try Self.makeFolder(of: path)
    isFresh = FreshDatabase.make(at: path, schema)
    let connection: Connection
    do throws(DatabaseError) {
      connection = try Connection(path: path, access: .create)
      // SQLite falls back to reading by itself.
      guard sqlite3_db_readonly(connection.handle, "main") == 0 else {
        throw DatabaseError(code: SQLITE_READONLY, message: "read-only", sql: nil)
      }
      try Self.prepare(connection)
    } catch {
      throw error.openingError(path: path)
    }
    try schema.migrate(connection)
    database = Database(connection)
  }

  /// Opens a database that is there, migrating an older one. Where it cannot be written, it is opened for reading alone.
  ///
  /// - Parameter path: of the database, absolute.
  public init(existing path: String) throws(BatonError) {
    guard access(path, F_OK) == 0 else {
      throw BatonError(
        .usage, "there are no runs here: \(path) does not exist",
        cure: "run a workflow first (`baton run FILE`), or name the project's folder with -C")
    }
    let connection: Connection
    do throws(DatabaseError) { connection = try Self.openExisting(path) } catch { throw error.openingError(path: path) }
    if sqlite3_db_readonly(connection.handle, "main") == 0 {
      try Schema.current.migrate(connection)
    } else if try Schema.current.check(connection) < Schema.current.version {
      throw BatonError(
        .usage, "the database \(path) was written by an older Baton, and cannot be brought up to date: it is read-only",
        cure: "give yourself write access to its folder, or work in a copy of the project")
    }
    database = Database(connection)
  }

  private static func openExisting(_ path: String) throws(DatabaseError) -> Connection {
    do throws(DatabaseError) {
      let connection = try Connection(path: path, access: .write)
      try prepare(connection)
      return connection
    } catch  where error.primaryCode == SQLITE_CANTOPEN || error.primaryCode == SQLITE_READONLY {
      // A read-only folder: with the files of the log in place SQLite can read it, without them nothing is missing.
      let hasLog = access("\(path)-wal", F_OK) == 0
      let connection = try Connection(path: path, access: hasLog ? .read : .immutable)
      _ = try connection.integer("PRAGMA user_version")
      return connection
    }
  }

  /// Settings of a connection that writes. Foreign keys are enforced where runs are deleted (see `delete(run:)`): a journal
  /// writes for the run alone whose lease it holds, and the look-ups would cost a tenth of its time.
  private static func prepare(_ connection: Connection) throws(DatabaseError) {
    try connection.execute(
      """
      PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA secure_delete = OFF; PRAGMA cache_size = -8000;
      PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216; PRAGMA page_size = \(FreshDatabase.pageSize)
      """)
    try useLog(connection)
    baton_log_join_writes(connection.handle)
    // Opening must not copy the log, closing neither: see `Database`.
    baton_sqlite_keep_log_on_close(connection.handle)
  }

  /// Puts the database into WAL mode. SQLite does not wait for other processes that do the same just now.
  private static func useLog(_ connection: Connection) throws(DatabaseError) {
    var waits = Connection.busySeconds * 1000
    while true {
      do throws(DatabaseError) {
        try connection.execute("PRAGMA journal_mode = WAL")
        return
      } catch {
        guard error.primaryCode == SQLITE_BUSY, waits > 0 else { throw error }
        waits -= 1
        usleep(1000)
      }
    }
  }

  private static func makeFolder(of path: String) throws(BatonError) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o777) == 0 || errno == EEXIST { return }
    throw BatonError(
      .usage, "the folder \(folder) cannot be made: \(String(cString: strerror(errno)))",
      cure: "check that the folder above it exists and that you may write to it")
  }

  // MARK: Driving a run

  public func create(
    run id: String, workflow: String, file: String, caller: String?, at time: Instant
  ) throws(BatonError) -> any Journal {
    let journal = try database.locked { (connection) throws(BatonError) in
      try beforehand(connection) { () throws(BatonError) in
        try sql { () throws(DatabaseError) in
          try connection.statement(
            "INSERT INTO runs (id, workflow, file, status, started, caller) VALUES (?, ?, ?, 'running', ?, ?)"
          )
          .bind(1, id).bind(2, workflow).bind(3, file).bind(4, time.nanoseconds).bind(5, caller).run()
        }
        let key = sqlite3_last_insert_rowid(connection.handle)
        return try lease(id, key, workflow, last: 0, connection)
      }
    }
    FaultPoint.reach("store.created")
    return journal
  }

  public func open(run id: String) throws(BatonError) -> any Journal {
    try database.locked { (connection) throws(BatonError) in
      try beforehand(connection) { () throws(BatonError) in
        let found = try sql { () throws(DatabaseError) in
          try connection.statement("SELECT key, workflow FROM runs WHERE id = ?").bind(1, id)
            .first { ($0.integer(0), $0.text(1)) }
        }
        guard let (key, workflow) = found else {
          throw BatonError(.usage, "there is no run \(id)", cure: "`baton runs` lists the runs of this project")
        }
        let last = try sql { () throws(DatabaseError) in
          try ResultsUnderWay.abandon(run: key, connection)
          return try Self.lastSeq(of: key, connection)
        }
        return try lease(id, key, workflow, last: last, connection)
      }
    }
  }

  /// A transaction without a record. It need not be durable before the run's next records are, which make it so: without them
  /// nothing has happened that it would have to tell of.
  private func beforehand<Output>(
    _ connection: Connection, _ work: () throws(BatonError) -> Output
  ) throws(BatonError) -> Output {
    // NORMAL still waits where the log begins anew; in a log that never held anything there is nothing to mistake for new.
    let level = isFresh ? "OFF" : "NORMAL"
    isFresh = false
    try sql { () throws(DatabaseError) in try connection.execute("PRAGMA synchronous = \(level)") }
    let result = Result { () throws(BatonError) in try connection.transaction(wrap: wrap, work) }
    try sql { () throws(DatabaseError) in try connection.execute("PRAGMA synchronous = FULL") }
    return try result.get()
  }

  static func lastSeq(of key: Int64, _ connection: Connection) throws(DatabaseError) -> Int64 {
    try connection.statement("SELECT max(seq) FROM records WHERE run = ?").bind(1, key).first { $0.integer(0) } ?? 0
  }

  private func lease(
    _ id: String, _ key: Int64, _ workflow: String, last: Int64, _ connection: Connection
  ) throws(BatonError) -> any Journal {
    guard let lock = try lock(key, connection) else {
      let driver = try sql { () throws(DatabaseError) in try Self.driver(of: key, connection) }
      let who = driver.map { "process \($0.pid) on \($0.host)" } ?? "another process"
      throw BatonError(
        .busy, "run \(id) is driven by \(who)", cure: "`baton watch \(id)` shows it, `baton cancel \(id)` ends it")
    }
    FaultPoint.reach("store.lease-taken")
    let driver = Driver.current()
    var random = SystemRandomNumberGenerator()
    let token = String(random.next(), radix: 16)
    try sql { () throws(DatabaseError) in
      try connection.statement(
        "INSERT OR REPLACE INTO leases (run, token, host, pid, process_started, boot) VALUES (?, ?, ?, ?, ?, ?)"
      )
      .bind(1, key).bind(2, token).bind(3, driver.host).bind(4, Int64(driver.pid)).bind(5, driver.processStarted)
      .bind(6, driver.boot).run()
    }
    let projection = Projection(connection: connection, run: key, id: id, workflow: workflow, isNew: last == 0)
    let journal = SQLiteJournal(run: id, key: key, last: last, token: token, lock: lock, projection, database)
    projection.isBehind = try sql { () throws(DatabaseError) in try ResultsUnderWay.isBehind(connection) }
    journal.foldIfBehind()
    return journal
  }

  /// The lock of a run; nil where another driver holds it.
  ///
  /// A driver that has just been killed may be survived for some milliseconds by a process that it was about to start and
  /// that still has its open files: that is waited for.
  private func lock(_ key: Int64, _ connection: Connection) throws(BatonError) -> DriverLock? {
    for _ in 0..<200 {
      if let lock = try DriverLock(database: database.path, run: key) { return lock }
      let driver = try sql { () throws(DatabaseError) in try Self.driver(of: key, connection) }
      guard let driver, driver.isGone else { return nil }
      usleep(10_000)
    }
    return nil
  }

  /// Lets the history catch up with what records tell, before somebody looks at it.
  func foldAll() throws(BatonError) { try database.foldAll() }

  /// Whether results that count are not in the history of their tests yet, and stay out of it: their driver was killed, and the
  /// database can only be read.
  public func lacksHistory() throws(BatonError) -> Bool {
    try database.query { (connection) throws(DatabaseError) in
      guard sqlite3_db_readonly(connection.handle, "main") != 0 else { return false }
      return try ResultsUnderWay.isBehind(connection)
    }
  }

  func wrap(_ error: DatabaseError) -> BatonError { error.batonError(path: database.path) }

  func sql<Output>(_ work: () throws(DatabaseError) -> Output) throws(BatonError) -> Output {
    do throws(DatabaseError) { return try work() } catch { throw wrap(error) }
  }
}

extension DatabaseError {
  /// The error of an attempt to open a database: what the user can mend is told as such.
  func openingError(path: String) -> BatonError {
    var error = batonError(path: path)
    switch primaryCode {
    case SQLITE_NOTADB, SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN: error.code = .usage
    default: break
    }
    return error
  }
}
