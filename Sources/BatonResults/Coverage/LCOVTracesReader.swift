import BatonModel

/// Reads which files each test executes out of LCOV's tracefiles (`man geninfo`): the test of `TN:`, the file of `SF:`, whether it
/// executed a line of it, of `DA:`, and where its functions are, of `FN:first,last,name` or `FNL:number,first,last`.
///
/// Where no test is named, it is the name of the file (``TracedTest``). Where functions have no last line, as before LCOV 2, a
/// change of the file may concern any test.
struct LCOVTracesReader: ~Copyable {
  private var lines: LineInput
  private let sink: ResultSink
  private var test: String?
  private var file: String?
  private var isExecuted = false
  private var functions: Set<ClosedRange<Int>> = []
  private var hasRecords = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    lines = LineInput(input, limit: LCOVReader.lineLimit)
    self.sink = sink
  }

  /// Whether an input looks like a tracefile: it begins with a comment or `NAME:`.
  static func reads(_ input: inout ByteInput) -> Bool {
    while let byte = input.next {
      switch byte {
      case UInt8(ascii: " "), 0x09, 0x0A, 0x0D: input.position += 1
      case UInt8(ascii: "#"), UInt8(ascii: "A")...UInt8(ascii: "Z"): return true
      default: return false
      }
    }
    return false
  }

  mutating func run() {
    loop: while sink.wantsMore {
      switch lines.next() {
      case .none: break loop
      case .tooLong: break
      case .line: take(lines.withLine { String(decoding: $0, as: UTF8.self) })
      }
    }
    if lines.failure != 0 { sink.problem(SystemText.error(lines.failure)) }
    // What is not complete would leave out that the test executed it.
    if let file { sink.problem("the file ends inside the record of \(file)", line: lines.number) }
    if !hasRecords { sink.problem("no LCOV records in it") }
  }

  private mutating func take(_ line: String) {
    if line.hasPrefix("TN:") {
      test = line == "TN:" ? nil : String(line.dropFirst(3))
    } else if line.hasPrefix("SF:") {
      if let file { sink.problem("the record of \(file) does not end", line: lines.number) }
      file = String(line.dropFirst(3))
      isExecuted = false
      functions.removeAll(keepingCapacity: true)
    } else if line.hasPrefix("DA:") {
      let parts = line.dropFirst(3).split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2, let count = CoverageLines.count(parts[1]) else {
        return sink.problem("no line and count: \(line.prefix(60))", line: lines.number)
      }
      if count > 0 { isExecuted = true }
    } else if line.hasPrefix("FN:") {
      add(line.dropFirst(3).split(separator: ",", maxSplits: 2).prefix(2))
    } else if line.hasPrefix("FNL:") {
      add(line.dropFirst(4).split(separator: ",", maxSplits: 3).dropFirst().prefix(2))
    } else if line == "end_of_record" {
      finish()
    }
  }

  private mutating func add(_ words: ArraySlice<Substring>) {
    let numbers = words.compactMap { Int($0) }
    guard numbers.count == 2, numbers[0] >= 1, numbers[0] <= numbers[1], numbers[1] <= CoverageLines.lineLimit else {
      return
    }
    functions.insert(numbers[0]...numbers[1])
  }

  private mutating func finish() {
    guard let name = file, !name.isEmpty else { return }
    hasRecords = true
    file = nil
    guard let test = test ?? TracedTest.name(ofFile: sink.label) else {
      return sink.problem("neither TN: nor its name tells a test", line: lines.number)
    }
    let sorted = functions.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    sink.add(.trace(FileTrace(file: name, tests: isExecuted ? [test] : [], functions: sorted)))
  }
}
