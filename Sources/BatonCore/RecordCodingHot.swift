import BatonModel

/// The kinds of records of which a run has thousands: written and read place by place.
extension RecordCoding {
  static func appendIntended(_ attempts: [StepAttempt], to bytes: inout [UInt8]) {
    bytes.append(open)
    for (index, attempt) in attempts.enumerated() {
      if index > 0 { bytes.append(comma) }
      JSON.append(attempt.step, to: &bytes)
      bytes.append(comma)
      JSON.append(Int64(attempt.number), to: &bytes)
    }
    bytes.append(close)
  }

  static func readIntended(_ parser: inout JSON.Parser) throws(JSON.Failure) -> [StepAttempt] {
    var attempts: [StepAttempt] = []
    try parser.expect(open)
    if parser.skip(close) { return attempts }
    repeat {
      let step = try parser.text()
      try parser.expect(comma)
      attempts.append(StepAttempt(step: step, number: Int(try parser.whole())))
    } while parser.skip(comma)
    try parser.expect(close)
    return attempts
  }

  static func appendStarted(
    _ executor: String, _ pid: Int32?, _ demand: [String: Double]?, to bytes: inout [UInt8]
  ) {
    bytes.append(open)
    JSON.append(executor, to: &bytes)
    bytes.append(comma)
    if let pid { JSON.append(Int64(pid), to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
    if let demand {
      bytes.append(comma)
      JSON.append(.map(demand.mapValues { .number($0) }), to: &bytes, infinities: true)
    }
    bytes.append(close)
  }

  static func readStarted(
    _ parser: inout JSON.Parser
  ) throws(JSON.Failure) -> (executor: String, pid: Int32?, demand: [String: Double]?) {
    try parser.expect(open)
    let executor = try parser.text()
    try parser.expect(comma)
    let pid = parser.skip(word: "null") ? nil : Int32(truncatingIfNeeded: try parser.whole())
    let demand = parser.skip(comma) ? try parser.value().map?.compactMapValues(\.number) : nil
    try parser.expect(close)
    return (executor, pid, demand)
  }

  static func appendFailed(_ end: AttemptEnd, _ next: Record.Next, to bytes: inout [UInt8]) {
    bytes.append(open)
    appendParts(of: end, to: &bytes)
    switch next {
    case .retry(let moment):
      bytes.append(contentsOf: ",\"retry\",".utf8)
      JSON.append(moment.nanoseconds, to: &bytes)
    case .failOver(let alternative):
      bytes.append(contentsOf: ",\"failover\",".utf8)
      JSON.append(Int64(alternative), to: &bytes)
    case .onResume: bytes.append(contentsOf: ",\"resume\"".utf8)
    case .again: bytes.append(contentsOf: ",\"again\"".utf8)
    case .undo: bytes.append(contentsOf: ",\"undo\"".utf8)
    }
    bytes.append(close)
  }

  static func readFailed(_ step: String, _ attempt: Int, _ parser: inout JSON.Parser) throws(JSON.Failure) -> Record {
    try parser.expect(open)
    let end = try readParts(step, attempt, &parser)
    try parser.expect(comma)
    let next: Record.Next
    switch try parser.text() {
    case "retry":
      try parser.expect(comma)
      next = .retry(at: Instant(nanoseconds: try parser.whole()))
    case "failover":
      try parser.expect(comma)
      next = .failOver(to: Int(try parser.whole()))
    case "resume": next = .onResume
    case "undo": next = .undo
    case "again": next = .again
    case let other: throw parser.failure("\"\(other)\" is no way to go on")
    }
    try parser.expect(close)
    return .attemptFailed(end, next: next)
  }

  static func append(_ end: StepEnd, to bytes: inout [UInt8]) {
    bytes.append(open)
    JSON.append(end.kind.rawValue, to: &bytes)
    bytes.append(comma)
    JSON.append(end.status.rawValue, to: &bytes)
    bytes.append(comma)
    append(end.reason, to: &bytes)
    bytes.append(contentsOf: (end.allowed ? ",true," : ",false,").utf8)
    if let attempt = end.attempt {
      bytes.append(open)
      appendParts(of: attempt, to: &bytes)
      bytes.append(close)
    } else {
      bytes.append(contentsOf: "null".utf8)
    }
    bytes.append(comma)
    if end.values.isEmpty {
      bytes.append(contentsOf: "{}".utf8)
    } else {
      JSON.append(.map(end.values), to: &bytes, infinities: true)
    }
    bytes.append(comma)
    if let fingerprint = end.fingerprint {
      bytes.append(open)
      for (index, part) in fingerprint.parts.enumerated() {
        if index > 0 { bytes.append(comma) }
        JSON.append(part.name, to: &bytes)
        bytes.append(comma)
        JSON.append(part.value, to: &bytes)
      }
      bytes.append(close)
    } else {
      bytes.append(contentsOf: "null".utf8)
    }
    if !end.causes.isEmpty {
      bytes.append(comma)
      JSON.append(list(end.causes), to: &bytes)
    }
    bytes.append(close)
  }

  static func readEnd(_ step: String, _ attempt: Int?, _ parser: inout JSON.Parser) throws(JSON.Failure) -> StepEnd {
    try parser.expect(open)
    guard let kind = NodeKind(rawValue: try parser.text()) else { throw parser.failure("an unknown kind of node") }
    try parser.expect(comma)
    guard let status = StepStatus(rawValue: try parser.text()) else { throw parser.failure("an unknown status") }
    var end = StepEnd(step: step, status: status, kind: kind)
    try parser.expect(comma)
    end.reason = parser.skip(word: "null") ? nil : try parser.text()
    try parser.expect(comma)
    end.allowed = parser.skip(word: "true")
    guard end.allowed || parser.skip(word: "false") else { throw parser.failure("expected true or false") }
    try parser.expect(comma)
    if !parser.skip(word: "null") {
      guard let attempt else { throw parser.failure("it has no attempt") }
      try parser.expect(open)
      end.attempt = try readParts(step, attempt, &parser)
      try parser.expect(close)
    }
    try parser.expect(comma)
    if !parser.skip(word: "{}") {
      guard case .map(let values) = try parser.value() else { throw parser.failure("expected the values") }
      end.values = values
    }
    try parser.expect(comma)
    end.fingerprint = parser.skip(word: "null") ? nil : try readFingerprint(&parser)
    if parser.skip(comma) { end.causes = try parser.value().strings ?? [] }
    try parser.expect(close)
    return end
  }

  private static func readFingerprint(_ parser: inout JSON.Parser) throws(JSON.Failure) -> Fingerprint {
    var parts: [Fingerprint.Part] = []
    try parser.expect(open)
    if parser.skip(close) { return Fingerprint(parts: parts) }
    repeat {
      let name = try parser.text()
      try parser.expect(comma)
      parts.append(Fingerprint.Part(name: name, value: try parser.text()))
    } while parser.skip(comma)
    try parser.expect(close)
    return Fingerprint(parts: parts)
  }

  static func appendProgress(_ fraction: Double?, _ text: String?, to bytes: inout [UInt8]) {
    bytes.append(open)
    JSON.append(fraction.map { .number($0) } ?? .null, to: &bytes, infinities: true)
    bytes.append(comma)
    append(text, to: &bytes)
    bytes.append(close)
  }

  static func readProgress(_ parser: inout JSON.Parser) throws(JSON.Failure) -> (Double?, String?) {
    try parser.expect(open)
    let fraction = try parser.value().number
    try parser.expect(comma)
    let text = parser.skip(word: "null") ? nil : try parser.text()
    try parser.expect(close)
    return (fraction, text)
  }

  /// Outcome, start, end and executor, without brackets.
  private static func appendParts(of end: AttemptEnd, to bytes: inout [UInt8]) {
    JSON.append(end.outcome.code, to: &bytes)
    bytes.append(comma)
    JSON.append(end.started.nanoseconds, to: &bytes)
    bytes.append(comma)
    JSON.append(end.ended.nanoseconds, to: &bytes)
    bytes.append(comma)
    JSON.append(end.executor, to: &bytes)
  }

  private static func readParts(
    _ step: String, _ attempt: Int, _ parser: inout JSON.Parser
  ) throws(JSON.Failure) -> AttemptEnd {
    guard let outcome = Outcome(code: try parser.text()) else { throw parser.failure("an unknown outcome") }
    try parser.expect(comma)
    let started = Instant(nanoseconds: try parser.whole())
    try parser.expect(comma)
    let ended = Instant(nanoseconds: try parser.whole())
    try parser.expect(comma)
    let executor = try parser.text()
    return AttemptEnd(
      step: step, number: attempt, outcome: outcome, started: started, ended: ended, executor: executor)
  }

  private static func append(_ text: String?, to bytes: inout [UInt8]) {
    if let text { JSON.append(text, to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
  }

  private static let open = UInt8(ascii: "[")
  private static let close = UInt8(ascii: "]")
  private static let comma = UInt8(ascii: ",")
}

extension JSON.Parser {
  mutating func expect(_ byte: UInt8) throws(JSON.Failure) {
    guard skip(byte) else { throw failure("expected '\(Character(Unicode.Scalar(byte)))'") }
  }

  mutating func text() throws(JSON.Failure) -> String {
    skipSpace()
    guard next == UInt8(ascii: "\"") else { throw failure("expected a string") }
    return try string()
  }
}
