import BatonLua
import BatonModel
import BatonSystem

/// Reads files of LuaRocks that are Lua: rockspecs, and the manifests of trees. They run in the sandbox, with small limits.
enum RockTables {
  /// The globals of these names that the file sets, as plain values; functions and the like are left out.
  static func read(_ source: [UInt8], file: String, _ names: [String]) throws(BatonError) -> [String: Value] {
    do throws(LuaFailure) {
      let vm = try LuaVM(limits: LuaVM.Limits(memory: ByteSize(bytes: 64 << 20)))
      let limit = Span(seconds: 5)
      let chunk = try vm.compile(source, chunkName: file)
      let asked = names.map { "\($0) = rawget(globals, \"\($0)\")" }.joined(separator: ", ")
      let reader = """
        local chunk = ...
        local globals = setmetatable({}, { __index = sandbox })
        globals._G = globals
        host.confine(chunk, globals)
        chunk()
        return { \(asked) }
        """
      let results = try vm.call(
        try vm.compile(reader, chunkName: "rock", env: .privileged), [.function(chunk)], limit: limit)
      guard case .table(let table)? = results.first else { return [:] }
      var found: [String: Value] = [:]
      for field in table.fields { found[field.key] = field.value.plain }
      return found
    } catch {
      throw BatonError(.usage, "\(file): \(error.text)", cure: "it is written in Lua: see the rockspecs of LuaRocks")
    }
  }
}

extension LuaItem {
  /// The value with all that is none left out. Entries 1…n of a table that has names too are under their numbers.
  var plain: Value? {
    switch self {
    case .table(let table):
      if table.fields.isEmpty { return .list(table.items.compactMap(\.plain)) }
      var map: [String: Value] = [:]
      for field in table.fields { map[field.key] = field.value.plain }
      for (index, item) in table.items.enumerated() { map["\(index + 1)"] = item.plain }
      return .map(map)
    case .function, .object: return nil
    case .null, .bool, .integer, .number, .string: return value
    }
  }
}

/// What a rockspec says, as far as Baton looks at it.
struct Rockspec {
  var name: String
  var version: String
  var summary: String?

  static func read(_ path: String) throws(BatonError) -> Rockspec {
    guard let source = Disk.read(path) else { throw Disk.failure("read", path) }
    let said = try RockTables.read(source, file: path, ["package", "version", "description"])
    guard let name = said["package"]?.string, let version = said["version"]?.string else {
      throw BatonError(.usage, "\(path) names no package and version", cure: "package = \"NAME\" version = \"1.0-1\"")
    }
    return Rockspec(name: name, version: version, summary: said["description"]?["summary"]?.string)
  }

  /// The rockspec of a folder: the only one, or that of the highest version.
  ///
  /// - Parameter version: only one of this version, with or without its revision.
  static func inside(_ folder: String, version: String?) throws(BatonError) -> (path: String, spec: Rockspec) {
    var found: (path: String, spec: Rockspec)?
    var others: [String] = []
    for name in Disk.names(in: folder) where name.hasSuffix(".rockspec") {
      let path = "\(folder)/\(name)"
      let spec = try read(path)
      others.append(spec.version)
      if let version, !RockVersion(spec.version).begins(with: RockVersion(version)) { continue }
      if let best = found, RockVersion(spec.version) <= RockVersion(best.spec.version) { continue }
      found = (path, spec)
    }
    if let found { return found }
    if let version, !others.isEmpty {
      throw BatonError(
        .usage, "\(folder) has no rockspec of version \(version)", cure: "there is \(others.joined(separator: ", "))")
    }
    let rocks = Disk.names(in: folder).filter { $0.hasSuffix(".rock") }
    throw BatonError(
      .usage, "\(folder) has no rockspec",
      cure: rocks.isEmpty
        ? "baton module new NAME makes a module with one"
        : "it is a folder of rocks: baton module add NAME --server \(folder)")
  }
}

/// What LuaRocks has put into a tree, as its manifest tells.
struct RockTree {
  struct Dependency {
    var name: String
    var constraints: [RockConstraint]

    var text: String {
      constraints.isEmpty ? "any version" : constraints.map(\.text).joined(separator: ", ")
    }
  }

  /// Name → version → what it depends on, without Lua itself.
  var rocks: [String: [String: [Dependency]]] = [:]

  static let manifest = "lib/luarocks/rocks-5.4/manifest"

  /// - Parameter folder: the tree's root; a tree without a manifest is empty.
  init(_ folder: String) throws(BatonError) {
    let path = "\(folder)/\(Self.manifest)"
    guard let source = Disk.read(path) else { return }
    let said = try RockTables.read(source, file: path, ["repository", "dependencies"])
    for (name, versions) in said["repository"]?.map ?? [:] {
      for version in (versions.map ?? [:]).keys {
        rocks[name, default: [:]][version] = (said["dependencies"]?[name]?[version]?.list ?? []).compactMap {
          guard let name = $0["name"]?.string, name != "lua" else { return nil }
          let constraints = ($0["constraints"]?.list ?? []).compactMap { said -> RockConstraint? in
            guard let comparison = said["op"]?.string else { return nil }
            guard let version = said["version"]?.string ?? said["version"]?["string"]?.string else { return nil }
            return RockConstraint(comparison: comparison, version: RockVersion(version))
          }
          return Dependency(name: name, constraints: constraints)
        }
      }
    }
  }
}

extension Rockspec {
  /// Whether installing a rock with this rockspec from its source runs programs: what ``LuaRocks`` refuses too.
  static func runsPrograms(_ path: String) throws(BatonError) -> Bool {
    guard let source = Disk.read(path) else { throw Disk.failure("read", path) }
    let said = try RockTables.read(source, file: path, ["build", "build_dependencies"])
    let kind = said["build"]?["type"]?.string ?? "builtin"
    if !["builtin", "module", "none"].contains(kind) { return true }
    if !(said["build_dependencies"]?.list?.isEmpty ?? true) { return true }
    return (said["build"]?["modules"]?.map ?? [:]).values.contains { !($0.string?.hasSuffix(".lua") ?? false) }
  }
}
