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
}
