import BatonCore
import BatonModel
import BatonRuntime

/// What the engine and people ask of a project's database.
extension SQLiteStore {
  public func records(of run: String, after seq: Int64) throws(BatonError) -> [StampedRecord] {
    try database.locked { (connection) throws(BatonError) in
      guard let key = try key(of: run, connection) else { return [] }
      let (rows, count) = try sql { () throws(DatabaseError) in
        let last = try Self.lastSeq(of: key, connection)
        let rows = try connection.statement(
          "SELECT seq, time, kind, step, attempt, body FROM records WHERE run = ? AND seq > ? ORDER BY seq"
        ).bind(1, key).bind(2, seq)
        return (rows, Int(max(0, last - seq)))
      }
      return try records(rows, of: run, count: count)
    }
  }

  /// The records with which the drives of a run begin, the first and those of its resumptions: what the script of the run was
  /// given to read. Many times quicker than all records.
  public func openings(of run: String) throws(BatonError) -> [StampedRecord] {
    try database.locked { (connection) throws(BatonError) in
      guard let key = try key(of: run, connection) else { return [] }
      let rows = try sql { () throws(DatabaseError) in
        try connection.statement(
          """
          SELECT seq, time, kind, step, attempt, body FROM records
          WHERE run = ? AND kind IN ('run.started', 'run.resumed') ORDER BY seq
          """
        ).bind(1, key)
      }
      return try records(rows, of: run, count: 1)
    }
  }

  private func records(_ rows: Statement, of run: String, count: Int) throws(BatonError) -> [StampedRecord] {
    var records: [StampedRecord] = []
    records.reserveCapacity(count)
    // One record often has the kind and the step of the one before.
    var kind = RepeatedText()
    var step = RepeatedText()
    try rows.each(wrap: wrap) { (row) throws(BatonError) in
      let number = row.integer(0)
      do throws(RecordCoding.Failure) {
        let record = try RecordCoding.record(
          kind: kind.text(row.utf8(2)), step: row.isNull(3) ? nil : step.text(row.utf8(3)),
          attempt: row.optionalInteger(4).map(Int.init), body: row.utf8(5))
        records.append(StampedRecord(seq: number, time: Instant(nanoseconds: row.integer(1)), record: record))
      } catch {
        throw BatonError(
          .failure, "record \(number) of run \(run) in \(database.path) cannot be read: \(error.message)",
          cure: "use the version of Baton that wrote it, or `baton doctor` to check the database")
      }
    }
    return records
  }

