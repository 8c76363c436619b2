import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct ConditionTests {
  /// `b` after `a`, which ends as told.
  private func run(_ when: StepOptions.When, a outcome: Outcome, allowed: Bool = false) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("a") { $0.allowFailure = allowed }
    plan.step("b", depends: ["a"]) { $0.when = when }
    let run = MachineDriver(plan.plan)
    run.script["a"] = [outcome]
    return run
  }

  @Test func `when succeeded, which is the standard, skips a step behind a failure and says which`() {
    let run = run(.succeeded, a: .exited(3))
    #expect(run.runToEnd() == .failed)
    #expect(run.status("b") == .skipped)
    #expect(run.reason("b") == "a failed")
  }

  @Test func `when failed runs a step behind a failure only`() {
    let failed = run(.failed, a: .exited(3))
    #expect(failed.runToEnd() == .failed)
    #expect(failed.status("b") == .succeeded)
    let succeeded = run(.failed, a: .succeeded)
    #expect(succeeded.runToEnd() == .succeeded)
    #expect(succeeded.reason("b") == "nothing that it depends on failed")
  }

  @Test func `when failed sees a failure further up, through what was skipped`() {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", depends: ["a"])
    plan.step("cleanup", depends: ["b"]) { $0.when = .failed }
    let run = MachineDriver(plan.plan)
    run.script["a"] = [.exited(1)]
    run.runToEnd()
    #expect(run.reason("b") == "a failed")
    #expect(run.status("cleanup") == .succeeded)
  }

  @Test(arguments: [Outcome.succeeded, .exited(1)])
  func `when finished runs a step either way`(outcome: Outcome) {
    let run = run(.finished, a: outcome)
    run.runToEnd()
    #expect(run.status("b") == .succeeded)
  }

  @Test func `a when function decides, and its reason is told`() {
    let run = run(.callback(Callback(id: 1, digest: "f")), a: .exited(1))
    run.answer = { _, _, _ in .no(reason: "only on Sundays") }
    run.runToEnd()
    #expect(run.status("b") == .skipped)
    #expect(run.reason("b") == "only on Sundays")
  }

  @Test func `a when function may fail its step or halt the run, and its error is told`() {
    let failing = run(.callback(Callback(id: 1, digest: "f")), a: .succeeded)
    failing.answer = { _, _, _ in .fail("no licence") }
    #expect(failing.runToEnd() == .failed)
    #expect(failing.reason("b") == "no licence")
    let halting = run(.callback(Callback(id: 1, digest: "f")), a: .succeeded)
    halting.answer = { _, _, _ in .halt("stop here") }
    #expect(halting.runToEnd() == .halted)
    #expect(halting.reason("b") == "it halted the run: stop here")
    let raising = run(.callback(Callback(id: 1, digest: "f")), a: .succeeded)
    raising.answer = { _, _, _ in .raised("flow.lua:9: nil") }
    #expect(raising.runToEnd() == .failed)
    #expect(raising.reason("b") == "its `when` raised an error: flow.lua:9: nil")
  }

  @Test func `a failure that is allowed neither fails the run nor stops dependents`() {
    let run = run(.succeeded, a: .exited(1), allowed: true)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.status("a") == .failed)
    #expect(run.end("a")?.allowed == true)
    #expect(run.status("b") == .succeeded)
  }

  @Test func `without fail_fast the other members of a group finish`() {
    var plan = PlanBuilder()
    plan.group("g")
    plan.step("a", in: "g")
    plan.step("b", in: "g")
    plan.step("after", depends: ["g"])
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("a", .exited(1))
    run.finish("b")
    #expect(run.status == .failed)
    #expect(run.status("b") == .succeeded)
    #expect(run.reason("g") == "a failed")
    #expect(run.reason("after") == "g failed")
  }

  @Test func `fail_fast ends the running members of a group and skips the others, and nothing outside`() {
    var plan = PlanBuilder()
    plan.group("g", max: 2, failFast: true)
    for name in ["a", "b", "c"] { plan.step(name, in: "g") }
    plan.step("outside")
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.running == ["a", "b", "outside"])
    run.finish("a", .exited(1))
    #expect(run.status("b") == .cancelled)
    #expect(run.status("c") == .skipped)
    #expect(run.reason("c") == "a failed, and the group g says fail_fast")
    #expect(run.running == ["outside"])
    run.finish("outside")
    #expect(run.status == .failed)
  }

  @Test func `fail_fast of the workflow starts nothing more, and lets finish what runs`() {
    var plan = PlanBuilder("flow") { $0.failFast = true }
    plan.step("a")
    plan.step("b")
    plan.step("c", depends: ["b"])
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("a", .exited(1))
    #expect(run.running == ["b"])
    #expect(run.reason("c") == "a failed, and the workflow says fail_fast")
    run.finish("b")
    #expect(run.status == .failed)
    #expect(run.status("b") == .succeeded)
  }

  @Test func `a group waits for what it depends on, and its condition holds for all its members`() {
    var plan = PlanBuilder()
    plan.step("a")
    plan.group("g", depends: ["a"]) { $0.when = .failed }
    plan.step("b", in: "g")
    let run = MachineDriver(plan.plan)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["a"])
    #expect(run.status("g") == .skipped)
    #expect(run.reason("b") == "nothing that it depends on failed")
  }

  @Test func `a matrix over a list makes its cells when the list is known`() {
    var plan = PlanBuilder()
    plan.step("list")
    plan.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    plan.step("after", depends: ["m"])
    let run = MachineDriver(plan.plan)
    run.values["list"] = ["items": ["one", "two"]]
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["list", "m[x=one]", "m[x=two]", "after"])
  }

  @Test func `two matrices over one list get their own cells`() {
    var plan = PlanBuilder()
    plan.step("list")
    plan.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    plan.matrix("n", axes: ["x": .out("list", "items")], depends: ["list"])
    let run = MachineDriver(plan.plan)
    run.values["list"] = ["items": [1, 2]]
    #expect(run.runToEnd() == .succeeded)
    #expect(Set(run.order) == ["list", "m[x=1]", "m[x=2]", "n[x=1]", "n[x=2]"])
  }

  @Test func `an empty matrix succeeds`() {
    var plan = PlanBuilder()
    plan.step("list")
    plan.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    plan.step("after", depends: ["m"])
    let run = MachineDriver(plan.plan)
    run.values["list"] = ["items": []]
    #expect(run.runToEnd() == .succeeded)
    #expect(run.status("m") == .succeeded)
    #expect(run.order == ["list", "after"])
  }

  @Test func `a matrix whose list is missing fails and says what is missing`() {
    var plan = PlanBuilder()
    plan.step("list")
    plan.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    let run = MachineDriver(plan.plan)
    run.values["list"] = ["itmes": []]
    #expect(run.runToEnd() == .failed)
    #expect(run.reason("m") == "step \"list\" emitted no value for \"list.out.items\": it emitted itmes")
  }

  @Test func `a step whose work was done before is not run`() {
    var plan = PlanBuilder()
    plan.step("a") { $0.cache = .on }
    plan.step("b", depends: ["a"])
    let run = MachineDriver(plan.plan)
    run.probe = { _ in .hit(values: ["v": 1], fingerprint: Fingerprint(parts: [])) }
    #expect(run.runToEnd() == .succeeded)
    #expect(run.status("a") == .cached)
    #expect(run.order == ["b"])
    #expect(run.machine.values(of: "a") == ["v": 1])
  }
}
