import BatonModel
import BatonTestKit
import Testing

@testable import BatonCore

/// What of a plan a change can affect (`--changed-since`).
@Suite struct ImpactTests {
  /// Steps whose names end in `!` in `touched` declare inputs that changed; those in `declared` declare inputs that did not.
  private func impact(
    _ plan: PlanBuilder, touched: Set<String> = [], declared: Set<String> = [], everything: String? = nil
  ) -> Impact {
    Impact(plan.plan, since: "main", everything: everything) { node in
      touched.contains(node.name)
        ? .touched("\(node.name).c changed") : declared.contains(node.name) ? .untouched : .undeclared
    }
  }

  @Test func `what was touched and what depends on it runs, through others too`() {
    var plan = PlanBuilder()
    plan.step("lib")
    plan.step("app", depends: ["lib"])
    plan.step("ship", depends: ["app"])
    plan.step("docs")
    let impact = impact(plan, touched: ["lib"], declared: ["app", "ship", "docs"])
    #expect(
      impact.runs == [
        "lib": "lib.c changed", "app": "it depends on lib, which runs", "ship": "it depends on app, which runs",
      ])
    #expect(impact.leftOut == ["docs": "none of its inputs changed since main"])
  }

  @Test func `a step without inputs always runs, and so does what depends on it`() {
    var plan = PlanBuilder()
    plan.step("setup")
    plan.step("unit", depends: ["setup"])
    let impact = impact(plan, declared: ["unit"])
    #expect(impact.runs == ["setup": "it declares no inputs", "unit": "it depends on setup, which runs"])
  }

  @Test func `what was left out holds nobody up`() {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("report", depends: ["unit"])
    let impact = impact(plan, declared: ["unit"])
    #expect(impact.leftOut.keys.sorted() == ["unit"])
    #expect(impact.runs.keys.sorted() == ["report"])
  }

  @Test func `a step whose values are used runs, and so does one that others need the outputs of`() {
    var plan = PlanBuilder()
    plan.step("build") { $0.outputs = [.plain("dist")] }
    plan.step("list")
    plan.step("between", depends: ["build"])
    plan.step(
      "unit", run: .shell(.dynamic(.ref(Ref(step: "list", path: [.name("tests")])))), depends: ["between", "list"])
    plan.step("other")
    let impact = impact(plan, touched: ["unit"], declared: ["build", "list", "between", "other"])
    #expect(
      impact.runs == ["unit": "unit.c changed", "list": "unit uses its values", "build": "unit needs its outputs"])
    #expect(impact.leftOut.keys.sorted() == ["between", "other"])
  }

  @Test func `a function may use the values of all that its step depends on`() {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", run: .callback(Callback(id: 1, digest: "d")), depends: ["a"])
    #expect(impact(plan, touched: ["b"], declared: ["a"]).runs["a"] == "a function of b may use its values")
  }

  @Test func `a gate is left out with all that it judges, unless it asks people`() {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.gate("quality", require: [], depends: ["unit"])
    plan.step("e2e")
    plan.gate("other", require: [], depends: ["e2e"])
    let impact = impact(plan, touched: ["e2e"], declared: ["unit"])
    #expect(impact.leftOut.keys.sorted() == ["quality", "unit"])
    #expect(impact.runs["other"] == "it judges e2e")
    var asking = plan.plan
    asking.nodes[1].kind = .gate(GateSpec(approval: ApprovalSpec()))
    let all = Impact(asking, since: "main") { _ in .untouched }
    #expect(all.runs == ["quality": "it asks people"])
  }

  @Test func `groups pass on what their members are, in both directions`() {
    var plan = PlanBuilder()
    plan.step("base")
    plan.group("suites", depends: ["base"])
    plan.step("one", in: "suites")
    plan.step("two", in: "suites")
    plan.step("after", depends: ["suites"])
    let inner = impact(plan, touched: ["one"], declared: ["base", "two", "after"])
    #expect(inner.leftOut.keys.sorted() == ["base", "two"])
    #expect(inner.runs["after"] == "it depends on one, which runs")
    let outer = impact(plan, touched: ["base"], declared: ["one", "two", "after"])
    #expect(outer.leftOut.isEmpty)
  }

  @Test func `where the workflow itself changed, everything runs`() {
    var plan = PlanBuilder()
    plan.step("a")
    #expect(impact(plan, declared: ["a"], everything: "w.lua changed").runs == ["a": "w.lua changed"])
  }

  @Test func `the machine ends what is left out, takes it as done, and a resumed run does the same`() throws {
    var plan = PlanBuilder()
    plan.step("unit")
    plan.step("report", depends: ["unit"])
    var options = RunOptions()
    options.changes = ChangeScope(
      changes: ChangedFiles(since: "main", commit: "c", top: "/w", files: ["b", "a"]),
      leftOut: ["unit": "nothing changed"])
    let start = RunStarted(
      workflow: "w", file: "/w/w.lua", digest: "", params: [:],
      observations: Observations(time: .init(nanoseconds: 0), seed: 1),
      by: "t", options: options)
    let coded = RunOptions(options.value)
    #expect(coded == options)
    let machine = RunMachine(run: "r", plan: plan.plan, opening: .runStarted(start), pool: ["cpu": 1])
    let actions = machine.handle(.begin, at: Instant(nanoseconds: 5))
    #expect(machine.facts.steps["unit"]?.end?.status == .skipped)
    #expect(machine.facts.steps["unit"]?.end?.reason == "nothing changed")
    #expect(machine.status(of: 1) == .running)
    // Killed now: the next driver leaves out the same.
    var facts = RunFacts()
    for case .record(let record) in actions { facts.apply(record) }
    let planner = ResumePlanner(facts: facts, inputs: { _ in nil }, expand: { _, _ in nil })
    let decided = try planner.plan(plan.plan)
    #expect(decided.again.map(\.step) == ["report"])
    var options2 = ResumeOptions()
    options2.from = ["unit"]
    let asked = try ResumePlanner(facts: facts, options: options2, inputs: { _ in nil }, expand: { _, _ in nil }).plan(
      plan.plan)
    let resumed = RunResumed(
      by: "t", digest: "", observations: start.observations, invalidated: asked.invalidated)
    let second = RunMachine(
      run: "r", plan: asked.plan, facts: facts, opening: .runResumed(resumed), pool: ["cpu": 1])
    _ = second.handle(.begin, at: Instant(nanoseconds: 9))
    // Who names it wants it to run.
    #expect(second.status(of: 0) == .running)
  }
}
