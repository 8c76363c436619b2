import BatonModel
import BatonSystem

extension ModuleStage {
  /// Makes sense of what is in the tree: one version of each module, none that nobody needs, everything pinned.
  ///
  /// - Parameter granted: what was granted just now; goes to the modules that ask for it.
  func settle(granted: [Permission] = []) throws(BatonError) -> ModuleLock {
    try leaveOneVersion()
    try removeUnneeded()
    let tree = try RockTree(self.tree)
    try checkNeeds(tree)
    try checkSources(tree)
    var lock = ModuleLock()
    var owners: [String: String] = [:]
    for (name, versions) in tree.rocks.sorted(by: { $0.key < $1.key }) {
      for (version, needs) in versions {
        var module = ModuleLock.Module(version: version, source: source(of: name, version: version))
        module.asked = asked[name]
        for need in needs { module.requires[need.name] = need.text }
        try pin(&module, name)
        for file in module.files.keys.sorted() {
          if let other = owners.updateValue(name, forKey: file) {
            throw BatonError(
              .usage, "modules \"\(other)\" and \"\(name)\" both bring the file \(file)",
              cure: "a project has one of them")
          }
        }
        try decideTrust(&module, name, granted)
        lock.modules[name] = module
      }
    }
    return lock
  }

  private func leaveOneVersion() throws(BatonError) {
    while true {
      let tree = try RockTree(self.tree)
      guard let (name, versions) = tree.rocks.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) else {
        return
      }
      let needs = Self.needs(of: name, in: tree)
      let candidates = versions.keys.map { RockVersion($0) }.sorted(by: >)
      // Whoever asked for a version by its number wants that one.
      let wanted = isNamed(name) ? asked[name]?.version.map { RockVersion($0) } : nil
      let chosen = candidates.first { version in
        (wanted.map { version.begins(with: $0) } ?? true)
          && needs.allSatisfy { $0.need.constraints.allSatisfy { $0.allows(version) } }
      }
      guard let chosen else { throw Self.conflict(name, needs, wanted) }
      for version in candidates where version.text != chosen.text { try remove(name, version: version.text) }
    }
  }

  /// Whoever asked for a folder or a repository wants what is there: LuaRocks puts a rock of a server in its place where another
  /// module would rather have that.
  private func checkSources(_ tree: RockTree) throws(BatonError) {
    for (name, asked) in asked.sorted(by: { $0.key < $1.key }) {
      guard let before = previous.modules[name]?.version, let now = tree.rocks[name]?.keys.first, now != before,
        places.keys.contains(where: { $0.hasPrefix("\(name)-\(now).") })
      else { continue }
      switch try ModuleRequest(asked.what, project: project) {
      case .folder, .git: throw Self.conflict(name, Self.needs(of: name, in: tree), RockVersion(before))
      case .named, .rock: continue
      }
    }
  }

  /// Whether a module was asked for by its name, so that its version is one of a rock.
  private func isNamed(_ name: String) -> Bool {
    guard let what = asked[name]?.what, case .named? = try? ModuleRequest(what, project: project) else { return false }
    return true
  }

  /// Who needs a module, and which versions of it.
  private static func needs(of name: String, in tree: RockTree) -> [(who: String, need: RockTree.Dependency)] {
    tree.rocks.sorted { $0.key < $1.key }.flatMap { other, versions in
      versions.sorted { $0.key < $1.key }.flatMap { version, needs in
        needs.filter { $0.name == name }.map { ("\(other) \(version)", $0) }
      }
    }
  }

  private static func conflict(
    _ name: String, _ needs: [(who: String, need: RockTree.Dependency)], _ wanted: RockVersion? = nil
  ) -> BatonError {
    var words = needs.map { "\($0.who) needs \(name) \($0.need.text)" }
    if let wanted { words.append("\(wanted.text) was asked for") }
    return BatonError(
      .usage,
      "two versions of module \"\(name)\" are needed, and a project has one of each: \(words.joined(separator: ", "))",
      cure: "take versions of them that agree; nothing was changed")
  }

  private func checkNeeds(_ tree: RockTree) throws(BatonError) {
    for (name, versions) in tree.rocks.sorted(by: { $0.key < $1.key }) {
      for (version, needs) in versions {
        for need in needs {
          let there = tree.rocks[need.name]?.keys.first
          if let there, need.constraints.allSatisfy({ $0.allows(RockVersion(there)) }) { continue }
          guard let there else {
            throw BatonError(
              .usage, "module \"\(name)\" \(version) needs \(need.name) \(need.text), which is not there",
              cure: "baton module add \(need.name); nothing was changed")
          }
          let others = Self.needs(of: need.name, in: tree)
          if others.count > 1 { throw Self.conflict(need.name, others) }
          throw BatonError(
            .usage, "module \"\(name)\" \(version) needs \(need.name) \(need.text), and \(there) was asked for",
            cure: "take versions that agree; nothing was changed")
        }
      }
    }
  }

  private func removeUnneeded() throws(BatonError) {
    while true {
      let tree = try RockTree(self.tree)
      let needed = Set(tree.rocks.values.flatMap { $0.values.flatMap { $0.map(\.name) } })
      let unneeded = tree.rocks.keys.filter { asked[$0] == nil && !needed.contains($0) }.sorted()
      if unneeded.isEmpty { return }
      for name in unneeded { try remove(name) }
    }
  }

  private static let old = "old"

  /// Ends what another one began that was killed while it put a tree in place: the lock tells which of the trees that it left is the
  /// right one. What no lock knows is removed.
  static func recover(_ project: String, _ lock: ModuleLock) throws(BatonError) {
    let temporary = "\(project)/.baton/tmp"
    let left = Disk.names(in: temporary).filter { $0.hasPrefix("modules-") }
    let current = "\(project)/\(InstalledModules.tree)"
    if !left.isEmpty, !TreeCheck.problems(tree: current, lock: lock).isEmpty {
      for name in left {
        let kept = "\(temporary)/\(name)/\(old)"
        guard Disk.isFolder(kept), TreeCheck.problems(tree: kept, lock: lock).isEmpty else { continue }
        let unwanted = "\(temporary)/\(name)/unwanted"
        Disk.remove(unwanted)
        if Disk.kind(current) != nil { try Disk.move(current, to: unwanted) }
        try Disk.move(kept, to: current)
        break
      }
    }
    for name in left { Disk.remove("\(temporary)/\(name)") }
  }

  /// Lists a module's files, with their sums.
  private func pin(_ module: inout ModuleLock.Module, _ name: String) throws(BatonError) {
    let own = "\(InstalledModules.rocks)/\(name)/\(module.version)"
    let manifest = "\(tree)/\(own)/rock_manifest"
    guard let source = Disk.read(manifest) else { throw Disk.failure("read", manifest) }
    let said = try RockTables.read(source, file: manifest, ["rock_manifest"])["rock_manifest"]?.map ?? [:]
    var files: [String] = []
    func collect(_ value: Value?, _ folder: String) {
      for (name, entry) in value?.map ?? [:] {
        if entry.string != nil { files.append("\(folder)/\(name)") } else { collect(entry, "\(folder)/\(name)") }
      }
    }
    collect(said["lua"], InstalledModules.lua)
    collect(said["lib"], InstalledModules.libraries)
    let unpinned = ["rock_manifest", "doc/", "bin/"]
    for file in Disk.files(below: "\(tree)/\(own)") where !unpinned.contains(where: { file.hasPrefix($0) }) {
      files.append("\(own)/\(file)")
    }
    for file in files {
      guard Disk.kind("\(tree)/\(file)") == .file, let bytes = Disk.read("\(tree)/\(file)") else {
        throw BatonError(.usage, "module \"\(name)\": its file \(file) was not installed")
      }
      module.files[file] = SHA256.hex(bytes)
    }
    let json = "\(tree)/\(own)/baton/module.json"
    if let bytes = Disk.read(json) {
      module.permissions = try ModuleManifest(json: bytes, file: "baton/module.json of module \"\(name)\"").permissions
    }
  }

  private func decideTrust(_ module: inout ModuleLock.Module, _ name: String, _ granted: [Permission])
    throws(BatonError)
  {
    let before = previous.modules[name]?.trust ?? []
    let spec = "\(tree)/\(InstalledModules.rocks)/\(name)/\(module.version)/\(name)-\(module.version).rockspec"
    // A binary rock was built elsewhere.
    if !module.source.isBuilt, try Rockspec.runsPrograms(spec) { module.permissions.append(.build) }
    // Rocks that know nothing of Baton ask by what they bring.
    let brings = module.files.keys.contains { $0.hasPrefix(InstalledModules.libraries + "/") }
    if brings, !module.permissions.contains(.nativeCode) { module.permissions.append(.nativeCode) }
    module.trust = module.permissions.filter { asked in (before + granted).contains { $0.covers(asked) } }
  }

  /// Puts the tree and its lock in place of what is there. Who is killed on the way leaves the old tree or the old lock, and the
  /// next one finds by ``recover(_:)`` what belongs to the lock.
  func commit(_ lock: ModuleLock) throws(BatonError) {
    let current = "\(project)/\(InstalledModules.tree)"
    try Disk.make(folder: tree)
    FaultPoint.reach("modules.staged")
    if Disk.kind(current) != nil { try Disk.move(current, to: "\(folder)/\(Self.old)") }
    FaultPoint.reach("modules.moved-away")
    try Disk.move(tree, to: current)
    FaultPoint.reach("modules.swapped")
    if lock != previous { try Disk.replace("\(project)/\(ModuleLock.fileName)", with: Array(lock.text.utf8)) }
    FaultPoint.reach("modules.locked")
    try writeTypes(of: lock)
  }

  /// For editors: what modules say of their types.
  func writeTypes(of lock: ModuleLock) throws(BatonError) {
    let current = "\(project)/\(InstalledModules.tree)"
    let types = "\(project)/.baton/meta/modules"
    Disk.remove(types)
    for (name, module) in lock.modules {
      for file in module.files.keys {
        let parts = file.split(separator: "/")
        guard let place = parts.firstIndex(of: "types"), place > 0, parts[place - 1] == "baton", file.hasSuffix(".lua")
        else { continue }
        guard let bytes = Disk.read("\(current)/\(file)") else { continue }
        try Disk.make(folder: "\(types)/\(name)")
        try Disk.write(bytes, to: "\(types)/\(name)/\(parts[(place + 1)...].joined(separator: "."))")
      }
    }
  }
}
