import BatonCore

/// Runs that a run is compared with: where it is called by the cells of matrices, those that are called by the same cells.
struct CallSiblings {
  typealias Run = (key: Int64, id: String)

  private let cell: String
  private var calls: CallPaths

  init(of run: String, _ connection: Connection) throws(DatabaseError) {
    calls = CallPaths(connection)
    cell = TestIdentity.cell(of: try calls.place(of: "", in: run))
  }

  /// The first of some runs that are called by the same cells.
  ///
  /// - Parameter rows: a statement whose rows begin with `key` and `id` of runs.
  mutating func first(_ count: Int, of rows: Statement) throws(DatabaseError) -> [Run] {
    var found: [Run] = []
    defer { rows.end() }
    while found.count < count, try rows.next() {
      let run = (key: rows.integer(0), id: rows.text(1))
      if try contains(run) { found.append(run) }
    }
    return found
  }

  /// Whether a run is called by the same cells.
  mutating func contains(_ run: Run) throws(DatabaseError) -> Bool {
    TestIdentity.cell(of: try calls.place(of: "", in: run.id)) == cell
  }
}
