import BatonChecks
import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonModules
import BatonReference
import BatonRuntime
import BatonSQLite
import Glibc

/// `baton __complete KIND -- WORDS`: what a shell offers at the end of a command line. Says nothing where anything is wrong:
/// nobody asked for a message.
enum CompleteCommand {
  static let command = "__complete"

  static func run(_ words: [String]) {
    // `run+step`: both.
    let kinds = (words.first ?? "").split(separator: "+").compactMap { Option.Completes(rawValue: String($0)) }
    let line = Array(words.dropFirst().drop { $0 == "--" })
    if let folder = zip(line, line.dropFirst()).first(where: { $0.0 == "-C" || $0.0 == "--directory" })?.1 {
      guard chdir(folder) == 0 else { return }
    }
    let found = kinds.flatMap { kind in (try? offered(kind, line)) ?? [] }
    print(found.joined(separator: "\n"), terminator: found.isEmpty ? "" : "\n")
  }

  private static func offered(_ kind: Option.Completes, _ line: [String]) throws -> [String] {
    switch kind {
    case .code: return Rule.all.map(\.code)
    case .template: return Templates.names
    case .param: return try plan(line).workflow.params.map { $0.name + "=" }
    case .tag: return Set(try plan(line).nodes.flatMap(\.options.value.tags)).sorted()
    case .step:
      if let plan = try? plan(line) { return plan.nodes.map(\.name) }
      return try newest(line).steps.map(\.name)
    case .run: return try store().runs(limit: 50).map(\.id)
    case .waiting:
      let store = try store()
      return try store.runs(limit: nil).filter { $0.status == .waiting || $0.status == .running }.prefix(5).flatMap {
        run in
        RunView(run: run.id, records: try store.records(of: run.id, after: 0)).steps.filter { $0.status == .waiting }
          .map(\.name)
      }
    case .test:
      let words = line == ["tests"] ? ["show", "trends", "quarantine", "release"] : []
      return words + ((try? store().cases(CaseQuery()).map(\.identity.text)) ?? [])
    // Shells end a word at a colon; ctx.sleep is understood as well.
    case .topic: return ["topics"] + Reference.embedded.everyName.map { $0.replacing(":", with: ".") }
    case .module: return try modules(line)
    case .grant:
      return try ModuleLock.read(in: Project.find().folder.root)?.modules.sorted { $0.key < $1.key }.flatMap {
        name, module in
        module.permissions.map { "\(name)=\($0.text)" }
      } ?? []
    case .environment: return try Project.find().configuration?.environments ?? []
    case .secret: return try Project.configured().secrets.names().map(\.name)
    case .nothing, .file, .folder, .command, .shell: return []
    }
  }

  /// Behind `module`: what to do; then the modules that are installed; behind the name of one, what it may be granted.
  private static func modules(_ line: [String]) throws -> [String] {
    let words = line.drop { $0 != "module" }.dropFirst().filter { !$0.hasPrefix("-") }
    guard let action = words.first else { return Subcommand.actions }
    guard ["remove", "update", "trust", "distrust"].contains(action) else { return [] }
    let pinned = try ModuleLock.read(in: Project.find().folder.root)?.modules ?? [:]
    if let name = words.dropFirst().first, action.hasSuffix("trust") {
      return (pinned[name]?.permissions ?? []).map(\.text).sorted()
    }
    return pinned.keys.sorted()
  }

  private static func store() throws -> SQLiteStore {
    let project = try Project.find()
    guard project.hasDatabase else { throw BatonError(.usage, "no runs") }
    return try Backend.database(of: project)
  }

  /// Of the first word that names a file of Lua.
  private static func plan(_ line: [String]) throws -> Plan {
    guard let file = line.first(where: { $0.hasSuffix(".lua") && File.exists($0) }) else {
      throw BatonError(.usage, "no file")
    }
    let console = Console(color: .never, quiet: true, verbose: false)
    let project = try Project.configured(near: file).looking()
    var request = try Workflow.request(file, project: project, parameters: try Parameters([]), console: console)
    request.onPrint = { _ in }
    guard let plan = try ScriptReading(request, in: project).examine().plan else {
      throw BatonError(.usage, "mistakes")
    }
    return plan
  }

  /// The run that the line names, or the newest.
  private static func newest(_ line: [String]) throws -> RunView {
    let store = try store()
    let choice = RunChoice(store: store)
    let named = line.dropFirst().lazy.compactMap { word in
      word.hasPrefix("-") ? nil : try? choice.run(word)
    }.first
    let run = try named ?? choice.run(nil)
    return RunView(run: run.id, records: try store.records(of: run.id, after: 0))
  }
}
