import BatonModel
import BatonSystem

/// What `baton module` does to the modules of a project.
public struct ModuleWork {
  /// The project's folder, absolute and without links.
  public let project: String
  /// Refuse whatever would change the lock.
  public let isFrozen: Bool

  public init(project: String, isFrozen: Bool = false) {
    self.project = project
    self.isFrozen = isFrozen
  }

  /// What became of the modules.
  public struct Outcome: Sendable {
    public var before: ModuleLock
    public var after: ModuleLock

    /// Module → its version before and now, where either its version or its content is another one.
    public var changes: [(name: String, before: String?, after: String?)] {
      Set(before.modules.keys).union(after.modules.keys).sorted().compactMap { name in
        let (old, new) = (before.modules[name], after.modules[name])
        if old?.version == new?.version, old?.sum == new?.sum { return nil }
        return (name, old?.version, new?.version)
      }
    }
  }

  /// Adds a module, and what it needs.
  ///
  /// - Parameters:
  ///   - asked: paths in it are relative to the project, or absolute.
  ///   - trust: what it is granted, if it asks for it.
  public func add(_ asked: ModuleLock.Asked, trust: [Permission]) throws(BatonError) -> Outcome {
    let stage = try ModuleStage(
      project, isFresh: false, servers: asked.servers, runsPrograms: trust.contains(.build))
    let name = try stage.add(asked)
    let lock = try stage.settle(granted: trust)
    for permission in trust where permission != .build {
      guard lock.modules.values.contains(where: { $0.trust.contains { permission.covers($0) } }) else {
        let asks = lock.modules[name]?.permissions.map(\.text).joined(separator: ", ") ?? ""
        throw BatonError(
          .usage, "module \"\(name)\" does not ask for the permission \(permission.text)",
          cure: asks.isEmpty ? "it asks for none" : "it asks for \(asks)")
      }
    }
    return try commit(stage, lock)
  }

  /// Removes modules, and what nobody else needs of what they needed.
  public func remove(_ names: [String]) throws(BatonError) -> Outcome {
    let stage = try ModuleStage(project, isFresh: false)
    for name in names {
      try check(name, stage.previous)
      stage.asked[name] = nil
      let others = stage.previous.requirers(of: name).filter { !names.contains($0) }
      if !others.isEmpty, stage.previous.modules[name]?.asked == nil {
        throw BatonError(
          .usage, "module \"\(name)\" is needed by \(others.joined(separator: ", "))", cure: "remove those first")
      }
    }
    return try commit(stage, try stage.settle())
  }

  /// Takes newer versions of modules; of all of them where none is named.
  public func update(_ names: [String]) throws(BatonError) -> Outcome {
    let lock = try ModuleLock.read(in: project) ?? ModuleLock()
    for name in names { try check(name, lock) }
    let asked = lock.modules.filter { $0.value.asked != nil && (names.isEmpty || names.contains($0.key)) }
    let servers = Self.servers(of: lock)
    let runsPrograms = lock.modules.values.contains { $0.trust.contains(.build) }
    let stage = try ModuleStage(project, isFresh: names.isEmpty, servers: servers, runsPrograms: runsPrograms)
    for (_, module) in asked.sorted(by: { $0.key < $1.key }) {
      if let asked = module.asked { _ = try stage.add(asked) }
    }
    // Of what others need, the newest that there is.
    for name in names where asked[name] == nil {
      _ = try stage.add(ModuleLock.Asked(what: name))
      stage.asked[name] = nil
    }
    return try commit(stage, try stage.settle())
  }

  /// Puts back into the tree what the lock pins.
  public func install() throws(BatonError) -> Outcome {
    let pinned = try ModuleLock.read(in: project)
    // Without a lock nothing is pinned: what lies there goes.
    let lock = pinned ?? ModuleLock()
    guard pinned != nil || (!isFrozen && Disk.isFolder("\(project)/\(InstalledModules.tree)")) else {
      throw BatonError(
        .usage, "there is no \(ModuleLock.fileName) in \(project)", cure: "baton module add NAME pins the first module")
    }
    let stage = try ModuleStage(
      project, isFresh: true, servers: Self.servers(of: lock),
      runsPrograms: lock.modules.values.contains { $0.trust.contains(.build) })
    let current = "\(project)/\(InstalledModules.tree)"
    if Disk.isFolder(current) == !lock.modules.isEmpty, TreeCheck.problems(tree: current, lock: lock).isEmpty {
      // All is there, to the byte: no source is asked, which may be elsewhere, or have other content by now.
      try stage.writeTypes(of: lock)
      return Outcome(before: lock, after: lock)
    }
    for (name, module) in lock.modules.sorted(by: { $0.key < $1.key }) { try stage.restore(name, module) }
    for problem in TreeCheck.problems(tree: stage.tree, lock: lock) {
      let module = problem.module ?? ""
      let source = lock.modules[module]?.source.text ?? ""
      throw BatonError(
        .usage,
        "what \(source) holds now is not what \(ModuleLock.fileName) pins: \(problem.file) is "
          + (problem.kind == .missing ? "missing" : problem.kind == .extra ? "new" : "another one"),
        cure: "baton module update \(module) pins what is there now, if you trust it")
    }
    try stage.commit(lock)
    return Outcome(before: lock, after: lock)
  }

