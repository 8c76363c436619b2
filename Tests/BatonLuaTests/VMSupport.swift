import BatonLua
import BatonModel

/// A machine with a script in it.
struct Sample {
  let vm: LuaVM

  init(_ limits: LuaVM.Limits = .init(), seed: UInt64 = 1) throws {
    vm = try LuaVM(limits: limits, seed: seed)
  }

  /// Runs privileged code.
  @discardableResult
  func prepare(_ source: String) throws -> [LuaItem] {
    try vm.call(vm.compile(source, chunkName: "prelude", env: .privileged))
  }

  /// Runs a script, and gives what it returns.
  @discardableResult
  func run(_ source: String, name: String = "script.lua", limit: Span = Span(seconds: 60)) throws -> [LuaItem] {
    try vm.call(vm.compile(source, chunkName: name), limit: limit)
  }

  /// The failure of a script, or nil when it ends well.
  func failure(_ source: String, name: String = "script.lua", limit: Span = Span(seconds: 60)) -> LuaFailure? {
    do {
      try run(source, name: name, limit: limit)
      return nil
    } catch let failure as LuaFailure {
      return failure
    } catch {
      return nil
    }
  }
}

/// Runs a script in a machine of its own.
func lua(_ source: String) throws -> [LuaItem] { try Sample().run(source) }
