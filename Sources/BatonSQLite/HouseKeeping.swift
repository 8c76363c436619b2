import BatonModel
import BatonRuntime
import CSQLite

/// What `baton gc` and `baton doctor` ask of a project's database.
extension SQLiteStore {
  /// The runs that nobody drives and in which nothing has happened since then, newest first. A run whose driver died never
  /// ended: its last record counts.
  public func runs(unusedSince moment: Instant) throws(BatonError) -> [RunSummary] {
    try database.query { (connection) throws(DatabaseError) in
      try summaries(
        connection.statement(
          """
          SELECT key, id, workflow, file, status, started, ended, counts FROM runs
          WHERE coalesce(ended, (SELECT max(time) FROM records WHERE run = key), started) < ?
          ORDER BY started DESC, key DESC
          """
        ).bind(1, moment.nanoseconds), connection)
    }.filter { $0.driver == nil }
  }

  /// Forgets a run: its records and everything derived from them, but not the durations of its steps. False where there is
  /// no such run, or a process drives it.
  public func delete(run id: String) throws(BatonError) -> Bool {
    // The history is made anew from what stands in the tables: nothing of it may be folded a second time.
    try foldAll()
    return try database.locked { (connection) throws(BatonError) in
      // What belongs to the run goes with it.
      try sql { () throws(DatabaseError) in try connection.execute("PRAGMA foreign_keys = ON") }
      defer { try? connection.execute("PRAGMA foreign_keys = OFF") }
      return try connection.transaction(wrap: wrap) { () throws(BatonError) in
        let key = try sql { () throws(DatabaseError) in
          try connection.statement("SELECT key FROM runs WHERE id = ?").bind(1, id).first { $0.integer(0) }
        }
        // Held until the run is gone, so that nobody can resume it meanwhile.
        guard let key, let lock = try DriverLock(database: database.path, run: key) else { return false }
        try withExtendedLifetime(lock) { () throws(BatonError) in
          try sql { () throws(DatabaseError) in
            while try ResultsUnderWay.foldSlice(connection) {}
            let tests = try HistoryRepair.tests(run: key, connection)
            try connection.statement("DELETE FROM runs WHERE key = ?").bind(1, key).run()
            for test in tests { try HistoryRepair.refold(test, connection) }
          }
        }
        return true
      }
    }
  }

  /// Gives the space of deleted runs back to the disk, where it is a quarter of the file or more. Drivers wait meanwhile, so
  /// it is left for another time where a run is driven.
  public func compact() throws(BatonError) {
    guard try runs(limit: nil).allSatisfy({ $0.driver == nil }) else { return }
    try database.query { (connection) throws(DatabaseError) in
      let free = try connection.integer("PRAGMA freelist_count") ?? 0
      let pages = try connection.integer("PRAGMA page_count") ?? 0
      guard free * 4 >= pages, free > 0 else { return }
      try connection.execute("VACUUM")
      database.shrinkLog(always: true)
    }
  }

  /// What is wrong with the database; empty where nothing is.
  public func integrityProblems() throws(BatonError) -> [String] {
    try database.query { (connection) throws(DatabaseError) in
      var problems: [String] = []
      do throws(DatabaseError) {
        try connection.statement("PRAGMA integrity_check(20)").each { row in
          let text = row.text(0)
          if text != "ok" { problems.append(text) }
        }
      } catch {
        guard error.primaryCode == SQLITE_CORRUPT else { throw error }
        problems.append(error.message)
      }
      // Nothing can be asked of a damaged file.
      guard problems.isEmpty else { return problems }
      try connection.statement("PRAGMA foreign_key_check").each { row in
        problems.append("a row of the table \(row.text(0)) belongs to no run")
      }
      try connection.statement(
        """
        SELECT id, max(seq), count(*) FROM records JOIN runs ON key = run GROUP BY run HAVING max(seq) <> count(*)
        """
      ).each { row in
        problems.append("run \(row.text(0)) has \(row.integer(2)) of \(row.integer(1)) records")
      }
      return problems
    }
  }
}
