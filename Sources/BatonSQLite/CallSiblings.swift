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
    enum End: Error {
      case enough
      case failed(DatabaseError)
    }
    var found: [Run] = []
    do throws(End) {
      try rows.each(wrap: { .failed($0) }) { (row) throws(End) in
        let run = (key: row.integer(0), id: row.text(1))
        do throws(DatabaseError) {
          guard TestIdentity.cell(of: try calls.place(of: "", in: run.id)) == cell else { return }
        } catch {
          throw .failed(error)
        }
        found.append(run)
        if found.count == count { throw .enough }
      }
    } catch {
      if case .failed(let error) = error { throw error }
    }
    return found
  }
}
