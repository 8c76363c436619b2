import BatonModel

/// A Lua machine with the words of the language in it, for files that are no workflows: specs.
///
/// What a workflow can require, a spec can too; what declares steps belongs into workflows alone.
public final class SpecMachine {
  public let vm: LuaVM
  /// Absolute paths of the modules that were read.
  public var loadedFiles: [String] { world.files }
  private let world: World
  private let definition: Definition
  private let request: Script.Request

  /// - Parameters:
  ///   - request: the file; its parameters are not looked at.
  ///   - words: a privileged chunk that runs behind the prelude, and adds words.
  ///   - register: adds host functions that the words call.
  /// - Throws: what is wrong with the words, never with the file.
  public init(
    _ request: Script.Request, words: [UInt8], register: (LuaVM) throws(LuaFailure) -> Void
  ) throws(LuaFailure) {
    self.request = request
    definition = Definition(sources: SourceMap())
    world = World(
      observations: request.observations, environment: request.environment, search: request.modules,
      agents: request.agents, settings: request.settings)
    vm = try LuaVM(
      limits: LuaVM.Limits(memory: ByteSize(bytes: request.memoryLimit)), seed: request.observations.seed)
    let definition = definition
    definition.digest = { [unowned vm] in (try? vm.digest(of: $0)) ?? "" }
    definition.phase = .calling
    try HostFunctions(vm, definition, world, onPrint: request.onPrint).register()
    try register(vm)
    _ = try vm.call(try vm.compile(Stdlib.prelude, chunkName: "prelude", env: .privileged))
    _ = try vm.call(try vm.compile(words, chunkName: "spec", env: .privileged))
  }

  /// Runs the file, and gives what it returns.
  public func run() throws(LuaFailure) -> [LuaItem] {
    definition.sources.add(request.source, file: request.file)
    return try vm.call(try vm.compile(request.source, chunkName: request.file), limit: request.limit)
  }
}
