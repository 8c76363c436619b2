import BatonCore
import BatonModel

/// What the script sees of the world. What it asks for is recorded; what is recorded already is what it sees.
final class World {
  var observations: Observations
  private let environment: (String) -> String?
  private let roots: [String]
  /// What the project says of agents: suites, channels, environments.
  let agents: Value
  /// Absolute paths of the modules that were read, in order.
  private(set) var files: [String] = []
  /// Modules that are being loaded, outermost first.
  var loading: [String] = []

  init(observations: Observations, environment: @escaping (String) -> String?, moduleRoots: [String], agents: Value) {
    self.observations = observations
    self.environment = environment
    roots = moduleRoots
    self.agents = agents
  }

  /// An environment variable, or null.
  func variable(_ name: String) -> Value {
    if let known = observations.env[name] { return known }
    let value = environment(name).map(Value.string) ?? .null
    observations.env[name] = value
    return value
  }

  /// Seconds since 1970, as `os.time` tells them.
  var seconds: Int64 { observations.time.milliseconds / 1000 }

  /// The source text of a module.
  struct Module {
    /// As diagnostics show it.
    var file: String
    var source: [UInt8]
  }

  /// Looks a module up: the standard library, then `name.lua` and `name/init.lua` (dots are slashes) below each root.
  func module(_ name: String) -> Module? {
    if let source = Stdlib.modules[name] { return Module(file: name, source: source) }
    let path = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
    for root in roots {
      for candidate in ["\(root)/\(path).lua", "\(root)/\(path)/init.lua"] {
        if let source = SystemFiles.read(candidate) {
          files.append(candidate)
          return Module(file: candidate, source: source)
        }
      }
    }
    return nil
  }

  /// Where a module was looked for, for the message that it is not there.
  func places(of name: String) -> [String] {
    let path = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
    return roots.map { "\($0)/\(path).lua" }
  }

  func record(module name: String, source: [UInt8]) {
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
