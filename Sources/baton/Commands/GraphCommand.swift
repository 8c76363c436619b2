import BatonCommandLine
import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime

/// `baton graph`.
enum GraphCommand {
  static func run(_ context: Context) throws -> Int32 {
    let isJSON = context.invocation.has(.json)
    if isJSON, let format = context.invocation.value(.format) {
      throw BatonError(.usage, "--json and --format \(format) exclude each other")
    }
    let (run, plan, states, outlines) = try subject(context)
    let text: [UInt8]
    switch isJSON ? "json" : context.invocation.value(.format) ?? "ascii" {
    case "json": text = Array((JSON.encodePretty(GraphText(plan, states: states).json(run: run)) + "\n").utf8)
    case "dot": text = Array(GraphText(plan, states: states, outlines: outlines).dot.utf8)
    case "mermaid": text = Array(GraphText(plan, states: states, outlines: outlines).mermaid.utf8)
    case "svg": text = try Graphviz.svg(GraphText(plan, states: states, outlines: outlines).dot)
    default:
      let palette = context.invocation.has(.outputFile) ? .plain : context.console.outputPalette
      text = Array(GraphASCII.text(plan, states: states, palette: palette, outlines: outlines).utf8)
    }
    if let file = context.invocation.value(.outputFile) {
      try File.write(text, to: file, replacing: true)
      context.console.note("wrote \(file)")
    } else {
      context.console.out(text)
    }
    return 0
  }

  /// A word that names a file is a workflow; any other, or none, is a run.
  private static func subject(_ context: Context) throws
    -> (run: String?, Plan, [String: StepStatus]?, [NodeIndex: BodyOutline])
  {
    let word = context.invocation.arguments.first
    if let word, word.hasSuffix(".lua") || word.hasSuffix(".json") || word.contains("/") || File.exists(word) {
      let parameters = try Workflow.parameters(context.invocation)
      let project = try Project.configured(near: word)
      let (script, outlines) = try Workflow.outlined(
        word, project: project, parameters: parameters, console: context.console)
      return (nil, script.plan, nil, outlines)
    }
    for option in [Option.param, .params] where context.invocation.has(option) {
      throw BatonError(
        .usage, "--\(option.name) is of no use for a run: it has its own parameters",
        cure: "to draw a workflow, name its file: baton graph FILE --\(option.name) …")
    }
    let project = try Project.find()
    let store = try Backend.store(of: project)
    let run = try RunChoice(store: store).run(word)
    let past = try PastRun(run, store, planned: false)
    guard let plan = past.plan else {
      let file = File.shown(run.file)
      guard past.view.started != nil else {
        throw BatonError(
          .usage, "run \(run.id) ended before its first record was written: there is nothing to draw",
          cure: "start it anew with baton run \(file)")
      }
      throw BatonError(
        .usage, "what waited for what is not on record for run \(run.id): an older Baton drove it",
        cure: "baton show \(run.id) lists its steps; baton graph \(file) draws the workflow as it is now")
    }
    return (run.id, plan, Dictionary(uniqueKeysWithValues: past.view.steps.map { ($0.name, $0.status) }), [:])
  }
}