  /// Makes one string of the same bytes in a row.
  private struct RepeatedText {
    private var last = ""

    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
      let isSame = last.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
      if !isSame { last = String(decoding: bytes, as: UTF8.self) }
      return last
    }
  }

  func key(of run: String, _ connection: Connection) throws(BatonError) -> Int64? {
    try sql { () throws(DatabaseError) in
      try connection.statement("SELECT key FROM runs WHERE id = ?").bind(1, run).first { $0.integer(0) }
    }
  }

  public func runs(limit: Int?) throws(BatonError) -> [RunSummary] {
    try database.query { (connection) throws(DatabaseError) in
      try summaries(
        connection.statement(
          """
          SELECT key, id, workflow, file, status, started, ended, counts, caller FROM runs
          ORDER BY started DESC, key DESC LIMIT ?
          """
        ).bind(1, limit ?? -1), connection)
    }
  }

  /// The runs whose id begins with this, newest first.
  public func resolve(prefix: String) throws(BatonError) -> [RunSummary] {
    try database.query { (connection) throws(DatabaseError) in
      try summaries(
        connection.statement(
          """
          SELECT key, id, workflow, file, status, started, ended, counts, caller FROM runs
          WHERE substr(id, 1, length(?1)) = ?1 ORDER BY started DESC, key DESC
          """
        ).bind(1, prefix), connection)
    }
  }

  /// The process that drives the run now; nil where none does.
  public func driver(of run: String) throws(BatonError) -> Driver? {
    try database.locked { (connection) throws(BatonError) in
      guard let key = try key(of: run, connection), DriverLock.isHeld(database: database.path, run: key) else {
        return nil
      }
      return try sql { () throws(DatabaseError) in try Self.liveDriver(of: key, connection) }
    }
  }

  /// The driver of a run whose lock is held; nil where it was killed a moment ago, and the lock is held by what it was about
  /// to start.
  private static func liveDriver(of key: Int64, _ connection: Connection) throws(DatabaseError) -> Driver? {
    try driver(of: key, connection).flatMap { $0.isGone ? nil : $0 }
  }

  /// The last driver of a run, dead or alive.
  static func driver(of key: Int64, _ connection: Connection) throws(DatabaseError) -> Driver? {
    try connection.statement("SELECT host, pid, process_started, boot FROM leases WHERE run = ?").bind(1, key).first {
      Driver(
        host: $0.text(0), pid: Int32(truncatingIfNeeded: $0.integer(1)), processStarted: $0.integer(2), boot: $0.text(3)
      )
    }
  }

  func summaries(_ rows: Statement, _ connection: Connection) throws(DatabaseError) -> [RunSummary] {
    var found: [(key: Int64, run: RunSummary, counts: String?)] = []
    try rows.each { row in
      let run = RunSummary(
        id: row.text(1), workflow: row.text(2), file: row.text(3), status: RunStatus(rawValue: row.text(4)) ?? .running,
        started: Instant(nanoseconds: row.integer(5)),
        ended: row.optionalInteger(6).map { Instant(nanoseconds: $0) }, caller: row.optionalText(8))
      found.append((row.integer(0), run, row.optionalText(7)))
    }
    var summaries: [RunSummary] = []
    for (key, found, counts) in found {
      var run = found
      if let counts {
        run.counts = Counts.read(counts)
        run.idle = Counts.idle(counts)
      } else {
        run.counts = try Counts.counted(key, connection)
      }
      if run.status == .running || run.status == .waiting {
        try connection.statement("SELECT step FROM steps WHERE run = ? AND status = 'waiting' ORDER BY step").bind(
          1, key
        )
        .each { row in run.waitsFor.append(row.text(0)) }
      }
      let isHeld = DriverLock.isHeld(database: database.path, run: key)
      if isHeld, let driver = try Self.liveDriver(of: key, connection) {
        run.driver = "pid \(driver.pid) on \(driver.host)"
        if run.ended == nil { run.idle = try Counts.idle(of: key, connection) }
      } else if run.status == .running, let end = try Self.end(of: key, connection) {
        // It came to its end, and its driver went, after the row was read.
        (run.status, run.ended, run.counts, run.idle) = (end.status, end.ended, end.counts, end.idle)
        run.waitsFor = []
      } else if run.status == .running {
        run.status = .interrupted
        // What ran when the driver died will run again.
        let cut = [StepStatus.running, .retrying].compactMap { run.counts.removeValue(forKey: $0) }.reduce(0, +)
        if cut > 0 { run.counts[.pending, default: 0] += cut }
      }
      summaries.append(run)
    }
    return summaries
  }

  /// How a run ended; nil where it has not.
  private static func end(
    of key: Int64, _ connection: Connection
  ) throws(DatabaseError) -> (status: RunStatus, ended: Instant, counts: [StepStatus: Int], idle: Span)? {
    try connection.statement("SELECT status, ended, counts FROM runs WHERE key = ? AND ended IS NOT NULL").bind(1, key)
      .first { row in
        RunStatus(rawValue: row.text(0)).map {
          ($0, Instant(nanoseconds: row.integer(1)), Counts.read(row.text(2)), Counts.idle(row.text(2)))
        }
      }
  }

  public func durations(workflow: String) throws(BatonError) -> [String: Span] {
    try database.query { (connection) throws(DatabaseError) in
      var known: [String: (Span, Int64)] = [:]
      try connection.statement("SELECT step, duration, ended FROM durations WHERE workflow = ?").bind(1, workflow)
        .each { row in known[row.text(0)] = (Span(nanoseconds: row.integer(1)), row.integer(2)) }
      // Runs that have not ended have not told theirs yet.
      try connection.statement(
        """
        SELECT step, duration, steps.ended FROM runs JOIN steps ON steps.run = runs.key
        WHERE workflow = ? AND runs.ended IS NULL AND kind = 'step' AND steps.status = 'succeeded'
          AND duration IS NOT NULL
        """
      ).bind(1, workflow).each { row in
        let step = row.text(0)
        if let other = known[step], other.1 > row.integer(2) { return }
        known[step] = (Span(nanoseconds: row.integer(1)), row.integer(2))
      }
      return known.mapValues(\.0)
    }
  }

  public func previousStatus(workflow: String, before run: String) throws(BatonError) -> RunStatus? {
    try database.query { (connection) throws(DatabaseError) in
      try connection.statement(
        """
        SELECT status FROM runs WHERE workflow = ?1 AND id <> ?2
          AND ended <= coalesce((SELECT ended FROM runs WHERE id = ?2), 9223372036854775807)
        ORDER BY ended DESC, key DESC LIMIT 1
        """
      ).bind(1, workflow).bind(2, run).first { RunStatus(rawValue: $0.text(0)) }
    }
  }
}
