import BatonModel

/// Records of durable bodies, of which a run may have hundreds of thousands.
extension RecordCoding {
  static func append(_ operations: [Operation], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (index, operation) in operations.enumerated() {
      bytes.append(contentsOf: (index > 0 ? ",[" : "[").utf8)
      JSON.append(operation.kind.rawValue, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(operation.key, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(operation.text, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      JSON.append(Int64(operation.line), to: &bytes)
      bytes.append(UInt8(ascii: ","))
      if let due = operation.due {
        JSON.append(due.nanoseconds, to: &bytes)
      } else {
        bytes.append(contentsOf: "null".utf8)
      }
      bytes.append(UInt8(ascii: ","))
      if let result = operation.result {
        append(result, to: &bytes)
      } else {
        bytes.append(contentsOf: "null".utf8)
      }
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  static func readOperations(_ parser: inout JSON.Parser) throws(JSON.Failure) -> [Operation] {
    var operations: [Operation] = []
    try parser.expect(UInt8(ascii: "["))
    if parser.skip(UInt8(ascii: "]")) { return operations }
    repeat {
      try parser.expect(UInt8(ascii: "["))
      guard let kind = OperationKind(rawValue: try parser.text()) else {
        throw parser.failure("an unknown kind of operation")
      }
      try parser.expect(UInt8(ascii: ","))
      let key = try parser.text()
      try parser.expect(UInt8(ascii: ","))
      let text = try parser.text()
      try parser.expect(UInt8(ascii: ","))
      let line = Int32(truncatingIfNeeded: try parser.whole())
      try parser.expect(UInt8(ascii: ","))
      let due = parser.skip(word: "null") ? nil : Instant(nanoseconds: try parser.whole())
      try parser.expect(UInt8(ascii: ","))
      let result = parser.skip(word: "null") ? nil : try readResult(&parser)
      try parser.expect(UInt8(ascii: "]"))
      operations.append(Operation(kind: kind, key: key, text: text, line: line, due: due, result: result))
    } while parser.skip(UInt8(ascii: ","))
    try parser.expect(UInt8(ascii: "]"))
    return operations
  }

  static func append(_ key: String, _ result: OperationResult, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    JSON.append(key, to: &bytes)
    bytes.append(UInt8(ascii: ","))
    append(result, to: &bytes)
    bytes.append(UInt8(ascii: "]"))
  }

  static func readEndedOperation(_ parser: inout JSON.Parser) throws(JSON.Failure) -> (String, OperationResult) {
    try parser.expect(UInt8(ascii: "["))
    let key = try parser.text()
    try parser.expect(UInt8(ascii: ","))
    let result = try readResult(&parser)
    try parser.expect(UInt8(ascii: "]"))
    return (key, result)
  }

  private static func append(_ result: OperationResult, to bytes: inout [UInt8]) {
    switch result {
    case .value(let value):
      bytes.append(contentsOf: "[\"v\",".utf8)
      JSON.append(value, to: &bytes, infinities: true)
    case .raised(let message):
      bytes.append(contentsOf: "[\"e\",".utf8)
      JSON.append(message, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private static func readResult(_ parser: inout JSON.Parser) throws(JSON.Failure) -> OperationResult {
    try parser.expect(UInt8(ascii: "["))
    let mark = try parser.text()
    try parser.expect(UInt8(ascii: ","))
    let result: OperationResult
    switch mark {
    case "v": result = .value(try parser.value())
    case "e": result = .raised(try parser.text())
    default: throw parser.failure("\"\(mark)\" is no kind of result")
    }
    try parser.expect(UInt8(ascii: "]"))
    return result
  }
}
