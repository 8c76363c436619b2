import BatonModel

/// Reads JSON with the places of its values.
enum JSONReader {
  static let deepest = 100
  /// Bytes.
  static let longest = 4 << 20

  /// - Throws: what is wrong, with its line and column.
  static func read(_ text: [UInt8], file: String) throws(Diagnostics) -> Node {
    guard text.count <= longest else {
      throw Diagnostics([
        Diagnostic("\(file) has \(text.count) bytes: more than \(longest) are no workflow", at: SourcePlace(file: file))
      ])
    }
    let result: Result<Node, JSON.Failure> = text.withUnsafeBufferPointer { bytes in
      var reader = Reader(JSON.Parser(bytes: bytes, maximumDepth: deepest), bytes)
      do throws(JSON.Failure) {
        let node = try reader.node(depth: 0)
        reader.parser.skipSpace()
        guard reader.parser.next == nil else { throw reader.parser.failure("unexpected text after the value") }
        return .success(node)
      } catch { return .failure(error) }
    }
    switch result {
    case .success(let node): return node
    case .failure(let failure):
      let mark = LineIndex(text).mark(failure.offset)
      throw Diagnostics([Diagnostic("bad JSON: \(failure.message)", at: mark.place(in: file))])
    }
  }

  private struct Reader {
    var parser: JSON.Parser
    let lines: LineIndex
    let bytes: UnsafeBufferPointer<UInt8>

    init(_ parser: JSON.Parser, _ bytes: UnsafeBufferPointer<UInt8>) {
      self.parser = parser
      self.bytes = bytes
      lines = LineIndex(bytes)
    }

    mutating func node(depth: Int) throws(JSON.Failure) -> Node {
      guard depth < deepest else { throw parser.failure("nested more than \(deepest) deep") }
      parser.skipSpace()
      let start = parser.position
      let mark = lines.mark(start)
      switch parser.next {
      case UInt8(ascii: "{"): return try object(mark, depth: depth)
      case UInt8(ascii: "["): return try array(mark, depth: depth)
      default:
        let value = try parser.value(depth: depth)
        let written = String(decoding: bytes[start..<parser.position], as: UTF8.self)
        return Node(Self.content(value), at: mark, written: written)
      }
    }

    static func content(_ value: Value) -> Node.Content {
      switch value {
      case .bool(let flag): .bool(flag)
      case .integer(let number): .integer(number)
      case .number(let number): .number(number)
      case .string(let text): .string(text)
      case .null, .list, .map: .null
      }
    }

    mutating func array(_ mark: Mark, depth: Int) throws(JSON.Failure) -> Node {
      _ = parser.skip(UInt8(ascii: "["))
      var items: [Node] = []
      if parser.skip(UInt8(ascii: "]")) { return Node(.list(items), at: mark) }
      repeat { items.append(try node(depth: depth + 1)) } while parser.skip(UInt8(ascii: ","))
      guard parser.skip(UInt8(ascii: "]")) else { throw parser.failure("expected ',' or ']'") }
      return Node(.list(items), at: mark)
    }

    mutating func object(_ mark: Mark, depth: Int) throws(JSON.Failure) -> Node {
      _ = parser.skip(UInt8(ascii: "{"))
      var entries: [Node.Entry] = []
      var known: Set<String> = []
      if parser.skip(UInt8(ascii: "}")) { return Node(.map(entries), at: mark) }
      repeat {
        parser.skipSpace()
        let place = lines.mark(parser.position)
        guard parser.next == UInt8(ascii: "\"") else { throw parser.failure("expected a key in quotes") }
        let before = parser.failure("")
        let key = try parser.string()
        guard known.insert(key).inserted else {
          throw JSON.Failure(offset: before.offset, message: "the key \"\(key)\" is here twice")
        }
        guard parser.skip(UInt8(ascii: ":")) else { throw parser.failure("expected ':' after the key \"\(key)\"") }
        entries.append(Node.Entry(key: key, keyPlace: place, value: try node(depth: depth + 1)))
      } while parser.skip(UInt8(ascii: ","))
      guard parser.skip(UInt8(ascii: "}")) else { throw parser.failure("expected ',' or '}'") }
      return Node(.map(entries), at: mark)
    }
  }
}

/// Line and column of a byte's offset.
struct LineIndex {
  private var starts = [0]

  init(_ bytes: some Collection<UInt8>) {
    var offset = 0
    for byte in bytes {
      offset += 1
      if byte == 0x0A { starts.append(offset) }
    }
  }

  func mark(_ offset: Int) -> Mark {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return Mark(line: low + 1, column: offset - starts[low] + 1)
  }
}
