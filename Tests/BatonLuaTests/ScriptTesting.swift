import BatonLua
import BatonModel
import Testing

/// Reading small scripts in tests.
enum Lua {
  static func request(_ source: String) -> Script.Request {
    Script.Request(
      file: "test.lua", absolutePath: "/work/test.lua", source: Array(source.utf8),
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1))
  }

  static func load(
    _ source: String, params: [String: Value] = [:], raw: [String: String] = [:], env: [String: String] = [:]
  ) throws -> Script {
    var request = request(source)
    request.params = params
    request.rawParams = raw
    request.environment = { env[$0] }
    do throws(Diagnostics) { return try Script.load(request) } catch {
      throw Failure(text: error.text)
    }
  }

  /// The mistakes of a script as a user sees them; empty where it has none.
  static func mistakes(_ source: String, raw: [String: String] = [:]) -> String {
    var request = request(source)
    request.rawParams = raw
    do throws(Diagnostics) {
      _ = try Script.load(request)
      return ""
    } catch { return error.text }
  }

  struct Failure: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
  }
}

extension Script {
  func node(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> Node {
    try #require(plan.nodes.first { $0.name == name }, "no node \(name)", sourceLocation: location)
  }

  func options(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> StepOptions {
    try node(name, at: location).options.value
  }

  /// The names of what a node waits for.
  func dependencies(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> [String] {
    try node(name, at: location).dependencies.map { plan.nodes[$0].name }
  }

  func members(_ name: String, at location: SourceLocation = #_sourceLocation) throws -> [String] {
    try #require(try node(name, at: location).group, sourceLocation: location).members.map { plan.nodes[$0].name }
  }
}
