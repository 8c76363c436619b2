import BatonCore
import BatonModel
import BatonRuntime

extension SQLiteStore {
  /// What a step emitted when it last succeeded in a run of the workflow.
  ///
  /// - Parameter step: with its full name.
  /// - Returns: the run's id, and the values; nil: it never succeeded.
  public func lastValues(
    of step: String, workflow: String
  ) throws(BatonError) -> (run: String, values: [String: Value])? {
    try database.query { (connection) throws(DatabaseError) in
      let newest = try connection.statement(
        """
        SELECT runs.key, runs.id FROM steps JOIN runs ON runs.key = steps.run
        WHERE runs.workflow = ? AND steps.step = ? AND steps.status IN ('succeeded', 'kept', 'cached')
        ORDER BY runs.started DESC, runs.key DESC LIMIT 1
        """
      ).bind(1, workflow).bind(2, step).first { (key: $0.integer(0), id: $0.text(1)) }
      guard let newest else { return nil }
      var values: [String: Value] = [:]
      try connection.statement("SELECT name, value FROM \"values\" WHERE run = ? AND step = ?")
        .bind(1, newest.key).bind(2, step).each { row in
          values[row.text(0)] = try? JSON.decode(row.text(1).utf8)
        }
      return (newest.id, values)
    }
  }
}
