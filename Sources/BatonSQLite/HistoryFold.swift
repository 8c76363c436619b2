import BatonCore
import BatonModel

/// Folds outcomes into the history of their cases, over all branches and on their own.
struct HistoryFold {
  /// So many cases are held in memory.
  private static let held = 10_000

  private let connection: Connection
  private var rows: [HistoryRow.Key: HistoryRow] = [:]
  private var calls: CallPaths

  init(_ connection: Connection) {
    self.connection = connection
    calls = CallPaths(connection)
  }

  /// An outcome as it counts in the history of its case.
  struct Entry {
    var test: Int64
    var outcome: TestOutcome
    var message: String?
    var run: String
    var step: String
    var time: Instant
    var code: CodeState?
  }

  mutating func add(_ entry: Entry) throws(DatabaseError) {
    let place = try calls.place(of: entry.step, in: entry.run)
    try add(entry, at: place, OutcomeWriter.allBranches)
    if let branch = entry.code?.branch { try add(entry, at: place, branch) }
  }

  private mutating func add(_ entry: Entry, at place: String, _ branch: String) throws(DatabaseError) {
    let key = HistoryRow.Key(test: entry.test, branch: branch)
    if rows[key] == nil {
      if rows.count >= Self.held { try flush() }
      rows[key] = try known(key, entry, at: place) ?? HistoryRow(time: entry.time, run: entry.run)
    }
    rows[key]?.add(
      entry.outcome, message: entry.message, run: entry.run, step: entry.step, at: place, time: entry.time,
      code: entry.code)
  }

  private mutating func known(_ key: HistoryRow.Key, _ entry: Entry, at place: String) throws(DatabaseError)
    -> HistoryRow?
  {
    if let row = try HistoryRow.read(key, connection) { return row }
    // Only of a cell of calls, and only once: this one comes first.
    guard key.branch == OutcomeWriter.allBranches, place.utf8.count > entry.step.utf8.count, place.contains("[") else {
      return nil
    }
    try flush()
    guard try CallCells.adopt(key.test, at: place, step: entry.step, connection) else { return nil }
    return try HistoryRow.read(key, connection)
  }

  /// Writes what was folded.
  mutating func flush() throws(DatabaseError) {
    // In the order of the table.
    let order = rows.keys.sorted { ($0.test, $0.branch) < ($1.test, $1.branch) }
    for key in order { try rows[key]?.write(key, connection) }
    rows.removeAll(keepingCapacity: true)
  }
}
