import BatonCore
import BatonModel

/// One reading of a script, from its text to its plan.
final class Reading {
  let request: Script.Request
  let definition: Definition
  let world: World
  private(set) var inheritance: [Int: PlanAssembly.Inherited] = [:]
  /// Where the script is read to see what its bodies would do.
  private(set) var exploration: Exploration?
  /// The names that every script has, once the prelude has run.
  private(set) var names: [String] = []
  /// What the script returned.
  private(set) var results: [LuaItem] = []
  /// What ended the script early.
  private var endedBy: LuaFailure.Kind?

  init(_ request: Script.Request, areParamsOptional: Bool) {
    self.request = request
    definition = Definition(sources: SourceMap())
    definition.sources.add(request.source, file: request.file)
    definition.workflow.given = GivenParams(
      typed: request.params, raw: request.rawParams, areOptional: areParamsOptional)
    world = World(
      observations: request.observations, environment: request.environment, search: request.modules,
      agents: request.agents, settings: request.settings)
  }

  private var mistakes: Mistakes { definition.mistakes }

  /// Runs the script. nil, and at least one mistake, where it did not come to its end.
  func run() -> (LuaVM, Script.Entries)? {
    do throws(LuaFailure) {
      let vm = try LuaVM(
        limits: LuaVM.Limits(memory: ByteSize(bytes: request.memoryLimit)), seed: request.observations.seed)
      definition.digest = { [unowned vm] in (try? vm.digest(of: $0)) ?? "" }
      let functions = HostFunctions(vm, definition, world, onPrint: request.onPrint)
      if request.explores != nil { functions.marks = BranchMarks.marked }
      try functions.register()
      let prelude = try vm.compile(Stdlib.prelude, chunkName: "prelude", env: .privileged)
      guard let entries = Self.entries(try vm.call(prelude, [], limit: request.limit)) else {
        throw LuaFailure(.runtime, "the prelude gave back no functions")
      }
      names = try vm.call(entries.names, [], limit: request.limit).first?.table?.items.compactMap(\.string) ?? []
      if let clock = request.explores {
        let exploration = Exploration(vm, definition, clock: clock)
        try exploration.prepare()
        self.exploration = exploration
      }
      let chunk = try vm.compile(functions.marks(request.source), chunkName: request.file, env: .sandbox)
      results = try vm.call(chunk, [], limit: request.limit)
      lint()
      if request.source.count <= Self.longestLinted {
        for (text, place) in undefined(names) where !mistakes.hasError(at: place) {
          mistakes.warning(
            text, at: place, cure: "the script ends with an error when it comes to this line", code: "B003")
        }
      }
      reportUnfinished(try vm.call(entries.unfinished, [], limit: request.limit))
      definition.reportUnknownParams()
      if definition.drafts.isEmpty, !results.contains(where: \.isOfModule), mistakes.errors == 0 {
        mistakes.warning("the script declares no steps", at: SourcePlace(file: request.file), code: "B015")
      }
      return (vm, entries)
    } catch {
      endedBy = error.kind
      lint()
      if definition.workflow.subject != nil { definition.reportUnknownParams() }
      let place = place(of: error)
      // The script ended at the first of them; the others are told as well.
      let others = error.message.contains("is not defined") ? undefined(names) : []
      for (text, place) in others { mistakes.error(text, at: place, code: "B003") }
      if !others.contains(where: { $0.place == place }) {
        let isSyntax = error.kind == .syntax || error.kind == .nesting
        mistakes.error(error.message, at: place, code: isSyntax ? "B001" : "B002")
      }
      return nil
    }
  }

  private func place(of error: LuaFailure) -> SourcePlace {
    if let place = error.place, place.line > 0 { return place }
    let line = error.kind == .nesting ? NestingLint.line(of: definition.sources.tokens(of: request.file)) : nil
    return SourcePlace(file: request.file, line: line ?? 0)
  }

  /// Longer sources are not looked through for names unless something is wrong: they are written by programs.
  private static let longestLinted = 256 << 10

  /// Names that nothing defines, as people are told.
  private func undefined(_ known: [String]) -> [(text: String, place: SourcePlace)] {
    guard !known.isEmpty else { return [] }
    let files = definition.sources.files.map { ($0, definition.sources.tokens(of: $0)) }
    return NameLint.undefined(in: files, known: Set(known)).map { name, place in
      (UndefinedName.text(name, known: known), place)
    }
  }

  private static func entries(_ results: [LuaItem]) -> Script.Entries? {
    guard case .table(let table)? = results.first, case .function(let makeCells)? = table["make_cells"],
      case .function(let unfinished)? = table["unfinished"], case .function(let names)? = table["names"]
    else { return nil }
    return Script.Entries(makeCells: makeCells, unfinished: unfinished, names: names)
  }

  /// Looks for what Lua can't report. Files that never say `.out` have no refs.
  private func lint() {
    for file in definition.sources.files where definition.sources.mentions(".out", in: file) {
      for mistake in RefLint.mistakes(in: definition.sources.tokens(of: file), file: file) { mistakes.add(mistake) }
    }
  }

  private func reportUnfinished(_ results: [LuaItem]) {
    guard case .table(let kinds)? = results.first else { return }
    for kind in kinds.fields {
      for name in kind.value.table?.items.compactMap(\.string) ?? [] {
        mistakes.error(
          "\(kind.key) \"\(name)\" has no fields",
          at: definition.sources.place(ofDeclaration: kind.key, named: name) ?? SourcePlace(file: request.file),
          cure: "\(kind.key) \"\(name)\" { … }", code: "B006")
      }
    }
  }

