import BatonCore
import BatonModel
import BatonResults

/// Results of attempts: sums, outcomes and the history of each case.
extension Projection {
  func write(_ code: CodeState?) throws(DatabaseError) {
    guard let code else { return }
    self.code = code
    try connection.statement("UPDATE runs SET \"commit\" = ?, branch = ?, dirty = ? WHERE key = ?")
      .bind(1, code.commit).bind(2, code.branch).bind(3, code.isDirty.map { $0 ? 1 : 0 }).bind(4, run).run()
  }

  func write(_ measured: Measured, at time: Instant) throws(DatabaseError) {
    let summary = measured.summary
    let isRepeated =
      try connection.statement(
        "SELECT 1 FROM step_results WHERE run = ? AND step = ? AND attempt = ?"
      ).bind(1, run).bind(2, measured.step).bind(3, measured.attempt).first { _ in true } ?? false
    if isRepeated { try forget(measured.step, measured.attempt) }
    let findings = JSON.encode(
      .map(
        Dictionary(
          summary.findings.map { ($0.key.rawValue, .integer(Int64($0.value))) }, uniquingKeysWith: { first, _ in first }
        )))
    try connection.statement(
      """
      INSERT OR REPLACE INTO step_results
        (run, step, attempt, passed, failed, skipped, flaky, duration, lines, covered, findings, file, time,
          origin_run, origin_step, origin_attempt)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run).bind(2, measured.step).bind(3, measured.attempt).bind(4, summary.passed).bind(5, summary.failed)
    .bind(6, summary.skipped).bind(7, summary.flaky).bind(8, summary.duration.nanoseconds).bind(9, summary.lines)
    .bind(10, summary.coveredLines).bind(11, findings).bind(12, summary.file).bind(13, time.nanoseconds)
    .bind(14, measured.origin?.run).bind(15, measured.origin?.step).bind(16, measured.origin?.attempt).run()
    if measured.attempt == 0 {
      // Nothing else counts for the step now, whatever its attempts before measured.
      try connection.statement("DELETE FROM step_results WHERE run = ? AND step = ? AND attempt > 0")
        .bind(1, run).bind(2, measured.step).run()
    }
    // What came out of the cache was not executed: it is no outcome.
    guard let file = summary.file, measured.attempt > 0 else { return }
    let (step, attempt) = (measured.step, measured.attempt)
    switch try ResultsUnderWay.phase(run: run, step: step, attempt: attempt, connection) {
    case .written?:
      isBehind = true
      return try ResultsUnderWay.enter(.folding, run: run, step: step, attempt: attempt, connection)
    case .writing?:
      // It could not be brought to its end.
      try ResultsUnderWay.delete(run: run, step: step, attempt: attempt, connection)
      try ResultsUnderWay.leave(run: run, step: step, attempt: attempt, connection)
    case .folding?, nil: break
    }
    isBehind = try ResultsUnderWay.isBehind(connection)
    var writer = try outcomeWriter(step: step, attempt: attempt, at: time, folds: !isBehind)
    if isBehind { try ResultsUnderWay.enter(.folding, run: run, step: step, attempt: attempt, connection) }
    do {
      try ResultsFile.read("\(folder)/\(file)", tests: OutcomeWriter.limit) { item in try writer.add(item) }
    } catch let error as DatabaseError {
      throw error
    } catch {
      // The file is gone or damaged; the sums stand.
    }
    try writer.finish()
  }

  func outcomeWriter(step: String, attempt: Int, at time: Instant, folds: Bool) throws(DatabaseError) -> OutcomeWriter {
    var calls = CallPaths(connection)
    return OutcomeWriter(
      connection, run: (run, id), workflow: workflow, step: step,
      cell: TestIdentity.cell(of: try calls.place(of: step, in: id)), attempt: attempt, time: time, code: code,
      folds: folds)
  }

  /// The results of the attempt are told anew.
  private func forget(_ step: String, _ attempt: Int) throws(DatabaseError) {
    // What is made anew below would count what is to be folded yet a second time.
    while try ResultsUnderWay.foldSlice(connection) {}
    let tests = try HistoryRepair.tests(run: run, step: step, attempt: attempt, connection)
    try ResultsUnderWay.delete(run: run, step: step, attempt: attempt, connection)
    for test in tests { try HistoryRepair.refold(test, connection) }
  }
}

/// Makes the history of cases anew from the outcomes that are left.
enum HistoryRepair {
  /// The cases of an attempt, or of a whole run.
  static func tests(run: Int64, step: String? = nil, attempt: Int? = nil, _ connection: Connection)
    throws(DatabaseError)
    -> Set<Int64>
  {
    var tests: Set<Int64> = []
    try connection.statement(
      """
      SELECT DISTINCT test FROM test_outcomes
      WHERE run = ?1 AND (?2 IS NULL OR step = ?2) AND (?3 IS NULL OR attempt = ?3)
      """
    ).bind(1, run).bind(2, step).bind(3, attempt).each { tests.insert($0.integer(0)) }
    return tests
  }

  /// Folds the outcomes of a case once more; a case without outcomes is forgotten.
  static func refold(_ test: Int64, _ connection: Connection) throws(DatabaseError) {
    try connection.statement("DELETE FROM test_history WHERE test = ?").bind(1, test).run()
    let rows = try rows(of: test, connection)
    if rows.isEmpty {
      try connection.statement(
        "DELETE FROM test_cases WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM test_outcomes WHERE test = ?1)"
      ).bind(1, test).run()
    }
    for (branch, row) in rows { try row.write(HistoryRow.Key(test: test, branch: branch), connection) }
  }

  /// The history of a case by branch, as its outcomes tell it.
  ///
  /// - Parameter wanted: the runs whose outcomes count; nil: all.
  static func rows(of test: Int64, in wanted: Set<String>? = nil, _ connection: Connection) throws(DatabaseError)
    -> [String: HistoryRow]
  {
    var rows: [String: HistoryRow] = [:]
    // Of statements, one at a time: who calls whom is asked for first.
    var places: [String: String] = [:]
    var calls = CallPaths(connection)
    var runs: Set<String> = []
    try connection.statement(
      "SELECT DISTINCT id FROM told_outcomes o JOIN runs ON runs.key = o.run WHERE test = ? AND caller IS NOT NULL"
    ).bind(1, test).each { runs.insert($0.text(0)) }
    for run in runs { places[run] = try calls.place(of: "", in: run) }
    try connection.statement(
      """
      SELECT id, step, o.status, duration, failed_before, message, time, "commit", branch, dirty
      FROM told_outcomes o JOIN runs ON runs.key = o.run
      WHERE test = ? AND carried = 0 ORDER BY time, run, step, attempt, place
      """
    ).bind(1, test).each { row in
      guard let status = TestStatus(rawValue: row.text(2)), wanted?.contains(row.text(0)) != false else { return }
      let time = Instant(nanoseconds: row.integer(6))
      let code = row.optionalText(7).map {
        CodeState(commit: $0, branch: row.optionalText(8), isDirty: row.optionalInteger(9).map { $0 != 0 })
      }
      let outcome = TestOutcome(
        name: "", status: status, duration: row.optionalInteger(3).map { Span(nanoseconds: $0) },
        failedBefore: Int(row.integer(4)))
      for branch in [OutcomeWriter.allBranches] + (code?.branch.map { [$0] } ?? []) {
        var known = rows[branch] ?? HistoryRow(time: time, run: row.text(0))
        known.add(
          outcome, message: row.optionalText(5), run: row.text(0), step: row.text(1),
          at: (places[row.text(0)] ?? "") + row.text(1), time: time, code: code)
        rows[branch] = known
      }
    }
    return rows
  }
}
