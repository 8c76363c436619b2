import BatonModel

/// Reads LCOV's tracefiles (`man geninfo`): the lines of each source file, of `SF:` and `DA:`.
struct LCOVReader: ~Copyable {
  static let lineLimit = 1 << 20

  private var lines: LineInput
  private let sink: ResultSink
  private var coverage: CoverageLines
  private var hasRecords = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    lines = LineInput(input, limit: Self.lineLimit)
    self.sink = sink
    coverage = CoverageLines(sink)
  }

  mutating func run() {
    loop: while sink.wantsMore, !coverage.isFull {
      switch lines.next() {
      case .none: break loop
      case .tooLong: sink.problem("a line of more than \(Self.lineLimit >> 20) MB is left out", line: lines.number)
      case .line: take(lines.withLine { String(decoding: $0, as: UTF8.self) })
      }
    }
    if lines.failure != 0 { sink.problem(SystemText.error(lines.failure)) }
    if let file = coverage.file { sink.problem("the file ends inside the record of \(file)", line: lines.number) }
    coverage.finish()
    if !hasRecords { sink.problem("no LCOV records in it") }
  }

  private mutating func take(_ line: String) {
    if line.hasPrefix("DA:") {
      let parts = line.dropFirst(3).split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2, let number = Int(parts[0]), let count = CoverageLines.count(parts[1]) else {
        return sink.problem(
          lines.isComplete ? "no line and count: \(line.prefix(60))" : "the last line is cut off", line: lines.number)
      }
      // A last line that is cut off may have lost digits.
      guard lines.isComplete else { return }
      if coverage.file == nil { sink.problem("a count outside of a record", line: lines.number) }
      coverage.add(line: number, count: count, at: lines.number)
    } else if line.hasPrefix("SF:") {
      hasRecords = true
      if let file = coverage.file { sink.problem("the record of \(file) does not end", line: lines.number) }
      coverage.begin(String(line.dropFirst(3)))
    } else if line == "end_of_record" {
      coverage.finish()
    } else if !line.isEmpty, !Self.isKnown(line) {
      sink.problem("no LCOV: \(line.prefix(60))", line: lines.number)
    }
  }

  /// Comments, and `NAME:…` with a name in capitals: what tells nothing of lines.
  private static func isKnown(_ line: String) -> Bool {
    if line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { return true }
    let name = line.utf8.prefix { (0x41...0x5A).contains($0) }
    return !name.isEmpty && name.count <= 8 && name.endIndex < line.utf8.endIndex
      && line.utf8[name.endIndex] == UInt8(ascii: ":")
  }
}
