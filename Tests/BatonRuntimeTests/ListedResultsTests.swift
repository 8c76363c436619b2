import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

/// Steps that name the tests that they run.
@Suite struct ListedResultsTests {
  private func rig(_ tests: Expr, results: ResultSummary? = nil, outcome: Outcome = .succeeded) throws
    -> EngineTests.Rig
  {
    var plan = PlanBuilder()
    plan.step("a") {
      $0.tests = tests
      $0.results = [ResultSource(reader: .format(.junit), patterns: [.plain("r/*.xml")])]
    }
    let rig = try EngineTests.Rig(plan.plan)
    rig.executor.script["a"] = [outcome]
    if let results { rig.results.summaries["a"] = [results] }
    return rig
  }

  private static func summary(_ listed: ListedResults) -> ResultSummary {
    var summary = ResultSummary()
    summary.passed = 2
    summary.listed = listed
    return summary
  }

  @Test func `the names are handed to the process, and to those who read the results`() throws {
    let rig = try rig(.literal(["one", "two"]), results: Self.summary(ListedResults(tests: 2)))
    #expect(try rig.engine.drive() == .succeeded)
    #expect(rig.executor.launches.map(\.tests) == [["one", "two"]])
    #expect(rig.results.requests.map(\.tests) == [["one", "two"]])
  }

  @Test func `a step whose tests were not all run has not succeeded`() throws {
    var listed = ListedResults(tests: 3, missing: 1)
    listed.missingNames = ["three"]
    let rig = try rig(.literal(["one", "two", "three"]), results: Self.summary(listed))
    #expect(try rig.engine.drive() == .failed)
    #expect(
      rig.engine.facts.steps["a"]?.end?.attempt?.outcome
        == .failed("it succeeded, but 1 of its 3 tests was not run: three"))
  }

  @Test func `a step that ran another's tests has not succeeded`() throws {
    var listed = ListedResults(tests: 1, strays: 7)
    listed.strayNames = ["a", "b", "c", "d", "e"]
    let rig = try rig(.literal(["one"]), results: Self.summary(listed))
    #expect(try rig.engine.drive() == .failed)
    #expect(
      rig.engine.facts.steps["a"]?.end?.attempt?.outcome.text.hasSuffix(
        "7 tests that are not on its list were run, or told of in another's report: a, b, c, d, e and 2 more") == true)
  }

  @Test func `a step that failed anyway failed for its own reason`() throws {
    let rig = try rig(
      .literal(["one", "two"]), results: Self.summary(ListedResults(tests: 2, missing: 1)), outcome: .exited(1))
    #expect(try rig.engine.drive() == .failed)
    #expect(rig.engine.facts.steps["a"]?.end?.attempt?.outcome == .exited(1))
  }

  @Test func `what is no list of names fails the step before it starts`() throws {
    let rig = try rig(.literal(["one", 2]))
    #expect(try rig.engine.drive() == .failed)
    #expect(rig.executor.launches.isEmpty)
    #expect(
      rig.engine.facts.steps["a"]?.end?.attempt?.outcome.text.contains("and 2 is among them") == true)
  }

  @Test func `records keep what was found of the list`() throws {
    var listed = ListedResults(tests: 5, missing: 2, strays: 1)
    listed.missingNames = ["x", "y"]
    listed.strayNames = ["z"]
    let summary = Self.summary(listed)
    #expect(ResultSummary(.map(summary.fields)) == summary)
  }
}
