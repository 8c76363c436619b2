/// What the results of an attempt say of the tests that it was to run.
public struct ListedResults: Sendable, Hashable {
  /// How many it was to run.
  public var tests: Int
  /// How many of them the results do not tell of.
  public var missing: Int
  /// How many cases the results tell of that were not on the list: they may be another step's.
  public var strays: Int
  /// The first of both, at most ``shown``.
  public var missingNames: [String] = []
  public var strayNames: [String] = []

  /// How many more the step names, which no change since the revision of `--changed-since` can affect.
  public var leftOut = 0
  /// Why none was left out, though only those that a change can affect were asked for; nil: some were, or all were asked for.
  public var everything: String?

  public static let shown = 5

  public init(tests: Int, missing: Int = 0, strays: Int = 0) {
    self.tests = tests
    self.missing = missing
    self.strays = strays
  }

  /// What is wrong, in a line each; none where each test was run once.
  public var problems: [String] {
    var problems: [String] = []
    func list(_ names: [String], of count: Int) -> String {
      names.joined(separator: ", ") + (count > names.count ? " and \(count - names.count) more" : "")
    }
    if missing > 0 {
      let were = missing == 1 ? "was" : "were"
      problems.append("\(missing) of its \(tests) tests \(were) not run: \(list(missingNames, of: missing))")
    }
    if strays > 0 {
      let what = strays == 1 ? "1 test that is not on its list was" : "\(strays) tests that are not on its list were"
      problems.append("\(what) run, or told of in another's report: \(list(strayNames, of: strays))")
    }
    return problems
  }
}
