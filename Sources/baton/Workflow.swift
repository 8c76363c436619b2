import BatonCommandLine
import BatonCore
import BatonLua
import BatonModel
import BatonRuntime

/// Reads workflows, for the commands that look at them.
enum Workflow {
  /// Says what is wrong with the name of a script, if anything is.
  static func checkFile(_ file: String) throws(BatonError) {
    if file.isEmpty {
      throw BatonError(
        .usage, "the name of the workflow's file is empty", cure: "a shell variable that is not set may be behind it")
    }
    if File.isFolder(file) {
      let inside = File.names(in: file).filter { $0.hasSuffix(".lua") }
      throw BatonError(
        .usage, "\(file) is a folder, not a workflow",
        cure: inside.first.map { "did you mean \(file.hasSuffix("/") ? file : file + "/")\($0)?" })
    }
    guard !File.exists(file) else {
      guard file.hasSuffix(".yml") || file.hasSuffix(".yaml") else { return }
      throw BatonError(
        .usage, "\(file) is YAML, which has to become Lua first", cure: "baton import \(file) -o workflow.lua")
    }
    let folder = File.folder(of: file)
    let near = File.names(in: folder).filter { $0.hasSuffix(".lua") }.map { folder == "." ? $0 : "\(folder)/\($0)" }
    throw BatonError(
      .usage, "there is no file \(file)",
      cure: Names.proposal(for: file, in: near)
        ?? (near.isEmpty ? "baton init makes a workflow.lua" : "there is \(near.prefix(5).joined(separator: ", "))"))
  }

  /// `-p` and `--params`.
  static func parameters(_ invocation: Invocation) throws(BatonError) -> Parameters {
    var parameters = try Parameters(invocation.values(.param))
    if let file = invocation.value(.params) { try parameters.add(json: try File.read(file), file: file) }
    return parameters
  }

  /// What is needed to read the script as the user named it.
  static func request(_ file: String, project: Project, parameters: Parameters, console: Console) throws(BatonError)
    -> Script.Request
  {
    try checkFile(file)
    guard let path = File.real(file) else { throw BatonError(.usage, "there is no file \(file)") }
    var request = Script.Request(
      file: file, absolutePath: path, source: try File.read(path),
      observations: Observations(time: .now, seed: UInt64.random(in: 0 ... .max)), environment: { Environment[$0] },
      modules: try Drive.modules(of: path, in: project))
    request.params = parameters.typed
    request.rawParams = parameters.raw
    request.onPrint = { console.note($0) }
    return request
  }

  /// Reads the script as the user named it.
  static func load(_ file: String, project: Project, parameters: Parameters, console: Console) throws -> Script {
    let request = try request(file, project: project, parameters: parameters, console: console)
    let script = try ScriptReading(request, in: project).load()
    console.diagnostics(script.warnings)
    try checkPlan(script.plan)
    return script
  }

  private static func checkPlan(_ plan: Plan) throws(Diagnostics) {
    let mistakes = Preflight.scriptMistakes(plan)
    guard mistakes.isEmpty else { throw Diagnostics(mistakes) }
  }

  /// Reads the script as the user named it, and what its durable bodies would do.
  static func outlined(_ file: String, project: Project, parameters: Parameters, console: Console) throws
    -> (script: Script, outlines: [NodeIndex: BodyOutline])
  {
    let request = try request(file, project: project, parameters: parameters, console: console)
    let reading = try ScriptReading(request, in: project)
    let script = try reading.load()
    console.diagnostics(script.warnings)
    try checkPlan(script.plan)
    return (script, Script.outlines(of: script, request: reading.request, clock: { .now }))
  }

  /// The script of a run as it stands now.
  static func source(of start: RunStarted) throws(BatonError) -> [UInt8] {
    guard File.exists(start.file) else {
      throw BatonError(
        .usage, "the workflow of this run is not there any more: \(start.file)",
        cure: "put the file back; baton show, graph, report, logs and events need only the records")
    }
    return try File.read(start.file)
  }

  /// The workflow of a run as its script stands now, with the run's own parameters and observations, and the cells of the
  /// matrices that were made.
  static func reload(_ records: [StampedRecord], project: Project) throws -> (script: Script, plan: Plan) {
    let facts = RunFacts(records)
    guard let start = facts.start else { throw BatonError(.failure, "the run has no record of its start") }
    let seen = facts.observations ?? start.observations
    // In its own environment, as far as that is still there.
    let project = seen.settings.flatMap { try? project.configured(as: $0.environment) } ?? project
    var request = Script.Request(
      file: File.shown(start.file), absolutePath: start.file, source: try source(of: start), observations: seen,
      environment: { Environment[$0] },
      modules: try Drive.modules(of: start.file, in: project))
    request.params = start.params
    let script = try ScriptReading(request, in: project).load()
    var plan = script.plan
    var position = 0
    while position < plan.nodes.count {
      if case .group(var group) = plan.nodes[position].kind, let pending = group.pending,
        let axes = facts.expansions[plan.nodes[position].name]
      {
        let made = try script.expand(pending, group: position, first: plan.nodes.count, axes: axes)
        group.members = made.members
        group.pending = nil
        plan.nodes[position].kind = .group(group)
        plan.nodes += made.nodes
      }
      position += 1
    }
    return (script, plan)
  }
}
