import BatonModel
import BatonTestKit
import Testing

@testable import BatonCore

/// How tests are dealt out and put in order.
@Suite struct ShardTests {
  private static func record(
    _ name: String, _ seconds: Double?, recent: String = "p", step: String = "unit", tags: [String] = []
  ) -> TestRecord {
    TestRecord(
      identity: TestIdentity(className: "tests.test_a", name: name),
      duration: seconds.flatMap { Span(fractionalSeconds: $0) },
      recent: recent, step: step, tags: tags)
  }

  private static func id(_ name: String) -> String { "tests/test_a.py::\(name)" }

  // MARK: Dealing out

  @Test(arguments: 0..<400) func `any list, any durations, any number: each test in exactly one shard`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let tests = (0..<Int.random(in: 0...60, using: &random)).map { _ in
      // Some stand twice.
      Self.id("t\(Int.random(in: 0..<80, using: &random))")
    }
    let records = tests.filter { _ in Bool.random(using: &random) }.map { test in
      Self.record(
        String(test.split(separator: ":").last ?? ""),
        [nil, 0, 1e-9, 1, 3600, Double.random(in: 0...100, using: &random)].randomElement(using: &random) ?? nil,
        recent: ["", "p", "f", "pfp"].randomElement(using: &random) ?? "")
    }
    let count = Int.random(in: 1...12, using: &random)
    let arrangement = TestArrangement(tests, facts: TestFacts(records: records))
    let value = arrangement.shards(count)
    let shards = Shard.all(value) ?? []
    #expect(shards.flatMap(\.tests).sorted() == Set(tests).sorted())
    #expect(shards.count == min(count, Set(tests).count))
    #expect(shards.allSatisfy { !$0.tests.isEmpty })
    #expect(shards.map(\.index) == Array(1..<(shards.count + 1)))
    #expect(arrangement.shards(count) == value)
    #expect(Shard.deal(value, tests, count: count))
    #expect(arrangement.ordered.map(\.name).sorted() == Set(tests).sorted())
  }

  @Test(arguments: 0..<200) func `the largest shard is within 4/3 - 1/3n of the best deal there is`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let weights = (0..<Int.random(in: 1...8, using: &random)).map { _ in Double.random(in: 0.1...10, using: &random) }
    let count = Int.random(in: 1...3, using: &random)
    let parts = ShardSplit.parts(of: weights, count: count)
    #expect(parts.flatMap { $0 }.sorted() == Array(weights.indices))
    let largest = parts.map { $0.reduce(0) { $0 + weights[$1] } }.max() ?? 0
    // All deals.
    var best = Double.infinity
    for deal in 0..<Int(repeatElement(count, count: weights.count).reduce(1, *)) {
      var loads = [Double](repeating: 0, count: count)
      var rest = deal
      for weight in weights {
        loads[rest % count] += weight
        rest /= count
      }
      best = min(best, loads.max() ?? 0)
    }
    #expect(largest <= best * (4.0 / 3 - 1.0 / (3 * Double(count))) + 1e-9)
  }

  @Test func `weights that are no numbers count as nothing, and still every piece has a part`() {
    let parts = ShardSplit.parts(of: [.nan, .infinity, -1, 0, 5, 0], count: 3)
    #expect(parts.flatMap { $0 }.sorted() == [0, 1, 2, 3, 4, 5])
    #expect(parts.filter { $0.contains(4) }.count == 1)
    #expect(parts.allSatisfy { !$0.isEmpty })
  }

  @Test func `what no run has timed counts as the median of the others`() {
    let arrangement = TestArrangement(
      ["a", "b", "c", "new"].map(Self.id),
      facts: TestFacts(records: [Self.record("a", 1), Self.record("b", 2), Self.record("c", 9)]))
    #expect(arrangement.usual == 2)
    let shards = Shard.all(arrangement.shards(2)) ?? []
    #expect(shards.map { Set($0.tests) } == [[Self.id("c")], Set(["a", "b", "new"].map(Self.id))])
    #expect(shards.map(\.seconds) == [9, 5])
    #expect(shards.map(\.known) == [1, 2])
  }

  @Test func `without any history shards are of one size, to a test`() {
    let shards = Shard.all(TestArrangement((1...11).map { "t\($0)" }).shards(4)) ?? []
    #expect(shards.map(\.tests.count).sorted() == [2, 3, 3, 3])
    #expect(shards.allSatisfy { $0.seconds == nil && $0.why.isEmpty })
  }

  @Test func `a name that contains several cases takes as long as all of them`() {
    let entries = TestArrangement(
      ["tests/test_a.py"], facts: TestFacts(records: [Self.record("x", 1), Self.record("y", 2)])
    ).entries
    #expect(entries.map(\.seconds) == [3])
  }

  @Test func `what the step itself told counts more than a test of the same name elsewhere`() {
    let records = [Self.record("x", 1, step: "unit[shard=1of2]"), Self.record("x", 100, step: "other")]
    let near = TestArrangement([Self.id("x")], facts: TestFacts(records: records, near: "unit"))
    #expect(near.entries.map(\.seconds) == [1])
    let far = TestArrangement([Self.id("x")], facts: TestFacts(records: records, near: "new"))
    #expect(far.entries.map(\.seconds) == [50.5])
  }

  // MARK: Order

  @Test func `critical, smoke, failed, changed, new, quick`() {
    let tests =
      ["slow", "quick", "new", "failed", "failed_before", "pay", "login", "tagged"].map(Self.id) + [
        "tests/test_b.py::changed"
      ]
    let changed = TestRecord(
      identity: TestIdentity(className: "tests.test_b", name: "changed"), duration: Span(seconds: 50), recent: "p",
      step: "unit")
    let arrangement = TestArrangement(
      tests, critical: ["*pay"], smoke: ["login"],
      facts: TestFacts(
        records: [
          Self.record("slow", 9), Self.record("quick", 0.1), Self.record("failed", 5, recent: "ppf"),
          Self.record("failed_before", 5, recent: "pfpp"), Self.record("pay", 30), Self.record("login", 20),
          Self.record("tagged", 1, tags: ["smoke"]), changed,
        ], changes: ChangedFiles(since: "1a2b3c4d", files: ["tests/test_b.py"])))
    #expect(
      arrangement.ordered.map { $0.name.split(separator: ":").last ?? "" } == [
        "pay", "tagged", "login", "failed", "failed_before", "changed", "new", "quick", "slow",
      ])
    let shard = Shard.all(arrangement.shards(1))?.first
    #expect(shard?.tests == arrangement.ordered.map(\.name))
    #expect(
      shard?.why == [
        Self.id("pay"): "critical", Self.id("login"): "smoke", Self.id("tagged"): "smoke",
        Self.id("failed"): "failed in the last run", Self.id("failed_before"): "failed 3 runs ago",
        "tests/test_b.py::changed": "changed since 1a2b3c4d", Self.id("new"): "new",
      ])
  }

  @Test func `a title may carry its tag`() {
    let entries = TestArrangement(["logs in @smoke", "pays (@critical, @slow)", "a@smoke.example", "@smoked"]).entries
    #expect(entries.map(\.urgency) == [.smoke, .critical, nil, nil])
  }

  @Test(arguments: [
    ("tests/test_sum.py", "tests/test_sum.py::test_add[1-2]", true),
    ("lib/tests/test_sum.py", "tests/test_sum.py::test_add", true),
    ("tests/test_sum.py", "tests/unit/test_sum.py::test_add", false),
    ("tests/test_sum.py", "tests/test_summary.py::test_add", false),
    ("Tests/CoreTests/SumTests.swift", "CoreTests.SumTests/adds()", true),
    ("Tests/CoreTests/SumTests.swift", "CoreTests.OtherTests/adds()", false),
    ("cart/total_test.go", "example.com/shop/cart.TestTotal", true),
    ("cart/total_test.go", "example.com/shop/pay.TestTotal", false),
    ("README.md", "tests/test_sum.py::test_add", false),
  ])
  func `a test is changed when its file is`(file: String, test: String, isChanged: Bool) {
    #expect(ChangedTests(ChangedFiles(since: "x", files: [file])).contains(test) == isChanged)
  }

  @Test(arguments: [
    ("*", "anything", true), ("*pay*", "tests/test_pay.py::x", true), ("pay", "tests/test_pay.py::x", true),
    ("test_?", "test_a", true), ("test_?", "test_ab", false), ("test_?", "test_ü", true), ("a*b*c", "axxbyyc", true),
    ("a*b*c", "axxbyy", false), ("", "x", false), ("*x", "", false), ("**", "", true), ("longer", "long", false),
  ])
  func `patterns of names`(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }

  // MARK: Resuming

  @Test func `an axis that was made in this run stays what it was while it deals out the same tests`() throws {
    let list = TestList(tests: .ref(Ref(step: "list", path: [.name("tests")])), shards: .literal(2))
    var emitted: Value = ["a", "b", "c"]
    var evaluation = Evaluation(
      values: { _ in ["tests": emitted] }, secret: { _ in nil }, call: { _, _ in .returned([]) })
    let before = try evaluation.axis(.tests(list), recorded: nil)
    // A run in between has timed them: the deal would be another one.
    evaluation.testFacts = {
      TestFacts(records: [
        TestRecord(identity: TestIdentity(name: "a"), duration: Span(seconds: 100)),
        TestRecord(identity: TestIdentity(name: "b"), duration: Span(seconds: 1)),
        TestRecord(identity: TestIdentity(name: "c"), duration: Span(seconds: 1)),
      ])
    }
    #expect(try evaluation.axis(.tests(list), recorded: nil) != before)
    #expect(try evaluation.axis(.tests(list), recorded: before) == before)
    emitted = ["a", "b", "c", "d"]
    let now = try evaluation.axis(.tests(list), recorded: before)
    #expect(Shard.all(now)?.flatMap(\.tests).sorted() == ["a", "b", "c", "d"])
    let more = TestList(tests: list.tests, shards: .literal(3))
    #expect(Shard.all(try evaluation.axis(.tests(more), recorded: now))?.count == 3)
  }

  @Test(
    arguments: [
      ("no list", "shards needs a list of names of tests, but it came out as a string"),
      ([1], "shards needs a list of names of tests, and 1 is among them"),
      (["two\nlines"], "shards: a test's name is one line of text, which \"two\\nlines\" is not"),
    ] as [(Value, String)])
  func `what is no list of names is told`(value: Value, message: String) {
    let evaluation = Evaluation(
      values: { _ in ["tests": value] }, secret: { _ in nil }, call: { _, _ in .returned([]) })
    let list = TestList(tests: .ref(Ref(step: "list", path: [.name("tests")])), shards: .literal(2))
    #expect(throws: Evaluation.Failure.type(message)) { try evaluation.value(of: .tests(list)) }
  }
}
