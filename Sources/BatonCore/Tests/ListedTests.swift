import BatonModel

/// Finds, for a case of a report or of the history, the names of a list that mean it.
public struct ListedTests: Sendable {
  /// In the order of the list, without repetition.
  public let names: [String]
  private let places: [String: [Int]]

  public init(_ list: some Sequence<String>) {
    var names: [String] = []
    var seen: Set<String> = []
    var places: [String: [Int]] = [:]
    for name in list where seen.insert(name).inserted {
      places[TestKey.normalised(name), default: []].append(names.count)
      names.append(name)
    }
    self.names = names
    self.places = places
  }

  public enum Match: Sendable, Hashable {
    /// The name is the case's own.
    case exact([Int])
    /// The case is a part of what is named: a file, a class, a function with parameters, a test with subtests.
    case within([Int])

    public var places: [Int] {
      switch self {
      case .exact(let places), .within(let places): places
      }
    }
  }

  /// nil: no name means it.
  public func match(_ identity: TestIdentity) -> Match? {
    let spellings = TestKey.spellings(of: identity)
    for spelling in spellings { if let found = places[spelling] { return .exact(found) } }
    for spelling in spellings {
      for key in TestKey.widening(spelling).dropFirst() {
        if let found = places[key] { return .within(found) }
      }
    }
    return nil
  }
}

extension ListedResults {
  /// With what was left out of the list before.
  public func with(_ impact: TestImpact?) -> ListedResults {
    guard let impact else { return self }
    var results = self
    results.leftOut = impact.leftOut.count
    results.everything = impact.everything
    return results
  }
}

/// Whether an attempt ran the tests of its list, each of them, and no others.
public struct ListCheck: Sendable {
  private let listed: ListedTests
  private var isRun: [Bool]
  private var strays: [String] = []
  private var strayCount = 0

  public init(_ names: [String]) {
    listed = ListedTests(names)
    isRun = Array(repeating: false, count: listed.names.count)
  }

  public mutating func add(_ outcome: TestOutcome) {
    let identity = TestIdentity(outcome, step: "")
    guard let match = listed.match(identity) else {
      strayCount += 1
      if strays.count < ListedResults.shown { strays.append(identity.text) }
      return
    }
    for place in match.places { isRun[place] = true }
  }

  public var results: ListedResults {
    let missing = listed.names.indices.filter { !isRun[$0] }
    var results = ListedResults(tests: listed.names.count, missing: missing.count, strays: strayCount)
    results.missingNames = missing.prefix(ListedResults.shown).map { listed.names[$0] }
    results.strayNames = strays
    return results
  }
}
