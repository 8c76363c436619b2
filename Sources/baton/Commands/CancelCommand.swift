import BatonCommandLine
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// `baton cancel`.
enum CancelCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let word = context.invocation.arguments.first
    let run = try RunChoice(store: store).run(word, purpose: "that can be cancelled") {
      $0.status == .running || $0.status == .waiting || $0.status == .interrupted
    }
    let by = Machine.who
    let reason = context.invocation.value(.reason)
    switch run.status {
    case .succeeded, .cancelled, .failed, .halted:
      throw BatonError(
        .usage, "run \(run.id) has ended already: \(run.status.rawValue)",
        cure: "baton runs --status running lists what is under way")
    case .running:
      let last = try store.records(of: run.id, after: 0).last?.seq ?? 0
      let request = Request(kind: .cancel, by: by, reason: reason, time: .now)
      let (id, fate) = try Mail(project: project, store: store, run: run.id).send(request, after: last)
      switch fate {
      case .taken, .sent: report(context, run, "asked \(run.driver ?? "its driver") to end it")
      case .kept:
        // Its driver is gone, and ended it or not.
        try store.withdraw(request: id)
        guard let now = try store.runs(limit: nil).first(where: { $0.id == run.id }), now.status == .interrupted
        else { throw BatonError(.usage, "run \(run.id) has just ended", cure: "baton show \(run.id)") }
        return try cancel(now, context, project, by: by, reason: reason)
      }
    case .waiting, .interrupted:
      return try cancel(run, context, project, by: by, reason: reason)
    }
    return 0
  }

  private static func cancel(
    _ run: RunSummary, _ context: Context, _ project: Project, by: String, reason: String?
  ) throws -> Int32 {
    let (done, code) = try Drive.cancelUndriven(
      CancelRequest(
        project: project, run: run.id, by: by, reason: reason,
        reporting: Reporting(context.invocation, context.console)))
    report(context, run, done)
    return code
  }

  private static func report(_ context: Context, _ run: RunSummary, _ text: String) {
    if context.invocation.has(.json) {
      context.console.out(
        JSON.encode(["run": .string(run.id), "was": .string(run.status.rawValue), "done": .string(text)]) + "\n")
    } else {
      context.console.note("run \(run.id): \(text)")
    }
  }
}
