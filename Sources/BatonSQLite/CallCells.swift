import BatonCore
import BatonModel
import BatonRuntime

/// Cases of called workflows: each cell of a matrix of calls has cases of its own, by the axes of the calling steps.
///
/// Once they had not: what is on record of a case without these axes goes over, outcome by outcome, to the cells that it came
/// from, when such a cell's case is seen for the first time.
enum CallCells {
  /// Gives a case what was recorded of it before its cell was part of its identity; nothing of it may be in the history yet.
  ///
  /// - Parameters:
  ///   - place: where the step is called from, and its name, as ``CallPaths`` tells it.
  ///   - step: its name.
  /// - Returns: whether there was anything.
  static func adopt(_ test: Int64, at place: String, step: String, _ connection: Connection) throws(DatabaseError)
    -> Bool
  {
    let cell = TestIdentity.cell(of: place)
    guard cell != TestIdentity.cell(of: step),
      // What waits to be folded would count twice.
      try connection.statement("SELECT count(*) FROM results_under_way WHERE phase = 2").first({ $0.integer(0) }) ?? 0
        <= 1,
      var identity = try connection.statement("SELECT suite, class, name, parameters FROM test_cases WHERE key = ?")
        .bind(1, test).first({
          TestIdentity(suite: $0.text(0), className: $0.text(1), name: $0.text(2), parameters: $0.text(3), cell: cell)
        }), identity.key == test
    else { return false }
    identity.cell = TestIdentity.cell(of: step)
    let old = identity.key
    var candidates: [(key: Int64, id: String)] = []
    try connection.statement(
      """
      SELECT DISTINCT o.run, runs.id FROM test_outcomes o JOIN runs ON runs.key = o.run
      WHERE o.test = ? AND runs.caller IS NOT NULL
      """
    ).bind(1, old).each { candidates.append(($0.integer(0), $0.text(1))) }
    var calls = CallPaths(connection)
    var runs: [String: Int64] = [:]
    for run in candidates where TestIdentity.cell(of: try calls.place(of: step, in: run.id)) == cell {
      runs[run.id] = run.key
    }
    guard !runs.isEmpty else { return false }
    for (branch, row) in try HistoryRepair.rows(of: old, in: Set(runs.keys), connection) {
      try row.write(HistoryRow.Key(test: test, branch: branch), connection)
    }
    for key in runs.values {
      try connection.statement("UPDATE test_outcomes SET test = ? WHERE test = ? AND run = ?")
        .bind(1, test).bind(2, old).bind(3, key).run()
    }
    try HistoryRepair.refold(old, connection)
    return true
  }
}

extension SQLiteStore {
  /// The steps that a run is called from, outermost first, each with a slash behind it: `e2e[browser=chrome]/`; empty: a person
  /// started it.
  public func callPath(of run: String) throws(BatonError) -> String {
    try database.query { (connection) throws(DatabaseError) in
      var calls = CallPaths(connection)
      return try calls.place(of: "", in: run)
    }
  }
}
