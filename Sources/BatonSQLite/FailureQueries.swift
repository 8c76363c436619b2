import BatonCore
import BatonModel
import BatonRuntime

/// What is known of failures over time.
extension SQLiteStore {
  public func clusters(of run: String) throws(BatonError) -> [FailureCluster] {
    try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return [] }
      var fold = ClusterFold()
      try connection.statement(
        """
        SELECT cluster, f.message, o.message, suite, class, name, parameters, cell FROM test_outcomes o
        LEFT JOIN failure_clusters f ON f.key = o.cluster LEFT JOIN test_cases c ON c.key = o.test
        WHERE run = ?1 AND cluster IS NOT NULL AND quarantined = 0 AND attempt = (
          SELECT max(attempt) FROM step_results r WHERE r.run = ?1 AND r.step = o.step)
        ORDER BY step, place
        """
      ).bind(1, key).each { row in
        let identity = TestIdentity(
          suite: row.text(3), className: row.text(4), name: row.text(5), parameters: row.text(6), cell: row.text(7))
        fold.add(row.integer(0), message: row.text(1), identity: identity, example: row.optionalText(2))
      }
      var clusters = fold.found.map(\.cluster)
      for position in clusters.indices {
        clusters[position].history = try Self.history(of: clusters[position].key, connection)
      }
      return clusters
    }
  }

  private static func history(of cluster: Int64, _ connection: Connection) throws(DatabaseError) -> ClusterHistory? {
    let runs =
      try connection.statement("SELECT count(DISTINCT run) FROM told_outcomes WHERE cluster = ?").bind(1, cluster)
      .first { Int($0.integer(0)) } ?? 0
    guard
      let first = try connection.statement(
        """
        SELECT runs.key, id, started, "commit", branch, dirty, workflow
        FROM (SELECT DISTINCT run FROM told_outcomes WHERE cluster = ?) o JOIN runs ON runs.key = o.run
        ORDER BY started, runs.key LIMIT 1
        """
      ).bind(1, cluster).first({ row in
        (
          key: row.integer(0), id: row.text(1), started: row.integer(2), code: code(row, from: 3),
          branch: row.optionalText(4), workflow: row.text(6)
        )
      })
    else { return nil }
    let since =
      try connection.statement("SELECT count(*) FROM runs WHERE workflow = ? AND started >= ?").bind(1, first.workflow)
      .bind(2, first.started).first { Int($0.integer(0)) } ?? runs
    var history = ClusterHistory(
      key: cluster, firstRun: first.id, firstSeen: Instant(nanoseconds: first.started), first: first.code, runs: runs,
      runsSince: max(runs, since))
    var good = try lastPass(of: cluster, before: first.key, connection)
    if good == nil {
      good = try lastPass(workflow: first.workflow, branch: first.branch, before: first.started, connection)
    }
    history.goodRun = good?.run
    history.good = good?.code
    return history
  }

  /// The last run before this one, of its workflow and branch, in which one of the cases passed that the cause let fail in it.
  private static func lastPass(
    of cluster: Int64, before run: Int64, _ connection: Connection
  ) throws(DatabaseError) -> (run: String, code: CodeState?)? {
    try connection.statement(
      """
      SELECT other.id, other."commit", other.branch, other.dirty
      FROM (SELECT DISTINCT test FROM told_outcomes WHERE cluster = ?1 AND run = ?2 LIMIT 20) AS failed
        CROSS JOIN told_outcomes o ON o.test = failed.test
        CROSS JOIN runs other ON other.key = o.run
        CROSS JOIN runs this ON this.key = ?2
      WHERE o.status = 'passed' AND other.workflow = this.workflow AND other.branch IS this.branch
        AND (other.started, other.key) < (this.started, this.key)
      ORDER BY other.started DESC, other.key DESC LIMIT 1
      """
    ).bind(1, cluster).bind(2, run).first { ($0.text(0), code($0, from: 1)) }
  }

  /// The last run before a moment in which any test passed.
  private static func lastPass(
    workflow: String, branch: String?, before started: Int64, _ connection: Connection
  ) throws(DatabaseError) -> (run: String, code: CodeState?)? {
    try connection.statement(
      """
      SELECT id, "commit", branch, dirty FROM runs WHERE workflow = ? AND branch IS ? AND started < ?
        AND EXISTS (SELECT 1 FROM step_results r WHERE r.run = runs.key AND passed > 0)
      ORDER BY started DESC LIMIT 1
      """
    ).bind(1, workflow).bind(2, branch).bind(3, started).first { ($0.text(0), code($0, from: 1)) }
  }

  public func newFailures(in run: String, steps: [String]) throws(BatonError) -> GateEvaluation.NewFailures? {
    let wanted = JSON.encode(.list(steps.map { .string($0) }))
    return try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return nil }
      var siblings = try CallSiblings(of: run, connection)
      let earlier = try connection.statement(
        """
        SELECT other.key, other.id FROM runs this JOIN runs other
          ON other.workflow = this.workflow AND other.branch IS this.branch AND other.key <> this.key
            AND other.started <= this.started
        WHERE this.key = ?1 AND EXISTS (
          SELECT 1 FROM step_results r WHERE r.run = other.key AND passed + failed > 0 AND attempt > 0
            AND step IN (SELECT value FROM json_each(?2)))
        ORDER BY other.started DESC, other.key DESC
        """
      ).bind(1, key).bind(2, wanted)
      let before = try siblings.first(1, of: earlier).first
      guard let before else { return nil }
      let failedBefore = Set(try Self.failing(in: before.key, wanted, connection).keys)
      let now = try Self.failing(in: key, wanted, connection).filter { !failedBefore.contains($0.key) }
      let names = now.values.sorted()
      return GateEvaluation.NewFailures(count: names.count, cases: Array(names.prefix(20)), run: before.id)
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
      WHERE run = ?1 AND quarantined = 0 AND step IN (SELECT value FROM json_each(?2)) AND attempt = (
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
      for other in try BaselineWindow.runs(before: run, limit: Regression.window, isEarlier: false, connection) {
        try connection.statement("SELECT gate, measured FROM gates WHERE run = ?").bind(1, other.key).each { row in
          for (metric, value) in (try? JSON.decode(row.utf8(1)))?.map ?? [:] {
            guard let value = value.number else { continue }
            baselines[row.text(0), default: [:]][metric, default: []].append(value)
          }
        }
      }
      return baselines
    }
  }

  public func ends(of run: String) throws(BatonError) -> [CaseEnd] {
    try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return [] }
      var ends: [CaseEnd] = []
      // A case counts as it was told last, but for skips: a retry of the failed ones tells nothing of the others.
      var index: [Int64: Int] = [:]
      var step = ""
      try connection.statement(
        """
        SELECT r.step, test, o.status FROM step_results r
          CROSS JOIN runs ON runs.id = coalesce(r.origin_run, ?2)
          CROSS JOIN test_outcomes o ON o.run = runs.key AND o.step = coalesce(r.origin_step, r.step)
            AND o.attempt <= coalesce(r.origin_attempt, r.attempt)
        WHERE r.run = ?1 AND r.attempt = (SELECT max(attempt) FROM step_results s WHERE s.run = ?1 AND s.step = r.step)
        ORDER BY r.step, o.attempt, place
        """
      ).bind(1, key).bind(2, run).each { row in
        guard let status = TestStatus(rawValue: row.text(2)) else { return }
        let end = CaseEnd(step: row.text(0), test: row.integer(1), status: status)
        if end.step != step {
          step = end.step
          index.removeAll(keepingCapacity: true)
        }
        if let known = index[end.test] {
          if status != .skipped { ends[known].status = status }
        } else {
          index[end.test] = ends.count
          ends.append(end)
        }
      }
      return ends
    }
  }

  public func measured(before run: String, limit: Int) throws(BatonError) -> [String: [String: [Double]]] {
    try database.query { (connection) throws(DatabaseError) in
      var measured: [String: [String: [Double]]] = [:]
      var last: (Int64, String, String) = (-1, "", "")
      let window = try BaselineWindow.runs(before: run, limit: limit, isEarlier: true, connection)
        .map { Value.integer($0.key) }
      // Of each run and step, what the last attempt told: of results, then by the step itself.
      try connection.statement(
        """
        WITH window AS (
          SELECT runs.key AS found, runs.ended AS moment FROM json_each(?1) CROSS JOIN runs ON runs.key = value)
        SELECT found, step, name, value, moment, 0 AS own, attempt FROM window CROSS JOIN result_values v ON v.run = found
        UNION ALL
        SELECT found, step, name, value, moment, 1, seq FROM window CROSS JOIN measurements m
          ON m.run = found AND m.attempt > 0
        ORDER BY moment DESC, found DESC, step, name, own DESC, attempt DESC
        """
      ).bind(1, JSON.encode(.list(window))).each { row in
        let (found, step, name) = (row.integer(0), row.text(1), row.text(2))
        guard (found, step, name) != last, !row.isNull(3) else { return }
        last = (found, step, name)
        measured[step, default: [:]][name, default: []].append(row.double(3))
      }
      return measured
    }
  }

  public func findings(of run: String) throws(BatonError) -> [KnownFinding] {
    try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return [] }
      var found: [(key: Int64, known: KnownFinding)] = []
      try connection.statement(
        """
        SELECT r.step, f.key, tool, rule, severity, message, f.file, line FROM step_results r
          CROSS JOIN runs ON runs.id = coalesce(r.origin_run, ?2)
          CROSS JOIN findings f ON f.run = runs.key AND f.step = coalesce(r.origin_step, r.step)
            AND f.attempt = coalesce(r.origin_attempt, r.attempt)
        WHERE r.run = ?1 AND r.attempt = (SELECT max(attempt) FROM step_results s WHERE s.run = ?1 AND s.step = r.step)
        ORDER BY r.step, place
        """
      ).bind(1, key).bind(2, run).each { row in
        guard let severity = FindingSeverity(rawValue: row.text(4)) else { return }
        let finding = Finding(
          tool: row.text(2), rule: row.text(3), severity: severity, message: row.text(5), file: row.optionalText(6),
          line: row.optionalInteger(7).map(Int.init))
        found.append(
          (
            row.integer(1),
            KnownFinding(
              step: row.text(0), finding: finding, firstRun: run, firstSeen: Instant(nanoseconds: 0), runs: 1)
          ))
      }
      for index in found.indices {
        let first = try connection.statement(
          """
          SELECT id, started, count(*) OVER () FROM (SELECT DISTINCT run FROM told_findings WHERE key = ?) o
            JOIN runs ON runs.key = o.run ORDER BY started, runs.key LIMIT 1
          """
        ).bind(1, found[index].key).first { ($0.text(0), $0.integer(1), Int($0.integer(2))) }
        guard let first else { continue }
        found[index].known.firstRun = first.0
        found[index].known.firstSeen = Instant(nanoseconds: first.1)
        found[index].known.runs = first.2
      }
      func rank(_ known: KnownFinding) -> Int { FindingSeverity.allCases.firstIndex(of: known.finding.severity) ?? 0 }
      return found.enumerated().sorted {
        (rank($0.element.known), $0.offset) < (rank($1.element.known), $1.offset)
      }.map(\.element.known)
    }
  }

  public func script(of run: String) throws(BatonError) -> String? {
    try database.query { (connection) throws(DatabaseError) in
      guard let key = try Self.key(of: run, connection) else { return nil }
      return try connection.statement(
        """
        SELECT json_extract(body, '$.digest') FROM records
        WHERE run = ? AND kind IN ('run.started', 'run.resumed') ORDER BY seq DESC LIMIT 1
        """
      ).bind(1, key).first { $0.optionalText(0) } ?? nil
    }
  }

  private static func key(of run: String, _ connection: Connection) throws(DatabaseError) -> Int64? {
    try connection.statement("SELECT key FROM runs WHERE id = ?").bind(1, run).first { $0.integer(0) }
  }
}
