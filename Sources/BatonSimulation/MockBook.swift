import BatonModel

/// The mocks of a simulation, by the names of steps or patterns of them.
public final class MockBook {
  /// A mock and the name that it was given under.
  public struct Entry {
    public var pattern: String
    public var mock: Mock

    public init(_ pattern: String, _ mock: Mock) {
      self.pattern = pattern
      self.mock = mock
    }
  }

  /// For steps that no other mock is for.
  public var standard = Mock.fixed(MockResult())
  /// A step without a mock is a mistake.
  public var isStrict = false
  /// Whether no step has a mock of its own.
  public var isEmpty: Bool { exact.isEmpty && patterns.isEmpty }
  private var exact: [String: Entry] = [:]
  /// The one that says most first.
  private var patterns: [Entry] = []
  private var found: [String: Entry?] = [:]

  public init(_ entries: [Entry] = []) {
    for entry in entries {
      if entry.pattern.contains(where: { $0 == "*" || $0 == "?" }) {
        patterns.append(entry)
      } else {
        exact[entry.pattern] = entry
      }
    }
    func weight(_ entry: Entry) -> (Int, String) {
      (-entry.pattern.count { $0 != "*" && $0 != "?" }, entry.pattern)
    }
    patterns.sort { weight($0) < weight($1) }
  }

  /// The mock of a step: the one of its name, else of the pattern with the most letters that fits; nil: none was given.
  public subscript(step: String) -> Entry? {
    if let entry = exact[step] { return entry }
    if patterns.isEmpty { return nil }
    if let known = found[step] { return known }
    let entry = patterns.first { Self.fits(step, $0.pattern) }
    found[step] = entry
    return entry
  }

  /// Names and patterns that are for none of these steps, with the reason, in order: most likely mistyped.
  public func unused(steps: some Collection<String>) -> [MockProblem] {
    var problems: [MockProblem] = []
    let names = Set(steps)
    for pattern in exact.keys.sorted() where !names.contains(pattern) {
      // What a body may ask for, and the cells of a matrix that was never made, may have any name.
      let stem = pattern.prefix { $0 != "[" && $0 != "/" }
      let isMade = !pattern.contains("/") && names.contains { $0.hasPrefix("\(stem)[") }
      if stem.count < pattern.count, names.contains(String(stem)), !isMade { continue }
      let cure = Names.proposal(for: pattern, in: names.sorted()).map { ": \($0)" } ?? ""
      problems.append(MockProblem("steps[\"\(pattern)\"] is for no step of this workflow\(cure)"))
    }
    for entry in patterns where !names.contains(where: { Self.fits($0, entry.pattern) }) {
      let stem = entry.pattern.prefix { $0 != "[" && $0 != "/" && $0 != "*" && $0 != "?" }
      if names.contains(where: { $0.hasPrefix(stem) }) { continue }
      problems.append(MockProblem("steps[\"\(entry.pattern)\"] fits no step of this workflow"))
    }
    return problems
  }

  /// Whether a name fits a pattern, in which `*` stands for any letters, `?` for one, and everything else for itself.
  public static func fits(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
    var (at, wanted) = (0, 0)
    // Where the last `*` stands, and how much of the name it has taken.
    var star: (wanted: Int, at: Int)?
    while at < name.count {
      if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
        star = (wanted, at)
        wanted += 1
      } else if wanted < pattern.count, pattern[wanted] == name[at] || pattern[wanted] == UInt8(ascii: "?") {
        at += 1
        wanted += 1
      } else if let last = star {
        star = (last.wanted, last.at + 1)
        at = last.at + 1
        wanted = last.wanted + 1
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
