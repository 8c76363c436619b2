import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import Testing

/// Approvals and signals in simulations.
@Suite struct PeopleTests {
  private static let gated = """
    step "build" { run = "make" }
    gate "ship" {
      depends = "build",
      approval = { by = { "managers" }, quorum = 2, timeout = "24h", form = { note = param.string { default = "none" } } },
    }
    step "deploy" { depends = "ship", run = "deploy" }
    """

  private func passes(_ body: String, _ workflow: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let failure = test(body, workflow: workflow).failure
    #expect(failure == nil, "\(failure?.text ?? "")", sourceLocation: sourceLocation)
  }

  @Test("A gate that asks people is answered by as many as it takes, when they do, with their answers as its values")
  func approvals() {
    passes(
      """
      local run = simulate { approvals = { ship = true } }
      assert.equal("succeeded", run.status)
      assert.same({ note = "none" }, run.steps.ship.out)
      run = simulate {
        approvals = { ship = { { by = "managers", after = "2h" }, { after = "3h", fields = { note = "well" } } } },
      }
      assert.equal("succeeded", run.status)
      assert.equal(3 * 3600, run.steps.deploy.started)
      """, Self.gated)
  }

  @Test("A rejection, and silence until the time is over, halt the run")
  func refusals() {
    passes(
      """
      local run = simulate { approvals = { ship = { approved = false, reason = "not today" } } }
      assert.equal("halted", run.status)
      assert.contains("not today", run.reason)
      run = simulate {}
      assert.equal("halted", run.status)
      assert.equal(86400, run.duration)
      """, Self.gated)
  }

  @Test("Without a limit, a run that nobody answers waits")
  func waits() {
    passes(
      """
      local run = simulate {}
      assert.equal("waiting", run.status)
      assert.equal(5, run.exit_code)
      assert.same({ "build" }, run.order)
      """,
      """
      step "build" { run = "make" }
      gate "ship" { depends = "build", approval = {} }
      """)
  }

  @Test("Who may not answer, and what the form does not ask for, are mistakes of the spec")
  func mistakes() {
    #expect(
      test("simulate { approvals = { ship = { by = 'eve' } } }", workflow: Self.gated).failure?.message
        == "approvals[\"ship\"]: eve may not answer; who may: managers")
    #expect(
      test("simulate { approvals = { ship = { fields = { nte = 'x' } } } }", workflow: Self.gated).failure?.message
        == "approvals[\"ship\"].fields has \"nte\", which the form does not ask for: did you mean \"note\"?")
    #expect(
      test("simulate { approvals = { ship = 1 } }", workflow: Self.gated).failure?.message
        == "approvals[\"ship\"] must be true, false, an answer or a list of them, not an integer")
  }

  @Test("An approval that takes two answers ends the same wherever the driver dies")
  func chaos() throws {
    var options = SimulationOptions()
    var second = PeopleBook.Reply()
    second.after = Span(seconds: 60)
    options.people.replies = [("ship", [PeopleBook.Reply(), second])]
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(Self.gated.utf8), modules: [])
    let report = try ChaosSearch(
      ChaosSubject(source: source, mocks: MockBook(), options: options), pairLimit: 60
    ).report()
    #expect(report.status == .succeeded)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }
}
