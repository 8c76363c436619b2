import BatonCore
import BatonModel
import BatonRuntime

/// What is known of test cases over time.
extension SQLiteStore: TestHistory {
  public func cases(_ query: CaseQuery) throws(BatonError) -> [CaseHistory] {
    try foldAll()
    let branch = query.branch ?? OutcomeWriter.allBranches
    let pattern = query.filter.map { "%\(Self.escaped($0))%" }
    return try database.query { (connection) throws(DatabaseError) in
      // Each view has an index in its order. What it shows is chosen from there by name; rows of the history are wide, and no
      // others are read.
      let chosen: Statement
      switch query.view {
      case .all:
        chosen = try connection.statement(
          """
          SELECT key FROM test_cases
          WHERE (?2 IS NULL OR text LIKE ?2 ESCAPE '\\' OR suite LIKE ?2 ESCAPE '\\')
            AND EXISTS (SELECT 1 FROM test_history h WHERE h.test = key AND h.branch = ?1)
          ORDER BY text LIMIT ?3
          """)
      case .flaky:
        chosen = try connection.statement(
          """
          SELECT h.test FROM test_history h INDEXED BY test_history_flaky CROSS JOIN test_cases c ON c.key = h.test
          WHERE h.branch = ?1 AND flakiness > 0
            AND (?2 IS NULL OR text LIKE ?2 ESCAPE '\\' OR suite LIKE ?2 ESCAPE '\\')
          ORDER BY flakiness DESC, flips DESC LIMIT ?3
          """)
      case .slow:
        chosen = try connection.statement(
          """
          SELECT h.test FROM test_history h INDEXED BY test_history_slow CROSS JOIN test_cases c ON c.key = h.test
          WHERE h.branch = ?1 AND h.median IS NOT NULL
            AND (?2 IS NULL OR text LIKE ?2 ESCAPE '\\' OR suite LIKE ?2 ESCAPE '\\')
          ORDER BY h.median DESC LIMIT ?3
          """)
      case .failing:
        chosen = try connection.statement(
          """
          SELECT h.test FROM test_history h INDEXED BY test_history_failing CROSS JOIN test_cases c ON c.key = h.test
          WHERE h.branch = ?1 AND failing_time IS NOT NULL
            AND (?2 IS NULL OR text LIKE ?2 ESCAPE '\\' OR suite LIKE ?2 ESCAPE '\\')
          ORDER BY last_time DESC LIMIT ?3
          """)
      }
      return try Self.histories(chosen.bind(1, branch).bind(2, pattern).bind(3, query.limit), branch, connection)
    }
  }

  /// The case of a name as it is shown, with its cell; of several suites there may be several.
  public func cases(named text: String, branch: String?) throws(BatonError) -> [CaseHistory] {
    try foldAll()
    return try database.query { (connection) throws(DatabaseError) in
      let chosen = try connection.statement("SELECT key FROM test_cases WHERE text = ?").bind(1, text)
      return try Self.histories(chosen, branch ?? OutcomeWriter.allBranches, connection)
    }
  }

  /// Known cases that an entry of the quarantine means, by name.
  public func cases(in quarantine: QuarantineEntry) throws(BatonError) -> [CaseHistory] {
    try foldAll()
    // All names that it can mean begin like the pattern does: the index is read from there on, and nothing else.
    let letters = quarantine.test.unicodeScalars
    let beginning = String(String.UnicodeScalarView(letters.prefix { $0 != "*" && $0 != "?" }))
    let pattern = letters.map { $0 == "[" ? "[[]" : String($0) }.joined()
    return try database.query { (connection) throws(DatabaseError) in
      let chosen = try connection.statement(
        """
        SELECT key FROM test_cases WHERE text >= ?1 AND text < ?2 AND (text GLOB ?3 OR text GLOB ?3 || ' (*)')
        ORDER BY text
        """
      ).bind(1, beginning).bind(2, beginning + "\u{10FFFF}").bind(3, pattern)
      return try Self.histories(chosen, OutcomeWriter.allBranches, connection).filter { known in
        var bare = known.identity
        bare.cell = ""
        return quarantine.covers(bare.text, known.identity.text)
      }
    }
  }

  /// The histories of cases whose keys a statement gives, in its order.
  private static func histories(
    _ chosen: Statement, _ branch: String, _ connection: Connection
  ) throws(DatabaseError) -> [CaseHistory] {
    var keys: [Int64] = []
    try chosen.each { keys.append($0.integer(0)) }
    let rows = try connection.statement(
      """
      SELECT suite, class, name, parameters, cell, h.passed, h.failed, h.skipped, recent, flips, proofs, h.median, p95,
        first_time, first_run, last_time, last_run, last_status, last_step, last_commit, last_message, failing_time,
        failing_run
      FROM test_history h CROSS JOIN test_cases c ON c.key = h.test WHERE h.test = ? AND h.branch = ?
      """
    ).bind(2, branch)
    var found: [CaseHistory] = []
    for key in keys { if let history = try rows.bind(1, key).first({ Self.history($0) }) { found.append(history) } }
    return found
  }

