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
      let project = try Project.find(near: word)
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
    let records = try store.records(of: run.id, after: 0)
    var view = RunView(run: run.id, records: records)
    if run.status == .interrupted { view.markInterrupted() }
    let plan: Plan
    do {
      plan = try Workflow.reload(records, project: project).plan
    } catch let mistakes as Diagnostics {
      throw BatonError(
        .usage, "the script of run \(run.id) cannot be read any more, and its graph is made from it:\n\(mistakes.text)")
    }
    return (run.id, plan, Dictionary(uniqueKeysWithValues: view.steps.map { ($0.name, $0.status) }), [:])
  }
}
