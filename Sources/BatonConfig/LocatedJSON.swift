import BatonModel

/// A way into a JSON document: `$.environments.prod.config.hosts[2]`.
public struct JSONPath: Sendable, Hashable {
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  public static func + (path: JSONPath, key: String) -> JSONPath { JSONPath(path.steps + [.key(key)]) }
  public static func + (path: JSONPath, index: Int) -> JSONPath { JSONPath(path.steps + [.index(index)]) }

  public var parent: JSONPath { JSONPath(Array(steps.dropLast())) }

  /// With `$` for the document; a key that is no plain word stands in brackets.
  public var text: String { "$" + tail(from: 0, dotted: true) }

  /// Without the `$.`: `config.url`.
  public var short: String { tail(from: 0, dotted: false) }

  private func tail(from start: Int, dotted: Bool) -> String {
    var text = ""
    for step in steps.dropFirst(start) {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key) where Names.isValid(key) && !key.contains("."):
        text += dotted || !text.isEmpty ? ".\(key)" : key
      case .key(let key): text += "[\(JSON.encode(.string(key)))]"
      }
    }
    return text
  }
}

/// A JSON text with the places of everything in it, for messages that say where.
public struct LocatedJSON: Sendable {
  public let value: Value
  public let file: String
  /// Way → byte offset of the value, or of the key before it.
  private let values: [JSONPath: Int]
  private let keys: [JSONPath: Int]
  /// Keys that an object has twice: of such a pair JSON readers silently drop one.
  public let repeated: [Diagnostic]
  private let lines: [Int]

  /// - Parameter file: the path as the user knows it.
  /// - Throws: the place and the reason why it is no JSON.
  public init(_ text: [UInt8], file: String) throws(Diagnostics) {
    self.file = file
    // Editors of other systems begin a text with a mark of its encoding.
    let mark = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var starts = [0]
    for (offset, byte) in text.enumerated() where byte == 0x0A { starts.append(offset + 1) }
    lines = starts
    let outcome = text.withUnsafeBufferPointer { bytes -> Result<Reader, JSON.Failure> in
      var reader = Reader(JSON.Parser(bytes: UnsafeBufferPointer(rebasing: bytes[mark...])), mark: mark)
      do throws(JSON.Failure) {
        try reader.document(length: bytes.count - mark)
        return .success(reader)
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .failure(let failure):
      throw Diagnostics([Diagnostic(failure.message, at: Self.place(failure.offset + mark, starts, file))])
    case .success(let reader):
      value = reader.root
      values = reader.values
      keys = reader.keys
      repeated = reader.repeated.map { path, offset, first in
        Diagnostic(
          "\(path.text) is said twice", at: Self.place(offset, starts, file),
          cure: "the first is at \(Self.place(first, starts, file).text)")
      }
    }
  }

  /// Where the value stands, or what is nearest above it.
  public func place(of path: JSONPath) -> SourcePlace { nearest(path, values) }

  /// Where the key stands; of an item of a list: the item.
  public func place(ofKey path: JSONPath) -> SourcePlace {
    keys[path].map { Self.place($0, lines, file) } ?? nearest(path, values)
  }

  private func nearest(_ path: JSONPath, _ known: [JSONPath: Int]) -> SourcePlace {
    var path = path
    while true {
      if let offset = known[path] { return Self.place(offset, lines, file) }
      if path.steps.isEmpty { return SourcePlace(file: file) }
      path = path.parent
    }
  }

  private static func place(_ offset: Int, _ starts: [Int], _ file: String) -> SourcePlace {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return SourcePlace(
      file: file, line: Int32(clamping: low + 1), column: Int32(clamping: offset - starts[low] + 1))
  }

  private struct Reader {
    var parser: JSON.Parser
    let mark: Int
    var root = Value.null
    var values: [JSONPath: Int] = [:]
    var keys: [JSONPath: Int] = [:]
    var repeated: [(JSONPath, Int, Int)] = []

    init(_ parser: JSON.Parser, mark: Int) {
      self.parser = parser
      self.parser.refusesInfinity = true
      self.mark = mark
    }

    mutating func document(length: Int) throws(JSON.Failure) {
      root = try value(JSONPath())
      parser.skipSpace()
      guard parser.position == length else { throw parser.failure("unexpected text after the value") }
    }

    private mutating func value(_ path: JSONPath) throws(JSON.Failure) -> Value {
      guard path.steps.count < JSON.maximumDepth else {
        throw parser.failure("nested more than \(JSON.maximumDepth) deep")
      }
      parser.skipSpace()
      values[path] = parser.position + mark
      if parser.skip(UInt8(ascii: "{")) { return try object(path) }
      if parser.skip(UInt8(ascii: "[")) { return try list(path) }
      return try parser.value()
    }

    private mutating func object(_ path: JSONPath) throws(JSON.Failure) -> Value {
      var fields: [String: Value] = [:]
      if parser.skip(UInt8(ascii: "}")) { return .map(fields) }
      while true {
        parser.skipSpace()
        guard parser.next == UInt8(ascii: "\"") else { throw parser.failure("expected a key in quotes") }
        let offset = parser.position + mark
        let key = try parser.string()
        let inner = path + key
        if let first = keys[inner] { repeated.append((inner, offset, first)) }
        keys[inner] = offset
        guard parser.skip(UInt8(ascii: ":")) else { throw parser.failure("expected ':' after the key \"\(key)\"") }
        fields[key] = try value(inner)
        if parser.skip(UInt8(ascii: ",")) { continue }
        guard parser.skip(UInt8(ascii: "}")) else { throw parser.failure("expected ',' or '}'") }
        return .map(fields)
      }
    }

    private mutating func list(_ path: JSONPath) throws(JSON.Failure) -> Value {
      var items: [Value] = []
      if parser.skip(UInt8(ascii: "]")) { return .list(items) }
      while true {
        items.append(try value(path + items.count))
        if parser.skip(UInt8(ascii: ",")) { continue }
        guard parser.skip(UInt8(ascii: "]")) else { throw parser.failure("expected ',' or ']'") }
        return .list(items)
      }
    }
  }
}
