import BatonCore
import BatonModel

/// Keeps the tables that people and queries read in step with the records of a run, in the same transaction.
final class Projection {
  unowned let connection: Connection
  let run: Int64
  let id: String
  /// Of the run, absolute.
  let folder: String
  /// What the code is, as the driver found it.
  var code: CodeState?
  let workflow: String
  /// Whether the history lacks outcomes of records that were written here.
  var isBehind = false
  /// A step may have values from before only in a run that was resumed.
  private var mayHaveValues: Bool
  /// Attempts that began in this transaction; most end in it too, and need one row written instead of two.
  private var begun: [StepAttempt: Begun] = [:]
  /// Whose attempts are not those of steps.
  private var services: Set<String> = []

  private struct Begun {
    var time: Instant
    var executor: String
    var pid: Int32?
  }

  init(connection: Connection, run: Int64, id: String, workflow: String, isNew: Bool) {
    self.connection = connection
    self.run = run
    self.id = id
    let slash = connection.path.lastIndex(of: "/")
    folder = "\(slash.map { String(connection.path[..<$0]) } ?? ".")/runs/\(id)"
    self.workflow = workflow
    mayHaveValues = !isNew
    if !isNew { code = try? known() }
  }

  /// What the code was when the run was last driven.
  private func known() throws(DatabaseError) -> CodeState? {
    try connection.statement("SELECT \"commit\", branch, dirty FROM runs WHERE key = ?").bind(1, run)
      .first { SQLiteStore.code($0, from: 0) } ?? nil
  }

  func apply(_ stamped: StampedRecord) throws(DatabaseError) {
    switch stamped.record {
    case .attemptStarted(let attempt, let executor, let pid, _):
      begun[attempt] = Begun(time: stamped.time, executor: executor, pid: pid)
    case .attemptFailed(let end, let next):
      try write(end)
      try writeStep(
        end.step, kind: .step, status: next.status, reason: end.outcome.text, attempt: end,
        ended: nil)
    case .stepEnded(let end): try finish(end, at: stamped.time)
    case .gateJudged(let verdict): try write(verdict, at: stamped.time)
    case .metric(let step, let attempt, let name, let value):
      try connection.statement(
        "INSERT INTO measurements (run, seq, step, attempt, name, value) VALUES (?, ?, ?, ?, ?, ?)"
      )
      .bind(1, run).bind(2, stamped.seq).bind(3, step).bind(4, attempt).bind(5, name).bind(6, value).run()
    case .runStarted(let start): try write(start.code)
    case .runResumed(let resumed):
      try write(resumed.code)
      try resume(resumed, at: stamped.time)
    case .measured(let measured): try write(measured, at: stamped.time)
    case .runEnded(let status, let reason): try end(status, reason, at: stamped.time)
    case .asked(let question):
      try setStatus(of: question.step, kind: question.node, .waiting, reason: question.text)
    case .answered(let answer):
      if answer.kind == .interrupted, answer.approved {
        try setStatus(of: answer.step, kind: answer.node, .pending, reason: nil)
      }
    case .serviceChanged(let change):
      services.insert(change.service)
      if let end = change.end { try write(end) }
      guard let status = change.state.status else { return }
      try setStatus(of: change.service, kind: .service, status, reason: change.reason)
    case .intended, .expanded, .progress, .checkpoint, .halting, .cancelRequested,
      .notificationHeld, .notificationLeft, .notificationDue, .notificationSent, .notificationFailed, .operated,
      .operationEnded, .forgotten,
      .signalReceived, .requestTaken:
      break
    }
  }

  /// Writes what was held back; before the commit.
  func flush() throws(DatabaseError) {
    for (attempt, start) in begun { try write(attempt, start) }
    begun.removeAll(keepingCapacity: true)
  }

  /// Forgets what was held back: the transaction failed.
  func discard() { begun.removeAll() }

  // MARK: Steps

