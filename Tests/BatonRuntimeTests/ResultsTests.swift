import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

/// Results of attempts on their way into the records.
@Suite struct ResultsTests {
  private static func summary(passed: Int, failed: Int = 0, flaky: Int = 0) -> ResultSummary {
    var summary = ResultSummary()
    summary.passed = passed
    summary.failed = failed
    summary.flaky = flaky
    summary.file = "results/a.1.ndjson"
    return summary
  }

  private func plan(_ sources: [ResultSource], attempts: Int = 1) -> PlanBuilder {
    var plan = PlanBuilder()
    plan.step("a") {
      $0.results = sources
      $0.retry = RetryPolicy(attempts: attempts)
    }
    return plan
  }

  private let junit = [ResultSource(reader: .format(.junit), patterns: [.plain("r/*.xml")])]

  private func kinds(_ rig: EngineTests.Rig) -> [RecordKind] { rig.journal.records.map(\.record.kind) }

  @Test func `the results of an attempt are recorded before its end`() throws {
    let rig = try EngineTests.Rig(plan(junit).plan)
    rig.results.summaries["a"] = [Self.summary(passed: 3)]
    #expect(try rig.engine.drive() == .succeeded)
    let kinds = kinds(rig)
    let measured = try #require(kinds.firstIndex(of: .measured))
    let ended = try #require(kinds.firstIndex(of: .stepEnded))
    #expect(measured < ended)
    #expect(kinds.count { $0 == .measured } == 1)
    #expect(rig.engine.facts.steps["a"]?.measurements["tests"] == 3)
    let request = try #require(rig.results.requests.first)
    #expect(request.sources.first?.patterns == ["r/*.xml"])
    #expect(request.workingDirectory == "/project")
    #expect(request.file == "results/a.1.ndjson")
  }

  @Test(arguments: [Outcome.exited(1), .signaled(9)])
  func `results of an attempt that failed are read too, and the next one knows their file`(outcome: Outcome) throws {
    let rig = try EngineTests.Rig(plan(junit, attempts: 2).plan)
    rig.executor.script["a"] = [outcome, .succeeded]
    rig.results.summaries["a"] = [Self.summary(passed: 1, failed: 1), Self.summary(passed: 2, flaky: 1)]
    #expect(try rig.engine.drive() == .succeeded)
    #expect(rig.results.requests.map(\.attempt) == [1, 2])
    #expect(rig.results.requests.map(\.earlier) == [[], ["results/a.1.ndjson"]])
    #expect(rig.results.requests.map(\.wasCutOff) == [outcome == .signaled(9), false])
    #expect(rig.engine.facts.steps["a"]?.measurements["flaky"] == 1)
  }

  @Test func `a step without sources asks nobody`() throws {
    let rig = try EngineTests.Rig(plan([]).plan)
    #expect(try rig.engine.drive() == .succeeded)
    #expect(rig.results.requests.isEmpty)
    #expect(!kinds(rig).contains(.measured))
  }

  @Test func `nothing is read of what could not be started`() throws {
    let rig = try EngineTests.Rig(plan(junit).plan)
    rig.executor.script["a"] = [.unstartable("no such program")]
    #expect(try rig.engine.drive() == .failed)
    #expect(rig.results.requests.isEmpty)
  }

  @Test func `functions of the script read what the formats do not know`() throws {
    let callback = Callback(id: 7, digest: "d7")
    let rig = try EngineTests.Rig(plan([ResultSource(reader: .callback(callback), patterns: [.plain("out.txt")])]).plan)
    rig.results.files["a"] = [
      ResultText(callback: callback, path: "out.txt", text: .success("ok 1")),
      ResultText(callback: callback, path: "bad.txt", text: .success("!")),
    ]
    rig.host.functions[7] = { arguments in
      arguments[0] == "ok 1" ? .returned([[["name": "one", "status": "passed"]]]) : .raised("it is bad")
    }
    #expect(try rig.engine.drive() == .succeeded)
    #expect(
      rig.results.told == [
        .test(TestOutcome(name: "one", status: .passed)),
        .problem("bad.txt: its function raised an error: it is bad"),
      ])
  }

  @Test func `a gate judges what the results say`() throws {
    var builder = plan(junit)
    builder.gate(
      "q", require: [Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.9))], depends: ["a"])
    let rig = try EngineTests.Rig(builder.plan)
    rig.results.summaries["a"] = [Self.summary(passed: 1, failed: 1)]
    #expect(try rig.engine.drive() == .halted)
    #expect(rig.engine.facts.verdicts["q"]?.measured == ["pass_rate": 0.5])
  }

  @Test func `secrets are handed over, to be masked`() throws {
    var builder = PlanBuilder()
    builder.step("a", run: .shell(.dynamic(.concat([.literal("use "), .secret("TOKEN")])))) { $0.results = junit }
    let rig = try EngineTests.Rig(builder.plan)
    #expect(try rig.engine.drive() == .succeeded)
    #expect(rig.results.masked == ["s3cret"])
  }
}
