/// `shards(n, tests, {…})` and `prioritized(tests, {…})`: names of tests, put in order or dealt out by what earlier runs tell of
/// them.
public struct TestList: Sendable, Hashable {
  /// A list of names, as the runner takes them.
  public var tests: Expr
  /// Into how many parts; nil: one list, in order.
  public var shards: Expr?
  public var critical: [String]
  public var smoke: [String]

  public init(tests: Expr, shards: Expr? = nil, critical: [String] = [], smoke: [String] = []) {
    self.tests = tests
    self.shards = shards
    self.critical = critical
    self.smoke = smoke
  }

  /// The expressions that it is made of.
  public var parts: [Expr] { [tests] + (shards.map { [$0] } ?? []) }

  /// How many parts there may be.
  public static let mostShards = 1000
}

/// What is urgent about a test or a step; the first is the most urgent.
public enum Urgency: String, Sendable, CaseIterable, Comparable {
  case critical, smoke

  /// 0 for critical, 1 for smoke, 2 for everything else.
  public static func rank(_ urgency: Urgency?) -> Int {
    switch urgency {
    case .critical: 0
    case .smoke: 1
    case nil: 2
    }
  }

  public static func < (left: Urgency, right: Urgency) -> Bool { rank(left) < rank(right) }

  /// The most urgent of some tags.
  public init?(tags: some Sequence<String>) {
    var found: Urgency?
    for tag in tags {
      guard let urgency = Urgency(rawValue: tag) else { continue }
      found = found.map { min($0, urgency) } ?? urgency
    }
    guard let found else { return nil }
    self = found
  }
}
