import BatonCore

/// The runs that a run's numbers are compared with: the newest that succeeded, of its workflow and branch, called by the same
/// cells; without those whose gate was refused and overridden, or skipped by hand.
///
/// A number that people let pass once says nothing of the next. Where ``agreed`` in a row were let pass, the level is a new one:
/// they are in the window, with what came behind them, and nothing of before.
enum BaselineWindow {
  static let agreed = 5

  /// - Parameter isEarlier: only those that started before it.
  /// - Returns: the newest first.
  static func runs(
    before run: String, limit: Int, isEarlier: Bool, _ connection: Connection
  ) throws(DatabaseError) -> [CallSiblings.Run] {
    var siblings = try CallSiblings(of: run, connection)
    let candidates = try connection.statement(
      """
      SELECT other.key, other.id,
        EXISTS (SELECT 1 FROM gates WHERE gates.run = other.key AND passed = 0 AND otherwise IN ('halt', 'ask'))
      FROM runs this JOIN runs other
        ON other.workflow = this.workflow AND other.branch IS this.branch AND other.key <> this.key
          AND (NOT ?2 OR other.started <= this.started)
      WHERE this.id = ?1 AND other.status = 'succeeded'
      ORDER BY other.ended DESC, other.key DESC
      """
    ).bind(1, run).bind(2, isEarlier ? 1 : 0)
    defer { candidates.end() }
    var window: [CallSiblings.Run] = []
    // Let pass, one after the other.
    var streak: [CallSiblings.Run] = []
    while window.count + (streak.count < agreed ? 0 : streak.count) < limit, try candidates.next() {
      let other = (key: candidates.integer(0), id: candidates.text(1))
      guard try siblings.contains(other) else { continue }
      if candidates.integer(2) != 0 {
        streak.append(other)
      } else if streak.count < agreed {
        streak = []
        window.append(other)
      } else {
        break
      }
    }
    return Array((window + (streak.count < agreed ? [] : streak)).prefix(limit))
  }
}
