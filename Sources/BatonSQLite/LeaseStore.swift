import BatonCore
import BatonModel
import BatonRuntime
import CSQLite

/// The pools of a project: who has which member.
extension SQLiteStore {
  /// A lease that was in someone's hands and is over.
  public struct PastLease: Sendable, Hashable {
    public var pool: String
    public var token: Int64
    public var member: String
    public var purpose: String
    public var from: Instant
    public var until: Instant
    public var how: String
  }

  /// How many past leases are kept of each pool.
  static let leasesKept: Int64 = 10_000

  /// Changes the book of a pool: what it says then is durable when this returns, and nobody else changes it meanwhile.
  public func changePool<Answer>(_ name: String, _ body: (inout LeaseBook) -> Answer) throws(BatonError) -> Answer {
    try database.locked { (connection) throws(BatonError) in
      try connection.transaction(wrap: wrap) { () throws(BatonError) in
        try sql { () throws(DatabaseError) in
          let before = try Self.book(name, connection)
          var book = before
          let answer = body(&book)
          let endings = book.endings
          book.endings = []
          if book != before {
            try connection.statement("INSERT OR REPLACE INTO pools (name, book) VALUES (?, ?)").bind(1, name)
              .bind(2, JSON.encode(book.value)).run()
          }
          // What only was looked at was nobody's.
          for ending in endings where ending.lease.isGranted {
            try connection.statement(
              """
              INSERT OR IGNORE INTO past_leases (pool, token, member, purpose, started, ended, how)
              VALUES (?, ?, ?, ?, ?, ?, ?)
              """
            ).bind(1, name).bind(2, ending.lease.token).bind(3, ending.lease.member).bind(4, ending.lease.purpose)
              .bind(5, ending.lease.from.nanoseconds).bind(6, ending.at.nanoseconds).bind(7, ending.how.rawValue).run()
          }
          if !endings.isEmpty {
            try connection.statement("DELETE FROM past_leases WHERE pool = ? AND token < ?").bind(1, name)
              .bind(2, book.lastToken - Self.leasesKept).run()
          }
          return answer
        }
      }
    }
  }

  private static func book(_ name: String, _ connection: Connection) throws(DatabaseError) -> LeaseBook {
    let found = try connection.statement("SELECT book FROM pools WHERE name = ?").bind(1, name).first { row in
      [try? JSON.decode(row.utf8(0))]
    }
    guard let found else { return LeaseBook() }
    // An empty one would give the same numbers twice.
    guard let value = found[0] else {
      throw DatabaseError(code: SQLITE_CORRUPT, message: "what is said of the pool \(name) is no JSON", sql: nil)
    }
    return LeaseBook(value)
  }

  /// The book of a pool as it is, for a look: nothing is locked and nothing written.
  public func pool(_ name: String) throws(BatonError) -> LeaseBook {
    try database.query { (connection) throws(DatabaseError) in try Self.book(name, connection) }
  }

  /// All that were ever asked, by name.
  public func pools() throws(BatonError) -> [(name: String, book: LeaseBook)] {
    try database.query { (connection) throws(DatabaseError) in
      var found: [(name: String, book: LeaseBook)] = []
      try connection.statement("SELECT name, book FROM pools ORDER BY name").each { row in
        found.append((row.text(0), (try? JSON.decode(row.utf8(1))).map { LeaseBook($0) } ?? LeaseBook()))
      }
      return found
    }
  }

  /// Newest first.
  public func pastLeases(of pool: String, limit: Int) throws(BatonError) -> [PastLease] {
    try database.query { (connection) throws(DatabaseError) in
      var found: [PastLease] = []
      try connection.statement(
        """
        SELECT token, member, purpose, started, ended, how FROM past_leases WHERE pool = ? ORDER BY token DESC LIMIT ?
        """
      ).bind(1, pool).bind(2, Int64(limit)).each { row in
        found.append(
          PastLease(
            pool: pool, token: row.integer(0), member: row.text(1), purpose: row.text(2),
            from: Instant(nanoseconds: row.integer(3)), until: Instant(nanoseconds: row.integer(4)), how: row.text(5)))
      }
      return found
    }
  }
}

/// Who holds a lease: a process of a machine, which lives as long as it holds it.
public enum LeaseHolder {
  /// This process.
  public static func current() -> String {
    let driver = Driver.current()
    return JSON.encode([
      .string(driver.host), .integer(Int64(driver.pid)), .integer(driver.processStarted), .string(driver.boot),
    ])
  }

  /// Whether this machine has no such process any more; of another machine's nothing is known but that they renew.
  public static func isGone(_ holder: String) -> Bool {
    guard let parts = (try? JSON.decode(holder.utf8))?.list, parts.count == 4, let host = parts[0].string,
      let pid = parts[1].integer.flatMap({ Int32(exactly: $0) }), let started = parts[2].integer,
      let boot = parts[3].string
    else { return true }
    // A machine that was started anew has none of its processes any more.
    let this = Driver.current()
    if host == this.host, boot != this.boot { return true }
    return Driver(host: host, pid: pid, processStarted: started, boot: boot).isGone
  }

  /// As people read it.
  public static func text(_ holder: String) -> String {
    guard let parts = (try? JSON.decode(holder.utf8))?.list, parts.count == 4, let host = parts[0].string,
      let pid = parts[1].integer
    else { return holder }
    return "pid \(pid) on \(host)"
  }
}
