import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import Testing

/// Results that mocks tell: what a run makes of them is what it makes of files.
@Suite("Results of mocks") struct MockedResultsTests {
  private func passes(_ body: String, _ workflow: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let failure = test(body, workflow: workflow).failure
    #expect(failure == nil, "\(failure?.text ?? "")", sourceLocation: sourceLocation)
  }

  private static let retried = """
    local unit = step "unit" {
      run = "all", results = junit "r.xml",
      retry = { attempts = 3, tests = "failed", run = { "some" }, select = function(cases)
        local words = {}
        for i, case in ipairs(cases) do words[i] = case.id end
        return words
      end },
    }
    """

  @Test("Failed tests are handed over, results are merged, and what passes then is flaky")
  func handedOver() {
    passes(
      """
      local function case(name, status) return { class = "c", name = name, status = status } end
      local run = simulate { steps = { unit = {
        { results = { case("it's", "passed"), case("b[1 2]", "failed"), case("ü", "failed") } },
        { results = { case("b[1 2]", "passed"), case("ü", "failed") } },
        { results = { case("ü", "passed") } },
      } } }
      local unit = run.steps.unit
      assert.equal("succeeded", unit.status)
      assert.same({ "some", "c.b[1 2]", "c.ü" }, unit.tries[2].args)
      assert.same({ "some", "c.ü" }, unit.tries[3].args)
      assert.same({ 3, 3, 0, 2 }, { unit.results.tests, unit.results.passed, unit.results.failed, unit.results.flaky })
      assert.same({ "c.ü", "c.b[1 2]" }, unit.results.flaky_cases)
      assert.same({ tests = 3 }, { tests = unit.out.tests.total })
      """, Self.retried)
  }

  @Test("A retry that passes and did not run what had failed has failed")
  func notRun() {
    passes(
      """
      local run = simulate { steps = { unit = {
        { results = { { name = "a", status = "failed" }, { name = "b", status = "failed" } } },
        { results = { { name = "a", status = "passed" } } },
        { results = { { name = "a", status = "passed" } } },
      } } }
      assert.equal("the retry did not run 1 test of the 2 that had failed: b", run.steps.unit.tries[2].outcome)
      """, Self.retried)
  }

  @Test("Quarantine, a list of tests, and gates judge them as they judge files")
  func judged() {
    passes(
      """
      local run = simulate { steps = { unit = { results = {
        { name = "a", status = "passed" }, { name = "shaky.b", status = "failed" },
      } } } }
      assert.equal("succeeded", run.steps.unit.status)
      assert.same({ "shaky.b" }, run.steps.unit.results.quarantined)
      run = simulate { steps = { unit = { code = 0, results = { { name = "a", status = "passed" } } } } }
      assert.equal("it succeeded, but 1 of its 2 tests was not run: shaky.b", run.steps.unit.reason)
      run = simulate { at = "2031-01-01T00:00:00Z", steps = { unit = { results = {
        { name = "a", status = "passed" }, { name = "shaky.b", status = "passed" },
      } } } }
      assert.matches("^the quarantine of shaky.b %(owner ada%) expired on 2030", run.steps.unit.reason)
      """,
      """
      quarantine { test = "shaky.*", owner = "ada", reason = "slow disk", expires = "2030-12-31" }
      step "unit" { run = "x", tests = { "a", "shaky.b" }, results = tap "out.tap" }
      """)
  }

  @Test("Findings and measurements are results too")
  func measured() {
    passes(
      """
      local run = simulate { steps = { scan = { results = {
        { rule = "B608", message = "injected", severity = "high" }, { metric = "size", value = 7 },
      } } } }
      assert.equal("halted", run.status)
      assert.matches("findings.high", run.gates.safe.findings[1])
      """,
      """
      local scan = step "scan" { run = "x", results = sarif "a.sarif" }
      gate "safe" { depends = scan, require = { ["findings.high"] = "== 0", ["metric.size"] = "<= 7" } }
      """)
  }

  @Test("Failures of steps that a durable body asks for count for max_failures")
  func ofBodies() {
    passes(
      """
      local two = { results = { { name = "x", status = "failed" }, { name = "y", status = "passed" } } }
      local run = simulate { steps = { ["all/a"] = two, ["all/b"] = two, ["all/c"] = two } }
      assert.equal("failed", run.status)
      assert.same({ "all", "all/a", "all/b" }, run.order)
      assert.matches("2 tests failed, and the workflow says max_failures = 2", run.steps.all.reason)
      assert.equal("skipped", run.steps.last.status)
      """,
      """
      workflow "w" { max_failures = 2 }
      step "all" { function(ctx)
        for _, name in ipairs { "a", "b", "c" } do
          ctx:step(name) { run = "x", results = tap "t", allow_failure = true }
        end
      end }
      step "last" { run = "x", depends = "all" }
      """)
  }

  @Test("Results that nobody reads, or that are none, are mistakes of the spec")
  func mistakes() {
    func says(_ mock: String, _ sentence: String, _ workflow: String, line: SourceLocation = #_sourceLocation) {
      let failure = test("simulate { steps = { a = \(mock) } }", workflow: workflow).failure
      #expect(failure?.text.contains(sentence) == true, "\(failure?.text ?? "passed")", sourceLocation: line)
    }
    let reads = "step 'a' { run = 'x', results = junit 'x.xml' }"
    says(
      "{ results = { { name = 't', status = 'passed' } } }",
      "the mock of step \"a\" has results, and the step reads none: it needs results", "step 'a' { run = 'x' }")
    says(
      "{ results = { { name = 't', status = 'fine' } } }",
      "steps[\"a\"].results: result 1: the status of the test \"t\" must be", reads)
    says("{ results = 'x' }", "steps[\"a\"].results must be a list such as", reads)
  }

  @Test("A driver that dies anywhere between the attempts loses none of them")
  func dies() throws {
    func results(_ names: [(String, TestStatus)]) -> Mock {
      var result = MockResult(names.contains { $0.1.isFailure } ? .exited(1) : .succeeded)
      result.results = names.map { .test(TestOutcome(suite: "", name: $0.0, status: $0.1)) }
      return .fixed(result)
    }
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(Self.retried.utf8), modules: [])
    let mocks = MockBook([
      .init(
        "unit",
        .sequence([results([("a", .passed), ("b", .failed)]), results([("b", .failed)]), results([("b", .passed)])])
      )
    ])
    let report = try ChaosSearch(
      ChaosSubject(source: source, mocks: mocks, options: SimulationOptions()), pairLimit: 100
    ).report()
    #expect(report.status == .succeeded)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }
}
