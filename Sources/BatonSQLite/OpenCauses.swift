import BatonCore
import BatonModel
import BatonRuntime

extension SQLiteStore {
  public func openCauses(workflow: String, before run: String) throws(BatonError) -> Set<String> {
    try database.query { (connection) throws(DatabaseError) in
      typealias Ended = (status: RunStatus, reason: String?, failed: [FailureCause.Failure])
      var order: [Int64] = []
      var runs: [Int64: Ended] = [:]
      try connection.statement(
        """
        SELECT r.key, r.status, r.reason, s.step, s.reason FROM runs r
        LEFT JOIN steps s ON s.run = r.key AND s.status = 'failed' AND s.kind <> 'group'
        WHERE r.workflow = ?1 AND r.id <> ?2 AND r.status IN ('failed', 'halted')
          AND r.ended > coalesce(
            (SELECT max(ended) FROM runs WHERE workflow = ?1 AND status = 'succeeded' AND id <> ?2), 0)
        ORDER BY r.ended DESC LIMIT 10000
        """
      ).bind(1, workflow).bind(2, run).each { row in
        let key = row.integer(0)
        if runs[key] == nil { order.append(key) }
        var found = runs[key] ?? (RunStatus(rawValue: row.text(1)) ?? .failed, row.optionalText(2), [])
        if let step = row.optionalText(3) { found.failed.append(FailureCause.Failure(step, row.optionalText(4))) }
        runs[key] = found
      }
      var reading = TestCauses(connection)
      var causes: Set<String> = []
      for key in order {
        guard var ended = runs[key] else { continue }
        for index in ended.failed.indices {
          ended.failed[index].tests = try reading.causes(of: ended.failed[index].step, in: key)
        }
        causes.formUnion(
          FailureCause.keys(workflow: workflow, status: ended.status, reason: ended.reason, failed: ended.failed))
      }
      return causes
    }
  }
}

/// What the failed tests of steps have in common, as ``ResultSummary/causes`` has it.
private struct TestCauses {
  private let connection: Connection
  /// So many rows are looked at in all, of the newest runs: what is older stays open.
  private var patience: Int64 = 200_000
  /// How many causes are known of all workflows.
  private lazy var known =
    (try? connection.statement("SELECT count(*) FROM failure_clusters").first { $0.integer(0) }) ?? 0

  init(_ connection: Connection) { self.connection = connection }

  mutating func causes(of step: String, in run: Int64) throws(DatabaseError) -> [Int64] {
    let last = try connection.statement(
      """
      SELECT attempt, failed, passed + failed + skipped FROM step_results WHERE run = ? AND step = ?
      ORDER BY attempt DESC LIMIT 1
      """
    ).bind(1, run).bind(2, step).first { ($0.integer(0), $0.integer(1), $0.integer(2)) }
    guard let (attempt, failed, outcomes) = last, failed > 0 else { return [] }
    // Of a few outcomes each is looked at; of many, each cause that there is.
    let isFew = outcomes <= known
    let rows = min(outcomes, known)
    guard rows <= patience else { return [] }
    patience -= rows
    let statement =
      isFew
      ? try connection.statement(
        """
        SELECT DISTINCT cluster FROM told_outcomes
        WHERE run = ?1 AND step = ?2 AND attempt = ?3 AND cluster IS NOT NULL AND quarantined = 0
        """)
      : try connection.statement(
        """
        SELECT c.key FROM failure_clusters c WHERE EXISTS (
          SELECT 1 FROM told_outcomes o WHERE o.cluster = c.key AND o.run = ?1 AND o.step = ?2 AND o.attempt = ?3
            AND quarantined = 0)
        """)
    var causes: [Int64] = []
    try statement.bind(1, run).bind(2, step).bind(3, attempt).each { causes.append($0.integer(0)) }
    return causes
  }
}
