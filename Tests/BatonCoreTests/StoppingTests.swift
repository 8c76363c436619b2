import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct StoppingTests {
  private var plan: Plan {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b")
    plan.step("c", depends: ["a"])
    return plan.plan
  }

  @Test func `cancel ends what runs, and what has not started is cancelled with who and why`() {
    let run = MachineDriver(plan)
    run.begin()
    run.send(.cancel(by: "eve@host", reason: "wrong branch"))
    #expect(run.status == .cancelled)
    #expect(run.stopped.map(\.step) == ["a", "b"])
    #expect(run.status("a") == .cancelled)
    #expect(run.reason("c") == "cancelled by eve@host: wrong branch")
  }

  @Test func `what comes to its end while it is being cancelled has succeeded`() {
    let run = MachineDriver(plan)
    run.stopsAtOnce = false
    run.begin()
    run.send(.cancel(by: "eve@host", reason: nil))
    run.finish("a")
    run.finish("b", .signaled(15))
    #expect(run.status("a") == .succeeded)
    #expect(run.status("b") == .cancelled)
    #expect(run.status("c") == .cancelled)
    #expect(run.status == .cancelled)
  }

  @Test func `interrupt ends what runs politely, and the run is resumable`() throws {
    let run = MachineDriver(plan)
    run.stopsAtOnce = false
    run.begin()
    run.finish("a")
    run.send(.interrupt)
    #expect(run.stopped.map(\.grace) == [Span(seconds: 10), Span(seconds: 10)])
    run.finish("b", .signaled(15))
    #expect(run.status == nil)
    run.finish("c", .signaled(15))
    #expect(run.status == .interrupted)
    let resumed = try run.resumed(plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(Set(resumed.order) == ["b", "c"])
  }

  @Test func `kill ends at once what runs and what is being ended`() {
    let run = MachineDriver(plan)
    run.stopsAtOnce = false
    run.begin()
    run.send(.interrupt)
    run.send(.kill)
    #expect(run.stopped.suffix(2).map(\.grace) == [.zero, .zero])
  }

  @Test func `halting lets finish what runs`() {
    let run = MachineDriver(plan)
    run.begin()
    run.finish("a", .halted("no more"))
    #expect(run.running == ["b"])
    run.finish("b")
    #expect(run.status == .halted)
    #expect(run.reason("c") == "the run was halted by a")
    #expect(run.machine.facts.ended?.reason == "no more")
  }

  @Test func `nothing that happens after the end is recorded`() {
    let run = MachineDriver(plan)
    run.begin()
    run.send(.cancel(by: "eve@host", reason: nil))
    let count = run.records.count
    run.send(.cancel(by: "eve@host", reason: nil))
    run.send(.interrupt)
    run.send(.tick)
    #expect(run.records.count == count)
    #expect(run.machine.nextDeadline == nil)
  }

  // MARK: Attempts that were cut off

  private func cutOff(_ interrupted: StepOptions.Interrupted) throws -> MachineDriver {
    var plan = PlanBuilder()
    plan.step("s") { $0.interrupted = interrupted }
    plan.step("after", depends: ["s"])
    let first = MachineDriver(plan.plan)
    first.begin()
    #expect(first.running == ["s"])
    return try first.resumed(plan.plan)
  }

  @Test func `interrupted rerun, the standard, runs an attempt again that was cut off`() throws {
    let run = try cutOff(.rerun)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.launched.first?.description == "s#2")
  }

  @Test func `interrupted fail fails a step whose attempt was cut off`() throws {
    let run = try cutOff(.fail)
    #expect(run.runToEnd() == .failed)
    #expect(run.launched.isEmpty)
    #expect(run.reason("s") == "attempt 1 was cut off, and the step says interrupted = \"fail\"")
  }

  @Test func `interrupted ask leaves the run waiting, until a person says from`() throws {
    let run = try cutOff(.ask)
    #expect(run.runToEnd() == .waiting)
    #expect(run.launched.isEmpty)
    #expect(run.machine.facts.ended?.reason == "cut off, and to be decided by a person: s")
    var options = ResumeOptions()
    options.from = ["s"]
    let again = try run.resumed(run.machine.plan, options: options)
    #expect(again.runToEnd() == .succeeded)
    #expect(again.order == ["s", "after"])
  }

  @Test func `a run that waits can also be given the values by hand`() throws {
    let run = try cutOff(.ask)
    run.runToEnd()
    var options = ResumeOptions()
    options.set = ["s": ["v": 1]]
    let again = try run.resumed(run.machine.plan, options: options)
    #expect(again.runToEnd() == .succeeded)
    #expect(again.order == ["after"])
    #expect(again.machine.values(of: "s") == ["v": 1])
  }
}
