import BatonModel
import CSQLite

/// One connection to a database, with its prepared statements. Used by one thread at a time.
final class Connection {
  /// How long a statement waits for another process's lock.
  static let busySeconds = 10

  enum Access { case create, write, read, immutable }

  private(set) var handle: OpaquePointer?
  private var statements: [StaticText: Statement] = [:]
  /// While it is there, the connection sees what it saw when it was begun, and its own changes.
  private var snapshot: Statement?
  /// Counts the snapshots that were taken.
  private var snapshots = 0
  let path: String

  /// The text of a statement that is written in the source: looked up by its address.
  struct StaticText: Hashable {
    let text: StaticString
    static func == (left: StaticText, right: StaticText) -> Bool { left.text.utf8Start == right.text.utf8Start }
    func hash(into hasher: inout Hasher) { hasher.combine(text.utf8Start) }
  }

  /// Once in a process, before the first connection.
  private static let isConfigured = baton_sqlite_omit_memory_statistics() == SQLITE_OK

  init(path: String, access: Access) throws(DatabaseError) {
    self.path = path
    _ = Self.isConfigured
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    var name = path
    switch access {
    case .create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    case .write: flags |= SQLITE_OPEN_READWRITE
    case .read: flags |= SQLITE_OPEN_READONLY
    case .immutable:
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      name = "file:\(Self.escaped(path))?immutable=1"
    }
    let code = sqlite3_open_v2(name, &handle, flags, nil)
    guard code == SQLITE_OK else {
      let error = error(code)
      close()
      throw error
    }
    sqlite3_busy_timeout(handle, Int32(Self.busySeconds * 1000))
  }

  deinit { close() }

  /// Ends the connection; later use is an error.
  func close() {
    endSnapshot()
    statements = [:]
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Percent-encodes what a URI's path may not contain.
  private static func escaped(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x30...0x39, 0x41...0x5A,
        0x61...0x7A:
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16)
        text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return text
  }

  func error(_ code: Int32, _ sql: String? = nil) -> DatabaseError {
    guard let handle else {
      return DatabaseError(code: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
    }
    let extended = sqlite3_extended_errcode(handle)
    return DatabaseError(
      code: extended & 0xFF == code & 0xFF ? extended : code, message: String(cString: sqlite3_errmsg(handle)), sql: sql
    )
  }

  /// The prepared statement, made once and kept.
  func statement(_ sql: StaticString) throws(DatabaseError) -> Statement {
    if let known = statements[StaticText(text: sql)] { return known }
    let made = try Statement(self, sql.description)
    statements[StaticText(text: sql)] = made
    return made
  }

  /// Runs statements that give no rows.
  func execute(_ sql: String) throws(DatabaseError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, sql) }
  }

  /// The first column of the first row.
  func integer(_ sql: StaticString) throws(DatabaseError) -> Int64? {
    try statement(sql).first { $0.integer(0) }
  }

  /// All of the work or none of it. No other process writes meanwhile.
  func transaction<Output, Failure: Error>(
    wrap: (DatabaseError) -> Failure, _ work: () throws(Failure) -> Output
  ) throws(Failure) -> Output {
    do throws(DatabaseError) { try beginTransaction() } catch { throw wrap(error) }
    do throws(Failure) {
      let output = try work()
      do throws(DatabaseError) { try statement("COMMIT").run() } catch { throw wrap(error) }
      return output
    } catch {
      // Some errors have ended the transaction already.
      endSnapshot()
      if sqlite3_get_autocommit(handle) == 0 { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  private func beginTransaction() throws(DatabaseError) {
    if snapshot != nil {
      do throws(DatabaseError) {
        return try statement("BEGIN IMMEDIATE").run()
      } catch {
        // Somebody else has written since, or does so now: that has to be seen, and waited for.
        guard error.code & 0xFF == SQLITE_BUSY else { throw error }
        endSnapshot()
      }
    }
    try statement("BEGIN IMMEDIATE").run()
  }

  // MARK: Snapshots

  /// Between two transactions: keeps the lock of a reader, and with it what is seen, so that the next transaction need not take it
  /// anew: four system calls of six. The log cannot begin anew meanwhile, and nothing that others write is seen.
  func beginSnapshot() {
    guard snapshot == nil, let statement = try? statement("SELECT run FROM leases"), (try? statement.next()) == true
    else { return }
    snapshot = statement
    snapshots += 1
  }

  func endSnapshot() {
    snapshot?.end()
    snapshot = nil
  }

  /// The snapshot that is held; nil: none. In a transaction: nobody else has written since it was taken.
  var currentSnapshot: Int? { snapshot == nil ? nil : snapshots }
}
