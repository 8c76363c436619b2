import BatonCore
import BatonModel
import BatonRuntime

/// What is known of failures over time.
extension SQLiteStore {
  public func clusters(of run: String) throws(BatonError) -> [FailureCluster] {
    try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return [] }
      var clusters: [FailureCluster] = []
      var index: [Int64: Int] = [:]
      var known: [Int64: Set<Int64>] = [:]
      try connection.statement(
        """
        SELECT cluster, f.message, o.message, text, test FROM test_outcomes o
        LEFT JOIN failure_clusters f ON f.key = o.cluster LEFT JOIN test_cases c ON c.key = o.test
        WHERE run = ?1 AND cluster IS NOT NULL AND attempt = (
          SELECT max(attempt) FROM step_results r WHERE r.run = ?1 AND r.step = o.step)
        ORDER BY step, place
        """
      ).bind(1, key).each { row in
        let cluster = row.integer(0)
        let position: Int
        if let found = index[cluster] {
          position = found
        } else {
          position = clusters.count
          index[cluster] = position
          clusters.append(
            FailureCluster(key: cluster, message: row.text(1), count: 0, example: row.optionalText(2)))
        }
        clusters[position].count += 1
        if known[cluster, default: []].insert(row.integer(4)).inserted {
          clusters[position].caseCount += 1
          if clusters[position].cases.count < FailureCluster.shownCases { clusters[position].cases.append(row.text(3)) }
        }
      }
      for position in clusters.indices {
        clusters[position].history = try Self.history(of: clusters[position].key, connection)
      }
      return clusters.enumerated().sorted {
        $0.element.count != $1.element.count ? $0.element.count > $1.element.count : $0.offset < $1.offset
      }.map(\.element)
    }
  }

  private static func history(of cluster: Int64, _ connection: Connection) throws(DatabaseError) -> ClusterHistory? {
    let runs =
      try connection.statement("SELECT count(DISTINCT run) FROM test_outcomes WHERE cluster = ?").bind(1, cluster)
      .first { Int($0.integer(0)) } ?? 0
    guard
      let first = try connection.statement(
        """
        SELECT id, started, "commit", workflow, branch FROM test_outcomes o JOIN runs ON runs.key = o.run
        WHERE cluster = ? ORDER BY started, o.run LIMIT 1
        """
      ).bind(1, cluster).first({ row in
        (row.text(0), row.integer(1), row.optionalText(2), row.text(3), row.optionalText(4))
      })
    else { return nil }
    let before = try connection.statement(
      """
      SELECT "commit" FROM runs WHERE workflow = ? AND branch IS ? AND started < ? AND "commit" IS NOT NULL
      ORDER BY started DESC LIMIT 1
      """
    ).bind(1, first.3).bind(2, first.4).bind(3, first.1).first { $0.optionalText(0) }
    return ClusterHistory(
      key: cluster, firstRun: first.0, firstSeen: Instant(nanoseconds: first.1), firstCommit: first.2,
      commitBefore: before, runs: runs)
  }

  public func newFailures(in run: String, steps: [String]) throws(BatonError) -> GateEvaluation.NewFailures? {
    let wanted = JSON.encode(.list(steps.map { .string($0) }))
    return try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return nil }
      let before = try connection.statement(
        """
        SELECT other.key, other.id FROM runs this JOIN runs other
          ON other.workflow = this.workflow AND other.branch IS this.branch AND other.key <> this.key
            AND other.started <= this.started
        WHERE this.key = ?1 AND EXISTS (
          SELECT 1 FROM step_results r WHERE r.run = other.key AND passed + failed > 0
            AND step IN (SELECT value FROM json_each(?2)))
        ORDER BY other.started DESC, other.key DESC LIMIT 1
        """
      ).bind(1, key).bind(2, wanted).first { ($0.integer(0), $0.text(1)) }
      guard let before else { return nil }
      let failedBefore = Set(try Self.failing(in: before.0, wanted, connection).keys)
      let now = try Self.failing(in: key, wanted, connection).filter { !failedBefore.contains($0.key) }
      let names = now.values.sorted()
      return GateEvaluation.NewFailures(count: names.count, cases: Array(names.prefix(20)), run: before.1)
    }
  }

  /// The cases of these steps whose last outcome in a run is a failure, with their names.
  private static func failing(
    in run: Int64, _ steps: String, _ connection: Connection
  ) throws(DatabaseError) -> [Int64: String] {
    var failing: [Int64: String] = [:]
    try connection.statement(
      """
      SELECT test, status, coalesce(text, '') FROM test_outcomes o LEFT JOIN test_cases c ON c.key = o.test
      WHERE run = ?1 AND step IN (SELECT value FROM json_each(?2)) AND attempt = (
        SELECT max(attempt) FROM step_results r WHERE r.run = ?1 AND r.step = o.step)
      ORDER BY step, attempt, place
      """
    ).bind(1, run).bind(2, steps).each { row in
      switch TestStatus(rawValue: row.text(1)) {
      case .failed, .errored: failing[row.integer(0)] = row.text(2)
      case .passed: failing[row.integer(0)] = nil
      case .skipped, nil: break
      }
    }
    return failing
  }

  public func baselines(of run: String) throws(BatonError) -> [String: [String: [Double]]] {
    try database.query { (connection) throws(DatabaseError) in
      var baselines: [String: [String: [Double]]] = [:]
      try connection.statement(
        """
        SELECT gate, measured FROM gates JOIN (
          SELECT other.key AS found, other.ended AS moment FROM runs this JOIN runs other
            ON other.workflow = this.workflow AND other.branch IS this.branch AND other.key <> this.key
          WHERE this.id = ?1 AND other.status = 'succeeded'
          ORDER BY other.ended DESC, other.key DESC LIMIT ?2) ON gates.run = found
        ORDER BY moment DESC, found DESC
        """
      ).bind(1, run).bind(2, Regression.window).each { row in
        for (metric, value) in (try? JSON.decode(row.utf8(1)))?.map ?? [:] {
          guard let value = value.number else { continue }
          baselines[row.text(0), default: [:]][metric, default: []].append(value)
        }
      }
      return baselines
    }
  }

  private static func key(of run: String, _ connection: Connection) throws(DatabaseError) -> Int64? {
    try connection.statement("SELECT key FROM runs WHERE id = ?").bind(1, run).first { $0.integer(0) }
  }
}
