import BatonCommandLine
import BatonConfig
import BatonModel
import BatonReport
import BatonSimulation

/// `baton test`.
enum TestCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    guard invocation.has(.watch) else { return try runOnce(context) ? 0 : 1 }
    if invocation.has(.json) {
      throw BatonError(
        .usage, "--watch and --json exclude each other", cure: "--junit FILE is written after every round")
    }
    let changes = try FileChanges(below: invocation.arguments.isEmpty ? ["."] : invocation.arguments)
    while true {
      if context.console.outputPalette.on { context.console.out("\u{1B}[H\u{1B}[2J") }
      do {
        _ = try runOnce(context)
      } catch let error as BatonError {
        context.console.error(error)
      }
      context.console.flush()
      context.console.note("waiting for a Lua file to change; Ctrl-C ends")
      try changes.wait { $0.hasSuffix(".lua") }
    }
  }

  /// Returns whether all is well.
  private static func runOnce(_ context: Context) throws -> Bool {
    let (invocation, console) = (context.invocation, context.console)
    let files = try self.files(invocation.arguments)
    let filter = invocation.value(.filter)
    let isJSON = invocation.has(.json)
    let text = SpecText(
      palette: console.outputPalette, isVerbose: console.verbose, source: { SourceLines.line(at: $0) })
    let begun = Instant.now
    var results: [SpecFileResult] = []
    for file in files {
      guard let path = File.real(file) else { throw BatonError(.usage, "there is no file \(file)") }
      let runner = SpecRunner(
        try environment(try Project.configured(near: file)),
        isWanted: { path in filter.map { SpecRunner.fits(path, filter: $0) } ?? true })
      let result = runner.run(file: file, path: path)
      if filter != nil, result.cases.isEmpty, result.failure == nil { continue }
      results.append(result)
      guard !isJSON, !console.quiet || !SpecSummary([result]).isGood else { continue }
      console.out(text.file(result))
      console.flush()
    }
    let duration = Instant.now - begun
    if let filter, results.isEmpty {
      throw BatonError(
        .usage, "no test is called like \"\(filter)\"", cure: "baton test -v lists the names of all tests")
    }
    if let file = invocation.value(.junit) {
      try File.write(Array(SpecJUnit.text(results, duration: duration).utf8), to: file, replacing: true)
    }
    if isJSON {
      console.out(JSON.encodePretty(SpecJSON.value(results, duration: duration)) + "\n")
    } else if !console.quiet || !SpecSummary(results).isGood {
      console.out(text.summary(results, duration: duration))
    }
    return SpecSummary(results).isGood
  }

  static func environment(_ project: Project) throws(BatonError) -> SpecEnvironment {
    let rocks = try Drive.rocks(of: project)
    return SpecEnvironment(
      read: { try ScriptReading.lua(try File.read($0), file: $0) },
      modules: { Drive.search($0, in: project, rocks) }, agents: project.agents,
      settings: project.settings.run,
      resources: project.settings.resources, roles: project.settings.roles, now: { .now })
  }

  /// The files that are named, and of folders those below.
  private static func files(_ arguments: [String]) throws(BatonError) -> [String] {
    guard !arguments.isEmpty else {
      let files = specs(below: ".", shown: "")
      if files.isEmpty {
        throw BatonError(
          .usage, "there is no *_test.lua here or below", cure: "a spec of release.lua is release_test.lua beside it")
      }
      return files
    }
    var files: [String] = []
    for argument in arguments {
      if File.isFolder(argument) {
        let found = specs(below: argument, shown: argument.hasSuffix("/") ? argument : argument + "/")
        if found.isEmpty { throw BatonError(.usage, "there is no *_test.lua in \(argument) or below") }
        files += found
      } else {
        try Workflow.checkFile(argument)
        files.append(argument)
      }
    }
    return files
  }

  /// - Parameter shown: what stands before the names, as the user would write it.
  private static func specs(below folder: String, shown: String) -> [String] {
    var files: [String] = []
    for name in File.names(in: folder) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if name.hasSuffix("_test.lua") {
        files.append(shown + name)
      } else if File.isFolder(path), !File.isLink(path) {
        files += specs(below: path, shown: "\(shown)\(name)/")
      }
    }
    return files
  }
}

/// Lines of source files, for messages that show them.
enum SourceLines {
  static func line(at place: SourcePlace) -> String? {
    guard place.line > 0, let bytes = try? File.read(place.file) else { return nil }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard Int(place.line) <= lines.count else { return nil }
    return String(decoding: lines[Int(place.line) - 1], as: UTF8.self)
  }
}
