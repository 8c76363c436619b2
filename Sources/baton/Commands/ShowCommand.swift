import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// `baton show`.
enum ShowCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
    let run = try RunChoice(store: store).run(context.invocation.arguments.first)
    let records = try store.records(of: run.id, after: 0)
    var view = RunView(run: run.id, records: records)
    if run.status == .interrupted { view.markInterrupted() }
    if view.status != .succeeded, let plan = Workflow.plan(of: records, project: project) { view.adopt(plan) }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(ShowJSON.value(view)) + "\n")
    } else {
      context.console.out(ShowText.text(view, now: .now, clock: .local, palette: context.console.outputPalette))
    }
    return 0
  }
}
