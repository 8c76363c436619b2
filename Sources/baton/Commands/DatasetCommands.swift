import BatonCommandLine
import BatonConfig
import BatonCore
import BatonData
import BatonModel
import BatonReport
import Glibc

/// Datasets: `baton data add|list|get|log`.
enum DatasetCommands {
  private static func store(of project: Project) -> DatasetStore {
    DatasetStore(folder: "\(project.folder.baton)/data")
  }

  private static func key(_ context: Context, _ project: Project) throws -> MaskKey {
    try DataCommand.key(context.invocation, standard: "DATA_KEY", of: "datasets", project)
  }

  static func add(_ name: String, _ file: String, _ context: Context) throws -> Int32 {
    let project = try Project.configured()
    let store = store(of: project)
    let parents = try context.invocation.values(.dataParent).map { try store.find($0).digest }
    let key = try key(context, project)
    try project.make()
    let (version, isNew) = try store.add(
      name, from: try ByteSource(file), key: key, by: Machine.who, at: .now, parents: parents,
      note: context.invocation.value(.dataNote))
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(json(version)) + "\n")
    } else {
      context.console.note(
        isNew
          ? "\(name)@\(version.number) is \(version.digest.prefix(12)), \(ByteSize(bytes: Int64(version.size)).text)"
          : "\(name)@\(version.number) has this content already")
    }
    return 0
  }

  /// Nothing is passed over without a word.
  private static func tellDoubts(_ store: DatasetStore, _ context: Context) throws {
    context.console.diagnostics(
      try store.doubts().map { doubt in
        var doubt = doubt
        doubt.severity = .warning
        return doubt
      })
  }

  private static func json(_ version: DatasetStore.Version) -> Value {
    [
      "name": .string(version.name), "number": .integer(Int64(version.number)), "sha256": .string(version.digest),
      "size": .integer(Int64(version.size)), "time": .string(version.time.rfc3339), "by": .string(version.by),
      "parents": .list(version.parents.map(Value.string)), "note": version.note.map(Value.string) ?? .null,
    ]
  }

  static func list(_ name: String?, _ context: Context) throws -> Int32 {
    let store = store(of: try Project.find())
    try tellDoubts(store, context)
    if let name { _ = try store.find(name) }
    let versions = try store.versions()
    let shown = versions.filter { name == nil || $0.name == name }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list(shown.map(json))) + "\n")
      return 0
    }
    // By a name where the parent has one, else by its digest.
    func named(_ digest: String) -> String {
      versions.last { $0.digest == digest }.map { "\($0.name)@\($0.number)" } ?? String(digest.prefix(12))
    }
    for version in shown {
      var line =
        "\(version.name)@\(version.number)  \(version.digest.prefix(12))  \(ByteSize(bytes: Int64(version.size)).text)"
      line += "  \(WallClock.local.date(version.time)) by \(version.by)"
      if !version.parents.isEmpty { line += "  of \(version.parents.map(named).joined(separator: ", "))" }
      if let note = version.note { line += "  \(note)" }
      context.console.out(line.harmless + "\n")
    }
    if shown.isEmpty { context.console.note("no datasets: baton data add NAME FILE") }
    return 0
  }

  static func get(_ word: String, _ context: Context) throws -> Int32 {
    let project = try Project.configured()
    let store = store(of: project)
    let version = try store.find(word)
    let key = try key(context, project)
    let run = Environment["BATON_RUN"].flatMap { Names.isValid($0) && $0 != "." && $0 != ".." ? $0 : nil }
    var target = context.invocation.value(.outputFile)
    if target == nil, let run {
      let folder = RunData.folder(of: project.folder.run(run))
      if mkdir(folder, 0o700) != 0, errno != EEXIST {
        throw BatonError(.failure, "cannot make the folder \(folder): \(File.message(errno))")
      }
      target = "\(folder)/\(version.name)"
    }
    let file = target ?? "-"
    if file == "-", context.invocation.has(.json) {
      throw BatonError(.usage, "--json and the content would both go to standard output", cure: "-o FILE")
    }
    try store.open(
      version, to: try ByteSink(file), key: key, by: Machine.who, at: .now, run: run, step: Environment["BATON_STEP"])
    if context.invocation.has(.json) {
      context.console.out(
        JSON.encodePretty([
          "name": .string(version.name), "sha256": .string(version.digest), "file": .string(file),
        ]) + "\n")
    } else if context.invocation.value(.outputFile) == nil, file != "-" {
      context.console.out(file + "\n")
    }
    return 0
  }

  static func log(_ name: String?, _ context: Context) throws -> Int32 {
    let store = store(of: try Project.find())
    try tellDoubts(store, context)
    let accesses = try store.accesses().filter { name == nil || $0.name == name }
    if context.invocation.has(.json) {
      let items = accesses.map { access -> Value in
        [
          "time": .string(access.time.rfc3339), "name": .string(access.name), "sha256": .string(access.digest),
          "by": .string(access.by), "run": access.run.map(Value.string) ?? .null,
          "step": access.step.map(Value.string) ?? .null,
        ]
      }
      context.console.out(JSON.encodePretty(.list(items)) + "\n")
      return 0
    }
    for access in accesses {
      var line = "\(WallClock.local.date(access.time))  \(access.name) \(access.digest.prefix(12))  by \(access.by)"
      if let run = access.run { line += "  run \(run)" }
      if let step = access.step { line += ", step \(step)" }
      context.console.out(line.harmless + "\n")
    }
    if accesses.isEmpty { context.console.note("nothing was taken out") }
    return 0
  }
}

/// What steps took out of datasets: in the folder of their run, in the clear.
enum RunData {
  static func folder(of run: RunFolder) -> String { "\(run.path)/data" }

  /// Removes it when the run needs it no more. One that failed, was halted or interrupted can be carried on: it keeps it until then,
  /// or until baton gc removes the run.
  static func clean(_ run: RunFolder, after status: RunStatus) {
    guard status == .succeeded || status == .cancelled else { return }
    let folder = folder(of: run)
    guard access(folder, F_OK) == 0 else { return }
    for name in File.names(in: folder) { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }
}
