import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime

/// `baton replay`.
enum ReplayCommand {
  static func run(_ context: Context) throws -> Int32 {
    let words = context.invocation.arguments
    if !context.invocation.has(.allRuns) { return try one(words, context) }
    guard words.count < 2 else {
      throw BatonError(
        .usage, "--all takes a FILE and no more: \"\(words[1])\" is one word too many", cure: "baton replay --all FILE")
    }
    return try all(words.first, context)
  }

  // MARK: One run

  private static func one(_ words: [String], _ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.store(of: project)
    let (run, step) = try choose(words, store)
    let replay = try replay(run, step, project, store, throwing: true)
    if let step, replay.bodies.isEmpty {
      let facts = try facts(of: run, store)
      guard facts.steps[step] != nil else {
        throw BatonError(
          .usage, "no record of run \(run.id) tells of a step \"\(step)\"",
          cure: Names.proposal(for: step, in: facts.steps.keys.sorted()) ?? "baton show \(run.id) lists the steps")
      }
    }
    return show([replay], context) { $0.text(replay) }
  }

  /// One word alone is a step of the newest run, or else a run.
  private static func choose(_ words: [String], _ store: any Store) throws -> (RunSummary, step: String?) {
    let choice = RunChoice(store: store)
    if words.count == 2 { return (try choice.run(words[0]), words[1]) }
    guard let word = words.first else { return (try choice.run(nil), nil) }
    let newest = try choice.run(nil)
    let names = try facts(of: newest, store).steps.keys
    if names.contains(word) { return (newest, word) }
    if let run = try choice.match(word, in: try store.runs(limit: nil)) { return (run, nil) }
    throw BatonError(
      .usage, "\"\(word)\" is neither a step of run \(newest.id) nor a run",
      cure: Names.proposal(for: word, in: names.sorted()) ?? "baton show lists the steps, baton runs the runs")
  }

  private static func facts(of run: RunSummary, _ store: any Store) throws -> RunFacts {
    var facts = RunFacts()
    for record in try store.records(of: run.id, after: 0) { facts.apply(record) }
    return facts
  }

  // MARK: All runs

  private static func all(_ file: String?, _ context: Context) throws -> Int32 {
    if let file { try Workflow.checkFile(file) }
    let project = try Project.find(near: file)
    let store = try Backend.store(of: project)
    let runs = try store.runs(limit: nil)
    guard let path = try file.map(Drive.absolute) ?? runs.first?.file else {
      throw BatonError(.usage, "there is no run", cure: "baton run FILE starts one")
    }
    var others: [String: Int] = [:]
    for run in runs where run.file != path { others[File.shown(run.file), default: 0] += 1 }
    let replays = try runs.filter { $0.file == path }.map { try replay($0, nil, project, store, throwing: false) }
    return show(replays, context, others) { $0.text(replays, file: File.shown(path), others: others) }
  }

  // MARK: What both do

  private static func show(
    _ replays: [Replay], _ context: Context, _ others: [String: Int] = [:], text: (ReplayText) -> String
  ) -> Int32 {
    let traces = context.invocation.has(.trace)
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(ReplayJSON.value(replays, others: others, traces: traces)) + "\n")
    } else {
      context.console.out(text(ReplayText(traces: traces, palette: context.console.outputPalette)))
    }
    return replays.contains(where: \.diverges) ? 1 : 0
  }

  /// - Parameter throwing: whether a script that can't be read is the command's mistake, as opposed to one of many runs.
  private static func replay(
    _ run: RunSummary, _ step: String?, _ project: Project, _ store: any Store, throwing: Bool
  ) throws -> Replay {
    var replay = Replay(run: run.id, workflow: run.workflow, status: run.status)
    let records = try store.records(of: run.id, after: 0)
    var facts = RunFacts()
    for record in records { facts.apply(record) }
    guard facts.start != nil else { return replay }
    if !File.exists(run.file) {
      throw BatonError(
        .usage, "the workflow of run \(run.id) is not there any more: \(run.file)", cure: "put the file back")
    }
    do {
      let (script, plan) = try Workflow.reload(records, project: project)
      let replayer = Replayer(plan: plan, facts: facts, host: script, secret: { project.secrets[$0] })
      replay.bodies = replayer.bodies(only: step)
      replay.changes = try replayer.changes().filter { step == nil || $0.step == step }
    } catch let mistakes as Diagnostics where !throwing {
      replay.unreadable = mistakes.text
    }
    return replay
  }
}