  // MARK: The plan

  /// Of a script that ended early: tells what is wrong with the plan so far, as far as the rest of it could not mend it.
  func assembleWhatThereIs() {
    // One that met a limit may have declared steps without an end.
    guard endedBy == .runtime, !definition.drafts.isEmpty else { return }
    definition.phase = .defining
    let unseen = UnseenNames(definition.sources.files.map { definition.sources.tokens(of: $0) })
    definition.unseen = UnseenNames(unseen, cells: definition.failedCells)
    _ = assemble()
  }

  /// The plan without the cells whose functions ended with an error, where nothing else is wrong.
  private(set) var partial: Plan?

  func keep(_ plan: Plan) {
    guard !definition.failedCells.isEmpty, mistakes.errors == definition.failedCells.count else { return }
    partial = plan
  }

  /// The plan of what was declared; whole only where no mistake was reported.
  func assemble() -> Plan {
    let standard = defaults()
    let assembly = PlanAssembly(
      definition, range: definition.drafts.indices, standard: standard, nodeIndex: { $0 },
      inheritedBefore: { _ in standard })
    var scopes = ServiceScopes(
      definition, range: definition.drafts.indices, nodes: assembly.nodes(), nodeIndex: { $0 })
    scopes.apply()
    let nodes = scopes.nodes
    for number in definition.matrices.keys {
      if case .group(let group) = definition.drafts[number].kind, group.pending != nil {
        inheritance[number] = assembly.inheritance(of: number)
      }
    }
    definition.furtherDependencies = []
    definition.firstNew = definition.drafts.count
    let plan = Plan(workflow: workflow(), nodes: nodes, notifications: definition.notifications)
    // With other mistakes in it, a graph may have edges that lead nowhere.
    if nodes.allSatisfy({ $0.dependencies.allSatisfy(nodes.indices.contains) }) {
      definition.reportCycles(in: nodes)
    }
    if mistakes.errors == 0 { checkNotifications(plan) }
    return plan
  }

  func defaults() -> PlanAssembly.Inherited {
    var options = StepOptions()
    guard let own = definition.workflow.own?.values else { return .standard }
    for name in own.given { StepField.all[name]?.copy(&options, own) }
    return PlanAssembly.Inherited(options, said: own.given)
  }

  private func workflow() -> WorkflowSpec {
    let draft = definition.workflow
    var spec = WorkflowSpec(name: draft.subject?.name ?? Self.name(of: request.file), file: request.absolutePath)
    spec.description = draft.description
    spec.params = draft.params
    spec.values = draft.values
    spec.env = world.settings.env.mapValues { value in
      RunSettings.secret(value).map { .dynamic(.secret($0)) } ?? .plain(value.text)
    }.merging(draft.env) { _, own in own }
    spec.pool = draft.pool
    spec.deadline = draft.deadline
    spec.failFast = draft.failFast
    spec.maxFailures = draft.maxFailures
    spec.quarantine = definition.quarantine
    return spec
  }

  /// The file's name without folder and ending, as a workflow's name.
  static func name(of file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    let stem = last.hasSuffix(".lua") ? String(last.dropLast(4)) : last
    let safe = String(stem.map { Names.isValid(String($0)) ? $0 : "-" }.prefix(100))
    return safe.isEmpty ? "workflow" : safe
  }

  /// Refs in messages and channels add no dependencies, but their steps must be there.
  private func checkNotifications(_ plan: Plan) {
    for notification in plan.notifications {
      func check(_ ref: Ref) {
        if definition.names[ref.step] == nil {
          mistakes.error(
            "notify \"\(notification.name)\": \(ref.text): there is no step \"\(ref.step)\"", at: notification.place,
            code: "B009")
        } else if definition.scopedServices.values.contains(where: { $0.node.name == ref.step }) {
          mistakes.error(
            "notify \"\(notification.name)\": \(ref.text): which one is meant? each that uses service "
              + "\"\(ref.step)\" has its own", at: notification.place)
        }
      }
      for words in [notification.title, notification.message] {
        if case .text(let template) = words { template.expr.forEachRef(check) }
      }
      for target in notification.to {
        for name in target.settings.keys.sorted() { target.settings[name]?.forEachRef(check) }
      }
    }
  }
}

extension Definition {
  /// Tells each cycle as a path.
  func reportCycles(in nodes: [Node]) {
    for cycle in GraphCheck(nodes).cycles() {
      guard let first = cycle.first else { continue }
      var names = cycle.map { nodes[$0].name }
      names.append(nodes[first].name)
      if names.count > 12 { names.replaceSubrange(6..<(names.count - 4), with: ["… (\(names.count - 10) more) …"]) }
      let places = cycle.prefix(10).map { "\(nodes[$0].name) is at \(nodes[$0].place.text)" }
      mistakes.error(
        "a cycle, in which each waits for the next: \(names.joined(separator: " → "))", at: nodes[first].place,
        cure: places.joined(separator: ", "), code: "B010")
    }
  }
}

extension LuaItem {
  /// What a file returns that is required by others: a script returns nothing.
  fileprivate var isOfModule: Bool {
    switch self {
    case .table, .function, .object: true
    case .null, .bool, .integer, .number, .string: false
    }
  }
}
