import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel
import BatonReport

/// `baton config`.
enum ConfigCommand {
  private enum Verb: String, CaseIterable { case validate, show, schema }

  static func run(_ context: Context) throws -> Int32 {
    let word = context.invocation.arguments[0]
    guard let verb = Verb(rawValue: word) else {
      let known = Verb.allCases.map(\.rawValue)
      throw BatonError(
        .usage, "baton config has no \"\(word)\"",
        cure: Names.proposal(for: word, in: known) ?? "known are \(known.joined(separator: ", "))")
    }
    if verb != .show, context.invocation.has(.origin) {
      throw BatonError(.usage, "--origin belongs to baton config show")
    }
    switch verb {
    case .validate: return try validate(context)
    case .show: return try show(context)
    case .schema:
      context.console.out(JSON.encodePretty(SettingsTable.schema) + "\n")
      return 0
    }
  }

  /// The project's folder, and its `baton.json`, which must be there.
  private static func path() throws(BatonError) -> String {
    let folder = Project.root()
    guard File.exists("\(folder)/baton.json") else {
      throw BatonError(.usage, "there is no baton.json in \(folder)", cure: "baton init makes one, or write: {}")
    }
    return "\(folder)/baton.json"
  }

  private static func validate(_ context: Context) throws -> Int32 {
    let path = try path()
    var found: [Diagnostic]
    do {
      let configuration = try Configuration(try File.read(path), file: File.shown(path))
      let project = Project(folder: ProjectFolder(root: File.folder(of: path)), configuration: configuration)
      found = configuration.findings(in: [try project.chosenEnvironment()]) { Environment[$0] }
    } catch let mistakes as Diagnostics {
      found = mistakes.items
    }
    let errors = found.count { $0.severity == .error }
    if context.invocation.has(.json) {
      let items = found.map { item -> Value in
        [
          "severity": .string(item.severity.rawValue), "file": item.place.map { .string($0.file) } ?? .null,
          "line": .integer(Int64(item.place?.line ?? 0)), "column": .integer(Int64(item.place?.column ?? 0)),
          "message": .string(item.message), "cure": item.cure.map(Value.string) ?? .null,
        ]
      }
      context.console.out(JSON.encodePretty(.list(items)) + "\n")
    } else {
      context.console.diagnostics(found)
      context.console.note(
        found.isEmpty
          ? "\(File.shown(path)) is right"
          : "\(File.shown(path)): \(errors) \(errors == 1 ? "error" : "errors"), \(found.count - errors) warnings")
    }
    return errors > 0 ? BatonError.Code.usage.rawValue : 0
  }

  // MARK: Showing

  private static func show(_ context: Context) throws -> Int32 {
    _ = try path()
    let project = try Project.configured()
    let settings = project.settings
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(json(settings)) + "\n")
      return 0
    }
    let origins = context.invocation.has(.origin)
    var rows: [[String]] = []
    if let name = settings.run.environment { rows.append(["environment", name, origins ? chosenBy(project) : ""]) }
    for origin in settings.origins {
      var place = ""
      if origins {
        place = origin.place.text + (origin.environment.map { " environments.\($0)" } ?? "") + variables(origin)
        if let name = RunSettings.secret(origin.value) { place += found(name, project) }
      }
      rows.append([origin.path.short, text(origin.value), place])
    }
    let widths = (0..<2).map { column in min(60, rows.map { DisplayWidth.of($0[column]) }.max() ?? 0) }
    for row in rows {
      var line = DisplayWidth.padded(row[0].harmless, to: widths[0]) + "  "
      line += origins ? DisplayWidth.padded(row[1].harmless, to: widths[1]) + "  " + row[2].harmless : row[1].harmless
      context.console.out(line + "\n")
    }
    if rows.isEmpty {
      context.console.note("baton.json says nothing of environments, config, flags, env, limits and secrets")
    }
    return 0
  }

  private static func text(_ value: Value) -> String {
    RunSettings.secret(value).map { "secret \"\($0)\"" } ?? JSON.encode(value)
  }

  private static func chosenBy(_ project: Project) -> String {
    if Project.askedEnvironment != nil { return "--env" }
    if Environment[Settings.variable] == project.settings.run.environment { return "$\(Settings.variable)" }
    return project.configuration.map { $0.document.place(of: JSONPath() + "environment").text } ?? ""
  }

  private static func variables(_ origin: Settings.Origin) -> String {
    origin.uses.map { " $\($0.name)\($0.isDefault ? " (unset)" : "")" }.joined(separator: ",")
  }

  private static func found(_ name: String, _ project: Project) -> String {
    project.secrets.look(name).source.map { " found in \($0.text)" } ?? " not set"
  }

  private static func json(_ settings: Settings) -> Value {
    var fields = settings.run.value.map ?? [:]
    fields["jobs"] = settings.jobs.map { .integer(Int64($0)) } ?? .null
    fields["resources"] = .map(settings.resources.mapValues(Value.number))
    fields["secrets"] = .list(settings.secrets.map { .string($0.text) })
    fields["origins"] = .list(
      settings.origins.map { origin in
        [
          "path": .string(origin.path.short), "value": origin.value, "file": .string(origin.place.file),
          "line": .integer(Int64(origin.place.line)), "column": .integer(Int64(origin.place.column)),
          "environment": origin.environment.map(Value.string) ?? .null,
          "variables": .list(origin.uses.map { ["name": .string($0.name), "default": .bool($0.isDefault)] }),
        ]
      })
    return .map(fields)
  }
}
