/// How one file differs from a commit.
public struct FileDifference: Sendable, Hashable {
  public enum Line: Sendable, Hashable {
    case same(String)
    case removed(String)
    case added(String)
  }

  /// Of the whole file; nil: it was added, removed, is no text, or is not told.
  public var lines: [Line]?

  public init(lines: [Line]?) { self.lines = lines }

  /// Whether the difference may concern more than the functions that tests were seen to execute.
  ///
  /// It does not where each changed line lies inside of a function of Python: the nearest line above that ran while the file was
  /// loaded begins a `def`, all that was removed or added is indented deeper than that, and none of it ran while the file was
  /// loaded.
  ///
  /// - Parameter loading: lines of the old file that ran while it was loaded, ascending.
  public func mayConcernAll(loading: [ClosedRange<Int>]) -> Bool {
    guard let lines else { return true }
    var number = 0
    var range = 0
    // What the last loaded line says; nil: there was none.
    var header: String?
    for line in lines {
      switch line {
      case .same(let text), .removed(let text):
        number += 1
        while range < loading.count, loading[range].upperBound < number { range += 1 }
        let isLoaded = range < loading.count && loading[range].contains(number)
        if case .removed = line, isLoaded || !Self.isInside(text, header) { return true }
        if isLoaded { header = text }
      case .added(let text): if !Self.isInside(text, header) { return true }
      }
    }
    return false
  }

  private static func isInside(_ text: String, _ header: String?) -> Bool {
    let words = text.drop { $0 == " " || $0 == "\t" }
    if words.isEmpty || words.first == "#" { return true }
    guard let header else { return false }
    let start = header.drop { $0 == " " || $0 == "\t" }
    guard start.hasPrefix("def ") || start.hasPrefix("async def ") else { return false }
    return indent(text) > indent(header)
  }

  /// Columns, a tab counting up to the next eighth.
  private static func indent(_ text: String) -> Int {
    var column = 0
    for letter in text {
      switch letter {
      case " ": column += 1
      case "\t": column = (column / 8 + 1) * 8
      default: return column
      }
    }
    return column
  }
}
