import BatonModel
import BatonSystem

/// `baton.lock`: which modules of others a project uses, to the byte. One block a module, sorted, so that version control merges
/// it line by line.
public struct ModuleLock: Sendable, Equatable {
  public struct Module: Sendable, Equatable {
    /// With the revision of the rockspec: `1.2-1`.
    public var version: String
    /// Where it came from.
    public var source: ModuleSource
    /// What someone asked for; nil: it is there because another module needs it.
    public var asked: Asked?
    /// What it needs: name → which versions.
    public var requires: [String: String] = [:]
    /// What its manifest asks for.
    public var permissions: [Permission] = []
    /// What it was granted.
    public var trust: [Permission] = []
    /// Path in the tree → SHA-256.
    public var files: [String: String] = [:]

    /// SHA-256 of the list of its files.
    public var sum: String {
      SHA256.hex(Array(files.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined().utf8))
    }

    public init(version: String, source: ModuleSource) {
      self.version = version
      self.source = source
    }
  }

  /// What `baton module add` was given.
  public struct Asked: Sendable, Equatable {
    /// A name, a folder, an address.
    public var what: String
    /// The version, or the git revision.
    public var version: String?
    /// Where it was looked for; empty: LuaRocks' own server.
    public var servers: [String] = []

    public init(what: String, version: String? = nil, servers: [String] = []) {
      self.what = what
      self.version = version
      self.servers = servers
    }
  }

  public var modules: [String: Module] = [:]

  public init() {}

  public static let fileName = "baton.lock"

  /// The text of the file; the same for the same modules.
  public var text: String {
    let value: Value = ["lock": 1, "modules": .map(modules.mapValues(\.value))]
    return JSON.encodePretty(value) + "\n"
  }

  /// - Parameter file: as people know it.
  public init(json: [UInt8], file: String) throws(BatonError) {
    func wrong(_ what: String) -> BatonError {
      BatonError(.usage, "\(file) \(what)", cure: "take it from version control, or make it anew with baton module add")
    }
    let value: Value
    do throws(JSON.Failure) {
      value = try JSON.decode(json)
    } catch {
      let line = json.prefix(error.offset).count { $0 == 0x0A } + 1
      throw wrong("cannot be read: line \(line): \(error.message)")
    }
    guard let format = value["lock"]?.integer, case .map(let said)? = value["modules"] else {
      throw wrong("is no lock of modules")
    }
    guard format == 1 else { throw wrong("was written by a newer Baton (format \(format); this one knows 1)") }
    for (name, fields) in said {
      guard let module = Module(fields) else { throw wrong("is damaged: module \"\(name)\"") }
      guard module.sum == fields["sha256"]?.string else {
        throw wrong("is damaged: the sum of module \"\(name)\" is not that of its files")
      }
      modules[name] = module
    }
  }

  /// The lock of a project; nil where there is none.
  public static func read(in project: String) throws(BatonError) -> ModuleLock? {
    let path = "\(project)/\(fileName)"
    guard Disk.kind(path) != nil else { return nil }
    guard let bytes = Disk.read(path) else { throw Disk.failure("read", path) }
    return try ModuleLock(json: bytes, file: path)
  }

  /// Who needs a module: the names of others.
  public func requirers(of name: String) -> [String] {
    modules.filter { $0.value.requires[name] != nil }.keys.sorted()
  }
}

extension ModuleLock.Module {
  fileprivate var value: Value {
    var fields: [String: Value] = [
      "version": .string(version), "source": .string(source.text), "sha256": .string(sum),
      "files": .map(files.mapValues { .string($0) }),
    ]
    if let asked {
      var said: [String: Value] = ["what": .string(asked.what)]
      if let version = asked.version { said["version"] = .string(version) }
      if !asked.servers.isEmpty { said["servers"] = .list(asked.servers.map { .string($0) }) }
      fields["asked"] = .map(said)
    }
    if !requires.isEmpty { fields["requires"] = .map(requires.mapValues { .string($0) }) }
    if !permissions.isEmpty { fields["permissions"] = .list(permissions.map { .string($0.text) }) }
    if !trust.isEmpty { fields["trust"] = .list(trust.map { .string($0.text) }) }
    return .map(fields)
  }

  fileprivate init?(_ fields: Value) {
    guard let version = fields["version"]?.string, let source = fields["source"]?.string,
      case .map(let files)? = fields["files"]
    else { return nil }
    self.init(version: version, source: ModuleSource(text: source))
    for (path, sum) in files {
      // Nothing outside of the tree.
      guard let sum = sum.string, !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else { return nil }
      self.files[path] = sum
    }
    if let said = fields["asked"] {
      guard let what = said["what"]?.string else { return nil }
      asked = ModuleLock.Asked(
        what: what, version: said["version"]?.string, servers: (said["servers"]?.list ?? []).compactMap(\.string))
    }
    requires = (fields["requires"]?.map ?? [:]).compactMapValues(\.string)
    for (name, target) in [("permissions", \Self.permissions), ("trust", \Self.trust)] {
      for item in fields[name]?.list ?? [] {
        guard let permission = item.string.flatMap(Permission.init) else { return nil }
        self[keyPath: target].append(permission)
      }
    }
  }
}

/// Where a module came from.
public enum ModuleSource: Sendable, Equatable {
  /// A folder with a rockspec, relative to the project or absolute.
  case folder(String)
  /// A git repository at a commit.
  case git(String, commit: String)
  /// A rock or a rockspec: a file, or an address on a server.
  case rock(String)

  public var text: String {
    switch self {
    case .folder(let path): "folder:\(path)"
    case .git(let address, let commit): "git+\(address)#\(commit)"
    case .rock(let place): place
    }
  }

  /// Whether it is a rock that needs no compiler: `.linux-x86_64.rock`, `.all.rock`.
  var isBuilt: Bool {
    guard case .rock(let place) = self else { return false }
    return place.hasSuffix(".rock") && !place.hasSuffix(".src.rock")
  }

  init(text: String) {
    if text.hasPrefix("folder:") {
      self = .folder(String(text.dropFirst(7)))
    } else if text.hasPrefix("git+"), let cut = text.lastIndex(of: "#") {
      self = .git(
        String(text[text.index(text.startIndex, offsetBy: 4)..<cut]), commit: String(text[text.index(after: cut)...]))
    } else {
      self = .rock(text)
    }
  }
}
