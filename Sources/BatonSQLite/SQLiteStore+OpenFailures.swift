import BatonCore
import BatonModel
import BatonRuntime

extension SQLiteStore {
  /// So many records are looked through, of the newest runs: what older ones failed of stays open.
  private static let mostRecords: Int64 = 300_000

  public func openFailures(workflow: String, before run: String) throws(BatonError) -> OpenFailures {
    try database.query { (connection) throws(DatabaseError) in
      var keys: [Int64] = []
      // One without an end goes on, or its driver was killed: it is as old as its last record.
      try connection.statement(
        """
        WITH success AS (
          SELECT coalesce(max(ended), 0) AS time FROM runs WHERE workflow = ?1 AND status = 'succeeded' AND id <> ?2)
        SELECT key, ended FROM runs
        WHERE workflow = ?1 AND id <> ?2 AND status <> 'succeeded'
          AND (ended > (SELECT time FROM success) OR ended IS NULL
            AND (SELECT time FROM records WHERE run = key ORDER BY seq DESC LIMIT 1) > (SELECT time FROM success))
        ORDER BY ended IS NULL DESC, ended DESC LIMIT 10000
        """
      ).bind(1, workflow).bind(2, run).each { row in
        let key = row.integer(0)
        if row.optionalInteger(1) == nil, DriverLock.isHeld(database: database.path, run: key) { return }
        keys.append(key)
      }
      var open = OpenFailures()
      var patience = Self.mostRecords
      for key in keys where patience > 0 {
        patience -= try Self.lastSeq(of: key, connection)
        open.add(try Self.failures(of: key, in: workflow, connection))
      }
      return open
    }
  }

  /// What the records of a run say of what failed in it, and of what people were told: steps that ended well are left out.
  private static func failures(
    of key: Int64, in workflow: String, _ connection: Connection
  ) throws(DatabaseError) -> RunFacts {
    var facts = RunFacts()
    // Of its start the workflow's name alone counts, and the record holds the whole plan.
    let start = RunStarted(
      workflow: workflow, file: "", digest: "", params: [:],
      observations: Observations(time: Instant(nanoseconds: 0), seed: 0), by: "", options: RunOptions())
    facts.apply(StampedRecord(seq: 0, time: Instant(nanoseconds: 0), record: .runStarted(start)))
    // The end of a step begins with its kind and how it ended.
    try connection.statement(
      """
      SELECT seq, time, kind, step, attempt, body FROM records
      WHERE run = ? AND (
        kind IN ('run.resumed', 'run.ended', 'step.measured', 'attempt.failed', 'notify.due', 'notify.held',
          'body.operated', 'body.forgotten')
        OR kind = 'step.ended' AND instr(substr(body, 1, 32), ',"failed",') > 0)
      ORDER BY seq
      """
    ).bind(1, key).each { row in
      // A newer Baton may have written it.
      guard
        let record = try? RecordCoding.record(
          kind: row.text(2), step: row.optionalText(3), attempt: row.optionalInteger(4).map(Int.init),
          body: row.utf8(5))
      else { return }
      facts.apply(
        StampedRecord(seq: row.integer(0), time: Instant(nanoseconds: row.integer(1)), record: record))
    }
    return facts
  }
}
