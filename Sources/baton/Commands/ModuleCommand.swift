import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonModules

/// `baton module`.
enum ModuleCommand {
  private enum Verb: String, CaseIterable {
    case new, add, remove, update, install, list, verify, trust, distrust, pack

    /// How many words it takes behind its own.
    var words: ClosedRange<Int> {
      switch self {
      case .new: 1...1
      case .add: 1...2
      case .remove, .distrust: 1...Int.max
      case .trust: 2...Int.max
      case .update: 0...Int.max
      case .install, .list, .verify: 0...0
      case .pack: 0...1
      }
    }

    var usage: String {
      switch self {
      case .new: "baton module new NAME"
      case .add: "baton module add NAME|FOLDER|ADDRESS|FILE [VERSION]"
      case .remove: "baton module remove NAME…"
      case .update: "baton module update [NAME…]"
      case .install, .list, .verify: "baton module \(rawValue)"
      case .trust: "baton module trust NAME PERMISSION…"
      case .distrust: "baton module distrust NAME [PERMISSION…]"
      case .pack: "baton module pack [FOLDER] [-o DIR] [--trust build]"
      }
    }

    /// What may be said beside it.
    var options: [Option] {
      switch self {
      case .new: [.outputFolder]
      case .pack: [.outputFolder, .trust, .json]
      case .add: [.server, .trust, .frozen, .json]
      case .remove, .update, .install, .trust, .distrust: [.frozen, .json]
      case .list, .verify: [.json]
      }
    }
  }

  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    var words = invocation.arguments
    let word = words.removeFirst()
    guard let verb = Verb(rawValue: word) else {
      let known = Verb.allCases.map(\.rawValue)
      throw BatonError(
        .usage, "baton module has no \"\(word)\"",
        cure: Names.proposal(for: word, in: known) ?? "known are \(known.joined(separator: ", "))")
    }
    guard verb.words.contains(words.count) else {
      throw BatonError(.usage, "baton module \(word) takes other words", cure: "usage: \(verb.usage)")
    }
    for option in [Option.server, .trust, .frozen, .outputFolder, .json] where invocation.has(option) {
      guard verb.options.contains(option) else {
        throw BatonError(.usage, "baton module \(word) takes no --\(option.name)", cure: "usage: \(verb.usage)")
      }
    }
    switch verb {
    case .new: return try new(words[0], context)
    case .pack: return try pack(words.first ?? ".", context)
    case .list: return try list(context)
    case .verify: return try verify(context)
    case .add, .remove, .update, .install, .trust, .distrust:
      let project = try Project.find()
      try project.make()
      let work = ModuleWork(
        project: File.real(project.folder.root) ?? project.folder.root, isFrozen: invocation.has(.frozen))
      return try tell(try change(verb, words, work, context), project, context)
    }
  }

  private static func change(_ verb: Verb, _ words: [String], _ work: ModuleWork, _ context: Context) throws(BatonError)
    -> ModuleWork.Outcome
  {
    switch verb {
    case .add:
      let permissions = try permissions(context.invocation.values(.trust))
      let asked = ModuleLock.Asked(
        what: shared(words[0], work.project), version: words.count > 1 ? words[1] : nil,
        servers: context.invocation.values(.server).map { shared($0, work.project, isPlace: true) })
      return try work.add(asked, trust: permissions)
    case .remove: return try work.remove(words)
    case .update: return try work.update(words)
    case .trust: return try work.trust(words[0], try permissions(Array(words.dropFirst())), grants: true)
    case .distrust: return try work.trust(words[0], try permissions(Array(words.dropFirst())), grants: false)
    case .install, .new, .list, .verify, .pack: return try work.install()
    }
  }

  private static func permissions(_ words: [String]) throws(BatonError) -> [Permission] {
    var found: [Permission] = []
    for word in words {
      guard let permission = Permission(word) else {
        throw BatonError(.usage, "\"\(word)\" is no permission", cure: "known are \(Permission.forms)")
      }
      found.append(permission)
    }
    return found
  }

  /// A path as all who share the project can use it: relative to the project where it was relative; other words as they are.
  private static func shared(_ word: String, _ project: String, isPlace: Bool = false) -> String {
    if word.hasPrefix("git+"), !word.contains("://"), let real = File.real(String(word.dropFirst(4))) {
      return "git+" + real
    }
    let isPath =
      isPlace || word.contains("/") || word.hasPrefix(".") || word.hasSuffix(".rock") || word.hasSuffix("rockspec")
    guard isPath, !word.hasPrefix("/"), !word.contains("://"), let real = File.real(word) else { return word }
    let (from, to) = (project.split(separator: "/"), real.split(separator: "/").map(String.init))
    let common = zip(from, to).prefix { $0 == $1 }.count
    let path = (Array(repeating: "..", count: from.count - common) + to[common...]).joined(separator: "/")
    return path.hasPrefix("..") ? path : "./\(path)"
  }

  // MARK: What came of it

  private static func tell(_ outcome: ModuleWork.Outcome, _ project: Project, _ context: Context) throws(BatonError)
    -> Int32
  {
    let installed = try Drive.rocks(of: project)
    let refused = outcome.after.modules.sorted { $0.key < $1.key }.flatMap { name, module in
      module.permissions.filter { asked in !installed.granted(to: name).contains { $0.covers(asked) } }.map {
        (name, $0)
      }
    }
    if context.invocation.has(.json) {
      let value: Value = [
        "changes": .list(
          outcome.changes.map { change in
            [
              "name": .string(change.name), "before": change.before.map { .string($0) } ?? .null,
              "after": change.after.map { .string($0) } ?? .null,
            ]
          }),
        "refused": .list(
          refused.map {
            ["module": .string($0.0), "permission": .string($0.1.text), "meaning": .string($0.1.meaning)]
          }),
      ]
      context.console.out(JSON.encodePretty(value) + "\n")
      return 0
    }
    for change in outcome.changes {
      let source = outcome.after.modules[change.name]?.source.text ?? ""
      switch (change.before, change.after) {
      case (let before?, let after?) where before == after:
        context.console.out("\(change.name) \(after): other content, from \(source)\n")
      case (let before?, let after?): context.console.out("\(change.name) \(before) → \(after), from \(source)\n")
      case (nil, let after?): context.console.out("\(change.name) \(after) added, from \(source)\n")
      case (let before?, nil): context.console.out("\(change.name) \(before) removed\n")
      case (nil, nil): break
      }
    }
    if outcome.changes.isEmpty {
      let count = outcome.after.modules.count
      context.console.note(
        "\(count) \(count == 1 ? "module is" : "modules are") as \(ModuleLock.fileName) pins \(count == 1 ? "it" : "them")"
      )
    }
    for (name, permission) in refused {
      context.console.out(
        "  \(name) asks to \(permission.meaning); grant it with: baton module trust \(name) \(permission.text)\n")
    }
    return 0
  }

  // MARK: Looking

  private static func list(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let lock = try ModuleLock.read(in: project.folder.root) ?? ModuleLock()
    let modules = lock.modules.sorted { $0.key < $1.key }
    func granted(_ name: String, _ module: ModuleLock.Module) -> [Permission] {
      let held = module.trust + (project.settings.trust[name] ?? []) + (project.settings.trust["*"] ?? [])
      return module.permissions.filter { asked in held.contains { $0.covers(asked) } }
    }
    if context.invocation.has(.json) {
      let value = modules.map { name, module -> Value in
        [
          "name": .string(name), "version": .string(module.version), "source": .string(module.source.text),
          "sha256": .string(module.sum), "asked": .bool(module.asked != nil),
          "requires": .map(module.requires.mapValues { .string($0) }),
          "permissions": .list(module.permissions.map { .string($0.text) }),
          "granted": .list(granted(name, module).map { .string($0.text) }),
        ]
      }
      context.console.out(JSON.encodePretty(.list(value)) + "\n")
      return 0
    }
    if modules.isEmpty { context.console.note("there is no module: baton module add NAME adds one") }
    let width = modules.map(\.key.count).max() ?? 0
    let versions = modules.map(\.value.version.count).max() ?? 0
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: width - text.count) }
    for (name, module) in modules {
      let needed = module.asked == nil ? "  for \(lock.requirers(of: name).joined(separator: ", "))" : ""
      context.console.out(
        "\(padded(name, width))  \(padded(module.version, versions))  \(module.source.text)\(needed)\n")
      let held = granted(name, module)
      for permission in module.permissions {
        context.console.out(
          "  \(permission.text): \(permission.meaning) (\(held.contains(permission) ? "granted" : "not granted"))\n")
      }
    }
    return 0
  }

  private static func verify(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let lock = try ModuleLock.read(in: project.folder.root) ?? ModuleLock()
    let problems = TreeCheck.problems(tree: "\(project.folder.baton)/rocks", lock: lock)
    if context.invocation.has(.json) {
      let value = problems.map { problem -> Value in
        [
          "file": .string(problem.file), "problem": .string(problem.kind.rawValue),
          "module": problem.module.map { .string($0) } ?? .null, "cure": .string(problem.cure),
        ]
      }
      context.console.out(JSON.encodePretty(.list(value)) + "\n")
    } else {
      for problem in problems {
        context.console.error(BatonError(.usage, problem.text(in: project.folder.root), cure: problem.cure))
      }
      let files = lock.modules.values.reduce(0) { $0 + $1.files.count }
      if problems.isEmpty {
        let modules = lock.modules.count
        context.console.note(
          "\(files) file\(files == 1 ? " is" : "s are") as \(ModuleLock.fileName) pins them, of \(modules) module"
            + (modules == 1 ? "" : "s"))
      }
    }
    return problems.isEmpty ? 0 : BatonError.Code.usage.rawValue
  }

  // MARK: Modules of one's own

  private static func new(_ name: String, _ context: Context) throws -> Int32 {
    let folder = context.invocation.value(.outputFolder).map { "\($0)/\(name)" } ?? name
    let files = try ModuleSkeleton.write(name, to: folder)
    try Project(folder: ProjectFolder(root: folder)).make()
    try EditorTypes.write(below: "\(folder)/.baton")
    try File.write(Array(Templates.editorSettings.utf8), to: "\(folder)/.luarc.json")
    let checks = Templates.luacheck(globals: Script.globals, excluding: [".baton", "baton/types"])
    try File.write(Array(checks.utf8), to: "\(folder)/.luacheckrc")
    try InitCommand.ignore(in: folder)
    context.console.note(
      "made \(folder): \(files.joined(separator: ", ")), and settings for editors\ntry it with: baton test -C \(folder)"
    )
    return 0
  }

  private static func pack(_ folder: String, _ context: Context) throws -> Int32 {
    let target = context.invocation.value(.outputFolder) ?? "."
    let granted = try permissions(context.invocation.values(.trust))
    if let other = granted.first(where: { $0 != .build }) {
      throw BatonError(
        .usage, "baton module pack can't grant the permission \(other.text)",
        cure: "--trust build lets it compile; the rest is granted where the module is added")
    }
    let (path, sum) = try ModuleWork.pack(folder, into: target, runsPrograms: !granted.isEmpty)
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(["file": .string(path), "sha256": .string(sum)]) + "\n")
    } else {
      context.console.out("\(path)  sha256 \(sum)\n")
    }
    return 0
  }
}
