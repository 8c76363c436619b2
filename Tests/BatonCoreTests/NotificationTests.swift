import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct NotificationTests {
  private func plan(on trigger: NotificationSpec.Trigger, to channels: [String] = ["webhook"]) -> PlanBuilder {
    var plan = PlanBuilder()
    plan.step("a") { $0.retry = RetryPolicy(attempts: 2) }
    plan.step("b", depends: ["a"])
    plan.notify("team", on: trigger, to: channels)
    return plan
  }

  private func kinds(_ run: MachineDriver) -> [String] { run.notified.compactMap { $0.event["kind"]?.string } }

  @Test func `the moments of a run that goes well are started, succeeded and finished`() {
    let run = MachineDriver(plan(on: .moments(NotificationSpec.Moment.allCases)).plan)
    run.runToEnd()
    #expect(kinds(run) == ["run.started", "run.succeeded", "run.succeeded"])
    #expect(run.notified.map { $0.key.split(separator: "/")[3] } == ["started", "succeeded", "finished"])
  }

  @Test func `retrying and failed are told with the step and the reason`() {
    let run = MachineDriver(plan(on: .moments([.retrying, .failed])).plan)
    run.script["a"] = [.exited(7)]
    run.runToEnd()
    #expect(kinds(run) == ["step.retrying", "run.failed"])
    #expect(run.notified.first?.event["step"] == "a")
    #expect(run.notified.first?.event["reason"] == "exit code 7")
  }

  @Test func `halted and waiting are told`() {
    let halted = MachineDriver(plan(on: .moments([.halted])).plan)
    halted.script["a"] = [.halted("no more")]
    halted.runToEnd()
    #expect(kinds(halted) == ["run.halted"])
  }

  @Test func `recovered is told when the run before failed and this one succeeded, and only then`() {
    for (previous, expected) in [(RunStatus.failed, ["run.recovered"]), (.succeeded, []), (.halted, ["run.recovered"])]
    {
      let run = MachineDriver(plan(on: .moments([.recovered])).plan, previous: previous)
      run.runToEnd()
      #expect(kinds(run) == expected)
    }
  }

  @Test func `recovered is told when a failed run is resumed and succeeds, a crash in between or not`() throws {
    let builder = plan(on: .moments([.recovered]))
    let first = MachineDriver(builder.plan)
    first.script["a"] = [.exited(1), .exited(1), .succeeded]
    #expect(first.runToEnd() == .failed)
    let second = try first.resumed(builder.plan)
    second.begin()
    let third = try second.resumed(builder.plan)
    #expect(third.runToEnd() == .succeeded)
    #expect(kinds(third) == ["run.recovered"])
  }

  @Test func `each receiver gets its own message`() {
    let run = MachineDriver(plan(on: .moments([.finished]), to: ["webhook", "command"]).plan)
    run.runToEnd()
    #expect(run.notified.map(\.key) == ["run-1/team/0/finished/1", "run-1/team/1/finished/1"])
  }

  @Test func `a message that was due when the driver died is sent under the same key`() throws {
    let builder = plan(on: .moments([.started]))
    let first = MachineDriver(builder.plan)
    first.sendsNotifications = false
    first.begin()
    let second = try first.resumed(builder.plan)
    second.begin()
    #expect(second.notified.map(\.key) == first.notified.map(\.key))
    second.runToEnd()
    #expect(second.machine.facts.outstanding.isEmpty)
  }

  @Test func `a message that was sent is not sent again by the next driver`() throws {
    let builder = plan(on: .moments([.started]))
    let first = MachineDriver(builder.plan)
    first.begin()
    let second = try first.resumed(builder.plan)
    second.runToEnd()
    #expect(second.notified.isEmpty)
  }

  @Test func `a message that could not be sent does not fail the run`() {
    let run = MachineDriver(plan(on: .moments([.started])).plan)
    run.sendsNotifications = false
    run.begin()
    run.finish("a")
    run.finish("b")
    #expect(run.status == nil, "the answer is waited for")
    run.send(.notificationFailed(key: "run-1/team/0/started/1", attempts: 5, error: "no route"))
    #expect(run.status == .succeeded)
  }

  @Test func `an interrupt does not wait for messages`() {
    let run = MachineDriver(plan(on: .moments([.finished])).plan)
    run.sendsNotifications = false
    run.begin()
    run.finish("a")
    run.finish("b")
    run.send(.interrupt)
    #expect(run.status == .succeeded)
    #expect(run.machine.facts.outstanding.count == 1)
  }

  @Test func `a function is asked about every event once, and decides`() {
    let run = MachineDriver(plan(on: .callback(Callback(id: 1, digest: "f"))).plan)
    var asked: [String] = []
    run.considers = { event in
      asked.append(event["kind"]?.string ?? "")
      return event["step"] == "b"
    }
    run.runToEnd()
    #expect(asked == ["run.started", "step.succeeded", "step.succeeded", "run.succeeded"])
    #expect(run.notified.map { $0.event["step"] } == ["b"])
  }
}
