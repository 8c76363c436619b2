import BatonCore
import BatonModel

/// Results of attempts that are on their way into the tables: so many that one transaction would keep other records waiting.
///
/// Their outcomes are written in slices before any record tells of them (``Phase/writing``, ``Phase/written``): nobody sees them
/// until the record comes, in whose transaction they begin to count. Then they enter the history of their cases, again in
/// slices, each of which notes how far it came (``Phase/folding``): whoever is killed in between leaves nothing that counts
/// twice or in part, since who reads the history has the rest folded first.
enum ResultsUnderWay {
  enum Phase: Int {
    case writing, written, folding
  }

  /// So many outcomes are written or folded before others are let pass, where some wait.
  static let part = 250
  /// So many parts are one transaction, where nobody waits. The keys of cases are hashes: a part alone dirties some pages
  /// for each of its outcomes, and many together dirty the same ones.
  static let parts = 80

  static func phase(
    run: Int64, step: String, attempt: Int, _ connection: Connection
  ) throws(DatabaseError) -> Phase? {
    try connection.statement("SELECT phase FROM results_under_way WHERE run = ? AND step = ? AND attempt = ?")
      .bind(1, run).bind(2, step).bind(3, attempt).first { Phase(rawValue: Int($0.integer(0))) } ?? nil
  }

  /// Notes a phase, behind all that are under way.
  static func enter(
    _ phase: Phase, run: Int64, step: String, attempt: Int, _ connection: Connection
  ) throws(DatabaseError) {
    try leave(run: run, step: step, attempt: attempt, connection)
    try connection.statement(
      "INSERT INTO results_under_way (run, step, attempt, phase, place) VALUES (?, ?, ?, ?, 0)"
    ).bind(1, run).bind(2, step).bind(3, attempt).bind(4, phase.rawValue).run()
  }

  static func leave(run: Int64, step: String, attempt: Int, _ connection: Connection) throws(DatabaseError) {
    try connection.statement("DELETE FROM results_under_way WHERE run = ? AND step = ? AND attempt = ?")
      .bind(1, run).bind(2, step).bind(3, attempt).run()
  }

  /// Whether the history lacks outcomes that count: what comes now has to be folded behind them.
  static func isBehind(_ connection: Connection) throws(DatabaseError) -> Bool {
    try connection.statement("SELECT 1 FROM results_under_way WHERE phase = 2 LIMIT 1").first { _ in true } ?? false
  }

  /// Takes away the rows of an attempt.
  static func delete(run: Int64, step: String, attempt: Int, _ connection: Connection) throws(DatabaseError) {
    try connection.statement("DELETE FROM test_outcomes WHERE run = ? AND step = ? AND attempt = ?")
      .bind(1, run).bind(2, step).bind(3, attempt).run()
    try connection.statement("DELETE FROM findings WHERE run = ? AND step = ? AND attempt = ?")
      .bind(1, run).bind(2, step).bind(3, attempt).run()
    try connection.statement("DELETE FROM result_values WHERE run = ? AND step = ? AND attempt = ?")
      .bind(1, run).bind(2, step).bind(3, attempt).run()
  }

  /// Takes away what a driver that died wrote of attempts that no record tells of.
  static func abandon(run: Int64, _ connection: Connection) throws(DatabaseError) {
    var attempts: [(step: String, attempt: Int)] = []
    try connection.statement("SELECT step, attempt FROM results_under_way WHERE run = ? AND phase < 2").bind(1, run)
      .each { attempts.append(($0.text(0), Int($0.integer(1)))) }
    for (step, attempt) in attempts {
      try delete(run: run, step: step, attempt: attempt, connection)
      try leave(run: run, step: step, attempt: attempt, connection)
    }
  }

  /// Folds the next outcomes that count and are not in the history yet; in a transaction.
  ///
  /// - Returns: whether there may be more.
  static func foldSlice(_ connection: Connection) throws(DatabaseError) -> Bool {
    let found = try connection.statement(
      """
      SELECT u.run, u.step, u.attempt, u.place, id, "commit", branch, dirty
      FROM results_under_way u JOIN runs ON runs.key = u.run WHERE phase = 2 ORDER BY u.number LIMIT 1
      """
    ).first { row in
      (
        run: row.integer(0), step: row.text(1), attempt: Int(row.integer(2)), place: row.integer(3), id: row.text(4),
        code: SQLiteStore.code(row, from: 5)
      )
    }
    guard let next = found else { return false }
    var fold = HistoryFold(connection)
    var entries: [HistoryFold.Entry] = []
    var last = next.place
    var count = 0
    try connection.statement(
      """
      SELECT place, test, status, duration, failed_before, message, time, carried FROM test_outcomes
      WHERE run = ? AND step = ? AND attempt = ? AND place > ? ORDER BY place LIMIT ?
      """
    ).bind(1, next.run).bind(2, next.step).bind(3, next.attempt).bind(4, next.place).bind(5, part).each { row in
      last = row.integer(0)
      count += 1
      guard row.integer(7) == 0, let status = TestStatus(rawValue: row.text(2)) else { return }
      let outcome = TestOutcome(
        name: "", status: status, duration: row.optionalInteger(3).map { Span(nanoseconds: $0) },
        failedBefore: Int(row.integer(4)))
      entries.append(
        HistoryFold.Entry(
          test: row.integer(1), outcome: outcome, message: row.optionalText(5), run: next.id, step: next.step,
          time: Instant(nanoseconds: row.integer(6)), code: next.code))
    }
    for entry in entries { try fold.add(entry) }
    try fold.flush()
    if count < part {
      try leave(run: next.run, step: next.step, attempt: next.attempt, connection)
    } else {
      try connection.statement("UPDATE results_under_way SET place = ? WHERE run = ? AND step = ? AND attempt = ?")
        .bind(1, last).bind(2, next.run).bind(3, next.step).bind(4, next.attempt).run()
    }
    return true
  }
}
