import BatonModel

/// The file in the name of a case, where cases of several files have one name: `adds «cart.test.js»`.
public enum FileMark {
  public static func marked(_ name: String, _ file: String) -> String { "\(name) «\(file)»" }

  /// The name without its file; nil where it does not stand in it.
  public static func unmarked(_ name: String, of file: String) -> String? {
    let mark = " «\(file)»"
    return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : nil
  }

  /// The name without a mark that looks like a file's; nil where there is none.
  public static func unmarked(_ name: String) -> String? {
    guard name.hasSuffix("»"), let mark = name.lastIndex(of: "«"), mark > name.startIndex else { return nil }
    let file = name[name.index(after: mark)...].dropLast()
    let space = name.index(before: mark)
    guard name[space] == " ", file.contains("/") || file.contains(".") else { return nil }
    return String(name[..<space])
  }
}
