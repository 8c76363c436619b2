import BatonCore
import BatonModel
import BatonRuntime

/// How steps and gates fared over the newest runs of a workflow.
extension SQLiteStore {
  public func practice(through run: String, limit: Int) throws(BatonError) -> (
    steps: [StepPractice], gates: [GatePractice]
  ) {
    try database.query { (connection) throws(DatabaseError) in
      var runs: [Int64] = []
      try connection.statement(
        """
        SELECT other.key FROM runs this JOIN runs other ON other.workflow = this.workflow
          AND (other.started, other.key) <= (this.started, this.key)
        WHERE this.id = ?1 AND (other.ended IS NOT NULL OR other.key = this.key)
        ORDER BY other.started DESC, other.key DESC LIMIT ?2
        """
      ).bind(1, run).bind(2, limit).each { runs.append($0.integer(0)) }
      let window = JSON.encode(.list(runs.map { .integer($0) }))
      var steps: [StepPractice] = []
      try connection.statement(
        """
        SELECT step, sum(attempts > 0 AND status <> 'cached'), sum(attempts > 1 AND status <> 'cached'),
          sum(status = 'cached'), max(duration)
        FROM steps WHERE run IN (SELECT value FROM json_each(?1)) AND kind = 'step' GROUP BY step
        """
      ).bind(1, window).each { row in
        steps.append(
          StepPractice(
            step: row.text(0), executed: Int(row.integer(1)), retried: Int(row.integer(2)), cached: Int(row.integer(3)),
            longest: row.optionalInteger(4).map { Span(nanoseconds: $0) }))
      }
      var gates: [GatePractice] = []
      var index: [String: Int] = [:]
      try connection.statement(
        """
        SELECT gate, passed, measured FROM gates JOIN runs ON runs.key = gates.run
        WHERE gates.run IN (SELECT value FROM json_each(?1)) ORDER BY runs.started DESC, runs.key DESC
        """
      ).bind(1, window).each { row in
        let verdict = GatePractice.Verdict(
          passed: row.integer(1) != 0,
          measured: ((try? JSON.decode(row.utf8(2)))?.map ?? [:]).compactMapValues(\.number))
        let gate = row.text(0)
        if let known = index[gate] {
          gates[known].verdicts.append(verdict)
        } else {
          index[gate] = gates.count
          gates.append(GatePractice(gate: gate, verdicts: [verdict]))
        }
      }
      return (steps, gates)
    }
  }
}
