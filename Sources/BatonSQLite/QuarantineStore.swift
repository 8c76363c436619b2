import BatonCore
import BatonModel
import BatonRuntime

/// The project's quarantine: entries that were made on the command line.
extension SQLiteStore {
  /// By their patterns.
  public func quarantine() throws(BatonError) -> [QuarantineEntry] {
    try database.query { (connection) throws(DatabaseError) in
      var entries: [QuarantineEntry] = []
      try connection.statement("SELECT test, owner, reason, expires FROM quarantine ORDER BY test").each { row in
        entries.append(
          QuarantineEntry(test: row.text(0), owner: row.text(1), reason: row.text(2), expires: row.text(3)))
      }
      return entries
    }
  }

  /// Adds an entry, or renews the one of the same pattern.
  ///
  /// - Parameters:
  ///   - by: who (user@host).
  public func quarantine(_ entry: QuarantineEntry, by: String, at moment: Instant) throws(BatonError) {
    try change { (connection) throws(DatabaseError) in
      try connection.statement(
        "INSERT OR REPLACE INTO quarantine (test, owner, reason, expires, by, time) VALUES (?, ?, ?, ?, ?, ?)"
      )
      .bind(1, entry.test).bind(2, entry.owner).bind(3, entry.reason).bind(4, entry.expires).bind(5, by)
      .bind(6, moment.nanoseconds).run()
    }
  }

  /// Ends the quarantine of a pattern; false: there was none.
  public func release(_ test: String) throws(BatonError) -> Bool {
    try change { (connection) throws(DatabaseError) in
      let isKnown =
        try connection.statement("SELECT 1 FROM quarantine WHERE test = ?").bind(1, test).first { _ in true } ?? false
      try connection.statement("DELETE FROM quarantine WHERE test = ?").bind(1, test).run()
      return isKnown
    }
  }

  private func change<Answer>(_ body: (Connection) throws(DatabaseError) -> Answer) throws(BatonError) -> Answer {
    try database.locked { (connection) throws(BatonError) in
      try connection.transaction(wrap: wrap) { () throws(BatonError) in
        try sql { () throws(DatabaseError) in try body(connection) }
      }
    }
  }
}
