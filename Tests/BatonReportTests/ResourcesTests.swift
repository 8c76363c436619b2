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
    #expect(view().resourcesInUse == ["cpu": 2, "browser": 3, "memory": 2_147_483_648])
    #expect(RunView(run: "r", records: run.records).resourcesInUse == view().resourcesInUse, "it needs no plan")
    let shown = ShowText.text(view(), now: run.clock.now, clock: .utc)
    #expect(shown.contains("browser 3, cpu 2, memory 2"), "\(shown)")
    run.finish("a")
    #expect(view().resourcesInUse == ["cpu": 1, "browser": 2], "c waits for what b has")
    run.finish("b")
    #expect(view().resourcesInUse == ["browser": 4])
    run.finish("c")
    #expect(view().resourcesInUse == [:])
  }

  @Test func `what a body asks for while it runs counts, and so does a step that is cut off no more`() {
    let kid = StepAttempt(step: "body/kid", number: 1)
    func view(_ more: [Record]) -> RunView {
      let records: [Record] =
        [
          .attemptStarted(StepAttempt(step: "body", number: 1), executor: "local", pid: nil, demand: [:]),
          .attemptStarted(kid, executor: "local", pid: 7, demand: ["browser": 3]),
          .attemptStarted(StepAttempt(step: "plain", number: 1), executor: "local", pid: 8),
        ] + more
      return RunView(run: "r", records: Samples.records(records.enumerated().map { (Int64($0), $1) }))
    }
    #expect(view([]).resourcesInUse == ["browser": 3, "cpu": 1])
    let end = AttemptEnd(
      step: kid.step, number: 1, outcome: .exited(1), started: Samples.start, ended: Samples.start)
    #expect(view([.attemptFailed(end, next: .onResume)]).resourcesInUse == ["cpu": 1])
    #expect(
      view([
        .attemptFailed(end, next: .onResume),
        .attemptStarted(StepAttempt(step: kid.step, number: 2), executor: "local", pid: 9),
      ]).resourcesInUse == ["cpu": 2], "the second asks for nothing in particular")
    var gone = view([])
    gone.markInterrupted()
    #expect(gone.resourcesInUse == [:])
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
