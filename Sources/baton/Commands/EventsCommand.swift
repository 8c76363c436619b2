import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// `baton events`.
enum EventsCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
    let run = try RunChoice(store: store).run(context.invocation.arguments.first)
    let after = Int64(try context.invocation.integer(.after) ?? 0)
    let json = context.invocation.has(.json)
    let palette = context.console.outputPalette
    func show(_ records: [StampedRecord]) {
      for record in records {
        if json {
          if let event = EventCoding.event(of: record, run: run.id) { context.console.out(JSON.encode(event) + "\n") }
        } else if let line = EventsText.line(record, clock: .local, palette: palette) {
          context.console.out(line)
        }
      }
      context.console.flush()
    }
    guard context.invocation.has(.follow) else {
      show(try store.records(of: run.id, after: after))
      return 0
    }
    try Follower(store: store, run: run.id, of: project.folder, after: after).follow(show: show)
    return 0
  }
}
