import CLuaShim

/// Why bytes from Lua could not be read.
enum LuaWireError: Error {
  /// - Parameters:
  ///   - text: how it begins, with marks in place of what is wrong.
  ///   - field: where it stands in a table: `env.X`; empty: it is a value of its own.
  case notUTF8(text: String, field: String)
  /// The bytes are not what the shim writes.
  case malformed
}

/// Reads values from bytes in the wire format of `CLuaShim.h`, without copying them first.
///
/// The bytes belong to the machine: a cursor must not outlive the host call that it was given to.
struct LuaCursor {
  private var next: UnsafeRawPointer
  private let end: UnsafeRawPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address; then nothing is ever read.
    next = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    end = next + bytes.count
  }

  /// Whether all values were read.
  var isAtEnd: Bool { next >= end }

  /// The next value, decoded whole.
  mutating func item() throws(LuaWireError) -> LuaItem {
    switch Int(try load(UInt8.self)) {
    case BATON_WIRE_NIL: return .null
    case BATON_WIRE_FALSE: return .bool(false)
    case BATON_WIRE_TRUE: return .bool(true)
    case BATON_WIRE_INTEGER: return .integer(try load(Int64.self))
    case BATON_WIRE_NUMBER: return .number(Double(bitPattern: try load(UInt64.self)))
    case BATON_WIRE_SHORT_STRING: return .string(try string(Int(try load(UInt8.self))))
    case BATON_WIRE_STRING: return .string(try string(Int(try load(UInt32.self))))
    case BATON_WIRE_FUNCTION: return .function(try load(Int32.self))
    case BATON_WIRE_TABLE: return .table(try table())
    case BATON_WIRE_OBJECT:
      guard case .string(let kind) = try item() else { throw .malformed }
      return .object(kind: kind, payload: try item())
    default: throw .malformed
    }
  }

  /// The next value if it is a string; otherwise the cursor stays.
  mutating func stringIfPresent() throws(LuaWireError) -> String? {
    guard next < end else { return nil }
    let tag = Int(next.load(as: UInt8.self))
    guard tag == BATON_WIRE_SHORT_STRING || tag == BATON_WIRE_STRING, case .string(let text) = try item()
    else { return nil }
    return text
  }

  private mutating func table() throws(LuaWireError) -> LuaTable {
    var table = LuaTable()
    let items = try load(UInt32.self)
    if items > 0 {
      table.items.reserveCapacity(min(Int(items), end - next))
      for _ in 0..<items { table.items.append(try item()) }
    }
    let fields = try load(UInt32.self)
    if fields > 0 {
      table.fields.reserveCapacity(min(Int(fields), end - next))
      for _ in 0..<fields {
        guard let key = try stringIfPresent() else { throw .malformed }
        do throws(LuaWireError) {
          table.fields.append(LuaTable.Field(key, try item()))
        } catch {
          throw error.inside(key)
        }
      }
    }
    let strays = try load(UInt32.self)
    if strays > 0 {
      for _ in 0..<strays {
        guard let key = try stringIfPresent() else { throw .malformed }
        table.strays.append(key)
        let value = try item()
        if let number = Int64(key.dropFirst().dropLast()) { table.numbered[number] = value }
      }
      table.strays.sort()
    }
    return table
  }

  private mutating func load<T: BitwiseCopyable>(_ type: T.Type) throws(LuaWireError) -> T {
    guard end - next >= MemoryLayout<T>.size else { throw .malformed }
    defer { next += MemoryLayout<T>.size }
    return next.loadUnaligned(as: T.self)
  }

  private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var seen: UInt8 = 0
    for byte in bytes { seen |= byte }
    return seen < 0x80
  }

  private mutating func string(_ count: Int) throws(LuaWireError) -> String {
    guard end - next >= count else { throw .malformed }
    let bytes = UnsafeRawBufferPointer(start: next, count: count)
    next += count
    // Most strings are ASCII; the general check is several times slower.
    if Self.isASCII(bytes) { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes.assumingMemoryBound(to: UInt8.self), as: UTF8.self) else {
      throw .notUTF8(text: String(String(decoding: bytes.prefix(120), as: UTF8.self).prefix(40)), field: "")
    }
    return text
  }
}

/// Writes values in the wire format.
struct LuaEncoder {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20) }

  mutating func append(_ item: LuaItem) {
    switch item {
    case .null: tag(BATON_WIRE_NIL)
    case .bool(let flag): tag(flag ? BATON_WIRE_TRUE : BATON_WIRE_FALSE)
    case .integer(let value):
      tag(BATON_WIRE_INTEGER)
      raw(value)
    case .number(let value):
      tag(BATON_WIRE_NUMBER)
      raw(value.bitPattern)
    case .string(let text): append(text)
    case .function(let handle):
      tag(BATON_WIRE_FUNCTION)
      raw(handle)
    case .object(let kind, let payload):
      tag(BATON_WIRE_OBJECT)
      append(kind)
      append(payload)
    case .table(let table):
      tag(BATON_WIRE_TABLE)
      raw(UInt32(table.items.count))
      for item in table.items { append(item) }
      raw(UInt32(table.fields.count))
      for field in table.fields {
        append(field.key)
        append(field.value)
      }
      raw(UInt32(0))
    }
  }

  private mutating func append(_ text: String) {
    let count = text.utf8.count
    if count < 256 {
      tag(BATON_WIRE_SHORT_STRING)
      raw(UInt8(count))
    } else {
      tag(BATON_WIRE_STRING)
      raw(UInt32(count))
    }
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func tag(_ value: Int) { bytes.append(UInt8(truncatingIfNeeded: value)) }

  private mutating func raw<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
