import BatonLua
import BatonModel

/// The mocks that a Lua file says: `mocks { … }` of a spec, or the table that a file returns. Lives as long as the functions
/// in them are called.
public final class MockFile {
  private let machine: SpecMachine
  private let host: SpecHost
  private let spec: SimulationSpec

  /// - Parameters:
  ///   - file: as the user named it.
  ///   - path: absolute.
  public init(file: String, path: String, environment: SpecEnvironment) throws {
    let request = Script.Request(
      file: file, absolutePath: path, source: try environment.read(path),
      observations: Observations(time: SimulationOptions().start, seed: 1),
      modules: environment.modules(path))
    let host = SpecHost(file: file, simulator: SpecSimulator(file: file, path: path, environment: environment))
    self.host = host
    let results: [LuaItem]
    do throws(LuaFailure) {
      machine = try SpecMachine(request, words: Stdlib.spec) { (vm) throws(LuaFailure) in try host.register(vm) }
      results = try machine.run()
    } catch {
      throw BatonError(.usage, error.message, at: error.place ?? SourcePlace(file: file))
    }
    host.phase = .testing
    var table = host.simulator.base ?? .table(LuaTable())
    if let returned = results.first, returned != .null { table = returned }
    do throws(MockProblem) {
      spec = try host.simulator.reader.spec(table, base: nil, subject: "mocks")
    } catch {
      throw BatonError(.usage, error.text, at: error.place ?? SourcePlace(file: file))
    }
  }

  /// The workflow as it is to be driven; parameters of the command line win over those of the file.
  public func subject(_ source: WorkflowSource) -> ChaosSubject {
    var source = source
    source.params.merge(spec.params) { given, _ in given }
    source.environment.merge(spec.environment) { given, _ in given }
    var options = spec.options
    options.people.roles = host.simulator.environment.roles
    return ChaosSubject(source: source, mocks: spec.mocks, options: options, seed: spec.seed)
  }
}
