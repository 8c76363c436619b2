import BatonCore
import BatonModel
import BatonRuntime

/// A run as its records tell it, for the commands that look at runs: the script is not asked.
struct PastRun {
  let records: [StampedRecord]
  /// nil: it is not on record.
  let plan: Plan?
  let view: RunView

  /// - Parameter planned: whether steps that nothing has happened to are in the view, all in the order of the plan.
  init(_ run: RunSummary, _ store: any Store, planned: Bool = true) throws(BatonError) {
    records = try store.records(of: run.id, after: 0)
    plan = RecordedPlan(records).shown
    var view = RunView(run: run.id, records: records, plan: planned ? plan : nil)
    if run.status == .interrupted { view.markInterrupted() }
    view.complete(workflow: run.workflow, file: run.file)
    self.view = view
  }
}
