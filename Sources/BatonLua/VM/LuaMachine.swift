import BatonModel
import CLuaShim
import Glibc

/// The C machine, its host functions, and what its failures mean.
///
/// It is a class of its own because C holds its address.
final class LuaMachine {
  private var pointer: OpaquePointer?
  private var memoryLimit = ByteSize(bytes: 0)
  private var entered = 0
  private var owner = pthread_self()
  /// Host functions by their number.
  var bodies: [(LuaCall) -> LuaReply] = []
  var chunks = LuaChunkNames()
  /// Encoders that are not in use; their memory is used again.
  var encoders: [LuaEncoder] = []

  deinit {
    if let pointer { baton_vm_destroy(pointer) }
  }

  func open(_ limits: LuaVM.Limits, _ seed: UInt64) throws(LuaFailure) {
    memoryLimit = limits.memory
    let shimLimits = baton_vm_limits(
      memory: UInt64(clamping: limits.memory.bytes), pattern_steps: UInt64(clamping: limits.patternSteps),
      depth: Int32(clamping: min(limits.depth, 200)), seed: seed)
    pointer = baton_vm_create(
      shimLimits,
      { context, function, arguments, length, level in
        guard let context, let level else { return Int32(BATON_REPLY_RAISE) }
        let machine = Unmanaged<LuaMachine>.fromOpaque(context).takeUnretainedValue()
        return machine.answer(function, UnsafeRawBufferPointer(start: arguments, count: length), &level.pointee)
      }, Unmanaged.passUnretained(self).toOpaque(), 0)
    if pointer == nil { throw LuaFailure(.memory, memoryMessage) }
  }

  var memory: Int { pointer.map { Int(clamping: baton_vm_memory($0)) } ?? 0 }

  var pool: Int { pointer.map { Int(clamping: baton_vm_pool($0)) } ?? 0 }

  /// Runs an entry of the shim, and throws what it failed with.
  func enter(_ body: (OpaquePointer) -> Int32) throws(LuaFailure) {
    guard let pointer else { throw LuaFailure(.memory, memoryMessage) }
    let current = pthread_self()
    precondition(entered == 0 || pthread_equal(owner, current) != 0, "a Lua machine is used by two threads at once")
    owner = current
    entered += 1
    defer { entered -= 1 }
    let status = body(pointer)
    if status != BATON_VM_OK { throw failure(pointer, Int(status)) }
  }

  func takeEncoder() -> LuaEncoder {
    var encoder = encoders.popLast() ?? LuaEncoder()
    encoder.removeAll()
    return encoder
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws(LuaWireError) -> [LuaItem] {
    var cursor = LuaCursor(bytes)
    var items: [LuaItem] = []
    // Most calls have so many arguments.
    items.reserveCapacity(4)
    while !cursor.isAtEnd { items.append(try cursor.item()) }
    return items
  }

  /// Answers a call of `host.NAME`.
  private func answer(_ function: Int32, _ bytes: UnsafeRawBufferPointer, _ level: inout Int32) -> Int32 {
    guard let pointer, bodies.indices.contains(Int(function)) else { return Int32(BATON_REPLY_RAISE) }
    let reply: LuaReply
    do throws(LuaWireError) {
      reply = bodies[Int(function)](LuaCall(arguments: try Self.decode(bytes), machine: pointer))
    } catch {
      reply = .raise("an argument is \(error.text)")
    }
    switch reply {
    case .values(let items):
      if items.isEmpty { return Int32(BATON_REPLY_VALUES) }
      var encoder = takeEncoder()
      for item in items { encoder.append(item) }
      let kept = encoder.bytes.withUnsafeBufferPointer { baton_vm_set_reply(pointer, $0.baseAddress, $0.count) }
      encoders.append(encoder)
      return kept != 0 ? Int32(BATON_REPLY_VALUES) : say("a value is too large to be passed on", BATON_REPLY_RAISE)
    case .raise(let message, let raisedLevel):
      level = Int32(clamping: raisedLevel)
      return say(message, BATON_REPLY_RAISE)
    case .halt(let message): return say(message, BATON_REPLY_HALT)
    case .fail(let message): return say(message, BATON_REPLY_FAIL)
    }
  }

  private func say(_ message: String, _ kind: Int) -> Int32 {
    var message = message
    message.withUTF8 { _ = baton_vm_set_reply(pointer, $0.baseAddress, $0.count) }
    return Int32(kind)
  }

  private var memoryMessage: String { "the script used more than \(memoryLimit.short) of memory" }

  /// What the machine wrote down about its last failure.
  private func failure(_ pointer: OpaquePointer, _ status: Int) -> LuaFailure {
    let note = Note(baton_vm_failure(pointer).buffer)
    let split = chunks.splitAll(note.message)
    let bare = Self.clear(split?.message ?? note.message)
    let place = split?.place ?? note.place
    switch status {
    case BATON_VM_MEMORY: return LuaFailure(.memory, memoryMessage, at: place, traceback: note.traceback)
    case BATON_VM_TIME:
      let text =
        Int32(note.message).map { "the script was ended by \($0 == SIGINT ? "SIGINT" : "SIGTERM")" }
        ?? "the script ran for more than \(note.limit.short) without an end"
      return LuaFailure(.timeLimit, text, at: note.place, traceback: note.traceback)
    case BATON_VM_HALT:
      return LuaFailure(.halt(note.message), note.message, at: note.place, traceback: note.traceback)
    case BATON_VM_FAIL:
      return LuaFailure(.fail(note.message), note.message, at: note.place, traceback: note.traceback)
    default:
      let kind: LuaFailure.Kind = Self.isNesting(bare) ? .nesting : status == BATON_VM_SYNTAX ? .syntax : .runtime
      return LuaFailure(kind, bare, at: place, traceback: note.traceback)
    }
  }

  /// A message of Lua in words of the language.
  private static func clear(_ message: String) -> String {
    if message.hasPrefix("attempt to load a binary chunk") { return "this is compiled Lua; a script is source text" }
    if message == "C stack overflow" { return "the script nests too deep (C stack overflow)" }
    return UndefinedName.explained(message)
  }

  /// Whether a message of Lua or of the shim is about nesting.
  private static func isNesting(_ message: String) -> Bool {
    let phrases = [
      "stack overflow", "nests more than", "nests too deep", "nest too deep", "C levels", "syntax levels",
      "error in error handling",
    ]
    return phrases.contains { message.range(of: $0) != nil }
  }

  /// The wire form of a failure (`baton_vm_failure`).
  private struct Note {
    var message = "an error whose message is not valid UTF-8"
    var place: SourcePlace?
    var limit = Span.zero
    var traceback: [String] = []

    init(_ bytes: UnsafeRawBufferPointer) {
      var cursor = LuaCursor(bytes)
      if case .string(let text)? = try? cursor.item() { message = text }
      let file = try? cursor.item()
      let line = try? cursor.item()
      if case .string(let name)? = file, case .integer(let number)? = line {
        place = SourcePlace(file: name, line: Int32(clamping: number))
      }
      if case .integer(let nanoseconds)? = try? cursor.item() { limit = Span(nanoseconds: nanoseconds) }
      while !cursor.isAtEnd, let item = try? cursor.item() {
        if case .string(let frame) = item { traceback.append(frame) }
      }
    }
  }
}
