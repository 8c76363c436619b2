import BatonModel

/// A line that holds one JSON object.
enum ObjectLine {
  /// Calls `field` with each key, the parser standing before its value, which `field` reads.
  /// - Throws: When the line is anything else.
  static func read(
    _ line: UnsafeBufferPointer<UInt8>, _ field: (String, inout JSON.Parser) throws(JSON.Failure) -> Void
  ) throws(JSON.Failure) {
    var parser = JSON.Parser(bytes: line)
    guard parser.skip(UInt8(ascii: "{")) else { throw parser.failure("no JSON object") }
    if !parser.skip(UInt8(ascii: "}")) {
      repeat {
        parser.skipSpace()
        guard parser.next == UInt8(ascii: "\"") else { throw parser.failure("expected a key in quotes") }
        let key = try parser.string()
        guard parser.skip(UInt8(ascii: ":")) else { throw parser.failure("expected ':'") }
        try field(key, &parser)
      } while parser.skip(UInt8(ascii: ","))
      guard parser.skip(UInt8(ascii: "}")) else { throw parser.failure("expected ',' or '}'") }
    }
    parser.skipSpace()
    guard parser.next == nil else { throw parser.failure("unexpected text after the object") }
  }

  /// Whether the line begins as an object does.
  static func isObject(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    line.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "{")
  }

  static func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool { line.allSatisfy { $0 <= 0x20 && $0 > 0 } }

  /// The beginning of a line, for a message.
  static func quoted(_ line: UnsafeBufferPointer<UInt8>) -> String {
    "\"" + String(decoding: line.prefix(60).map { $0 < 0x20 ? UInt8(ascii: "?") : $0 }, as: UTF8.self) + "\""
  }
}
