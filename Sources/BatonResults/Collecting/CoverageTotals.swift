import BatonModel

/// Lines that have code and lines that were executed, merged over all files of results: a line is covered when any of them
/// says so, and counts once.
struct CoverageTotals {
  /// 64 lines: which have code, which were executed.
  private struct Block {
    var known: UInt64 = 0
    var covered: UInt64 = 0
  }

  private struct Place: Hashable {
    var file: Int
    var block: Int
  }

  /// At most so many blocks are kept apart (some 60 MB, up to 128 million lines).
  static let blockLimit = 1 << 21

  private var files: [String: Int] = [:]
  private var blocks: [Place: Block] = [:]
  private(set) var lines = 0
  private(set) var coveredLines = 0
  /// Whether lines were left out because there were too many.
  private(set) var isIncomplete = false

  mutating func add(_ coverage: FileCoverage) {
    let file = files[coverage.file] ?? files.count
    files[coverage.file] = file
    for (line, count) in coverage.lines where line > 0 {
      let place = Place(file: file, block: line >> 6)
      guard blocks.count < Self.blockLimit || blocks[place] != nil else {
        isIncomplete = true
        continue
      }
      let bit: UInt64 = 1 << UInt64(line & 63)
      var block = blocks[place] ?? Block()
      if block.known & bit == 0 { lines += 1 }
      block.known |= bit
      if count > 0 {
        if block.covered & bit == 0 { coveredLines += 1 }
        block.covered |= bit
      }
      blocks[place] = block
    }
  }
}
