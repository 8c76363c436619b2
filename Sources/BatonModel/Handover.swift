/// What the next attempt of a step is handed, whose `retry` says `tests = "failed"`: the cases that failed in the attempts so far.
public struct Handover: Sendable, Hashable {
  /// How many cases; 0: all tests are run again.
  public var cases: Int
  /// The merged items of the attempts so far: relative to the run's folder. Cases that are not run again stay as they are there.
  public var items: String
  /// The failed cases, one JSON object a line, beginning with its `id`: relative to the run's folder.
  public var list: String
  /// Why all tests are run again.
  public var reason: String?

  public init(cases: Int, items: String, list: String) {
    self.cases = cases
    self.items = items
    self.list = list
  }

  /// Everything is run again.
  public init(because reason: String) {
    self.init(cases: 0, items: "", list: "")
    self.reason = reason
  }
}

/// What became of the cases that an attempt was handed.
public struct RetriedTests: Sendable, Hashable {
  /// How many it was handed.
  public var cases: Int
  /// How many of those it did not run.
  public var missing: Int
  /// The first of these, as people know them; at most ``ResultSummary/shownFailures``.
  public var missingCases: [String]

  public init(cases: Int, missing: Int = 0, missingCases: [String] = []) {
    self.cases = cases
    self.missing = missing
    self.missingCases = missingCases
  }
}
