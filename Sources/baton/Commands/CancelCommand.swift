import BatonCommandLine
import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime

/// `baton cancel`.
enum CancelCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
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
      do {
        try ControlInbox.write(.cancel(by: by, reason: reason), to: project.folder.run(run.id).inbox)
      } catch {
        throw BatonError(.failure, "cannot ask the driver of run \(run.id) to end it: \(error)")
      }
      report(context, run, "asked \(run.driver ?? "its driver") to end it")
    case .waiting, .interrupted:
      try Drive.cancel(CancelRequest(project: project, run: run.id, by: by, reason: reason))
      report(context, run, "no process drove it: it is cancelled now")
    }
    return 0
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
