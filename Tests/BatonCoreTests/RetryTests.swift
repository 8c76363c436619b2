import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct RetryTests {
  private func run(
    _ policy: RetryPolicy, _ outcomes: [Outcome], _ configure: (inout StepOptions) -> Void = { _ in }
  ) -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("s") {
      $0.retry = policy
      configure(&$0)
    }
    let run = MachineDriver(plan.plan)
    run.script["s"] = outcomes
    return run
  }

  @Test func `attempts counts the first one too`() {
    let run = run(RetryPolicy(attempts: 3), [.exited(1)])
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.map(\.attempt) == [1, 2, 3])
    #expect(run.reason("s") == "exit code 1")
  }

  @Test(arguments: [false, true])
  func `what the last try emitted before it failed is kept, and is for refs where the step may fail`(mayFail: Bool) {
    let run = run(RetryPolicy(attempts: 2), []) { $0.allowFailure = mayFail }
    run.begin()
    run.finish("s", .exited(2), values: ["code": "1", "first": true])
    run.finish("s", .exited(2), values: ["code": "2"])
    #expect(run.status("s") == .failed)
    #expect(run.machine.facts.steps["s"]?.end?.values == ["code": "2"])
    #expect(run.machine.values(of: "s") == (mayFail ? ["code": "2"] : nil))
  }

  @Test func `a try that succeeds ends the retries`() {
    let run = run(RetryPolicy(attempts: 5), [.exited(1), .succeeded])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.launched.count == 2)
  }

  @Test func `the waits grow by the factor up to the longest`() {
    let policy = RetryPolicy(attempts: 5, backoff: Span(seconds: 2), factor: 3, max: Span(seconds: 10))
    let run = run(policy, [.exited(1)])
    let start = run.clock.now
    run.begin()
    var moments: [Int64] = []
    while run.status == nil {
      if run.running.isEmpty, let next = run.machine.nextDeadline {
        run.advance(by: next - run.clock.now)
      } else {
        moments.append((run.clock.now - start).milliseconds)
        run.finish("s", .exited(1))
      }
    }
    #expect(moments == [0, 2000, 8000, 18000, 28000])
  }

  @Test func `jitter varies a wait by up to its part, the same for the same seed`() {
    let policy = RetryPolicy(attempts: 2, backoff: Span(seconds: 10), factor: 1, jitter: 0.2)
    let waits = (0..<200).map { Backoff.delay(policy, failures: 1, seed: SplitMix64.mix($0)) }
    #expect(waits.allSatisfy { $0 >= Span(seconds: 8) && $0 <= Span(seconds: 12) })
    #expect(waits.contains { $0 < Span(seconds: 9) } && waits.contains { $0 > Span(seconds: 11) })
    #expect(Backoff.delay(policy, failures: 1, seed: 42) == Backoff.delay(policy, failures: 1, seed: 42))
  }

  @Test func `no backoff means no wait, and a wait never overflows`() {
    #expect(Backoff.delay(RetryPolicy(attempts: 2), failures: 1, seed: 1) == .zero)
    let policy = RetryPolicy(attempts: 9999, backoff: Span(seconds: 1), factor: 1e300, max: Span(seconds: 60))
    #expect(Backoff.delay(policy, failures: 5000, seed: 1) == Span(seconds: 60))
  }

  @Test(arguments: [
    (RetryPolicy.Trigger.exitCode(7), Outcome.exited(7), true), (.exitCode(7), .exited(8), false),
    (.signal(9), .signaled(9), true), (.signal(9), .exited(137), true), (.signal(9), .signaled(15), false),
    (.timeout, .timedOut, true), (.timeout, .exited(1), false),
  ])
  func `when lists which failures are tried again`(trigger: RetryPolicy.Trigger, outcome: Outcome, again: Bool) {
    let run = run(RetryPolicy(attempts: 2, when: .listed([trigger])), [outcome])
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.count == (again ? 2 : 1))
  }

  @Test func `a function decides whether a failure is tried again`() {
    let run = run(RetryPolicy(attempts: 9, when: .callback(Callback(id: 1, digest: "f"))), [.exited(75), .exited(1)])
    run.answer = { _, _, outcome in outcome == .exited(75) ? .yes : .no(reason: nil) }
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.count == 2)
  }

  @Test func `an error in that function fails the step and is told`() {
    let run = run(RetryPolicy(attempts: 9, when: .callback(Callback(id: 1, digest: "f"))), [.exited(2)])
    run.answer = { _, _, _ in .raised("flow.lua:3: boom") }
    #expect(run.runToEnd() == .failed)
    #expect(run.reason("s") == "exit code 2; its `retry.when` raised an error: flow.lua:3: boom")
  }

  @Test func `alternatives are tried in order when the retries are used up, each with its own retries`() {
    var second = Alternative()
    second.retry = RetryPolicy(attempts: 1)
    let run = run(RetryPolicy(attempts: 2), [.exited(1)]) { $0.failover = [Alternative(), second] }
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.map(\.description) == ["s#1", "s#2", "s#3/0", "s#4/0", "s#5/1"])
  }

  @Test func `a step whose alternative succeeds has succeeded`() {
    let run = run(.none, [.exited(1), .succeeded]) { $0.failover = [Alternative()] }
    #expect(run.runToEnd() == .succeeded)
    #expect(run.launched.map(\.alternative) == [nil, 0])
  }

  @Test func `a driver that dies changes neither the number of tries nor the wait for the next`() throws {
    var plan = PlanBuilder()
    plan.step("s") { $0.retry = RetryPolicy(attempts: 2, backoff: Span(seconds: 60)) }
    let first = MachineDriver(plan.plan)
    first.begin()
    first.finish("s", .exited(1))
    let second = try first.resumed(plan.plan)
    second.begin()
    #expect(second.running.isEmpty)
    second.advance(by: Span(seconds: 59))
    #expect(second.running.isEmpty)
    second.advance(by: Span(seconds: 1))
    #expect(second.running == ["s"])
    second.finish("s", .exited(1))
    #expect(second.status == .failed)
  }
}
