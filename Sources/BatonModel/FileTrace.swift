/// Which tests executed a line of a source file: coverage test by test.
public struct FileTrace: Sendable, Hashable {
  /// As the results name it; once read, absolute.
  public var file: String
  /// As the runner names them, sorted, without repetition.
  public var tests: [String]
  /// Lines that were executed while the file was loaded, before any test; ascending. A change of one may concern any test.
  public var loading: [ClosedRange<Int>]
  /// First and last line of each function, where coverage tells them: of a language whose files are not executed as they are
  /// loaded. They may lie within each other. nil: they are not told here.
  public var functions: [ClosedRange<Int>]?

  public init(
    file: String, tests: [String] = [], loading: [ClosedRange<Int>] = [], functions: [ClosedRange<Int>]? = nil
  ) {
    self.file = file
    self.tests = tests
    self.loading = loading
    self.functions = functions
  }

  /// Ascending lines as ranges.
  public static func ranges(_ lines: some Sequence<Int>) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    for line in lines {
      if let last = ranges.last, line <= last.upperBound { continue }
      if let last = ranges.last, last.upperBound + 1 == line {
        ranges[ranges.count - 1] = last.lowerBound...line
      } else {
        ranges.append(line...line)
      }
    }
    return ranges
  }

  /// `[1, 3, 7, 7]` for 1…3 and 7…7, as records and the database keep them.
  public static func numbers(_ ranges: [ClosedRange<Int>]) -> [Int] {
    ranges.flatMap { [$0.lowerBound, $0.upperBound] }
  }

  /// The reverse; what is no range is left out.
  public static func ranges(ofNumbers numbers: [Int]) -> [ClosedRange<Int>] {
    stride(from: 0, to: numbers.count - 1, by: 2).compactMap { index in
      numbers[index] <= numbers[index + 1] ? numbers[index]...numbers[index + 1] : nil
    }
  }
}