  private func write(_ attempt: StepAttempt, _ start: Begun) throws(DatabaseError) {
    try connection.statement(
      """
      INSERT OR REPLACE INTO attempts (run, step, number, executor, pid, started) VALUES (?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run).bind(2, attempt.step).bind(3, attempt.number).bind(4, start.executor).bind(5, start.pid.map(Int.init))
    .bind(6, start.time.nanoseconds).run()
    try connection.statement(
      """
      INSERT OR REPLACE INTO steps (run, step, kind, status, attempts, started) VALUES (?, ?, ?, 'running', ?, ?)
      """
    )
    .bind(1, run).bind(2, attempt.step).bind(3, (services.contains(attempt.step) ? NodeKind.service : .step).rawValue)
    .bind(4, attempt.number).bind(5, start.time.nanoseconds).run()
  }

  private func write(_ end: AttemptEnd) throws(DatabaseError) {
    let start = begun.removeValue(forKey: StepAttempt(step: end.step, number: end.number))
    let row: Statement
    if let start {
      row = try connection.statement(
        """
        INSERT OR REPLACE INTO attempts (run, step, number, outcome, code, signal, executor, started, ended, pid)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
      ).bind(10, start.pid.map(Int.init))
    } else {
      row = try connection.statement(
        """
        INSERT INTO attempts (run, step, number, outcome, code, signal, executor, started, ended)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT DO UPDATE SET outcome = ?4, code = ?5, signal = ?6, executor = ?7, started = ?8, ended = ?9
        """)
    }
    try row.bind(1, run).bind(2, end.step).bind(3, end.number).bind(4, end.outcome.name).bind(
      5, end.outcome.exitCode.map(Int.init)
    )
    .bind(6, end.outcome.signal.map(Int.init)).bind(7, end.executor).bind(8, end.started.nanoseconds)
    .bind(9, end.ended.nanoseconds).run()
  }

  private func writeStep(
    _ step: String, kind: NodeKind, status: StepStatus, reason: String?, attempt: AttemptEnd?, ended: Instant?
  ) throws(DatabaseError) {
    try connection.statement(
      """
      INSERT OR REPLACE INTO steps (run, step, kind, status, reason, attempts, started, ended, duration)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run).bind(2, step).bind(3, kind.rawValue).bind(4, status.rawValue).bind(5, reason)
    .bind(6, attempt?.number ?? 0).bind(7, attempt?.started.nanoseconds).bind(8, ended?.nanoseconds)
    .bind(9, attempt.map { ($0.ended - $0.started).nanoseconds }).run()
  }

  /// Leaves what is known of attempts as it is.
  private func setStatus(
    of step: String, kind: NodeKind, _ status: StepStatus, reason: String?
  ) throws(DatabaseError) {
    try connection.statement(
      """
      INSERT INTO steps (run, step, kind, status, reason, attempts) VALUES (?1, ?2, ?3, ?4, ?5, 0)
      ON CONFLICT DO UPDATE SET status = ?4, reason = ?5
      """
    ).bind(1, run).bind(2, step).bind(3, kind.rawValue).bind(4, status.rawValue).bind(5, reason).run()
  }

  private func finish(_ end: StepEnd, at time: Instant) throws(DatabaseError) {
    if let attempt = end.attempt { try write(attempt) }
    try writeStep(
      end.step, kind: end.kind, status: end.status, reason: end.reason, attempt: end.attempt,
      ended: end.attempt?.ended ?? time)
    if end.status.isSuccess, !end.values.isEmpty || mayHaveValues { try write(end.values, of: end.step) }
  }

  private func write(_ values: [String: Value], of step: String) throws(DatabaseError) {
    if mayHaveValues {
      try connection.statement("DELETE FROM \"values\" WHERE run = ? AND step = ?").bind(1, run).bind(2, step).run()
    }
    for (name, value) in values {
      try connection.statement("INSERT OR REPLACE INTO \"values\" (run, step, name, value) VALUES (?, ?, ?, ?)")
        .bind(1, run).bind(2, step).bind(3, name).bind(4, JSON.encode(value)).run()
    }
  }

  private func write(_ verdict: GateVerdict, at time: Instant) throws(DatabaseError) {
    try connection.statement(
      """
      INSERT OR REPLACE INTO gates (run, gate, passed, findings, measured, otherwise, time) VALUES (?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run).bind(2, verdict.gate).bind(3, verdict.passed ? 1 : 0)
    .bind(4, JSON.encode(.list(verdict.findings.map { .string($0) })))
    .bind(5, JSON.encode(.map(verdict.measured.mapValues { .number($0) }))).bind(6, verdict.otherwise.rawValue)
    .bind(7, time.nanoseconds).run()
  }

  // MARK: The run

  /// What succeeded and was not invalidated is kept; everything else starts over.
  private func resume(_ resumed: RunResumed, at time: Instant) throws(DatabaseError) {
    mayHaveValues = true
    // A run whose driver died has not told its durations yet.
    let hasEnded = try connection.statement("SELECT ended FROM runs WHERE key = ?").bind(1, run).first { !$0.isNull(0) }
    if hasEnded == false { try keepDurations() }
    try connection.statement(
      "UPDATE runs SET status = 'running', reason = NULL, ended = NULL, counts = NULL WHERE key = ?"
    )
    .bind(1, run).run()
    try connection.statement(
      """
      UPDATE steps SET status = 'pending', reason = NULL, started = NULL, ended = NULL, duration = NULL
      WHERE run = ? AND status NOT IN ('succeeded', 'kept', 'cached')
      """
    ).bind(1, run).run()
    for (step, reason) in resumed.invalidated {
      try connection.statement(
        """
        UPDATE steps SET status = 'pending', reason = ?3, started = NULL, ended = NULL, duration = NULL
        WHERE run = ?1 AND step = ?2
        """
      ).bind(1, run).bind(2, step).bind(3, reason).run()
    }
    try connection.statement("UPDATE steps SET status = 'kept' WHERE run = ? AND status IN ('succeeded', 'cached')")
      .bind(1, run).run()
    for step in resumed.removed {
      try connection.statement("DELETE FROM steps WHERE run = ? AND step = ?").bind(1, run).bind(2, step).run()
    }
    for (step, values) in resumed.set {
      try writeStep(
        step, kind: .step, status: .succeeded, reason: "values set by \(resumed.signature)", attempt: nil, ended: time)
      for (name, value) in values {
        try connection.statement("INSERT OR REPLACE INTO \"values\" (run, step, name, value) VALUES (?, ?, ?, ?)")
          .bind(1, run).bind(2, step).bind(3, name).bind(4, JSON.encode(value)).run()
      }
    }
    for step in resumed.skipped {
      try writeStep(
        step, kind: .step, status: .skipped, reason: "skipped by \(resumed.signature)", attempt: nil, ended: time)
    }
  }

  private func end(_ status: RunStatus, _ reason: String?, at time: Instant) throws(DatabaseError) {
    try flush()
    try connection.statement("UPDATE runs SET status = ?, reason = ?, ended = ?, counts = ? WHERE key = ?")
      .bind(1, status.rawValue).bind(2, reason).bind(3, time.nanoseconds)
      .bind(
        4,
        Counts.text(
          try Counts.counted(run, connection), idle: mayHaveValues ? try Counts.idle(of: run, connection) : .zero)
      ).bind(5, run).run()
    try keepDurations()
  }

  private func keepDurations() throws(DatabaseError) {
    try connection.statement(
      """
      INSERT OR REPLACE INTO durations (workflow, step, duration, ended)
      SELECT ?2, step, duration, ended FROM steps
      WHERE run = ?1 AND kind = 'step' AND status = 'succeeded' AND duration IS NOT NULL
      """
    ).bind(1, run).bind(2, workflow).run()
  }
}