  /// Grants a module what it asks for, or takes it back.
  public func trust(_ name: String, _ permissions: [Permission], grants: Bool) throws(BatonError) -> Outcome {
    let stage = try ModuleStage(project, isFresh: false)
    try check(name, stage.previous)
    var lock = stage.previous
    guard var module = lock.modules[name] else { return Outcome(before: lock, after: lock) }
    if grants {
      for permission in permissions where !module.trust.contains(permission) {
        guard module.permissions.contains(where: { $0.covers(permission) }) else {
          let asks = module.permissions.map(\.text).joined(separator: ", ")
          throw BatonError(
            .usage, "module \"\(name)\" does not ask for the permission \(permission.text)",
            cure: asks.isEmpty ? "it asks for none" : "it asks for \(asks)")
        }
        module.trust.append(permission)
      }
    } else {
      module.trust.removeAll { held in permissions.isEmpty || permissions.contains { $0.covers(held) } }
    }
    module.trust.sort { $0.text < $1.text }
    lock.modules[name] = module
    return try commit(stage, lock)
  }

  private func commit(_ stage: ModuleStage, _ lock: ModuleLock) throws(BatonError) -> Outcome {
    let outcome = Outcome(before: stage.previous, after: lock)
    if isFrozen, lock != stage.previous {
      let words = outcome.changes.map { "\($0.name) \($0.before ?? "(none)") → \($0.after ?? "(none)")" }
      throw BatonError(
        .usage,
        "--frozen: \(ModuleLock.fileName) would change"
          + (words.isEmpty ? "" : ": \(words.joined(separator: ", "))"),
        cure: "do it without --frozen, and commit the lock")
    }
    try stage.commit(lock)
    return outcome
  }

  private func check(_ name: String, _ lock: ModuleLock) throws(BatonError) {
    guard lock.modules[name] == nil else { return }
    let known = lock.modules.keys.sorted()
    throw BatonError(
      .usage, "there is no module \"\(name)\" in \(ModuleLock.fileName)",
      cure: Names.proposal(for: name, in: known) ?? (known.isEmpty ? nil : "there is \(known.joined(separator: ", "))"))
  }

  private static func servers(of lock: ModuleLock) -> [String] {
    var servers: [String] = []
    for (_, module) in lock.modules.sorted(by: { $0.key < $1.key }) {
      for server in module.asked?.servers ?? [] where !servers.contains(server) { servers.append(server) }
    }
    return servers
  }

  // MARK: Rocks of one's own

  /// Makes a rock of a folder.
  ///
  /// - Parameters:
  ///   - target: the folder that the rock is put into.
  ///   - runsPrograms: whether what its rockspec says may run, such as a compiler for modules in C; nothing of it does otherwise.
  /// - Returns: the rock's path, and its SHA-256.
  public static func pack(_ folder: String, into target: String, runsPrograms: Bool = false) throws(BatonError) -> (
    path: String, sum: String
  ) {
    let (path, spec) = try Rockspec.inside(folder, version: nil)
    let manifest = "\(folder)/baton/module.json"
    if let bytes = Disk.read(manifest) { _ = try ModuleManifest(json: bytes, file: manifest) }
    guard let place = Disk.temporaryFolder() else { throw Disk.failure("make a folder in", "/tmp") }
    defer { Disk.remove(place) }
    let source = "\(place)/source"
    try Disk.copy(folder, to: source, leavingOut: [".git", ".baton", ".build"])
    for name in Disk.names(in: source) where name.hasSuffix(".rock") { Disk.remove("\(source)/\(name)") }
    let rocks = try LuaRocks(in: place, tree: "\(place)/tree", servers: [], runsPrograms: runsPrograms)
    try rocks.run(
      ["make", "--tree", "\(place)/tree", "--deps-mode", "none", "--pack-binary-rock", Disk.name(of: path)], in: source)
    guard let rock = Disk.names(in: source).first(where: { $0.hasSuffix(".rock") }),
      let bytes = Disk.read("\(source)/\(rock)")
    else { throw BatonError(.failure, "LuaRocks made no rock of \(spec.name) \(spec.version)") }
    try Disk.make(folder: target)
    try Disk.replace("\(target)/\(rock)", with: bytes)
    return ("\(target)/\(rock)", SHA256.hex(bytes))
  }
}
