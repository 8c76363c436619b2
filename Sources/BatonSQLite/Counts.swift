import BatonModel

/// Steps (not gates, nor groups) by status.
enum Counts {
  static func counted(_ run: Int64, _ connection: Connection) throws(DatabaseError) -> [StepStatus: Int] {
    var counts: [StepStatus: Int] = [:]
    try connection.statement("SELECT status, count(*) FROM steps WHERE run = ? AND kind = 'step' GROUP BY status")
      .bind(1, run).each { row in
        if let status = StepStatus(rawValue: row.text(0)) { counts[status] = Int(row.integer(1)) }
      }
    return counts
  }

  /// What is kept of a run that has ended: status → how many steps; `idle` → nanoseconds in which nobody drove it.
  static func text(_ counts: [StepStatus: Int], idle: Span) -> String {
    var fields = Dictionary(uniqueKeysWithValues: counts.map { ($0.rawValue, Value.integer(Int64($1))) })
    if idle > .zero { fields["idle"] = .integer(idle.nanoseconds) }
    return JSON.encode(.map(fields))
  }

  static func idle(_ text: String) -> Span {
    Span(nanoseconds: (try? JSON.decode(text))?.map?["idle"]?.integer ?? 0)
  }

  /// How long nobody drove a run: from each end of it, or of its driver, to the resumption that followed.
  static func idle(of run: Int64, _ connection: Connection) throws(DatabaseError) -> Span {
    var sum = Span.zero
    try connection.statement(
      """
      SELECT time, coalesce(
        (SELECT e.time FROM records e WHERE e.run = r.run AND e.seq < r.seq AND e.kind = 'run.ended' AND e.seq >
          (SELECT max(o.seq) FROM records o WHERE o.run = r.run AND o.seq < r.seq AND o.kind IN ('run.started', 'run.resumed'))
          ORDER BY e.seq LIMIT 1),
        (SELECT p.time FROM records p WHERE p.run = r.run AND p.seq < r.seq ORDER BY p.seq DESC LIMIT 1))
      FROM records r WHERE run = ? AND kind = 'run.resumed'
      """
    ).bind(1, run).each { row in
      guard let before = row.optionalInteger(1) else { return }
      sum = sum + max(.zero, Instant(nanoseconds: row.integer(0)) - Instant(nanoseconds: before))
    }
    return sum
  }

  static func read(_ text: String) -> [StepStatus: Int] {
    guard let fields = (try? JSON.decode(text))?.map else { return [:] }
    var counts: [StepStatus: Int] = [:]
    for (name, count) in fields {
      if let status = StepStatus(rawValue: name), let count = count.integer { counts[status] = Int(count) }
    }
    return counts
  }
}
