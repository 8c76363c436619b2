import BatonCore
import BatonModel
import BatonResults
import Testing

/// Names as runners list them, against reports that the same runners wrote.
@Suite struct ListedTestsTests {
  private static func path(_ name: String, file: String = #filePath) -> String {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return name.hasPrefix("/") ? folder + name : "\(folder)/Fixtures/\(name)"
  }

  private static func outcomes(_ name: String, _ format: ResultFormat) -> [TestOutcome] {
    var outcomes: [TestOutcome] = []
    ResultReader.read(path: path(name), label: name, as: format) { item in
      if case .test(let outcome) = item { outcomes.append(outcome) }
    }
    return outcomes
  }

  struct Runner: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var report: String
    var format: ResultFormat
    /// As the runner lists them.
    var list: [String]
  }

  static let pytest = """
    test_root.py::test_root
    tests/test_sum.py::test_add[1-2]
    tests/test_sum.py::test_add[3-4]
    tests/test_sum.py::test_text[x.y]
    tests/test_sum.py::test_text[a::b]
    tests/test_sum.py::test_text[p/q]
    tests/test_sum.py::test_text[[in]]
    tests/test_sum.py::test_text[\\xfc]
    tests/test_sum.py::test_text[empty id]
    tests/test_sum.py::TestSum::test_method
    tests/test_sum.py::TestSum::TestInner::test_deep[1]
    tests/test_sum.py::test_skipped
    tests/unit/test_more.py::test_add[1-2]
    tests/unit/test_more.py::test_add[3-4]
    tests/unit/test_more.py::test_text[x.y]
    tests/unit/test_more.py::test_text[a::b]
    tests/unit/test_more.py::test_text[p/q]
    tests/unit/test_more.py::test_text[[in]]
    tests/unit/test_more.py::test_text[\\xfc]
    tests/unit/test_more.py::test_text[empty id]
    tests/unit/test_more.py::TestSum::test_method
    tests/unit/test_more.py::TestSum::TestInner::test_deep[1]
    tests/unit/test_more.py::test_skipped
    """.split(separator: "\n").map(String.init)

  static let runners: [Runner] = [
    Runner(testDescription: "pytest --collect-only -q", report: "pytest.xml", format: .junit, list: pytest),
    Runner(
      testDescription: "go test -list, with the package in front", report: "gotest.ndjson", format: .gotest,
      list: [
        "example.com/shop.TestRoot", "example.com/shop/cart.TestTotal", "example.com/shop/cart.TestTax",
        "example.com/shop/cart.ExampleTotal",
      ]),
    Runner(
      testDescription: "go test -list alone", report: "gotest.ndjson", format: .gotest,
      list: ["TestRoot", "TestTotal", "TestTax", "ExampleTotal"]),
    Runner(
      testDescription: "ctest --show-only", report: "ctest.xml", format: .junit,
      list: ["plain", "group.with.dots", "suite/sub", "failing"]),
    Runner(
      testDescription: "swift test list, Swift Testing's JUnit",
      report: "/../BatonResultsTests/Fixtures/junit/swift-testing.xml", format: .junit, list: swift),
    Runner(
      testDescription: "swift test list, Swift Testing's events",
      report: "/../BatonResultsTests/Fixtures/swift/events.ndjson", format: .swifttest, list: swift),
    Runner(
      testDescription: "swift test list, events that tell arguments",
      report: "/../BatonResultsTests/Fixtures/swift/events-version-0.ndjson", format: .swifttest, list: swift),
    Runner(
      testDescription: "swift test list, XCTest",
      report: "/../BatonResultsTests/Fixtures/junit/xctest.xml", format: .junit,
      list: ["testBad", "testGood", "testSkip", "testThrows"].map { "ShopTests.OldTests/\($0)" }),
    Runner(
      testDescription: "files of pytest", report: "pytest.xml", format: .junit,
      list: ["test_root.py", "tests/test_sum.py", "tests/unit/test_more.py"]),
  ]

  static let swift =
    [
      "sum()", "upTo(_:)", "pairs(text:flag:)", "wrong()", "throwing()", "pay()", "known()", "cancelled()",
      "attaches()", "Inner/deep()",
    ].map { "ShopTests.PriceTests/\($0)" } + ["ShopTests.free()"]

  @Test(arguments: runners) func `each listed name finds its outcomes, and each outcome its name`(runner: Runner) {
    let outcomes = Self.outcomes(runner.report, runner.format)
    #expect(outcomes.count >= runner.list.count)
    var check = ListCheck(runner.list)
    for outcome in outcomes { check.add(outcome) }
    #expect(check.results == ListedResults(tests: runner.list.count))
  }

  @Test(arguments: runners) func `a name that was not run is told, and an outcome that was not listed`(runner: Runner) {
    let outcomes = Self.outcomes(runner.report, runner.format)
    let left = runner.list[0]
    var check = ListCheck(["tests/test_gone.py::test_gone"] + runner.list.dropFirst())
    for outcome in outcomes { check.add(outcome) }
    let results = check.results
    #expect(results.missing == 1)
    #expect(results.missingNames == ["tests/test_gone.py::test_gone"])
    #expect(results.strays >= 1, "\(left)")
    #expect(results.problems.count == 2)
  }

  @Test func `the same function in two files is two tests`() {
    let outcomes = Self.outcomes("pytest.xml", .junit)
    let listed = ListedTests(Self.pytest)
    var places: [Int] = []
    for outcome in outcomes {
      guard case .exact(let found)? = listed.match(TestIdentity(outcome, step: "")) else {
        Issue.record("\(outcome.name) has no name of its own")
        continue
      }
      places += found
    }
    #expect(places.sorted() == Array(Self.pytest.indices))
  }
}
