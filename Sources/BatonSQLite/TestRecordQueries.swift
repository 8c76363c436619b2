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
