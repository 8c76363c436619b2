import BatonModel

extension Evaluation {
  func value(of list: TestList) throws(Failure) -> Value {
    let names = try names(of: list)
    guard let shards = list.shards else { return arrangement(names, list).list }
    return arrangement(names, list).shards(try count(shards))
  }

  private func arrangement(_ names: [String], _ list: TestList) -> TestArrangement {
    TestArrangement(names, critical: list.critical, smoke: list.smoke, facts: testFacts())
  }

  /// The names of tests that an expression gives, as a step's `tests` has them.
  public func testNames(_ expr: Expr) throws(Failure) -> [String] {
    try Self.names(try value(of: expr), what: "\"tests\"")
  }

  private func names(of list: TestList) throws(Failure) -> [String] {
    try Self.names(try value(of: list.tests), what: list.shards == nil ? "prioritized" : "shards")
  }

  private static func names(_ value: Value, what: String) throws(Failure) -> [String] {
    if value == .map([:]) { return [] }
    guard let items = value.list else {
      throw .type(
        "\(what) needs a list of names of tests, but it came out as \(value.phrase)"
      )
    }
    var names: [String] = []
    names.reserveCapacity(items.count)
    for item in items {
      guard let name = item.string else {
        throw .type("\(what) needs a list of names of tests, and \(JSON.encode(item)) is among them")
      }
      guard !name.isEmpty, !name.utf8.contains(0x0A), !name.utf8.contains(0) else {
        throw .type("\(what): a test's name is one line of text, which \(JSON.encode(.string(name))) is not")
      }
      names.append(name)
    }
    return names
  }

  private func count(_ expr: Expr) throws(Failure) -> Int {
    let value = try value(of: expr)
    guard let count = value.number.flatMap({ Int64(exactly: $0) }) ?? value.string.flatMap({ Int64($0) }), count >= 1,
      count <= TestList.mostShards
    else {
      throw .type("shards needs a number from 1 to \(TestList.mostShards), but it came out as \(JSON.encode(value))")
    }
    return Int(count)
  }

  /// The value of an axis of a matrix. Of one that was made before in this run, and deals out the same tests to as many shards,
  /// what it was then: each test stays where it was, whatever was learned of it meanwhile.
  public func axis(_ expr: Expr, recorded: Value?) throws(Failure) -> Value {
    if let recorded, case .tests(let list) = expr {
      let names = try names(of: list)
      if let shards = list.shards {
        if Shard.deal(recorded, names, count: try count(shards)) { return recorded }
      } else if let before = recorded.list?.compactMap(\.string), before.count == Set(names).count,
        Set(before) == Set(names)
      {
        return recorded
      }
    }
    return try value(of: expr)
  }
}
