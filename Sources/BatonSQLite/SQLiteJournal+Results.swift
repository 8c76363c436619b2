import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import Glibc

/// Large results are written ahead of the record that tells of them, slice by slice (``ResultsUnderWay``).
extension SQLiteJournal {
  /// Files of items that are smaller are written with their record: so many bytes are some hundred cases.
  static let smallest = 128 << 10
  /// So many items are in memory.
  private static let held = ResultsUnderWay.part * ResultsUnderWay.parts

  func write(_ results: ResultsToWrite, mailbox: any Mailbox) -> Bool {
    guard Self.size("\(projection.folder)/\(results.file)") >= Self.smallest else { return false }
    return database.slicer.submit { [self] in
      // What cannot be done ahead is done with the record, which then tells what is wrong.
      try? writeAhead(results)
      mailbox.post(.resultsWritten(results.ticket))
    }
  }

  /// In bytes; 0: it cannot be read.
  private static func size(_ path: String) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { Glibc.close(descriptor) }
    return Int(lseek(descriptor, 0, SEEK_END))
  }

  private func writeAhead(_ results: ResultsToWrite) throws(BatonError) {
    let (step, attempt) = (results.step, results.attempt)
    let begun = try slice { (connection) throws(DatabaseError) -> OutcomeWriter? in
      let isKnown =
        try connection.statement("SELECT 1 FROM step_results WHERE run = ? AND step = ? AND attempt = ?")
        .bind(1, key).bind(2, step).bind(3, attempt).first { _ in true } ?? false
      guard !isKnown else { return nil }
      try ResultsUnderWay.delete(run: key, step: step, attempt: attempt, connection)
      try ResultsUnderWay.enter(.writing, run: key, step: step, attempt: attempt, connection)
      return try projection.outcomeWriter(step: step, attempt: attempt, at: results.time, folds: false)
    }
    guard var writer = begun else { return }
    var items: [ResultItem] = []
    func flush() throws(BatonError) {
      var next = 0
      while next < items.count {
        try slice { (_) throws(DatabaseError) in
          repeat {
            try writer.add(items[next])
            next += 1
          } while next < items.count && (next % ResultsUnderWay.part != 0 || !database.isWanted)
        }
      }
      items.removeAll(keepingCapacity: true)
    }
    do {
      try ResultsFile.read("\(projection.folder)/\(results.file)", tests: OutcomeWriter.limit) { item in
        items.append(item)
        if items.count >= Self.held { try flush() }
      }
    } catch let error as BatonError {
      throw error
    } catch {
      // The file is gone or damaged: what could be read of it counts.
    }
    try flush()
    while try slice({ (_) throws(DatabaseError) in try writer.writeTraces(ResultsUnderWay.part) }) {}
    try slice { (connection) throws(DatabaseError) in
      try ResultsUnderWay.enter(.written, run: key, step: step, attempt: attempt, connection)
    }
  }

  private func slice<Output>(
    _ work: (Connection) throws(DatabaseError) -> Output
  ) throws(BatonError) -> Output {
    try database.slice { (connection) throws(BatonError) in
      try verifyLease(connection)
      do throws(DatabaseError) { return try work(connection) } catch { throw error.batonError(path: database.path) }
    }
  }

  /// Has the history catch up, where it has to; with the database's lock held.
  func foldIfBehind() {
    guard projection.isBehind else { return }
    projection.isBehind = false
    // What is left when it cannot be done now, is done before anyone looks at it.
    database.slicer.submit { [database] in try? database.foldAll() }
  }
}
