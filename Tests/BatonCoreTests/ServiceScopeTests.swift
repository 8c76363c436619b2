import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// Services that users have for themselves start in their users' turns.
@Suite struct ServiceScopeRuns {
  private func cells(
    _ count: Int, max: Int? = nil, cpu: Double = 8, restarts: Int = 1, _ more: (MachineDriver) -> Void = { _ in }
  )
    -> MachineDriver
  {
    var plan = PlanBuilder()
    plan.group("m", max: max)
    for cell in 1...count {
      plan.service("db@\(cell)") { service, _ in
        service.scope = .step
        service.traits.restart = RetryPolicy(attempts: restarts + 1)
      }
      plan.step("\(cell)", depends: ["db@\(cell)"], in: "m")
    }
    let run = MachineDriver(plan.plan, pool: ["cpu": cpu])
    more(run)
    run.begin()
    run.advance(by: Span(milliseconds: 1))
    return run
  }

  @Test func `no more of them run than their users may`() {
    let run = cells(5, max: 2)
    #expect(Set(run.running) == ["db@1", "db@2", "1", "2"])
    #expect(!run.order.contains("db@3"))
    run.finish("1")
    #expect(run.order.contains("db@3") && !run.order.contains("db@4"))
    #expect(!run.running.contains("db@1"), "it ended with its user")
    run.runToEnd()
    #expect(run.status == .succeeded)
    #expect(Set(run.order).count == 10)
  }

  @Test func `a user keeps its processors while its service starts`() {
    let run = cells(3, cpu: 1) { $0.checks = { $0 == "db@1 ready" ? "no connection" : nil } }
    #expect(run.order == ["db@1"], "the others wait for the processor")
    run.checks = { _ in nil }
    run.advance(by: Span(milliseconds: 100))
    #expect(run.order == ["db@1", "1"])
    run.runToEnd()
    #expect(run.status == .succeeded)
    #expect(run.order == ["db@1", "1", "db@2", "2", "db@3", "3"])
  }

  @Test func `a service that fails takes its own user with it, and gives its place to the next`() {
    let run = cells(2, cpu: 1, restarts: 0) { $0.checks = { $0 == "db@1 ready" ? "no connection" : nil } }
    #expect(run.order == ["db@1"])
    run.finish("db@1", .exited(1))
    run.runToEnd()
    #expect(run.end("db@1")?.status == .failed)
    #expect(run.end("1")?.status == .skipped)
    #expect(run.end("2")?.status == .succeeded)
    #expect(run.status == .failed)
  }

  @Test func `a step that does not come to its turn starts no service`() {
    var plan = PlanBuilder()
    plan.service("db@b") { service, _ in service.scope = .step }
    plan.step("a")
    plan.step("b", depends: ["a", "db@b"])
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.running == ["a"])
    run.finish("a", .exited(1))
    #expect(run.order == ["a"])
    #expect(run.end("db@b")?.status == .skipped)
    #expect(run.status == .failed)
  }

  @Test func `one that another needs starts before it, and both end with their user`() {
    var plan = PlanBuilder()
    plan.service("db@a") { service, _ in service.scope = .step }
    plan.service("web@a", depends: ["db@a"]) { service, _ in service.scope = .step }
    plan.step("z")
    plan.step("a", depends: ["z", "web@a"])
    let run = MachineDriver(plan.plan)
    run.begin()
    #expect(run.order == ["z"])
    run.finish("z")
    for _ in 0..<2 { run.advance(by: Span(milliseconds: 1)) }
    #expect(run.order == ["z", "db@a", "web@a", "a"])
    run.finish("a")
    #expect(run.running == [])
    #expect(run.status == .succeeded)
  }

  @Test func `a lost one comes back, and its user runs again`() {
    let run = cells(1, cpu: 1)
    #expect(run.order == ["db@1", "1"])
    run.finish("db@1", .exited(9))
    run.runToEnd()
    #expect(run.status == .succeeded)
    #expect(run.order == ["db@1", "1", "db@1", "1"])
  }

  @Test func `functions are told of it by the name that the script gave it`() {
    var plan = PlanBuilder()
    plan.service("db@a") { service, _ in
      service.scope = .step
      service.declared = "db"
    }
    plan.step("a", depends: ["db@a"])
    let run = MachineDriver(plan.plan)
    run.begin()
    run.advance(by: Span(milliseconds: 1))
    #expect(run.machine.dependencies(of: 1)["db"]?["out"]?["port"] == ["main": 20_001])
  }
}
