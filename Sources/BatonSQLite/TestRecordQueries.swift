import BatonCore
import BatonModel
import BatonRuntime

/// What the order of tests and their shards are made from.
extension SQLiteStore {
  public func testRecords() throws(BatonError) -> [TestRecord] {
    try foldAll()
    return try database.query { (connection) throws(DatabaseError) in
      var records: [TestRecord] = []
      try connection.statement(
        """
        SELECT suite, class, name, parameters, cell, h.median, recent, last_step, tags
        FROM test_history h CROSS JOIN test_cases c ON c.key = h.test WHERE h.branch = ?
        """
      ).bind(1, OutcomeWriter.allBranches).each { row in
        records.append(
          TestRecord(
            identity: TestIdentity(
              suite: row.text(0), className: row.text(1), name: row.text(2), parameters: row.text(3), cell: row.text(4)),
            duration: row.optionalInteger(5).map { Span(nanoseconds: $0) }, recent: row.text(6), step: row.text(7),
            tags: row.text(8).split(separator: " ").map(String.init)))
      }
      return records
    }
  }

  /// Names that are known to be of cases in several files, by the hash of the identity without file and cell.
  public func sharedNames() throws(BatonError) -> Set<UInt64> {
    try database.query { (connection) throws(DatabaseError) in
      var names: Set<UInt64> = []
      try connection.statement(
        "SELECT suite, class, name, parameters FROM test_cases WHERE substr(name, -1) = '»'"
      ).each { row in
        guard let plain = FileMark.unmarked(row.text(2)) else { return }
        names.insert(
          TestIdentity.hash(
            TestOutcome(
              suite: row.text(0), className: row.text(1), name: plain, parameters: row.text(3), status: .passed)))
      }
      return names
    }
  }

  /// Step → how many tests it told at most in the last ten runs of a workflow that have ended.
  public func expectedTests(workflow: String) throws(BatonError) -> [String: Int] {
    try database.query { (connection) throws(DatabaseError) in
      var expected: [String: Int] = [:]
      try connection.statement(
        """
        SELECT step, max(passed + failed + skipped) FROM step_results
        WHERE run IN (SELECT key FROM runs WHERE workflow = ? AND ended IS NOT NULL ORDER BY ended DESC LIMIT 10)
        GROUP BY step
        """
      ).bind(1, workflow).each { expected[$0.text(0)] = Int($0.integer(1)) }
      return expected
    }
  }

  public func lastGoodCommit(workflow: String, before run: String?) throws(BatonError) -> String? {
    try database.query { (connection) throws(DatabaseError) in
      try connection.statement(
        """
        SELECT "commit" FROM runs WHERE workflow = ?1 AND id IS NOT ?2 AND status = 'succeeded' AND "commit" IS NOT NULL
        ORDER BY started DESC, key DESC LIMIT 1
        """
      ).bind(1, workflow).bind(2, run).first { $0.text(0) }
    }
  }
}
