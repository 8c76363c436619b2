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

  static func text(_ counts: [StepStatus: Int]) -> String {
    JSON.encode(.map(Dictionary(uniqueKeysWithValues: counts.map { ($0.rawValue, .integer(Int64($1))) })))
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