  private static func escaped(_ text: String) -> String {
    text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func history(_ row: Statement) -> CaseHistory {
    var history = CaseHistory(
      identity: TestIdentity(
        suite: row.text(0), className: row.text(1), name: row.text(2), parameters: row.text(3), cell: row.text(4)),
      passed: Int(row.integer(5)), failed: Int(row.integer(6)), skipped: Int(row.integer(7)), recent: row.text(8),
      flips: Int(row.integer(9)), proofs: Int(row.integer(10)),
      median: row.optionalInteger(11).map { Span(nanoseconds: $0) },
      p95: row.optionalInteger(12).map { Span(nanoseconds: $0) }, firstSeen: Instant(nanoseconds: row.integer(13)),
      firstRun: row.text(14), lastSeen: Instant(nanoseconds: row.integer(15)), lastRun: row.text(16),
      lastStatus: TestStatus(rawValue: row.text(17)) ?? .skipped, lastStep: row.text(18))
    history.lastCommit = row.optionalText(19)
    history.lastMessage = row.optionalText(20)
    history.failingSince = row.optionalInteger(21).map { Instant(nanoseconds: $0) }
    history.failingSinceRun = row.optionalText(22)
    return history
  }

  public func outcomes(
    of identity: TestIdentity, branch: String? = nil, limit: Int
  ) throws(BatonError) -> [CaseOutcome] {
    try database.query { (connection) throws(DatabaseError) in
      var found: [CaseOutcome] = []
      try connection.statement(
        """
        SELECT id, step, attempt, o.status, duration, message, cluster, time, "commit", branch, dirty, failed_before
        FROM told_outcomes o JOIN runs ON runs.key = o.run WHERE test = ?1 AND carried = 0
          AND (?3 IS NULL OR branch = ?3)
        ORDER BY o.run DESC, time DESC, attempt DESC, place DESC LIMIT ?2
        """
      ).bind(1, identity.key).bind(2, limit).bind(3, branch).each { row in
        found.append(
          CaseOutcome(
            identity: identity, run: row.text(0), step: row.text(1), attempt: Int(row.integer(2)),
            status: TestStatus(rawValue: row.text(3)) ?? .errored,
            duration: row.optionalInteger(4).map { Span(nanoseconds: $0) }, message: row.optionalText(5),
            cluster: row.optionalInteger(6), time: Instant(nanoseconds: row.integer(7)), code: Self.code(row, from: 8),
            failedBefore: Int(row.integer(11))))
      }
      return found
    }
  }

  /// Commit, branch and whether it is dirty, in columns one after the other.
  static func code(_ row: Statement, from column: Int32) -> CodeState? {
    row.optionalText(column).map {
      CodeState(
        commit: $0, branch: row.optionalText(column + 1),
        isDirty: row.optionalInteger(column + 2).map { $0 != 0 })
    }
  }

  public func trend(
    workflow: String, branch: String?, through run: String?, limit: Int
  ) throws(BatonError) -> [TrendPoint] {
    try database.query { (connection) throws(DatabaseError) in
      var found: [(key: Int64, point: TrendPoint)] = []
      try connection.statement(
        """
        SELECT key, id, status, started, ended, "commit", branch, dirty, counts FROM runs
        WHERE workflow = ?1 AND (?2 IS NULL OR branch = ?2) AND (ended IS NOT NULL OR id = ?4)
          AND (?4 IS NULL OR (started, key) <= (SELECT started, key FROM runs WHERE id = ?4))
        ORDER BY started DESC, key DESC LIMIT ?3
        """
      ).bind(1, workflow).bind(2, branch).bind(3, limit).bind(4, run).each { row in
        let started = Instant(nanoseconds: row.integer(3))
        let idle = row.optionalText(8).map { Counts.idle($0) } ?? .zero
        let point = TrendPoint(
          run: row.text(1), status: RunStatus(rawValue: row.text(2)) ?? .running, started: started,
          duration: row.optionalInteger(4).map { Instant(nanoseconds: $0) - (started + idle) },
          code: Self.code(row, from: 5))
        found.append((row.integer(0), point))
      }
      var points: [TrendPoint] = []
      for (key, found) in found.reversed() {
        var point = found
        // Of each step, its last attempt.
        try connection.statement(
          """
          SELECT passed, failed, skipped, flaky, lines, covered, findings FROM step_results r
          WHERE run = ?1 AND attempt = (SELECT max(attempt) FROM step_results WHERE run = ?1 AND step = r.step)
          """
        ).bind(1, key).each { row in
          var summary = ResultSummary()
          summary.passed = Int(row.integer(0))
          summary.failed = Int(row.integer(1))
          summary.skipped = Int(row.integer(2))
          summary.flaky = Int(row.integer(3))
          point.tests.add(summary)
          point.lines += Int(row.integer(4))
          point.coveredLines += Int(row.integer(5))
          for (name, count) in (try? JSON.decode(row.utf8(6)))?.map ?? [:] {
            guard let severity = FindingSeverity(rawValue: name), let count = count.integer else { continue }
            point.findings[severity, default: 0] += Int(count)
          }
        }
        points.append(point)
      }
      return points
    }
  }
}
