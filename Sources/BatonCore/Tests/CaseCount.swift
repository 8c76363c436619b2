import BatonModel

/// The number in the name of a case that is not the first of its name in the results of an attempt: the second `adds` is
/// `adds «2»`.
public enum CaseCount {
  public static func counted(_ name: String, _ count: Int32) -> String { "\(name) «\(count)»" }

  /// The name without it.
  static func uncounted(_ name: String) -> String {
    guard name.hasSuffix("»"), let mark = name.lastIndex(of: "«"), mark > name.startIndex else { return name }
    let number = name[name.index(after: mark)...].dropLast()
    let space = name.index(before: mark)
    guard name[space] == " ", !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }) else { return name }
    return String(name[..<space])
  }
}

extension TestOutcome {
  /// The name without the number of its repetition.
  public var uncountedName: String { CaseCount.uncounted(name) }

  /// The name as the runner knows it: without the number of its repetition, and the file that tells it from others.
  public var plainName: String {
    let name = uncountedName
    return file.flatMap { FileMark.unmarked(name, of: $0) } ?? name
  }
}
