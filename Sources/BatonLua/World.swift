import BatonCore
import BatonModel

/// What the script sees of the world. What it asks for is recorded; what is recorded already is what it sees.
final class World {
  var observations: Observations
  private let environment: (String) -> String?
  private let search: ModuleSearch
  /// What the project says of agents: suites, channels, environments.
  let agents: Value
  /// Absolute paths of the modules that were read, in order.
  private(set) var files: [String] = []
  /// Modules that are being loaded, outermost first.
  var loading: [String] = []

  init(
    observations: Observations, environment: @escaping (String) -> String?, search: ModuleSearch, agents: Value,
    settings: RunSettings
  ) {
    self.observations = observations
    if observations.settings == nil, !settings.isEmpty { self.observations.settings = settings }
    // Told anew by what is loaded now.
    self.observations.rocks = [:]
    self.environment = environment
    self.search = search
    self.agents = agents
  }

  /// What the project's configuration says, as the run has seen it from its beginning.
  var settings: RunSettings { observations.settings ?? RunSettings() }

  /// An environment variable as steps have it, or null.
  func variable(_ name: String) -> Value {
    // The name of a secret tells nothing here.
    if let set = observations.settings?.env[name], set.string != nil { return set }
    if let known = observations.env[name] { return known }
    let value = environment(name).map(Value.string) ?? .null
    observations.env[name] = value
    return value
  }

  /// Seconds since 1970, as `os.time` tells them.
  var seconds: Int64 { observations.time.milliseconds / 1000 }

  /// What a module is made of.
  struct Module {
    /// A compiled library's function that makes it.
    struct Opener {
      var function: UnsafeMutableRawPointer
      /// SHA-256 of the library.
      var digest: String
    }

    /// As diagnostics show it.
    var file: String
    /// Empty where there is an opener.
    var source: [UInt8]
    var opener: Opener?
    /// The rock that it belongs to.
    var rock: String?
  }

  /// Looks a module up: the standard library, then `name.lua` and `name/init.lua` (dots are slashes) below each folder, then
  /// the rocks.
  ///
  /// - Parameter isForRock: a rock asks; it sees no modules of the project.
  func module(_ name: String, isForRock: Bool) throws(BatonError) -> Module? {
    if let source = Stdlib.modules[name] { return Module(file: name, source: source) }
    let path = Self.path(of: name)
    for folder in isForRock ? [] : search.folders {
      for candidate in ["\(folder)/\(path).lua", "\(folder)/\(path)/init.lua"] {
        // A link that leads out of the folder would show files that no module may read, in messages about their syntax.
        if SystemFiles.isBelow(folder, candidate), let source = SystemFiles.read(candidate) {
          files.append(candidate)
          return Module(file: candidate, source: source)
        }
      }
    }
    guard let found = try search.rocks?.module(name) else { return nil }
    var module = Module(file: found.file, source: [], rock: found.rock.name)
    switch found.content {
    case .source(let source): module.source = source
    case .library(let bytes, let digest, let isRoot):
      guard let opener = try opener(of: name, in: found, bytes, digest: digest, isRoot: isRoot) else { return nil }
      module.opener = opener
    }
    if !files.contains(found.file) { files.append(found.file) }
    observations.rocks[found.rock.name] = found.rock
    return module
  }

  /// Loads a compiled library of a rock that was granted it; nil where it may hold a module and does not.
  private func opener(
    of name: String, in found: RockModule, _ bytes: [UInt8], digest: String, isRoot: Bool
  ) throws(BatonError) -> Module.Opener? {
    if let refusal = refusal(of: .nativeCode, rock: found.rock.name) { throw BatonError(.usage, refusal) }
    let library = try CompiledLibrary(bytes, digest: digest, file: found.file)
    if let function = library.opener(of: name) { return Module.Opener(function: function, digest: digest) }
    if isRoot { return nil }
    let symbols = CompiledLibrary.symbols(of: name).joined(separator: " or ")
    throw BatonError(
      .usage, "\(found.file) has no function \(symbols), which would make the module \"\(name)\"",
      cure: "build it with one, or name the file in its rockspec as the module is called")
  }

  private static func path(of name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
  }

  /// Where a module was looked for, for the message that it is not there.
  func places(of name: String, isForRock: Bool) -> [String] {
    (isForRock ? [] : search.folders.map { "\($0)/\(Self.path(of: name)).lua" })
      + (search.rocks == nil ? [] : ["the modules of baton.lock"])
  }

  /// Why a rock may not do something; nil where it may.
  func refusal(of permission: Permission, rock: String) -> String? {
    search.rocks?.refusal(of: permission, rock: rock)
  }

  /// How much text rocks may read of one file, and of all, in bytes: it is recorded with the run.
  private static let longestFile = 1 << 20, longestReading = 8 << 20

  /// A file that a rock reads.
  enum Reading {
    case text(String)
    /// It is not there, or is no text: the rock goes on without it.
    case nothing(String)
    case refused(String)
  }

  /// What a rock is shown of a file: what it was shown before, or what is there now.
  func read(_ path: String, rock: String) -> Reading {
    guard let project = search.rocks?.project else { return .nothing("there is no project") }
    let absolute = path.hasPrefix("/") ? path : "\(project)/\(path)"
    let real = SystemFiles.real(absolute) ?? Self.plain(absolute)
    let isInside = real.hasPrefix(project == "/" ? "/" : project + "/")
    if !isInside || real.hasPrefix(project + "/.baton/") {
      guard let permission = Permission("read:" + real) else { return .nothing("\(path): no path of a file") }
      if let refusal = refusal(of: permission, rock: rock) { return .refused(refusal) }
    }
    if let known = observations.files[real] {
      return known.string.map(Reading.text) ?? .nothing("\(path): no such file")
    }
    guard let bytes = SystemFiles.read(real) else {
      observations.files[real] = .null
      return .nothing("\(path): no such file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return .nothing("\(path): no text in UTF-8") }
    let total = observations.files.values.reduce(0) { $0 + ($1.string?.utf8.count ?? 0) }
    guard bytes.count <= Self.longestFile, total + bytes.count <= Self.longestReading else {
      return .refused("\(path) is too long to be read while a workflow is defined: let a step read it")
    }
    observations.files[real] = .string(text)
    return .text(text)
  }

  /// The path without `.`, `..` and doubled slashes.
  private static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  func record(module name: String, _ module: Module) {
    if let opener = module.opener {
      observations.modules[name] = opener.digest
    } else {
      record(module: name, source: module.source)
    }
  }

  private func record(module name: String, source: [UInt8]) {
    var hash = StableHash()
    for byte in source { hash.combine(byte) }
    let (first, second) = hash.finish()
    observations.modules[name] = "\(String(first, radix: 16))-\(String(second, radix: 16))"
  }

  /// Whether a module's name can be looked up: names between dots, nothing that leaves the roots.
  static func isModuleName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
    }
  }
}
