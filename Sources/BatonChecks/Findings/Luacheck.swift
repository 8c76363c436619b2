import BatonModel

/// luacheck's findings, in the list of ours: https://luacheck.readthedocs.io
public enum Luacheck {
  /// Words of specs, which `baton test` knows.
  private static let specWords = [
    "after_each", "assert", "before_each", "describe", "it", "mocks", "pending", "setup", "simulate", "teardown",
  ]

  /// The arguments of the program, its name first.
  ///
  /// - Parameters:
  ///   - globals: the names of the language.
  ///   - hasSettings: whether the project has a `.luacheckrc`, which then says what is wanted.
  public static func arguments(files: [String], globals: [String], hasSettings: Bool) -> [String] {
    var words = ["luacheck", "--formatter", "plain", "--codes", "--no-color"]
    if !hasSettings { words += ["--std", "lua54", "--no-max-line-length"] }
    let names = globals.filter { $0.utf8.allSatisfy(\.isNamePart) } + specWords
    // A file's name may begin with a dash.
    return words + ["--read-globals"] + names + ["--"] + files
  }

  /// Reads `file:line:column: (W211) unused variable 'x'`, a line each; errors of syntax are left to Lua itself.
  public static func findings(_ output: String, files: [String]) -> [Diagnostic] {
    let known = Set(files)
    return output.split(separator: "\n").compactMap { line in
      guard let open = String(line).range(of: ": (W") else { return nil }
      let text = String(line)
      let place = text[..<open.lowerBound].split(separator: ":", omittingEmptySubsequences: false)
      guard place.count >= 3, let row = Int32(place[place.count - 2]), let column = Int32(place[place.count - 1]) else {
        return nil
      }
      let file = place.dropLast(2).joined(separator: ":")
      let rest = text[open.upperBound...]
      guard known.contains(file), let close = rest.firstIndex(of: ")") else { return nil }
      let message = String(rest[rest.index(after: close)...]).trimmed
      return Diagnostic(
        message, at: SourcePlace(file: file, line: row, column: column), severity: .warning, code: "W\(rest[..<close])")
    }
  }
}
