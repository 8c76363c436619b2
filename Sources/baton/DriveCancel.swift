import BatonCore
import BatonCourier
import BatonModel
import BatonProcess
import BatonRuntime
import BatonSQLite

/// What a run did that its workflow says how to undo.
enum Undoable {
  /// Names of transactions with members that succeeded, and of bodies with registered compensations, that have not ended.
  static func find(_ plan: Plan, _ facts: RunFacts) -> [String] {
    plan.nodes.indices.filter { index in
      let node = plan.nodes[index]
      guard facts.steps[node.name]?.end == nil else { return false }
      if node.group?.style == .transaction {
        return plan.leaves(below: index).map { plan.nodes[$0] }.contains {
          $0.options.value.undo != nil && facts.steps[$0.name]?.end?.status == .succeeded
        }
      }
      return node.body != nil && facts.bodies[node.name]?.hasCompensations == true
    }.map { plan.nodes[$0].name }
  }
}

extension Drive {
  /// `baton cancel` of a run that nobody drives: what it did is undone, as it would be if somebody did.
  ///
  /// - Returns: what was done, in words, and the exit code.
  static func cancelUndriven(_ request: CancelRequest) throws -> (done: String, code: Int32) {
    let store = try SQLiteStore(existing: request.project.folder.database)
    let facts = RunFacts(try store.records(of: request.run, after: 0))
    let compared = Result {
      let project = try environment(of: observations(of: request.run, store)?.settings, request.project)
      return try compare(project, request.run, ResumeOptions(), store)
    }
    if let now = try? compared.get(), !Undoable.find(now.plan.plan, now.facts).isEmpty {
      let code = try resume(
        ResumeRequest(
          project: request.project, run: request.run, options: ResumeOptions(), noCache: false, dryRun: false,
          detach: false, reporting: request.reporting,
          cancelling: Request(kind: .cancel, by: request.by, reason: request.reason, time: .now)))
      let hasFailed = RunFacts(try store.records(of: request.run, after: 0)).ended?.status != .cancelled
      return hasFailed
        ? ("no process drove it: it is not cancelled; baton show \(request.run) says why", code)
        : ("no process drove it: what it did is undone, and it is cancelled now", 0)
    }
    let left = facts.bodies.filter { facts.steps[$0.key]?.end == nil && $0.value.hasCompensations }.keys
    try cancel(request)
    guard case .failure(let reason) = compared, facts.start != nil else {
      return ("no process drove it: it is cancelled now", 0)
    }
    let whose = left.isEmpty ? "what it may have to undo" : "what \(left.sorted().joined(separator: ", ")) did"
    return (
      "no process drove it: it is cancelled now, and \(whose) is not undone, since its script cannot be read: \(reason)",
      1
    )
  }

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
    let tokens = LaunchToken.all(run: request.run, facts.openAttempts) { facts.services[$0] != nil }
    _ = executor.endLeftovers(tokens: tokens, grace: Span(seconds: 10))
    Leftovers(folder: folder.elsewhere).end { _, _, _ in }
    LocalPlaces(run: folder) { FolderTree.remove($0) }.giveUp(facts.services.values.flatMap(\.ports))
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
