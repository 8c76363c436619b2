import BatonModel

/// Reads what `llvm-cov export` writes (format `llvm.coverage.json.export`): each file's segments, made lines as LLVM does.
struct LLVMCoverageReader: ~Copyable {
  private var json: JSONPull
  private let sink: ResultSink
  private var coverage: CoverageLines
  private var hasFiles = false

  /// Of one file; more are left out.
  static let segmentLimit = 1_000_000

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    json = JSONPull(input)
    self.sink = sink
    coverage = CoverageLines(sink)
  }

  mutating func run() {
    let isRead = readTop()
    coverage.finish()
    if !isRead, !coverage.isFull {
      sink.problem(json.failure.isEmpty ? "no llvm-cov export" : json.failure, line: json.input.line)
    } else if !hasFiles {
      sink.problem("no files of llvm-cov export in it")
    }
  }

  /// `{"data":[{"files":[…]}]}`; false where it cannot be read on.
  private mutating func readTop() -> Bool {
    guard json.next() == .beginObject else { return false }
    return fields { (reader, key) in
      guard key == "data" else { return nil }
      return reader.elements { reader in
        reader.fields { (reader, key) in
          guard key == "files" else { return nil }
          reader.hasFiles = true
          return reader.elements { $0.readFile() }
        }
      }
    }
  }

  /// The objects of the list that comes next.
  private mutating func elements(_ read: (inout LLVMCoverageReader) -> Bool) -> Bool {
    next() == .beginArray && objects(read)
  }

  private mutating func readFile() -> Bool {
    var name: String?
    var segments: [LLVMSegment] = []
    let isRead = fields { (reader, key) in
      switch key {
      case "filename":
        guard reader.json.next() == .string else { return false }
        name = reader.json.string
        return true
      case "segments": return reader.readSegments(into: &segments)
      default: return nil
      }
    }
    // What is not complete would tell wrong counts.
    guard isRead else { return false }
    guard let name else {
      sink.problem("a file without a name", line: json.input.line)
      return true
    }
    coverage.begin(name)
    // A segment of some twenty bytes stands for a few lines, not for millions.
    coverage.limit = 200_000 + 10 * json.input.offset
    let line = json.input.line
    var counter = LLVMLineCounter(segments)
    while let (number, count) = counter.next(), !coverage.isFull { coverage.add(line: number, count: count, at: line) }
    if counter.isBroken { sink.problem("segments of \(name) that are not in order", line: line) }
    coverage.finish()
    return true
  }

  /// `[[line, column, count, hasCount, isRegionEntry, isGapRegion], …]`.
  private mutating func readSegments(into segments: inout [LLVMSegment]) -> Bool {
    guard json.next() == .beginArray else { return false }
    while let values = json.numbers() {
      guard let values = values.list else { return true }
      guard let segment = LLVMSegment(values) else {
        sink.problem("a segment that is none", line: json.input.line)
        continue
      }
      if segments.count < Self.segmentLimit { segments.append(segment) }
    }
    return false
  }
}

extension JSONPull {
  /// The next of the lists of numbers that a list holds; `list` of nil: there are no more. nil: it is none.
  ///
  /// Flags count as 1 and 0; of each list, the first eight are given.
  mutating func numbers() -> (list: [Double]?, Void)? {
    switch next() {
    case .endArray: return (nil, ())
    case .beginArray: break
    default: return nil
    }
    var values: [Double] = []
    while true {
      let token = next()
      if token == .endArray { return (values, ()) }
      if values.count >= 8 {
        guard skip(token) else { return nil }
        continue
      }
      switch token {
      case .number(let number): values.append(number)
      case .bool(let flag): values.append(flag ? 1 : 0)
      default: return nil
      }
    }
  }
}

extension LLVMCoverageReader: ObjectWalking {
  var goesOn: Bool { sink.wantsMore && !coverage.isFull }
  var key: String { json.string }
  mutating func next() -> JSONPull.Token { json.next() }
  mutating func skip(_ token: JSONPull.Token) -> Bool { json.skip(token) }
}

/// A place from which on a count holds.
struct LLVMSegment {
  var line: Int
  var count: Int
  var hasCount: Bool
  var isRegionStart: Bool
  var isSkippedStart: Bool
  var isEntry: Bool

  init?(_ values: [Double]) {
    guard values.count >= 5, let line = Int(exactly: values[0]), (1...CoverageLines.lineLimit).contains(line) else {
      return nil
    }
    self.line = line
    count = values[2] <= 0 ? 0 : Int(exactly: values[2].rounded()) ?? .max
    hasCount = values[3] != 0
    isEntry = values[4] != 0
    isRegionStart = hasCount && isEntry && (values.count < 6 || values[5] == 0)
    isSkippedStart = !hasCount && isEntry
  }
}

/// Makes lines of segments: `LineCoverageStats` and `LineCoverageIterator` of LLVM's `ProfileData/Coverage/CoverageMapping.cpp`.
struct LLVMLineCounter {
  private let segments: [LLVMSegment]
  private var index = 0
  private var line: Int
  /// The last segment of the lines before.
  private var wrapped: LLVMSegment?
  private(set) var isBroken = false

  init(_ segments: [LLVMSegment]) {
    self.segments = segments
    line = segments.first?.line ?? 0
  }

  /// The next line that has code, and its count.
  mutating func next() -> (line: Int, count: Int)? {
    while index < segments.count {
      if segments[index].line < line {
        isBroken = true
        return nil
      }
      let start = index
      while index < segments.count, segments[index].line == line { index += 1 }
      let here = segments[start..<index]
      let number = line
      let before = wrapped
      if let last = here.last { wrapped = last }
      line += 1
      // Between regions nothing is counted: on to the next one.
      if wrapped?.hasCount != true, index < segments.count { line = max(line, segments[index].line) }
      if let count = Self.count(here, wrapped: before) { return (number, count) }
    }
    return nil
  }

  private static func count(_ here: ArraySlice<LLVMSegment>, wrapped: LLVMSegment?) -> Int? {
    let starts = here.filter(\.isRegionStart)
    let isMapped =
      here.first?.isSkippedStart != true && (wrapped?.hasCount == true || !starts.isEmpty)
      || here.contains { $0.isEntry && $0.hasCount }
    guard isMapped else { return nil }
    return max(wrapped?.count ?? 0, starts.map(\.count).max() ?? 0)
  }
}
