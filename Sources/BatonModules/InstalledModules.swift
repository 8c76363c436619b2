import BatonLua
import BatonModel
import BatonSystem
import CSystem
import Glibc

/// The modules that a project has pinned and installed, as scripts may load them.
public final class InstalledModules: RockLibrary {
  public let project: String
  public let lock: ModuleLock
  /// Module → what `baton.json` grants it; `*`: all of them.
  private let trust: [String: [Permission]]
  private let loadsLibraries: Bool
  /// File → module.
  private let owners: [String: String]
  private let sums: [String: String]

  /// Where modules lie, below the folder of the project.
  public static let tree = ".baton/rocks"
  /// What was looked at before.
  private static let list = ".baton/rocks.seen"
  /// Below the tree: what Lua loads.
  static let lua = "share/lua/5.4", libraries = "lib/lua/5.4", rocks = "lib/luarocks/rocks-5.4"

  private init(_ project: String, _ lock: ModuleLock, _ trust: [String: [Permission]], _ loadsLibraries: Bool) {
    self.loadsLibraries = loadsLibraries
    self.project = project
    self.lock = lock
    self.trust = trust
    var owners: [String: String] = [:]
    for (name, module) in lock.modules { for file in module.files.keys { owners[file] = name } }
    self.owners = owners
    sums = lock.modules.mapValues(\.sum)
  }

  /// The modules of a project, each file of which was looked at.
  ///
  /// - Parameters:
  ///   - project: its folder.
  ///   - trust: what `baton.json` grants, by module.
  ///   - loadsLibraries: whether modules in C may be loaded that were granted it.
  /// - Throws: `.usage` where anything is not what `baton.lock` says, with the file.
  public static func open(_ project: String, trust: [String: [Permission]], loadsLibraries: Bool = true)
    throws(BatonError) -> InstalledModules
  {
    let lock = try ModuleLock.read(in: project) ?? ModuleLock()
    let root = Disk.real(project) ?? project
    var seen = SeenFiles(path: "\(root)/\(list)")
    let problems = TreeCheck.problems(tree: "\(root)/\(tree)", lock: lock, seen: &seen)
    if let first = problems.first {
      var message = first.text(in: project)
      if problems.count > 1 { message += " (and \(problems.count - 1) more: baton module verify lists them)" }
      throw BatonError(.usage, message, cure: first.cure)
    }
    return InstalledModules(root, lock, trust, loadsLibraries)
  }

  // MARK: RockLibrary

  public func module(_ name: String) throws(BatonError) -> RockModule? {
    let path = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
    for file in ["\(Self.lua)/\(path).lua", "\(Self.lua)/\(path)/init.lua"] {
      if let found = try module(at: file, { bytes, _ in .source(bytes) }) { return found }
    }
    if let found = try module(at: "\(Self.libraries)/\(path).so", { .library($0, digest: $1, isRoot: false) }) {
      return found
    }
    guard let root = path.split(separator: "/").first, root.utf8.count < path.utf8.count else { return nil }
    return try module(at: "\(Self.libraries)/\(root).so") { .library($0, digest: $1, isRoot: true) }
  }

  /// What a file of the tree holds, with its digest, when it is one of a module; it may have been changed since all was looked at.
  private func module(at file: String, _ content: ([UInt8], String) -> RockModule.Content) throws(BatonError)
    -> RockModule?
  {
    guard let owner = owners[file], let module = lock.modules[owner], let sum = sums[owner],
      let digest = module.files[file]
    else { return nil }
    let absolute = "\(project)/\(Self.tree)/\(file)"
    guard let bytes = Disk.read(absolute), SHA256.hex(bytes) == digest else {
      let problem = TreeProblem(kind: .altered, file: file, module: owner)
      throw BatonError(.usage, problem.text(in: project), cure: problem.cure)
    }
    return RockModule(
      rock: RockUse(name: owner, version: module.version, sum: sum), file: absolute, content: content(bytes, digest))
  }

