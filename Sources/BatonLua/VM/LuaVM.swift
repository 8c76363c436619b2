import BatonModel
import CLuaShim
import Glibc

/// What a chunk of source sees.
public enum LuaEnvironment: Sendable, Hashable {
  /// Baton's own code: `host` (the registered functions, `seal`, `unseal`), `sandbox` (what scripts may use), and
  /// libraries that no script can change.
  case privileged
  /// A script: the sandbox's names; assigning a global is allowed and seen by this chunk alone, reading an undefined one
  /// is an error.
  case sandbox
}

/// A Lua machine with limits: nothing that a script does hangs or ends the process.
///
/// Not `Sendable`: it may move between threads, but is used by one at a time.
public final class LuaVM {
  public struct Limits: Sendable, Hashable {
    /// Bytes that Lua may hold at once.
    public var memory: ByteSize
    /// Steps that one call of a pattern function may take, on top of 32 for each byte of its subject.
    public var patternSteps: Int
    /// How deep tables may nest that cross between Lua and Swift, at most 200.
    public var depth: Int

    public init(
      memory: ByteSize = ByteSize(bytes: 512 << 20), patternSteps: Int = 10_000_000, depth: Int = 100
    ) {
      self.memory = memory
      self.patternSteps = patternSteps
      self.depth = depth
    }
  }

  public let limits: Limits
  private let machine: LuaMachine

  /// - Parameter seed: What `math.random` starts from.
  public init(limits: Limits = Limits(), seed: UInt64 = 0) throws(LuaFailure) {
    self.limits = limits
    machine = LuaMachine()
    try machine.open(limits, seed)
    machine.bodies.append(Self.undefined)
  }

  /// Bytes that Lua holds now.
  public var memoryInUse: Int { machine.memory }
  /// Bytes that are there for small objects, used or not.
  public var poolSize: Int { machine.pool }

  /// Compiles source text. The chunk's name is the file as people know it.
  public func compile(
    _ source: [UInt8], chunkName: String, env: LuaEnvironment = .sandbox
  ) throws(LuaFailure) -> Int32 {
    let privileged: Int32 = env == .privileged ? 1 : 0
    if env == .sandbox { machine.chunks.insert(chunkName) }
    var handle: Int32 = 0
    try machine.enter { pointer in
      source.withUnsafeBufferPointer {
        baton_vm_compile(pointer, $0.baseAddress, $0.count, chunkName, privileged, &handle)
      }
    }
    return handle
  }

  public func compile(
    _ source: String, chunkName: String, env: LuaEnvironment = .sandbox
  ) throws(LuaFailure) -> Int32 {
    try compile(Array(source.utf8), chunkName: chunkName, env: env)
  }

  /// A compiled library's function of the form `int luaopen_NAME(lua_State *)`, for privileged code's `host.opener`.
  func function(of opener: UnsafeMutableRawPointer) throws(LuaFailure) -> Int32 {
    var handle: Int32 = 0
    try machine.enter { baton_vm_library_function($0, opener, &handle) }
    return handle
  }

  /// Calls a function. A call inside a host function ends with the outer one's limit at the latest.
  ///
  /// - Parameter heedsSignals: After a second it also ends when SIGINT or SIGTERM waits for the caller to take it.
  public func call(
    _ function: Int32, _ arguments: [LuaItem] = [], limit: Span = Span(seconds: 10), heedsSignals: Bool = false
  ) throws(LuaFailure) -> [LuaItem] {
    var encoder = machine.takeEncoder()
    for item in arguments { encoder.append(item) }
    var result = baton_slice()
    try machine.enter { pointer in
      let status = encoder.bytes.withUnsafeBufferPointer {
        baton_vm_call(pointer, function, $0.baseAddress, $0.count, max(0, limit.nanoseconds), heedsSignals, &result)
      }
      machine.encoders.append(encoder)
      return status
    }
    do throws(LuaWireError) {
      return try LuaMachine.decode(result.buffer)
    } catch {
      throw LuaFailure(.runtime, "the function returned \(error.text)")
    }
  }

  /// Makes privileged code's `host.NAME` call the body. It may call back into the machine.
  public func register(_ name: String, _ body: @escaping (LuaCall) -> LuaReply) throws(LuaFailure) {
    machine.bodies.append(body)
    let number = Int32(machine.bodies.count - 1)
    try machine.enter { baton_vm_register($0, name, number) }
  }

  /// A digest of a function's code and of what it captures: 32 hexadecimal digits, the same for code that differs
  /// only in comments, layout and the names of locals.
  public func digest(of function: Int32) throws(LuaFailure) -> String {
    var digits = [CChar](repeating: 0, count: 33)
    try machine.enter { baton_vm_digest($0, function, &digits) }
    return String(decoding: digits.prefix(32).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// A message of an error that a script caught, and the place that stands before it, if any.
  func split(_ message: String) -> (place: SourcePlace, message: String)? { machine.chunks.splitAll(message) }

  /// A script named a global that does not exist: arguments are the name and all names there are.
  private static func undefined(_ call: LuaCall) -> LuaReply {
    guard case .string(let name)? = call.arguments.first, case .table(let known)? = call.arguments.last else {
      return .raise("a global is not defined")
    }
    let names = known.items.compactMap { if case .string(let text) = $0 { text } else { nil } }
    return .raise(UndefinedName.text(name, known: names))
  }
}
