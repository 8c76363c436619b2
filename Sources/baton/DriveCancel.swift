import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import BatonSQLite

extension Drive {
  /// Ends a run that nobody drives: takes its lease, ends what its last driver left behind, and records the end.
  static func cancel(_ request: CancelRequest) throws {
    let reactor = try PollReactor()
    let store = try SQLiteStore(existing: request.project.folder.database)
    let journal = try store.open(run: request.run)
    defer { journal.close() }
    let facts = RunFacts(try store.records(of: request.run, after: 0))
    let folder = request.project.folder.run(request.run)
    reactor.raise(to: facts.lastTime)
    let executor = try LocalExecutor(reactor: reactor, run: folder, locks: request.project.folder.locks)
    let tokens = facts.openAttempts.map { LaunchToken.text(run: request.run, attempt: $0) }
    _ = executor.endLeftovers(tokens: tokens, grace: Span(seconds: 10))
    let reason = request.reason.map { "cancelled by \(request.by): \($0)" } ?? "cancelled by \(request.by)"
    let records: [Record] = [
      .cancelRequested(by: request.by, reason: request.reason), .runEnded(.cancelled, reason: reason),
    ]
    try journal.appendNow(
      records.enumerated().map { position, record in
        StampedRecord(seq: facts.lastSeq + 1 + Int64(position), time: reactor.now, record: record)
      })
  }
}
