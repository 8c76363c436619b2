import BatonCore
import BatonModel
import BatonRuntime

/// What the runs of a workflow know of each other's messages, and why they failed.
extension SQLiteStore {
  /// How long what was sent and taken is kept: no window is longer, and no run is carried on after so long.
  private static let memory = Span(seconds: 400 * 86_400)

  public func claim(_ claim: NoticeClaim) throws(BatonError) -> NoticeClaim.Answer {
    try database.locked { (connection) throws(BatonError) in
      try connection.transaction(wrap: wrap) { () throws(BatonError) in
        let answer = try sql { () throws(DatabaseError) in try Self.answer(claim, connection) }
        FaultPoint.reach("store.claiming")
        return answer
      }
    }
  }

  private static func answer(_ claim: NoticeClaim, _ connection: Connection) throws(DatabaseError) -> NoticeClaim.Answer
  {
    let isKnown = try connection.statement("SELECT 1 FROM notices WHERE key = ? AND event IS NULL").bind(1, claim.key)
      .first { _ in true }
    if isKnown == true { return .granted(try taken(by: claim.key, connection)) }
    func lane(_ sql: StaticString) throws(DatabaseError) -> Statement {
      try connection.statement(sql).bind(1, claim.workflow).bind(2, claim.lane.name)
        .bind(3, Int64(claim.lane.target))
    }
    var first = claim.held.map(\.time).min()
    var hasLeft = false
    try lane(
      """
      SELECT min(time) FROM notices WHERE workflow = ? AND name = ? AND target = ? AND event IS NOT NULL AND taken IS NULL
      """
    ).each { row in
      guard let time = row.optionalInteger(0).map({ Instant(nanoseconds: $0) }) else { return }
      hasLeft = true
      first = min(first ?? time, time)
    }
    guard let first else { return .nothing }
    var sent: [Instant] = []
    if let rate = claim.rate {
      try lane(
        """
        SELECT time FROM notices WHERE workflow = ? AND name = ? AND target = ? AND event IS NULL
        ORDER BY time DESC LIMIT ?
        """
      ).bind(4, Int64(rate.count)).each { row in sent.append(Instant(nanoseconds: row.integer(0))) }
    }
    let moment = NoticeTiming.earliest(first: first, sent: sent.reversed(), digest: claim.digest, rate: claim.rate)
    guard moment <= claim.time else {
      if claim.leaves { for notice in claim.held { try insert(notice, claim, connection) } }
      return .refused(until: moment)
    }
    try connection.statement("DELETE FROM notices WHERE time < ? AND (event IS NULL OR taken IS NOT NULL)")
      .bind(1, (claim.time + Span(nanoseconds: -memory.nanoseconds)).nanoseconds).run()
    try connection.statement("INSERT INTO notices (key, workflow, name, target, time) VALUES (?, ?, ?, ?, ?)")
      .bind(1, claim.key).bind(2, claim.workflow).bind(3, claim.lane.name).bind(4, Int64(claim.lane.target))
      .bind(5, claim.time.nanoseconds).run()
    guard hasLeft else { return .granted([]) }
    try connection.statement(
      """
      UPDATE notices SET taken = ?4
      WHERE workflow = ?1 AND name = ?2 AND target = ?3 AND event IS NOT NULL AND taken IS NULL
      """
    ).bind(1, claim.workflow).bind(2, claim.lane.name).bind(3, Int64(claim.lane.target)).bind(4, claim.key).run()
    return .granted(try taken(by: claim.key, connection))
  }

  private static func insert(
    _ notice: HeldNotice, _ claim: NoticeClaim, _ connection: Connection
  ) throws(DatabaseError) {
    try connection.statement(
      "INSERT OR IGNORE INTO notices (key, workflow, name, target, time, event) VALUES (?, ?, ?, ?, ?, ?)"
    ).bind(1, notice.key).bind(2, claim.workflow).bind(3, notice.lane.name).bind(4, Int64(notice.lane.target))
      .bind(5, notice.time.nanoseconds).bind(6, JSON.encode(notice.event)).run()
  }

  private static func taken(by key: String, _ connection: Connection) throws(DatabaseError) -> [Value] {
    var events: [Value] = []
    try connection.statement("SELECT event FROM notices WHERE taken = ? ORDER BY time, key").bind(1, key).each { row in
      events.append((try? JSON.decode(row.utf8(0))) ?? .null)
    }
    return events.filter { $0 != .null }
  }
}
