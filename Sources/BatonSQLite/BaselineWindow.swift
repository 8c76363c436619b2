import BatonCore

/// The runs that a run's numbers are compared with: the newest that succeeded, of its workflow and branch, called by the same
/// cells; without those whose gate was refused and overridden, or skipped by hand.
///
/// A number that people let pass once says nothing of the next. Where the newest ``agreed`` were all let pass, the level is a new
/// one, and these are the window.
enum BaselineWindow {
  static let agreed = 5

  /// - Parameter isEarlier: only those that started before it.
  /// - Returns: the newest first.
  static func runs(
    before run: String, limit: Int, isEarlier: Bool, _ connection: Connection
  ) throws(DatabaseError) -> [CallSiblings.Run] {
    var siblings = try CallSiblings(of: run, connection)
    /// - Parameter overridden: whether a gate was refused in them, which succeeded all the same; nil: that does not matter.
    func candidates(overridden: Bool?) throws(DatabaseError) -> Statement {
      try connection.statement(
        """
        SELECT other.key, other.id,
          EXISTS (SELECT 1 FROM gates WHERE gates.run = other.key AND passed = 0 AND otherwise IN ('halt', 'ask'))
            AS overridden
        FROM runs this JOIN runs other
          ON other.workflow = this.workflow AND other.branch IS this.branch AND other.key <> this.key
            AND (NOT ?2 OR other.started <= this.started)
        WHERE this.id = ?1 AND other.status = 'succeeded' AND (?3 IS NULL OR overridden = ?3)
        ORDER BY other.ended DESC, other.key DESC
        """
      ).bind(1, run).bind(2, isEarlier ? 1 : 0).bind(3, overridden.map { $0 ? Int64(1) : 0 })
    }
    let passed = try siblings.first(limit, of: candidates(overridden: false))
    let newest = try siblings.first(agreed, of: candidates(overridden: nil))
    let known = Set(passed.map(\.key))
    guard newest.count == agreed, !newest.contains(where: { known.contains($0.key) }) else { return passed }
    return try siblings.first(limit, of: candidates(overridden: true))
  }
}
