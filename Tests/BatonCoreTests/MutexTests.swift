import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct MutexTests {
  private func plan(_ names: String..., configure: (String, inout StepOptions) -> Void = { _, _ in }) -> PlanBuilder {
    var plan = PlanBuilder()
    for name in names {
      plan.step(name) {
        $0.mutex = "database"
        configure(name, &$0)
      }
    }
    return plan
  }

  @Test func `steps that share a mutex never run together`() {
    let run = MachineDriver(plan("a", "b", "c").plan)
    run.begin()
    #expect(run.running == ["a"])
    run.finish("a")
    #expect(run.running == ["b"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `the lock is given back after each step, so that other runs have their turn`() {
    let run = MachineDriver(plan("a", "b").plan)
    run.runToEnd()
    #expect(run.locking == ["lock database", "unlock database", "lock database", "unlock database"])
  }

  @Test func `a step waits for a lock that another run holds, and the lock is asked for once`() {
    let run = MachineDriver(plan("a", "b").plan)
    run.givesLocks = false
    run.begin()
    #expect(run.running.isEmpty)
    #expect(run.locking == ["lock database"])
    run.send(.locked("database"))
    #expect(run.running == ["a"])
  }

  @Test func `a step that ends while it waits for the processor passes its mutex on`() {
    var plan = PlanBuilder()
    plan.group("g", failFast: true)
    plan.step("busy", in: "g")
    plan.step("holder", in: "g") { $0.mutex = "m" }
    plan.step("other") { $0.mutex = "m" }
    let run = MachineDriver(plan.plan, pool: ["cpu": 1])
    run.begin()
    run.finish("busy", .exited(1))
    #expect(run.status("holder") == .skipped)
    #expect(run.running == ["other"])
    run.finish("other")
    #expect(run.status == .failed)
  }

  @Test func `a lock that comes when nobody wants it any more is given back`() {
    var plan = PlanBuilder()
    plan.group("g", failFast: true)
    plan.step("busy", in: "g")
    plan.step("holder", in: "g") { $0.mutex = "m" }
    let run = MachineDriver(plan.plan)
    run.givesLocks = false
    run.begin()
    run.finish("busy", .exited(1))
    #expect(run.status == .failed)
    #expect(run.locking == ["lock m"])
  }

  @Test func `a member that waits for a mutex leaves its place in a limited group to the next`() {
    var plan = PlanBuilder()
    plan.step("holder") {
      $0.mutex = "m"
      $0.priority = 5
    }
    plan.group("g", max: 1)
    plan.step("first", in: "g")
    plan.step("needs m", in: "g") { $0.mutex = "m" }
    plan.step("free", in: "g")
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.running == ["first", "holder"])
    run.finish("first")
    #expect(run.running == ["holder", "free"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `a failed step gives its mutex back while it waits for its next try`() {
    let builder = plan("a", "b") { name, options in
      if name == "a" { options.retry = RetryPolicy(attempts: 2, backoff: Span(seconds: 5)) }
    }
    let run = MachineDriver(builder.plan)
    run.begin()
    run.finish("a", .exited(1))
    #expect(run.running == ["b"])
  }
}
