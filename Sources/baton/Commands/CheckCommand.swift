import BatonChecks
import BatonCommandLine
import BatonLua
import BatonModel
import CSystem
import Glibc

/// `baton check`.
enum CheckCommand {
  static func run(_ context: Context) throws -> Int32 {
    if context.invocation.has(.explain) { return try explain(context) }
    let files = try files(context.invocation.arguments)
    var checks = try look(files, context)
    if context.invocation.has(.fix) { checks = try mend(checks, context) }
    let found = checks.flatMap(\.findings)
    let unique = Set(found.map(\.diagnostic)).count == found.count ? found : without(repetitions: found)
    let errors = unique.count { $0.diagnostic.severity == .error }
    let warnings = unique.count - errors
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list(unique.map(\.json))) + "\n")
    } else {
      context.console.diagnostics(unique.map(\.text))
      context.console.note(summary(files.count, errors, warnings, unique.count { !$0.edits.isEmpty }))
    }
    let fails = errors > 0 || (warnings > 0 && context.invocation.has(.strict))
    return fails ? BatonError.Code.usage.rawValue : 0
  }

  /// Two workflows that read one module both tell of it.
  private static func without(repetitions found: [CheckFinding]) -> [CheckFinding] {
    var seen: Set<Diagnostic> = []
    return found.filter { seen.insert($0.diagnostic).inserted }
  }

  private static func summary(_ files: Int, _ errors: Int, _ warnings: Int, _ fixable: Int) -> String {
    "\(files) \(files == 1 ? "file" : "files") checked: \(errors) \(errors == 1 ? "error" : "errors"), "
      + "\(warnings) \(warnings == 1 ? "warning" : "warnings")"
      + (fixable > 0 ? "; baton check --fix mends \(fixable == errors + warnings ? "them" : "\(fixable) of them")" : "")
  }

  // MARK: Files

  /// The files that are named, and those below the folders that are.
  private static func files(_ named: [String]) throws(BatonError) -> [String] {
    var files: [String] = []
    for name in named.isEmpty ? ["."] : named {
      guard File.isFolder(name) else {
        try Workflow.checkFile(name)
        files.append(name)
        continue
      }
      let found = below(name == "." ? "" : name.hasSuffix("/") ? name : name + "/")
      guard !found.isEmpty else {
        throw BatonError(
          .usage, name == "." ? "there is no Lua file in this folder" : "there is no Lua file in \(name)",
          cure: "baton init makes a workflow.lua")
      }
      files += found
    }
    return files
  }

  private static func below(_ folder: String) -> [String] {
    File.names(in: folder.isEmpty ? "." : folder).flatMap { name -> [String] in
      let path = folder + name
      if name.hasPrefix(".") || File.isLink(path) { return [] }
      if File.isFolder(path) { return below(path + "/") }
      return name.hasSuffix(".lua") ? [path] : []
    }
  }

  // MARK: Looking

  private struct Checked {
    var check: FileCheck
    var findings: [CheckFinding]
  }

  private static func look(_ files: [String], _ context: Context) throws -> [Checked] {
    let parameters = try Workflow.parameters(context.invocation)
    var checks: [FileCheck] = []
    for file in files {
      let project = try Project.configured(near: file)
      var request = try Workflow.request(file, project: project, parameters: parameters, console: context.console)
      request.onPrint = { _ in }
      var check = try look(request, project)
      if let plan = check.known {
        check.loaded += Preflight.scriptMistakes(plan)
        check.loaded += QuarantineNotice.warnings(plan.workflow.quarantine, at: .now)
      }
      checks.append(check)
    }
    let further = try luacheck(checks, context)
    return checks.map { check in
      Checked(check: check, findings: check.findings(further.filter { $0.place?.file == check.file }))
    }
  }

  /// One file: a script, or a document that becomes one.
  private static func look(_ request: Script.Request, _ project: Project) throws -> FileCheck {
    var request = request
    request.modules.folders += moduleFolders(above: request.absolutePath)
    guard ScriptReading.isDocument(request.absolutePath) else {
      return FileCheck(try ScriptReading(request, in: project).request)
    }
    do throws(Diagnostics) {
      let found = try ScriptReading(request, in: project).examine()
      return FileCheck(document: request, loaded: found.findings, plan: found.plan)
    } catch {
      return FileCheck(document: request, loaded: error.items, plan: nil)
    }
  }

  /// Of a module that is checked by itself: the folders `modules` that it is in, where it finds the others.
  private static func moduleFolders(above path: String) -> [String] {
    var folders: [String] = []
    var folder = File.folder(of: path)
    while folder != "/", folder != "." {
      if folder.hasSuffix("/modules") { folders.append(folder) }
      folder = File.folder(of: folder)
    }
    return folders
  }

  /// luacheck's findings in these files; none where there is no luacheck, which is told once.
  private static func luacheck(_ checks: [FileCheck], _ context: Context) throws(BatonError) -> [Diagnostic] {
    guard !context.invocation.has(.noLuacheck) else { return [] }
    guard let program = Tool.find("luacheck") else {
      context.console.note("luacheck is not installed, and was left out (Debian: apt-get install lua-check)")
      return []
    }
    // Of files that are no Lua, and of declarations without bodies, it has nothing to say.
    let files = checks.filter { check in check.isLua && !check.loaded.contains { $0.code == "B001" } }
      .map(\.file)
    guard !files.isEmpty else { return [] }
    let globals = Set(checks.flatMap(\.globals)).sorted()
    let arguments = Luacheck.arguments(files: files, globals: globals, hasSettings: hasLuacheckSettings())
    let limit = Span(seconds: 60)
    guard let (output, status) = try Tool.filter(program, arguments, input: [], limit: limit) else {
      context.console.note("luacheck was ended after \(limit.text), and was left out")
      return []
    }
    guard (0...2).contains(status) else {
      context.console.note("luacheck failed with exit code \(status), and was left out")
      return []
    }
    return Luacheck.findings(String(decoding: output, as: UTF8.self), files: files)
  }

  /// Whether luacheck finds settings of the project's: in this folder or above it.
  private static func hasLuacheckSettings() -> Bool {
    var folder = File.currentFolder
    while true {
      if File.exists("\(folder == "/" ? "" : folder)/.luacheckrc") { return true }
      if folder == "/" { return false }
      folder = File.folder(of: folder)
    }
  }

  // MARK: Mending

  /// Mends until nothing is left that can be, and looks once more.
  private static func mend(_ checks: [Checked], _ context: Context) throws -> [Checked] {
    var left: [Checked] = []
    for checked in checks {
      let file = checked.check.file
      let original = checked.check.source
      var (current, source) = (checked, original)
      // Mending one thing may show another; each round mends at least one.
      for _ in 0..<10 {
        guard let mended = Fixing.mended(source, file: file, current.findings), mended != source else { break }
        source = mended
        if context.invocation.has(.dryRun) { break }
        try File.replace(source, at: file)
        current = try look([file], context)[0]
      }
      if source != original {
        let diff = Fixing.diff(original, source, file: file)
        if context.invocation.has(.json) { context.console.note(diff) } else { context.console.out(diff) }
        context.console.flush()
      }
      left.append(current)
    }
    return left
  }

  // MARK: Explaining

  private static func explain(_ context: Context) throws(BatonError) -> Int32 {
    var rules: [Rule] = []
    for word in context.invocation.arguments {
      let code = word.uppercased()
      guard let rule = Rule.named(code) else {
        if code.first == "W", code.dropFirst().allSatisfy(\.isNumber) {
          throw BatonError(
            .usage, "\(code) is a code of luacheck's", cure: "https://luacheck.readthedocs.io/en/stable/warnings.html")
        }
        throw BatonError(
          .usage, "there is no code \(word)",
          cure: Names.proposal(for: code, in: Rule.all.map(\.code)) ?? "baton check --explain lists them")
      }
      rules.append(rule)
    }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list((rules.isEmpty ? Rule.all : rules).map(\.json))) + "\n")
    } else {
      context.console.out(rules.isEmpty ? Rule.list : rules.map(\.text).joined(separator: "\n"))
    }
    return 0
  }
}

extension File {
  /// Gives a file another content at once: whoever reads it meanwhile sees the old or the new one. Keeps its permissions.
  static func replace(_ bytes: [UInt8], at path: String) throws(BatonError) {
    // What a link leads to is changed, not the link.
    let target = real(path) ?? path
    let draft = "\(target).baton-\(getpid())"
    unlink(draft)
    try write(bytes, to: draft)
    var info = stat()
    if stat(target, &info) == 0 { chmod(draft, info.st_mode & 0o7777) }
    guard rename(draft, target) == 0 else {
      let reason = message(errno)
      unlink(draft)
      throw BatonError(.failure, "cannot write \(path): \(reason)")
    }
  }
}