  public func refusal(of permission: Permission, rock: String) -> String? {
    guard let module = lock.modules[rock] else { return "module \"\(rock)\" is not in \(ModuleLock.fileName)" }
    if permission == .nativeCode, !loadsLibraries {
      return "module \"\(rock)\" has compiled libraries, which are not loaded to complete a line"
    }
    guard module.permissions.contains(where: { $0.covers(permission) }) else {
      return "module \"\(rock)\" may not \(permission.meaning): it needs the permission \(permission.text), "
        + "for which its manifest does not ask"
    }
    if granted(to: rock).contains(where: { $0.covers(permission) }) { return nil }
    let asked = module.permissions.first { $0.covers(permission) } ?? permission
    return "module \"\(rock)\" may not \(permission.meaning): it has not been granted the permission \(asked.text); "
      + "baton module trust \(rock) \(asked.text) grants it, or \"trust\": {\"\(rock)\": [\"\(asked.text)\"]} in baton.json"
  }

  /// What a module was granted, by the lock and by `baton.json`.
  public func granted(to name: String) -> [Permission] {
    (lock.modules[name]?.trust ?? []) + (trust[name] ?? []) + (trust["*"] ?? [])
  }
}

/// A file of the tree that is not what `baton.lock` says.
public struct TreeProblem: Sendable, Equatable {
  public enum Kind: String, Sendable { case altered, missing, extra, uninstalled }

  public var kind: Kind
  /// Below the tree.
  public var file: String
  /// nil for an extra file.
  public var module: String?

  public func text(in project: String) -> String {
    let shown = "\(InstalledModules.tree)/\(file)"
    switch kind {
    case .altered:
      return "\(shown) of module \"\(module ?? "")\" has been altered: it is not what \(ModuleLock.fileName) pins"
    case .missing: return "\(shown) of module \"\(module ?? "")\" is missing"
    case .extra: return "\(shown) belongs to no module that \(ModuleLock.fileName) pins"
    case .uninstalled: return "the modules of \(ModuleLock.fileName) are not installed, such as \"\(module ?? "")\""
    }
  }

  public var cure: String {
    switch kind {
    case .uninstalled: "baton module install"
    case .altered, .missing: "baton module install puts back what is pinned"
    case .extra: "baton module install removes it; what is your own belongs into modules/ beside the workflow"
    }
  }
}

/// Compares a tree with a lock.
public enum TreeCheck {
  /// Every file that is not as it should be, in the order of the paths. Every byte is read.
  public static func problems(tree: String, lock: ModuleLock) -> [TreeProblem] {
    var none: SeenFiles?
    return problems(tree, lock, &none)
  }

  /// The same, without reading what was seen before and has not been touched.
  static func problems(tree: String, lock: ModuleLock, seen: inout SeenFiles) -> [TreeProblem] {
    guard !lock.modules.isEmpty else { return problems(tree: tree, lock: lock) }
    var list: SeenFiles? = seen
    let problems = problems(tree, lock, &list)
    list?.keep(only: Set(lock.modules.values.flatMap(\.files.keys)))
    if let list { seen = list }
    return problems
  }

  /// Whether a file is there with this content.
  private static func isSame(_ path: String, _ file: String, _ sum: String, _ seen: inout SeenFiles?) -> Bool {
    var info = stat()
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return false }
    if seen?.holds(file, info, sum: sum) == true { return true }
    guard Disk.read(path).map(SHA256.hex) == sum else { return false }
    seen?.add(file, info, sum: sum)
    return true
  }

  private static func problems(_ tree: String, _ lock: ModuleLock, _ seen: inout SeenFiles?) -> [TreeProblem] {
    if !Disk.isFolder(tree) {
      guard let first = lock.modules.filter({ !$0.value.files.isEmpty }).keys.min() else { return [] }
      return [TreeProblem(kind: .uninstalled, file: "", module: first)]
    }
    var problems: [TreeProblem] = []
    var known: Set<String> = []
    for (name, module) in lock.modules {
      for (file, sum) in module.files {
        known.insert(file)
        let path = "\(tree)/\(file)"
        if isSame(path, file, sum, &seen) { continue }
        problems.append(TreeProblem(kind: Disk.kind(path) == nil ? .missing : .altered, file: file, module: name))
      }
    }
    for folder in [InstalledModules.lua, InstalledModules.libraries] {
      for file in Disk.files(below: "\(tree)/\(folder)", "\(folder)/") where !known.contains(file) {
        problems.append(TreeProblem(kind: .extra, file: file, module: nil))
      }
    }
    return problems.sorted { ($0.file, $0.kind.rawValue) < ($1.file, $1.kind.rawValue) }
  }
}
