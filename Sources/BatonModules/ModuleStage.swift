import BatonModel
import BatonSystem
import CSystem
import Glibc

/// A tree in the making, beside the one that is in use: what goes wrong with it changes nothing.
final class ModuleStage {
  let project: String
  /// Holds all of it, and is gone with this.
  let folder: String
  var tree: String { "\(folder)/tree" }
  let previous: ModuleLock
  /// What someone asked for, by the module's name.
  var asked: [String: ModuleLock.Asked]
  /// Where modules came from now, by name.
  var sources: [String: ModuleSource] = [:]
  /// Where rocks came from, by their file's name.
  private(set) var places: [String: String] = [:]
  private let servers: [String]
  private let runsPrograms: Bool
  private var made: LuaRocks?
  private var fetched = 0
  private let guardDescriptor: Int32

  /// - Parameters:
  ///   - isFresh: begin with an empty tree.
  ///   - servers: as they were named: addresses, or folders relative to the project.
  init(_ project: String, isFresh: Bool, servers: [String] = [], runsPrograms: Bool = false) throws(BatonError) {
    self.project = project
    self.servers = servers
    self.runsPrograms = runsPrograms
    let baton = "\(project)/.baton"
    try Disk.make(folder: "\(baton)/locks")
    guardDescriptor = Glibc.open("\(baton)/locks/modules", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard guardDescriptor >= 0 else { throw Disk.failure("open", "\(baton)/locks/modules") }
    guard baton_try_lock(guardDescriptor) == 0 else {
      close(guardDescriptor)
      throw BatonError(.usage, "another baton module is at work on this project", cure: "wait until it has ended")
    }
    folder = "\(baton)/tmp/modules-\(getpid())"
    previous = try ModuleLock.read(in: project) ?? ModuleLock()
    asked = previous.modules.compactMapValues(\.asked)
    try Self.recover(project, previous)
    try Disk.make(folder: folder)
    let current = "\(project)/\(InstalledModules.tree)"
    if !isFresh {
      if let problem = TreeCheck.problems(tree: current, lock: previous).first {
        throw BatonError(.usage, problem.text(in: project), cure: problem.cure)
      }
      if Disk.isFolder(current) { try Disk.copy(current, to: "\(folder)/tree") }
    }
  }

  deinit {
    Disk.remove(folder)
    close(guardDescriptor)
  }

  private func rocks() throws(BatonError) -> LuaRocks {
    if let made { return made }
    let work = "\(folder)/rocks"
    try Disk.make(folder: work)
    let rocks = try LuaRocks(
      in: work, tree: tree,
      servers: servers.map { server in
        let isPlace = !server.hasPrefix("/") && Disk.isFolder("\(project)/\(server)")
        return (isPlace ? "\(project)/\(server)" : server, server)
      }, runsPrograms: runsPrograms)
    made = rocks
    return rocks
  }

  private func luarocks(_ arguments: [String], in place: String? = nil) throws(BatonError) {
    let rocks = try rocks()
    let said = try rocks.run(arguments, in: place)
    places.merge(rocks.installed(said)) { _, new in new }
  }

  private func options(_ isAlone: Bool) -> [String] { ["--tree", tree, "--deps-mode", isAlone ? "none" : "one"] }

  // MARK: Changes

  /// Installs what is asked for, and what it needs; tells the module's name.
  func add(_ asked: ModuleLock.Asked) throws(BatonError) -> String {
    let name: String
    switch try ModuleRequest(asked.what, project: project) {
    case .named(let module):
      do throws(BatonError) {
        try luarocks(["install"] + options(false) + [module] + (asked.version.map { [$0] } ?? []))
      } catch {
        guard error.message.hasPrefix(LuaRocks.nothingFound) else { throw error }
        let version = asked.version.map { " in version \($0)" } ?? ""
        let place = asked.servers.isEmpty ? "on LuaRocks' server" : "at \(asked.servers.joined(separator: " or "))"
        throw BatonError(
          .usage, "there is no module \"\(module)\"\(version) for Lua 5.4 \(place)",
          cure: "look for it with --server ADDRESS or a folder of rocks")
      }
      // It may be written in other letters on the server.
      name = try RockTree(tree).rocks.keys.first { $0.lowercased() == module.lowercased() } ?? module
    case .folder(let path):
      name = try make(from: copy(of: path), version: asked.version, isAlone: false)
      sources[name] = .folder(asked.what)
    case .git(let address, let revision):
      let (place, commit) = try clone(address, revision: asked.version ?? revision)
      name = try make(from: place, version: nil, isAlone: false)
      sources[name] = .git(address, commit: commit)
    case .rock(let path):
      name = try install(rock: path, isAlone: false)
      sources[name] = .rock(asked.what)
    }
    self.asked[name] = asked
    return name
  }

  /// Installs a module as the lock pins it, and nothing else.
  func restore(_ name: String, _ module: ModuleLock.Module) throws(BatonError) {
    switch module.source {
    case .folder(let path):
      _ = try make(from: copy(of: absolute(path)), version: module.version, isAlone: true)
    case .git(let address, let commit):
      _ = try make(from: clone(address, revision: commit).place, version: module.version, isAlone: true)
    case .rock(let place):
      let file = absolute(place)
      _ = try install(rock: Disk.isFile(file) ? file : place, isAlone: true)
    }
    sources[name] = module.source
  }

  func remove(_ name: String, version: String? = nil) throws(BatonError) {
    try luarocks(["remove"] + options(true) + ["--force", name] + (version.map { [$0] } ?? []))
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(project)/\(path)" }

  private func copy(of path: String) throws(BatonError) -> String {
    fetched += 1
    let place = "\(folder)/source-\(fetched)"
    try Disk.copy(path, to: place, leavingOut: [".git", ".baton", ".build"])
    return place
  }

  private func make(from place: String, version: String?, isAlone: Bool) throws(BatonError) -> String {
    let (path, spec) = try Rockspec.inside(place, version: version)
    try luarocks(["make"] + options(isAlone) + [Disk.name(of: path)], in: place)
    return spec.name
  }

  private func install(rock path: String, isAlone: Bool) throws(BatonError) -> String {
    let before = try RockTree(tree).rocks
    try luarocks(["install"] + options(isAlone) + ["--force", path])
    let file = Disk.name(of: path)
    let after = try RockTree(tree).rocks
    // `NAME-VERSION-REVISION.ARCH.rock`
    let named = after.filter { name, versions in versions.keys.contains { file.hasPrefix("\(name)-\($0).") } }
    guard
      let name = named.keys.max(by: { $0.utf8.count < $1.utf8.count }) ?? after.keys.first(where: { before[$0] == nil })
    else { throw BatonError(.failure, "LuaRocks installed nothing of \(path)") }
    return name
  }

  private func clone(_ address: String, revision: String?) throws(BatonError) -> (place: String, commit: String) {
    guard let git = Child.find("git") else {
      throw BatonError(.usage, "there is no program git", cure: "install it (Debian: apt-get install git)")
    }
    fetched += 1
    let place = "\(folder)/source-\(fetched)"
    func run(_ arguments: [String], in folder: String) throws(BatonError) -> String {
      var environment: [String: String] = ["GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"]
      for name in ["PATH", "HOME", "USER", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy"] {
        environment[name] = getenv(name).map { String(cString: $0) }
      }
      let end = try Child.told(git, arguments, environment: environment, in: folder)
      guard end.code == 0 else {
        let said = end.text.split(separator: "\n").last.map(String.init) ?? "exit code \(end.code)"
        throw BatonError(
          .usage, "git \(arguments[0]) \(address): \(said)", cure: "look at the address and the revision")
      }
      return end.text
    }
    _ = try run(["clone", "--quiet", "--no-checkout", "--", address, place], in: folder)
    let wanted = revision ?? "HEAD"
    guard !wanted.hasPrefix("-") else { throw BatonError(.usage, "\"\(wanted)\" is no revision of git") }
    // A branch of the repository is one of the clone's remote branches.
    let branch = try? run(["rev-parse", "--verify", "--quiet", "refs/remotes/origin/\(wanted)^{commit}"], in: place)
    let commit = if let branch { branch } else { try run(["rev-parse", "--verify", "\(wanted)^{commit}"], in: place) }
    let hash = String(commit.prefix { $0 != "\n" })
    _ = try run(["checkout", "--quiet", "--detach", hash], in: place)
    return (place, hash)
  }

  /// Where a module came from: what was said now, else what the lock said.
  func source(of name: String, version: String) -> ModuleSource {
    if let source = sources[name] { return source }
    for (file, place) in places where file.hasPrefix("\(name)-\(version).") { return .rock(place) }
    return previous.modules[name]?.source ?? .rock("\(LuaRocks.standardServer)/\(name)-\(version).src.rock")
  }
}

/// What the word behind `baton module add` means.
enum ModuleRequest {
  case named(String)
  case folder(String)
  case git(String, revision: String?)
  case rock(String)

  /// - Parameter project: what a path is relative to.
  init(_ word: String, project: String) throws(BatonError) {
    let path = word.hasPrefix("/") ? word : "\(project)/\(word)"
    let (address, revision) = Self.split(word)
    let isAddress = address.contains("://") || address.hasPrefix("git@")
    if address.hasPrefix("git+") {
      self = .git(String(address.dropFirst(4)), revision: revision)
    } else if isAddress, !address.hasSuffix(".rock"), !address.hasSuffix(".rockspec") {
      self = .git(address, revision: revision)
    } else if word.hasSuffix(".rock") || word.hasSuffix(".rockspec") {
      guard isAddress || Disk.isFile(path) else {
        throw BatonError(.usage, "there is no file \(word)", cure: "baton module pack makes a rock of a folder")
      }
      self = .rock(isAddress ? word : path)
    } else if word.contains("/"), Disk.isFolder(path) {
      self = Disk.isFile("\(path)/HEAD") && Disk.isFolder("\(path)/objects") ? .git(path, revision: nil) : .folder(path)
    } else if word.contains("/") {
      throw BatonError(
        .usage, "there is no folder \(word)",
        cure: "baton module add takes the name of a rock, a folder, the address of a git repository, or a .rock file")
    } else if word.contains(where: { !$0.isWhitespace }) {
      self = .named(word)
    } else {
      throw BatonError(
        .usage, "the module has no name",
        cure: "baton module add takes the name of a rock, a folder, the address of a git repository, or a .rock file")
    }
  }

  private static func split(_ word: String) -> (String, String?) {
    guard let cut = word.lastIndex(of: "#") else { return (word, nil) }
    return (String(word[..<cut]), String(word[word.index(after: cut)...]))
  }
}
