import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct TimeLimitTests {
  private func run(_ configure: (inout StepOptions) -> Void) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("s", configure)
    return MachineDriver(plan.plan)
  }

  @Test func `an attempt is stopped when its timeout has passed, with the step's grace`() {
    let run = run {
      $0.timeout = Span(seconds: 30)
      $0.grace = Span(seconds: 3)
    }
    run.stopsAtOnce = false
    run.begin()
    run.advance(by: Span(seconds: 29))
    #expect(run.stopped.isEmpty)
    run.advance(by: Span(seconds: 1))
    #expect(run.stopped.map(\.grace) == [Span(seconds: 3)])
    run.finish("s", .signaled(15))
    #expect(run.status == .failed)
    #expect(run.reason("s") == "timed out")
  }

  @Test func `the timeout holds for each attempt anew`() {
    let run = run {
      $0.timeout = Span(seconds: 10)
      $0.retry = RetryPolicy(attempts: 2)
    }
    run.begin()
    run.advance(by: Span(seconds: 10))
    #expect(run.running == ["s"])
    run.advance(by: Span(seconds: 9))
    run.finish("s")
    #expect(run.status == .succeeded)
  }

  @Test func `the deadline of a step includes its retries and waits`() {
    let run = run {
      $0.deadline = Span(seconds: 20)
      $0.retry = RetryPolicy(attempts: 9, backoff: Span(seconds: 4), factor: 1)
    }
    run.begin()
    run.advance(by: Span(seconds: 15))
    run.finish("s", .exited(1))
    run.advance(by: Span(seconds: 4))
    #expect(run.running == ["s"])
    run.advance(by: Span(seconds: 1))
    #expect(run.status == .failed)
    #expect(run.reason("s") == "its deadline passed")
  }

  @Test func `a try that would begin behind the deadline is not waited for`() {
    let run = run {
      $0.deadline = Span(seconds: 20)
      $0.retry = RetryPolicy(attempts: 9, backoff: Span(seconds: 60))
    }
    run.begin()
    run.finish("s", .exited(1))
    #expect(run.status == .failed)
    #expect(run.reason("s") == "exit code 1; the next try would be behind its deadline")
  }

  @Test func `an alternative has its own timeout and grace`() {
    var other = Alternative()
    other.timeout = Span(seconds: 1)
    other.grace = Span(seconds: 2)
    let run = run {
      $0.timeout = Span(seconds: 100)
      $0.failover = [other]
    }
    run.begin()
    run.finish("s", .exited(1))
    run.advance(by: Span(seconds: 1))
    #expect(run.stopped.map(\.grace) == [Span(seconds: 2)])
    #expect(run.reason("s") == "timed out")
  }

  @Test func `a run whose deadline passes is cancelled`() {
    var plan = PlanBuilder("flow") { $0.deadline = Span(seconds: 60) }
    plan.step("a")
    plan.step("b", depends: ["a"])
    let run = MachineDriver(plan.plan)
    run.begin()
    run.advance(by: Span(seconds: 60))
    #expect(run.status == .cancelled)
    #expect(run.status("a") == .cancelled)
    #expect(run.reason("b") == "cancelled by deadline: the run's deadline passed")
  }

  @Test func `the deadline of a run counts from its start, whatever happens to its drivers`() throws {
    var plan = PlanBuilder("flow") { $0.deadline = Span(seconds: 60) }
    plan.step("a")
    let run = MachineDriver(plan.plan)
    run.begin()
    run.clock.advance(by: Span(seconds: 50))
    let second = try run.resumed(plan.plan)
    second.begin()
    second.advance(by: Span(seconds: 9))
    #expect(second.status == nil)
    second.advance(by: Span(seconds: 1))
    #expect(second.status == .cancelled, "its driver died, and time went on")
    let third = try second.resumed(plan.plan)
    third.begin()
    third.advance(by: Span(seconds: 59))
    #expect(third.status == nil, "a run that had ended is given its time anew")
    third.advance(by: Span(seconds: 1))
    #expect(third.status == .cancelled)
  }
}
