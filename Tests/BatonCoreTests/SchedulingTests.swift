import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct SchedulingTests {
  @Test func `a step starts when all that it depends on has succeeded`() {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b")
    plan.step("c", depends: ["a", "b"])
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.running == ["a", "b"])
    run.finish("a")
    #expect(run.running == ["b"])
    run.finish("b")
    #expect(run.running == ["c"])
    run.finish("c")
    #expect(run.status == .succeeded)
  }

  @Test func `of ready steps the one of the highest priority starts first`() {
    var plan = PlanBuilder()
    plan.step("low") { $0.priority = -1 }
    plan.step("normal")
    plan.step("high") { $0.priority = 10 }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.runToEnd()
    #expect(run.order == ["high", "normal", "low"])
  }

  @Test func `of equal priority, the step with the longest way behind it by earlier durations starts first`() {
    var plan = PlanBuilder()
    plan.step("alone")
    plan.step("short")
    plan.step("after short", depends: ["short"])
    plan.step("long")
    plan.step("after long", depends: ["long"])
    let durations = [
      "alone": Span(seconds: 5), "after short": Span(seconds: 2), "short": Span(seconds: 1), "long": Span(seconds: 1),
      "after long": Span(seconds: 60),
    ]
    let run = MachineDriver(plan.plan, pool: ["cpu": 1], durations: durations)
    run.runToEnd()
    #expect(run.order == ["long", "after long", "alone", "short", "after short"])
  }

  @Test func `of equal priority and way, the step declared first starts first`() {
    var plan = PlanBuilder()
    for name in ["c", "a", "b"] { plan.step(name) }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.runToEnd()
    #expect(run.order == ["c", "a", "b"])
  }

  @Test func `resources are never over-committed, and what is free is used`() {
    var plan = PlanBuilder()
    plan.step("a") { $0.resources = ["cpu": 1, "browser": 2] }
    plan.step("b") { $0.resources = ["cpu": 1, "browser": 1] }
    plan.step("c") { $0.resources = ["cpu": 2] }
    let run = MachineDriver(plan.plan, pool: ["cpu": 4, "browser": 2])
    run.begin()
    #expect(run.running == ["a", "c"])
    run.finish("c")
    #expect(run.running == ["a"])
    run.finish("a")
    #expect(run.running == ["b"])
  }

  @Test func `a wide step is not starved by narrow ones that become ready behind it`() {
    var plan = PlanBuilder()
    plan.step("narrow 1")
    plan.step("narrow 2")
    plan.step("wide") { $0.resources = ["cpu": 2] }
    for number in 3...9 { plan.step("narrow \(number)") }
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    run.finish("narrow 1")
    #expect(run.running == ["narrow 2"], "the free processor is set aside")
    run.finish("narrow 2")
    #expect(run.running == ["wide"])
  }

  @Test func `a step that asks for more processors than there are runs alone`() {
    var plan = PlanBuilder()
    plan.step("wide") { $0.resources = ["cpu": 64] }
    plan.step("narrow")
    let run = MachineDriver(plan.plan, pool: ["cpu": 2])
    run.begin()
    #expect(run.running == ["wide"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `a step that asks for what there will never be fails and says so`() {
    var plan = PlanBuilder()
    plan.step("greedy") { $0.resources = ["cpu": 1, "browser": 3] }
    let run = MachineDriver(plan.plan, pool: ["cpu": 2, "browser": 2])
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.isEmpty)
    #expect(run.reason("greedy") == "it asks for browser = 3, and there is 2 in all")
  }

  @Test func `a step that needs no processor starts when all processors are taken`() {
    var plan = PlanBuilder()
    plan.step("busy")
    plan.step("waits for others") { $0.resources = ["browser": 1] }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1, "browser": 1])
    run.begin()
    #expect(run.running == ["busy", "waits for others"])
  }

  @Test func `max limits how many members of a group run at once, the members of its members included`() {
    var plan = PlanBuilder()
    plan.group("outer", max: 2)
    plan.group("inner", in: "outer")
    for name in ["a", "b"] { plan.step(name, in: "inner") }
    for name in ["c", "d"] { plan.step(name, in: "outer") }
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.running == ["a", "b"])
    run.finish("b")
    #expect(run.running == ["a", "c"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `starts are recorded before they happen, ahead of their turn`() {
    var plan = PlanBuilder()
    for number in 1...5 { plan.step("step \(number)") }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.begin()
    #expect(run.order == ["step 1"])
    let intended = run.records.flatMap { record -> [String] in
      guard case .intended(let attempts) = record.record else { return [] }
      return attempts.map(\.step)
    }
    #expect(Set(intended).count == 5)
  }

  @Test func `a start that must not be repeated blindly is not recorded ahead of its turn`() {
    var plan = PlanBuilder()
    for name in ["a", "b"] { plan.step(name) { $0.interrupted = .fail } }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.begin()
    #expect(run.machine.facts.steps["a"]?.isOpen == true)
    #expect(run.machine.facts.steps["b"]?.isOpen != true)
  }
}
