import BatonCore
import BatonModel

/// Writes the outcomes of one attempt, and keeps the history of their cases with them where it is told so.
struct OutcomeWriter {
  /// The branch that stands for all of them.
  static let allBranches = "*"
  /// So many outcomes of an attempt enter the history; the others are in its sums alone.
  static let limit = 100_000
  static let longestMessage = 500
  /// So many findings of an attempt are kept of each severity.
  static let findings = 1000

  private let connection: Connection
  private let run: (key: Int64, id: String)
  private let step: String
  private let attempt: Int
  private let time: Instant
  private let code: CodeState?
  private let cell: String
  private var place = 0
  /// nil: the outcomes enter the history later (``ResultsUnderWay``).
  private var fold: HistoryFold?
  private var clusters: Set<Int64> = []
  private var found: [FindingSeverity: Int] = [:]
  private var traces: TraceWriter

  /// - Parameter cell: the axes of all matrices around the step, and around the calls that lead to it.
  init(
    _ connection: Connection, run: (key: Int64, id: String), workflow: String, step: String, cell: String, attempt: Int,
    time: Instant, code: CodeState?, folds: Bool
  ) {
    self.connection = connection
    fold = folds ? HistoryFold(connection) : nil
    self.run = run
    self.step = step
    self.attempt = attempt
    self.time = time
    self.code = code
    self.cell = cell
    traces = TraceWriter(connection, run: run.key, workflow: workflow, step: step)
  }

  mutating func add(_ item: ResultItem) throws(DatabaseError) {
    switch item {
    case .test(let outcome): if place < Self.limit { try add(outcome) }
    case .measurement(let measurement): try add(measurement)
    case .finding(let finding): try add(finding)
    // What files that git does not know looked like, nobody can tell later: a record of clean code stays.
    case .trace(let trace): if code?.isDirty == false { traces.add(trace) }
    case .coverage, .problem: break
    }
  }

  private mutating func add(_ finding: Finding) throws(DatabaseError) {
    found[finding.severity, default: 0] += 1
    guard found[finding.severity, default: 0] <= Self.findings else { return }
    try connection.statement(
      """
      INSERT INTO findings (run, step, attempt, place, key, tool, rule, severity, message, file, line)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run.key).bind(2, step).bind(3, attempt).bind(4, found.values.reduce(0, +)).bind(
      5, KnownFinding.key(finding)
    )
    .bind(6, finding.tool).bind(7, finding.rule).bind(8, finding.severity.rawValue)
    .bind(9, String(finding.message.prefix(Self.longestMessage))).bind(10, finding.file).bind(11, finding.line).run()
  }

  private mutating func add(_ outcome: TestOutcome) throws(DatabaseError) {
    // What was not run again is told by the attempt that ran it; failures are told by each, since clusters are those of the last.
    let isCarried = outcome.attempt != nil
    if isCarried, !outcome.status.isFailure { return }
    place += 1
    let identity = TestIdentity(
      suite: outcome.suite, className: outcome.className, name: outcome.name, parameters: outcome.parameters,
      cell: cell)
    let test = identity.key
    var cluster: Int64?
    var message: String?
    if outcome.status.isFailure {
      let signature = FailureSignature(outcome)
      cluster = signature.key
      message = (outcome.message ?? outcome.type).map { String($0.prefix(Self.longestMessage)) }
      if clusters.insert(signature.key).inserted {
        try connection.statement("INSERT OR IGNORE INTO failure_clusters (key, message) VALUES (?, ?)")
          .bind(1, signature.key).bind(2, signature.message).run()
      }
    }
    try connection.statement(
      """
      INSERT INTO test_outcomes (run, step, attempt, place, test, status, duration, failed_before, message, cluster, time, carried,
        quarantined)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run.key).bind(2, step).bind(3, attempt).bind(4, place).bind(5, test).bind(6, outcome.status.rawValue)
    .bind(7, outcome.duration?.nanoseconds).bind(8, outcome.failedBefore).bind(9, message).bind(10, cluster)
    .bind(11, time.nanoseconds).bind(12, isCarried ? 1 : 0)
    .bind(13, outcome.quarantine == nil ? 0 : 1).run()
    guard !isCarried else { return }
    try write(identity, test)
    if !outcome.tags.isEmpty { try write(tags: outcome.tags, of: test) }
    try fold?.add(
      HistoryFold.Entry(
        test: test, outcome: outcome, message: message, run: run.id, step: step, time: time, code: code))
  }

  private func write(_ identity: TestIdentity, _ test: Int64) throws(DatabaseError) {
    try connection.statement(
      "INSERT OR IGNORE INTO test_cases (key, suite, class, name, parameters, cell, text) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    .bind(1, test).bind(2, identity.suite).bind(3, identity.className).bind(4, identity.name)
    .bind(5, identity.parameters).bind(6, identity.cell).bind(7, identity.text).run()
  }

  private func write(tags: [String], of test: Int64) throws(DatabaseError) {
    let words = tags.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: "-") }.filter { !$0.isEmpty }
    try connection.statement("UPDATE test_cases SET tags = ?1 WHERE key = ?2 AND tags <> ?1")
      .bind(1, Set(words).sorted().joined(separator: " ")).bind(2, test).run()
  }

  private func add(_ measurement: Measurement) throws(DatabaseError) {
    let samples = measurement.samples.isEmpty ? nil : JSON.encode(.list(measurement.samples.map { .number($0) }))
    try connection.statement(
      """
      INSERT OR REPLACE INTO result_values (run, step, attempt, name, value, unit, samples) VALUES (?, ?, ?, ?, ?, ?, ?)
      """
    )
    .bind(1, run.key).bind(2, step).bind(3, attempt).bind(4, measurement.name).bind(5, measurement.value)
    .bind(6, measurement.unit).bind(7, samples).run()
  }

  /// Writes what was folded, and all traces.
  mutating func finish() throws(DatabaseError) {
    try fold?.flush()
    while try writeTraces(.max) {}
  }

  /// Writes a part of the traces, which leaves what is known of each test and each file whole.
  ///
  /// - Parameter limit: so many rows or some more.
  /// - Returns: whether there are more.
  mutating func writeTraces(_ limit: Int) throws(DatabaseError) -> Bool { try traces.write(limit) }
}
