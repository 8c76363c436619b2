import CSQLite

/// A prepared statement: bind, run, read the columns.
final class Statement {
  private let handle: OpaquePointer
  private unowned let connection: Connection
  private let sql: String

  init(_ connection: Connection, _ sql: String) throws(DatabaseError) {
    var made: OpaquePointer?
    let code = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made else { throw connection.error(code, sql) }
    handle = made
    self.connection = connection
    self.sql = sql
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Binding (positions from 1)

  @discardableResult
  func bind(_ position: Int32, _ value: Int64?) -> Statement {
    if let value { sqlite3_bind_int64(handle, position, value) } else { sqlite3_bind_null(handle, position) }
    return self
  }

  @discardableResult
  func bind(_ position: Int32, _ value: Int?) -> Statement { bind(position, value.map(Int64.init)) }

  @discardableResult
  func bind(_ position: Int32, _ value: Double) -> Statement {
    sqlite3_bind_double(handle, position, value)
    return self
  }

  @discardableResult
  func bind(_ position: Int32, _ text: String?) -> Statement {
    guard var text else {
      sqlite3_bind_null(handle, position)
      return self
    }
    text.withUTF8 { bind(position, utf8: $0) }
    return self
  }

  /// Text that is UTF-8 already; copied, unless the caller keeps it until the statement has run.
  func bind(_ position: Int32, utf8 bytes: UnsafeBufferPointer<UInt8>, stays: Bool = false) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
      sqlite3_bind_text(handle, position, "", 0, baton_sqlite_transient())
      return
    }
    base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { text in
      _ = sqlite3_bind_text64(
        handle, position, text, UInt64(bytes.count), stays ? nil : baton_sqlite_transient(), UInt8(SQLITE_UTF8))
    }
  }

  // MARK: Running

  /// Runs a statement that gives no rows.
  func run() throws(DatabaseError) {
    let code = sqlite3_step(handle)
    sqlite3_reset(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw connection.error(code, sql) }
  }

  /// Goes on to the next row and stays there, so that the connection keeps seeing what it sees now. Whether there was one.
  func next() throws(DatabaseError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    end()
    guard code == SQLITE_DONE else { throw connection.error(code, sql) }
    return false
  }

  /// Ends what ``next()`` began.
  func end() { sqlite3_reset(handle) }

  /// Calls for each row.
  func each<Failure: Error>(
    wrap: (DatabaseError) -> Failure, _ row: (Statement) throws(Failure) -> Void
  ) throws(Failure) {
    defer { sqlite3_reset(handle) }
    while true {
      let code = sqlite3_step(handle)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw wrap(connection.error(code, sql)) }
      try row(self)
    }
  }

  func each(_ row: (Statement) -> Void) throws(DatabaseError) {
    try each(wrap: { $0 }, { (statement) throws(DatabaseError) in row(statement) })
  }

  /// What the first row gives; nil where there is none.
  func first<Output>(_ row: (Statement) -> Output?) throws(DatabaseError) -> Output? {
    defer { sqlite3_reset(handle) }
    let code = sqlite3_step(handle)
    if code == SQLITE_DONE { return nil }
    guard code == SQLITE_ROW else { throw connection.error(code, sql) }
    return row(self)
  }

  // MARK: Columns (positions from 0)

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  /// The column's bytes, valid until the next row.
  func utf8(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
    let start = sqlite3_column_text(handle, column)
    return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }

  func text(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}
