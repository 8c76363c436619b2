import BatonModel

/// A list of tests with what is known of each: in which order they run best, and how they are dealt out.
///
/// The order: `critical` before `smoke` before the others; among equals those that failed in their last outcomes, the most
/// recent failure first; then those whose file changed; then those that no run has seen; then the quick before the slow; at
/// last as the list has them. A failure is recent among the last ``recentOutcomes`` outcomes.
public struct TestArrangement: Sendable {
  public struct Entry: Sendable, Hashable {
    public var name: String
    /// Expected, in seconds; nil: not known.
    public var seconds: Double?
    public var urgency: Urgency?
    /// How many outcomes ago it failed, 0: in the last one; nil: not lately.
    public var failedAgo: Int?
    public var isChanged = false
    /// Whether a run has seen it.
    public var isKnown = false

    /// Why it stands where it stands, in words; nil: for nothing but its duration.
    ///
    /// - Parameter tellsNew: whether it is news that no run has seen it.
    public func reason(since: String?, tellsNew: Bool = true) -> String? {
      var reasons: [String] = []
      if let urgency { reasons.append(urgency.rawValue) }
      if let failedAgo {
        reasons.append(failedAgo == 0 ? "failed in the last run" : "failed \(failedAgo + 1) runs ago")
      }
      if isChanged { reasons.append("changed since \(since ?? "the last good run")") }
      if !isKnown, tellsNew { reasons.append("new") }
      return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
    }
  }

  /// In the order of the list, without repetition.
  public let entries: [Entry]
  /// What tests count that no run has timed: the median of the others; 1 where none was timed.
  public let usual: Double
  private let since: String?

  public static let recentOutcomes = 5
  /// What a test counts at least, in seconds: runners round quick ones down to nothing, but each costs something.
  public static let least = 0.001

  public init(_ list: [String], critical: [String] = [], smoke: [String] = [], facts: TestFacts = TestFacts()) {
    let listed = ListedTests(list)
    since = facts.changes?.since
    var known = [Known](repeating: Known(), count: listed.names.count)
    for record in facts.records {
      guard let match = listed.match(record.identity) else { continue }
      let isNear = facts.near.map {
        record.step == $0 || record.step.hasPrefix($0 + "[") || record.step.hasPrefix($0 + "/")
      }
      for place in match.places { known[place].add(record, match, isNear: isNear ?? false) }
    }
    let changed = ChangedTests(facts.changes)
    let patterns = (critical.map(NamePattern.init), smoke.map(NamePattern.init))
    entries = listed.names.indices.map { place in
      let name = listed.names[place]
      var entry = Entry(name: name)
      let told = known[place]
      entry.isKnown = told.isKnown
      entry.seconds = told.seconds.map { max($0, Self.least) }
      entry.failedAgo = told.failedAgo
      entry.isChanged = changed.contains(name)
      if patterns.0.contains(where: { $0.matches(name) }) || Self.marks(name, "critical") {
        entry.urgency = .critical
      } else if patterns.1.contains(where: { $0.matches(name) }) || Self.marks(name, "smoke") {
        entry.urgency = .smoke
      }
      if let tagged = Urgency(tags: told.tags) { entry.urgency = entry.urgency.map { min($0, tagged) } ?? tagged }
      return entry
    }
    usual = Self.median(entries.compactMap(\.seconds)) ?? 1
  }

