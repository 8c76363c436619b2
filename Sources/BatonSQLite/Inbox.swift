import BatonCore
import BatonModel
import BatonRuntime
import CSQLite

/// Requests to runs, from any process: written by their senders, taken away by the driver in the transaction that writes the
/// records which follow from them.
enum Inbox {
  static func insert(_ request: Request, run key: Int64, _ connection: Connection) throws(DatabaseError) -> Int64 {
    try connection.statement("INSERT INTO requests (run, time, by, reason, kind, body) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(1, key).bind(2, request.time.nanoseconds).bind(3, request.by).bind(4, request.reason)
      .bind(5, request.kind.name).bind(6, JSON.encode(request.kind.body)).run()
    return sqlite3_last_insert_rowid(connection.handle)
  }

  /// In the order in which they were sent; what cannot be read is left out.
  static func requests(run key: Int64, after id: Int64, _ connection: Connection) throws(DatabaseError) -> [Request] {
    var requests: [Request] = []
    try connection.statement(
      "SELECT id, time, by, reason, kind, body FROM requests WHERE run = ? AND id > ? ORDER BY id"
    ).bind(1, key).bind(2, id).each { row in
      guard let body = try? JSON.decode(row.utf8(5)), let kind = Request.Kind(name: row.text(4), body: body) else {
        return
      }
      requests.append(
        Request(
          id: row.integer(0), kind: kind, by: row.text(2), reason: row.optionalText(3),
          time: Instant(nanoseconds: row.integer(1))))
    }
    return requests
  }

  static func remove(_ id: Int64, run key: Int64, _ connection: Connection) throws(DatabaseError) {
    try connection.statement("DELETE FROM requests WHERE id = ? AND run = ?").bind(1, id).bind(2, key).run()
  }
}

extension SQLiteStore {
  public func send(_ request: Request, to run: String) throws(BatonError) -> Int64 {
    try database.locked { (connection) throws(BatonError) in
      try connection.transaction(wrap: wrap) { () throws(BatonError) in
        guard let key = try key(of: run, connection) else { throw BatonError(.usage, "there is no run \(run)") }
        let id = try sql { () throws(DatabaseError) in try Inbox.insert(request, run: key, connection) }
        FaultPoint.reach("store.sending")
        return id
      }
    }
  }

  /// Takes a request back that no driver has taken.
  public func withdraw(request id: Int64) throws(BatonError) {
    try database.query { (connection) throws(DatabaseError) in
      try connection.statement("DELETE FROM requests WHERE id = ?").bind(1, id).run()
    }
  }

  public func requests(to run: String) throws(BatonError) -> [Request] {
    try database.locked { (connection) throws(BatonError) in
      guard let key = try key(of: run, connection) else { return [] }
      return try sql { () throws(DatabaseError) in try Inbox.requests(run: key, after: 0, connection) }
    }
  }
}
