import BatonModel
import CLuaShim

/// A call of a host function, while it lasts.
public struct LuaCall {
  public let arguments: [LuaItem]
  let machine: OpaquePointer

  /// Where the script stands: level 1 is its nearest line, 2 the line that called that function, and so on. Frames of
  /// privileged code don't count.
  public func place(level: Int = 1) -> SourcePlace? {
    var file = baton_slice()
    var line: Int32 = 0
    guard baton_vm_place(machine, Int32(clamping: level), &file, &line) != 0 else { return nil }
    return SourcePlace(file: file.text, line: line)
  }

  /// The line of ``place(level:)``, for less; 0 where there is none.
  public func line() -> Int32 {
    var file = baton_slice()
    var line: Int32 = 0
    return baton_vm_place(machine, 1, &file, &line) != 0 ? line : 0
  }
}

/// What a host function answers.
public enum LuaReply: Sendable, Hashable {
  /// The results of the call in Lua.
  case values([LuaItem])
  /// Raises an error that names the script's line: level 1 is the nearest one, 0 names none.
  case raise(String, level: Int = 1)
  /// Ends the entry, whatever the script catches.
  case halt(String)
  case fail(String)

  /// No results.
  public static let none = LuaReply.values([])
}

extension baton_slice {
  /// The bytes as text, with what is no UTF-8 replaced.
  var text: String { String(decoding: buffer, as: UTF8.self) }

  var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: length) }
}
