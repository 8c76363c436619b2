import BatonModel

/// The lines of the source file that is being told of. Long files are handed over in several pieces, so that they take little
/// memory.
struct CoverageLines {
  /// No source file has more lines.
  static let lineLimit = 10_000_000
  private static let pieceLimit = 50_000

  private(set) var file: String?
  private var lines: [Int: Int] = [:]
  private var total = 0
  /// So many lines may be told; a few bytes may claim many.
  var limit = Int.max
  private let sink: ResultSink

  init(_ sink: ResultSink) { self.sink = sink }

  var isFull: Bool { total > limit }

  /// What comes is of this file.
  mutating func begin(_ file: String) {
    finish()
    self.file = file
  }

  /// A line with code, and how often it was executed. Told twice, the larger number counts.
  mutating func add(line: Int, count: Int, at place: @autoclosure () -> Int) {
    guard let file else { return }
    guard (1...Self.lineLimit).contains(line) else { return sink.problem("no line: \(line)", line: place()) }
    total += 1
    guard !isFull else {
      if total == limit + 1 { sink.problem("more lines than can be: the rest is left out", line: place()) }
      return
    }
    lines[line] = max(lines[line] ?? 0, count)
    if lines.count >= Self.pieceLimit {
      sink.add(.coverage(FileCoverage(file: file, lines: lines)))
      lines.removeAll(keepingCapacity: true)
    }
  }

  /// The file's lines are complete.
  mutating func finish() {
    if let file, !lines.isEmpty { sink.add(.coverage(FileCoverage(file: file, lines: lines))) }
    file = nil
    lines.removeAll(keepingCapacity: true)
  }

  /// A number of executions; others write also `1e+06`, `-1` for "more than can be counted", and numbers without end.
  static func count(_ text: Substring) -> Int? {
    if let count = Int(text) { return max(0, count) }
    guard let number = Double(text), !number.isNaN else { return nil }
    return number <= 0 ? 0 : Int(exactly: number.rounded()) ?? .max
  }
}
