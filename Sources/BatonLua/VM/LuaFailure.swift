import BatonModel

/// What ended an entry into Lua.
public struct LuaFailure: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The source is no Lua.
    case syntax
    /// An error was raised and not caught.
    case runtime
    case memory
    case timeLimit
    /// Calls or tables nest too deep.
    case nesting
    /// A host function replied `.halt` or `.fail` with this message.
    case halt(String)
    case fail(String)
  }

  public var kind: Kind
  /// What is wrong, without the place.
  public var message: String
  /// The line that it is about, as far as it is known.
  public var place: SourcePlace?
  /// Where the script stood, innermost first: `file:line: in name`.
  public var traceback: [String]

  public init(_ kind: Kind, _ message: String, at place: SourcePlace? = nil, traceback: [String] = []) {
    self.kind = kind
    self.message = message
    self.place = place
    self.traceback = traceback
  }

  /// `file:line: message`.
  public var text: String { (place.map { "\($0.text): " } ?? "") + message }
}

/// Names of chunks, as they stand before the messages of Lua's errors.
///
/// Lua shortens a name of more than 59 bytes to `...` and its end.
struct LuaChunkNames {
  private var full: [String: String] = [:]

  private static let longest = 59

  mutating func insert(_ name: String) {
    full[name] = name
    full[Self.shortened(name)] = name
  }

  static func shortened(_ name: String) -> String {
    name.utf8.count <= longest ? name : "..." + String(decoding: name.utf8.suffix(longest - 3), as: UTF8.self)
  }

  /// As ``split(_:)``, of a message that got a place at every coroutine on its way: the innermost is kept.
  func splitAll(_ message: String) -> (place: SourcePlace, message: String)? {
    guard var found = split(message) else { return nil }
    while let inner = split(found.message) { found = inner }
    return found
  }

  /// Splits `file:line: message` where the file is a known chunk.
  func split(_ message: String) -> (place: SourcePlace, message: String)? {
    let bytes = message.utf8
    var start = bytes.startIndex
    // A path may have colons in it: every `:digits: ` is tried.
    while let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) {
      start = bytes.index(after: colon)
      let digits = bytes[start...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty, bytes[digits.endIndex...].starts(with: ": ".utf8), let line = Int32(Substring(digits)),
        let file = full[String(message[..<colon])]
      else { continue }
      return (SourcePlace(file: file, line: line), String(message[bytes.index(digits.endIndex, offsetBy: 2)...]))
    }
    return nil
  }
}
