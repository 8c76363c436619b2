import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton runs`.
enum RunsCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let limit = try context.invocation.integer(.limit) ?? 20
    var runs: [RunSummary] = []
    var owed: [String: Int] = [:]
    if project.hasDatabase {
      let status = context.invocation.value(.status).flatMap(RunStatus.init)
      let workflow = context.invocation.value(.workflow)
      let withCalled = context.invocation.has(.called)
      let store = try Backend.database(of: project)
      // Most often the newest are those that are wanted, and reading more of them costs.
      var asked: Int? = status != nil || workflow != nil || limit == 0 ? nil : limit
      while true {
        let found = try store.runs(limit: asked)
        runs = found.filter {
          (status == nil || $0.status == status) && (workflow == nil || $0.workflow == workflow)
            && (withCalled || $0.caller == nil)
        }
        guard let count = asked, runs.count < limit, found.count == count else { break }
        asked = count.multipliedReportingOverflow(by: 8).overflow ? nil : count * 8
      }
      if limit > 0 { runs = Array(runs.prefix(limit)) }
      owed = try OwedMessages.counts(of: project, store)
    }
    let listings = runs.map { run in
      var listing = RunListing(run)
      listing.owed = owed[run.id] ?? 0
      return listing
    }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(RunsTable.json(listings, now: .now)) + "\n")
    } else if runs.isEmpty {
      context.console.note("no runs in \(project.folder.root)")
    } else {
      context.console.out(
        RunsTable.text(listings, now: .now, clock: .local, palette: context.console.outputPalette))
    }
    return 0
  }
}

extension RunListing {
  init(_ run: RunSummary) {
    self.init(
      id: run.id, workflow: run.workflow, file: run.file, status: run.status, started: run.started, ended: run.ended,
      // Of steps that have not begun, only those that were cut off have a record: their number would tell nothing.
      counts: run.counts.filter { $0.key != .pending && $0.key != .ready }, driver: run.driver)
    waitsFor = run.waitsFor
    caller = run.caller
    idle = run.idle
    guard run.driver == nil else { return }
    // Where the driver died, they have no record of their end.
    for status in [StepStatus.running, .retrying] {
      guard let count = counts.removeValue(forKey: status) else { continue }
      if run.status == .cancelled { counts[.cancelled, default: 0] += count }
    }
  }
}
