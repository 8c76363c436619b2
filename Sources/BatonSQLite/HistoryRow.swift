import BatonCore
import BatonModel

/// What is kept of one case on one branch, or on all.
struct HistoryRow {
  struct Key: Hashable {
    var test: Int64
    var branch: String
  }

  var fold = CaseFold()
  var firstTime: Instant
  var firstRun: String
  var lastTime: Instant
  var lastRun: String
  var lastStatus = TestStatus.skipped
  var lastStep = ""
  var lastCommit: String?
  var lastMessage: String?
  var failingTime: Instant?
  var failingRun: String?

  init(time: Instant, run: String) {
    firstTime = time
    firstRun = run
    lastTime = time
    lastRun = run
  }

  /// - Parameter place: what tells the step from those of other calls of its workflow (``CallPaths``).
  mutating func add(
    _ outcome: TestOutcome, message: String?, run: String, step: String, at place: String, time: Instant,
    code: CodeState?
  ) {
    fold.add(
      outcome.status, duration: outcome.duration, failedBefore: outcome.failedBefore, run: run, step: place, code: code)
    lastTime = max(lastTime, time)
    lastRun = run
    lastStep = step
    lastCommit = code?.commit
    if let message { lastMessage = message }
    switch outcome.status {
    case .skipped: if fold.passed + fold.failed == 0 { lastStatus = .skipped }
    case .passed:
      lastStatus = .passed
      failingTime = nil
      failingRun = nil
    case .failed, .errored:
      lastStatus = outcome.status
      if failingTime == nil {
        failingTime = time
        failingRun = run
      }
    }
  }

  static func read(_ key: Key, _ connection: Connection) throws(DatabaseError) -> HistoryRow? {
    try connection.statement(
      """
      SELECT state, first_time, first_run, last_time, last_run, last_status, last_step, last_commit, last_message,
        failing_time, failing_run FROM test_history WHERE test = ? AND branch = ?
      """
    ).bind(1, key.test).bind(2, key.branch).first { row in
      var known = HistoryRow(time: Instant(nanoseconds: row.integer(1)), run: row.text(2))
      known.fold = CaseFold(row.text(0)) ?? CaseFold()
      known.lastTime = Instant(nanoseconds: row.integer(3))
      known.lastRun = row.text(4)
      known.lastStatus = TestStatus(rawValue: row.text(5)) ?? .skipped
      known.lastStep = row.text(6)
      known.lastCommit = row.optionalText(7)
      known.lastMessage = row.optionalText(8)
      known.failingTime = row.optionalInteger(9).map { Instant(nanoseconds: $0) }
      known.failingRun = row.optionalText(10)
      return known
    }
  }

  func write(_ key: Key, _ connection: Connection) throws(DatabaseError) {
    let recent = fold.recentText
    let flakiness: Int
    switch Flakiness(proofs: fold.proofs, flips: fold.flips, outcomes: recent.utf8.count) {
    case .proven: flakiness = 2
    case .suspected: flakiness = 1
    case .none: flakiness = 0
    }
    try connection.statement(
      """
      INSERT OR REPLACE INTO test_history (test, branch, state, passed, failed, skipped, recent, flips, proofs, flakiness,
        median, p95, first_time, first_run, last_time, last_run, last_status, last_step, last_commit, last_message,
        failing_time, failing_run)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, key.test).bind(2, key.branch).bind(3, fold.text).bind(4, fold.passed).bind(5, fold.failed)
    .bind(6, fold.skipped).bind(7, recent).bind(8, fold.flips).bind(9, fold.proofs).bind(10, flakiness)
    .bind(11, fold.median?.nanoseconds).bind(12, fold.p95?.nanoseconds).bind(13, firstTime.nanoseconds)
    .bind(14, firstRun).bind(15, lastTime.nanoseconds).bind(16, lastRun).bind(17, lastStatus.rawValue)
    .bind(18, lastStep).bind(19, lastCommit).bind(20, lastMessage).bind(21, failingTime?.nanoseconds)
    .bind(22, failingRun).run()
  }
}
