import BatonCore
import BatonModel
import BatonReport
import BatonTestKit
import Testing

/// What of the pool is in use.
@Suite struct ResourcesInUse {
  @Test func `what running steps hold is summed, and shown beside what there is`() {
    var plan = PlanBuilder()
    plan.step("a") { $0.resources = ["cpu": 1, "browser": 1, "memory": 2_147_483_648] }
    plan.step("b") { $0.resources = ["cpu": 1, "browser": 2] }
    plan.step("c", depends: ["a"]) { $0.resources = ["browser": 4] }
    plan.plan.workflow.pool = ["browser": 4]
    let run = MachineDriver(plan.plan, pool: ["cpu": 4, "browser": 4, "memory": 8_589_934_592])
    run.begin()
    func view() -> RunView { RunView(run: "r", records: run.records, plan: run.machine.plan) }
    #expect(view().resourcesInUse() == ["cpu": 2, "browser": 3, "memory": 2_147_483_648])
    #expect(view().resourcesInUse([1]) == ["cpu": 1, "browser": 2])
    let shown = ShowText.text(view(), now: run.clock.now, clock: .utc)
    #expect(shown.contains("browser 3, cpu 2, memory 2"), "\(shown)")
    run.finish("a")
    #expect(view().resourcesInUse() == ["cpu": 1, "browser": 2], "c waits for what b has")
    run.finish("b")
    #expect(view().resourcesInUse() == ["browser": 4])
    run.finish("c")
    #expect(view().resourcesInUse() == [:])
  }

  @Test func `processors alone are no news`() {
    var plan = PlanBuilder()
    plan.step("a")
    let run = MachineDriver(plan.plan)
    run.begin()
    let view = RunView(run: "r", records: run.records, plan: run.machine.plan)
    #expect(!ShowText.text(view, now: run.clock.now, clock: .utc).contains("in use"))
  }
}
