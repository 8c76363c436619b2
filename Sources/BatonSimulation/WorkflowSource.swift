import BatonLua
import BatonModel

/// A workflow that can be read again and again, each time as another driver would.
public struct WorkflowSource {
  /// As messages show it.
  public var file: String
  public var path: String
  public var text: [UInt8]
  public var modules: ModuleSearch
  public var params: [String: Value] = [:]
  /// Of parameters given as text; they win.
  public var rawParams: [String: String] = [:]
  public var environment: [String: String] = [:]
  /// What the project says of agents, for `baton.agents`.
  public var agents: Value = .null
  /// What the project's configuration says.
  public var settings = RunSettings()
  public var onPrint: (String) -> Void = { _ in }

  public init(file: String, path: String, text: [UInt8], modules: ModuleSearch) {
    self.file = file
    self.path = path
    self.text = text
    self.modules = modules
  }

  /// Reads it, showing it what an earlier driver saw.
  public func load(_ observations: Observations) throws(Diagnostics) -> Script {
    var request = Script.Request(
      file: file, absolutePath: path, source: text, observations: observations,
      environment: { environment[$0] }, modules: modules)
    request.params = params
    request.agents = agents
    request.settings = settings
    request.rawParams = rawParams
    request.onPrint = onPrint
    return try Script.load(request)
  }
}
