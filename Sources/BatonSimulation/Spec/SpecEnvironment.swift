import BatonLua
import BatonModel

/// What specs and simulations may see of the machine.
public struct SpecEnvironment {
  /// A file's bytes.
  public var read: (_ path: String) throws -> [UInt8]
  /// Where `require` looks, for the file of this absolute path.
  public var modules: (_ path: String) -> ModuleSearch
  /// What the project says of agents, for `baton.agents`.
  public var agents: Value
  /// What the project's configuration says in the environment that was chosen.
  public var settings: RunSettings
  /// What the project's settings say there is: resource → how much.
  public var resources: [String: Double]
  /// Role → people.
  public var roles: [String: [String]]
  /// The real time, for how long tests take.
  public var now: () -> Instant

  public init(
    read: @escaping (String) throws -> [UInt8], modules: @escaping (String) -> ModuleSearch,
    agents: Value = .null, settings: RunSettings = RunSettings(), resources: [String: Double] = [:],
    roles: [String: [String]] = [:],
    now: @escaping () -> Instant
  ) {
    self.read = read
    self.modules = modules
    self.agents = agents
    self.settings = settings
    self.resources = resources
    self.roles = roles
    self.now = now
  }
}
