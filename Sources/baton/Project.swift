import BatonCommandLine
import BatonConfig
import BatonCore
import BatonModel
import BatonModules
import Glibc

/// The project that a command works on.
struct Project {
  let folder: ProjectFolder
  /// Of the environment, once it is ``configured(as:)``; until then what is the same in all.
  var settings: Settings
  /// `baton.json`, where there is one.
  var configuration: Configuration?
  /// What `secret "NAME"` stands for.
  var secrets: Secrets
  /// What the command line grants modules for this time, in every environment.
  private var granted: [String: [Permission]] = [:]
  /// Whether modules in C may be loaded that were granted it.
  private(set) var loadsLibraries = true

  init(folder: ProjectFolder, configuration: Configuration? = nil) {
    self.folder = folder
    self.configuration = configuration
    settings = configuration?.common ?? Settings()
    secrets = Self.secrets(settings, folder.root)
  }

  /// The nearest folder with a `.baton` or a `baton.json`: of the workflow's file and what is above it, or of the
  /// working folder and what is above that. Where there is none: the file's folder, or the working folder.
  ///
  /// What somebody else put above it is passed over: it would get the records, and say who may approve and what modules may do.
  static func find(near file: String? = nil) throws(BatonError) -> Project {
    let folder = root(near: file)
    if File.exists("\(folder)/.baton"), !File.isFolder("\(folder)/.baton") {
      throw BatonError(
        .usage, "\(folder)/.baton is a file, where Baton keeps its records in a folder", cure: "move the file away")
    }
    return Project(folder: ProjectFolder(root: folder), configuration: try configuration(in: folder))
  }

  static func root(near file: String? = nil) -> String {
    let start = file.flatMap { File.real($0) }.map(File.folder(of:)) ?? File.currentFolder
    var candidate = start
    while true {
      if File.isFolder("\(candidate)/.baton") || File.exists("\(candidate)/baton.json"),
        candidate == start || isOurs(candidate, start)
      {
        break
      }
      if candidate == "/" {
        candidate = start
        break
      }
      candidate = File.folder(of: candidate)
    }
    return candidate
  }

  /// The same, with what `baton.json` says in the environment that was chosen: for commands that read workflows.
  static func configured(near file: String? = nil) throws -> Project { try find(near: file).configured() }

  /// Whether all that makes a project of a folder belongs to the system, to who asks, or to the owner of the folder asked from.
  private static func isOurs(_ folder: String, _ start: String) -> Bool {
    let trusted = [0, geteuid()] + [File.owner(of: start)].compactMap(\.self)
    let strangers = [folder, "\(folder)/.baton", "\(folder)/baton.json"].filter {
      File.owner(of: $0).map { !trusted.contains($0) } ?? false
    }
    guard let first = strangers.first else { return true }
    Console(color: .auto, quiet: false, verbose: false).message(
      "note: \(first) belongs to somebody else: the project there is not used")
    return false
  }

  /// The same, for a key of a shell that completes a line: nothing compiled runs because somebody pressed it.
  func looking() -> Project {
    var project = self
    project.loadsLibraries = false
    return project
  }

  /// The same, with what the command line grants its modules for this time: `--trust NAME=PERMISSION`.
  func granting(_ invocation: Invocation) throws(BatonError) -> Project {
    var project = self
    for word in invocation.values(.trustOf) {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw BatonError(
          .usage, "--trust needs NAME=PERMISSION, not \"\(word)\"", cure: "such as --trust shop=env:SHOP_TOKEN")
      }
      guard let permission = Permission(parts[1]), permission != .build else {
        throw BatonError(
          .usage, "\"\(parts[1])\" is no permission that a run can grant",
          cure: "such as env:NAME, env:PREFIX_*, read:/PATH or c-modules")
      }
      let pinned = try ModuleLock.read(in: folder.root)?.modules ?? [:]
      guard parts[0] == "*" || pinned[parts[0]] != nil else {
        throw BatonError(
          .usage, "--trust: there is no module \"\(parts[0])\" in \(ModuleLock.fileName)",
          cure: Names.proposal(for: parts[0], in: pinned.keys) ?? "baton module list shows those that there are")
      }
      project.granted[parts[0], default: []].append(permission)
      project.settings.trust[parts[0], default: []].append(permission)
    }
    return project
  }

  /// The project of this folder.
  static func at(_ root: String) throws(BatonError) -> Project {
    Project(folder: ProjectFolder(root: root), configuration: try configuration(in: root))
  }

  private static func configuration(in folder: String) throws(BatonError) -> Configuration? {
    let path = "\(folder)/baton.json"
    guard File.exists(path) else { return nil }
    let text = try File.read(path)
    do throws(Diagnostics) {
      return try Configuration(text, file: File.shown(path))
    } catch {
      throw BatonError(
        .usage, "\(path) has mistakes:\n" + error.items.map { "  " + $0.text }.joined(separator: "\n"))
    }
  }

  private static func secrets(_ settings: Settings, _ root: String) -> Secrets {
    Secrets(settings.secrets, root: root, variable: { Environment[$0] }, run: SecretProgram.run)
  }

  // MARK: Environments

  /// What `--env` said.
  nonisolated(unsafe) static var askedEnvironment: String?

  /// The environment that is meant: what `--env` says, or `BATON_ENV`, or `baton.json`; nil: none.
  func chosenEnvironment() throws -> String? {
    if let asked = Self.askedEnvironment {
      guard configuration != nil else {
        throw BatonError(
          .usage, "there is no environment \"\(asked)\": \(folder.root) has no baton.json",
          cure: "it would say: {\"environments\": {\"\(asked)\": {}}}")
      }
      return asked
    }
    guard let configuration else { return nil }
    // In a project without environments, the variable means another one's.
    if let name = Environment[Settings.variable], !name.isEmpty, !configuration.environments.isEmpty { return name }
    return try configuration.standardEnvironment { Environment[$0] }
  }

  /// The project with what `baton.json` says in an environment.
  func configured(as environment: String?) throws(Diagnostics) -> Project {
    guard let configuration else { return self }
    var project = self
    project.settings = try configuration.resolve(environment) { Environment[$0] }
    project.settings.trust.merge(granted) { $0 + $1 }
    project.secrets = Self.secrets(project.settings, folder.root)
    return project
  }

  func configured() throws -> Project { try configured(as: try chosenEnvironment()) }

  /// Makes `.baton`, which version control does not see.
  func make() throws(BatonError) {
    if mkdir(folder.baton, 0o755) != 0 {
      if errno == EEXIST, File.isFolder(folder.baton) { return }
      throw BatonError(
        BatonError.Code(errno: errno), "cannot make the folder \(folder.baton): \(File.message(errno))",
        cure: errno == ENOSPC
          ? "Baton keeps its records there: make room on that disk"
          : "Baton keeps its records there: make \(folder.root) writable, or run from a copy of it")
    }
    try? File.write(Array("*\n".utf8), to: "\(folder.baton)/.gitignore")
  }

  /// Whether anything was ever run here.
  var hasDatabase: Bool { File.exists(folder.database) }
}