  /// `@smoke` as a word of its own, as test titles of Playwright, Cucumber and Jest carry their tags.
  private static func marks(_ name: String, _ tag: String) -> Bool {
    name.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "@" && $0 != "_" && $0 != "-" })
      .contains { $0 == "@\(tag)" }
  }

  private static func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// What several records tell of one name.
  private struct Known {
    var isKnown = false
    var failedAgo: Int?
    var tags: Set<String> = []
    /// Of the name's own case: in several cells, in steps elsewhere.
    private var near: [Double] = []
    private var far: [Double] = []
    /// Of the cases that the name contains: case without its cell → its times.
    private var parts: [TestIdentity: [Double]] = [:]

    mutating func add(_ record: TestRecord, _ match: ListedTests.Match, isNear: Bool) {
      isKnown = true
      tags.formUnion(record.tags)
      let outcomes = record.recent.utf8.suffix(TestArrangement.recentOutcomes).reversed()
      if let ago = outcomes.enumerated().first(where: { $0.element == UInt8(ascii: "f") })?.offset {
        failedAgo = min(failedAgo ?? ago, ago)
      }
      guard let seconds = record.duration?.seconds else { return }
      switch match {
      case .exact: if isNear { near.append(seconds) } else { far.append(seconds) }
      case .within:
        var identity = record.identity
        identity.cell = ""
        parts[identity, default: []].append(seconds)
      }
    }

    var seconds: Double? {
      for own in [near, far] where !own.isEmpty { return own.reduce(0, +) / Double(own.count) }
      if parts.isEmpty { return nil }
      // Added up in one order, so that the sum is the same each time.
      return parts.values.map { $0.reduce(0, +) / Double($0.count) }.sorted().reduce(0, +)
    }
  }

  // MARK: Order

  /// The entries in the order in which they run best.
  public var ordered: [Entry] { order(Array(entries.indices)).map { entries[$0] } }

  private func order(_ places: [Int]) -> [Int] {
    places.sorted { left, right in
      let (a, b) = (entries[left], entries[right])
      let urgency = (Urgency.rank(a.urgency), Urgency.rank(b.urgency))
      if urgency.0 != urgency.1 { return urgency.0 < urgency.1 }
      let failed = (a.failedAgo ?? Int.max, b.failedAgo ?? Int.max)
      if failed.0 != failed.1 { return failed.0 < failed.1 }
      if a.isChanged != b.isChanged { return a.isChanged }
      if a.isKnown != b.isKnown { return !a.isKnown }
      let seconds = (a.seconds ?? usual, b.seconds ?? usual)
      return seconds.0 != seconds.1 ? seconds.0 < seconds.1 : left < right
    }
  }

  // MARK: Values

  /// The names in order.
  public var list: Value { .list(ordered.map { .string($0.name) }) }

  /// One table a shard: `name` (`2of4`), `index`, `count`, `tests` in order, `seconds` (expected; absent where no run has timed
  /// a test), `known` (how many were timed), and `why` (test → reason, of those that stand in front for one). None is empty: of
  /// fewer tests than shards there are fewer shards.
  public func shards(_ count: Int) -> Value {
    let count = min(count, entries.count)
    guard count > 0 else { return .list([]) }
    let parts = ShardSplit.parts(of: entries.map { $0.seconds ?? usual }, count: count)
    let (isAnyKnown, isAnyTimed) = (entries.contains(where: \.isKnown), entries.contains { $0.seconds != nil })
    return .list(
      parts.enumerated().map { index, part in
        let ordered = order(part)
        let known = part.count { entries[$0].seconds != nil }
        var fields: [String: Value] = [
          "name": .string("\(index + 1)of\(count)"), "index": .integer(Int64(index + 1)),
          "count": .integer(Int64(count)), "tests": .list(ordered.map { .string(entries[$0].name) }),
          "known": .integer(Int64(known)),
        ]
        if isAnyTimed {
          let seconds = part.reduce(0) { $0 + (entries[$1].seconds ?? usual) }
          fields["seconds"] = .number((seconds * 1000).rounded() / 1000)
        }
        var why: [String: Value] = [:]
        for place in part {
          let reason = entries[place].reason(since: since, tellsNew: isAnyKnown)
          if let reason { why[entries[place].name] = .string(reason) }
        }
        if !why.isEmpty { fields["why"] = .map(why) }
        return .map(fields)
      })
  }
}

/// One shard, as `shards(…)` gives it.
public struct Shard: Sendable, Hashable {
  public var index: Int
  public var count: Int
  public var tests: [String]
  /// Expected; nil: no run has timed a test.
  public var seconds: Double?
  public var known: Int
  /// Test → why it stands in front.
  public var why: [String: String]

  /// nil: the value is no shard.
  public init?(_ value: Value) {
    guard let index = value["index"]?.integer, let count = value["count"]?.integer, index >= 1, index <= count,
      value["name"]?.string == "\(index)of\(count)", let tests = value["tests"]?.list
    else { return nil }
    self.index = Int(index)
    self.count = Int(count)
    self.tests = tests.compactMap(\.string)
    seconds = value["seconds"]?.number
    known = Int(value["known"]?.integer ?? 0)
    why = (value["why"]?.map ?? [:]).compactMapValues(\.string)
  }

  /// The shards of an axis; nil where it has none.
  public static func all(_ axis: Value?) -> [Shard]? {
    guard let items = axis?.list, !items.isEmpty else { return nil }
    let shards = items.compactMap(Shard.init)
    return shards.count == items.count ? shards : nil
  }

  /// Whether these shards deal out exactly these tests to so many parts: then a resumed run keeps them, whatever was learned
  /// of the tests meanwhile.
  public static func deal(_ axis: Value?, _ tests: [String], count: Int) -> Bool {
    guard let shards = all(axis) else { return axis?.list?.isEmpty == true && tests.isEmpty }
    let dealt = shards.flatMap(\.tests)
    let wanted = Set(tests)
    return shards.count == min(count, wanted.count) && dealt.count == wanted.count && Set(dealt) == wanted
  }
}
