import BatonModel

/// Messages that were due when a run ended, and of which nobody knows that they were sent: its driver was gone before.
extension SQLiteStore {
  /// - Parameter limit: how many of the newest runs are looked at.
  /// - Returns: run → how many messages; runs that go on, or have not ended, owe nothing yet.
  public func owedMessages(limit: Int) throws(BatonError) -> [String: Int] { try owedMessages(limit, nil) }

  /// The same, of these runs.
  public func owedMessages(of runs: [String]) throws(BatonError) -> [String: Int] {
    try owedMessages(.max, JSON.encode(.list(runs.map { .string($0) })))
  }

  private func owedMessages(_ limit: Int, _ runs: String?) throws(BatonError) -> [String: Int] {
    try database.query { (connection) throws(DatabaseError) in
      var owed: [String: Int] = [:]
      try connection.statement(
        """
        WITH looked AS MATERIALIZED (
          SELECT key FROM runs WHERE ?2 IS NULL OR id IN (SELECT value FROM json_each(?2))
          ORDER BY started DESC, key DESC LIMIT ?1)
        SELECT runs.id, count(*) FROM (
          SELECT run, json_extract(body, '$.key') AS message FROM records
          WHERE run IN (SELECT key FROM looked) AND kind = 'notify.due'
          EXCEPT
          SELECT run, json_extract(body, '$.key') FROM records
          WHERE run IN (SELECT key FROM looked) AND kind IN ('notify.sent', 'notify.failed')
        ) AS due JOIN runs ON runs.key = due.run WHERE runs.ended IS NOT NULL GROUP BY runs.id
        """
      ).bind(1, limit).bind(2, runs).each { owed[$0.text(0)] = Int($0.integer(1)) }
      return owed
    }
  }
}
