import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// Durable bodies in one session.
@Suite struct BodyTests {
  @Test func `child steps run one after the other, and the body ends with what it returned`() {
    let run = bodyRun([.step("a"), .step("b")])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "a b")
    #expect(run.traces["body"] == ["step a = succeeded", "step b = succeeded"])
    #expect(run.end("body")?.values["saw"] == 2)
  }

  @Test func `a sleep ends at its moment, and an effect is carried out once`() {
    let run = bodyRun([.effect("x"), .sleep(Span(seconds: 60)), .step("a")])
    run.begin()
    run.advance(by: Span(seconds: 59))
    #expect(run.childOrder == "")
    #expect(run.status("body") == .waiting)
    #expect(run.machine.isWaitingOnly)
    run.advance(by: Span(seconds: 1))
    #expect(run.childOrder == "a")
    #expect(run.runToEnd() == .succeeded)
    #expect(run.effects == ["body: x"])
  }

  @Test func `a failure that the body does not catch fails it, and what it left running is cancelled`() {
    let run = bodyRun([.start("slow"), .step("a"), .step("b")], script: ["body/a": [.exited(3)]])
    run.begin()
    run.finish("body/a", .exited(3))
    #expect(run.stopped.map(\.step) == ["body/slow"])
    #expect(run.status == .failed)
    #expect(run.end("body/slow")?.status == .cancelled)
    #expect(run.end("body")?.causes == ["step a", "step slow"])
    #expect(run.childOrder == "slow a")
  }

  @Test func `a failure that the body catches is its own business`() {
    let run = bodyRun(
      [.attempt([.step("a")], otherwise: [.step("instead")])], script: ["body/a": [.exited(1)]])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "a instead")
  }

  @Test func `a step that nobody waited for fails the body when it fails, and the body waits for its end`() {
    let run = bodyRun([.start("a"), .step("b")], script: ["body/a": [.exited(1)]])
    run.begin()
    run.finish("body/b")
    #expect(run.status == nil)
    run.finish("body/a", .exited(1))
    #expect(run.status == .failed)
    #expect(run.reason("body") == "body/a failed, and nothing waited for it")
  }

  @Test func `the first of several to end decides, and the others are cancelled`() {
    let run = bodyRun([.any(["a", "b", "c"]), .step("d")])
    run.begin()
    run.finish("body/b")
    #expect(Set(run.stopped.map(\.step)) == ["body/a", "body/c"])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.traces["body"]?.first == "race 1 = 2")
    #expect(run.end("body/a")?.status == .cancelled)
  }

  @Test func `a cancelled step that succeeds all the same stays cancelled for the body`() {
    let run = bodyRun([.any(["a", "b"]), .attempt([.step("b")], otherwise: [.step("c")])])
    run.stopsAtOnce = false
    run.begin()
    run.finish("body/a")
    run.finish("body/b")
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "a b c")
  }

  @Test func `a map keeps to its limit, and fills up as steps end`() {
    let run = bodyRun([.map(["a", "b", "c", "d"], max: 2)])
    run.begin()
    #expect(run.running == ["body/a", "body/b"])
    run.finish("body/b")
    #expect(run.running == ["body/a", "body/c"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `a body in a body is executed by itself, and its failure is one of a step`() {
    let run = bodyRun(
      [.attempt([.body("inner", [.step("x"), .step("y")])], otherwise: [.step("z")])],
      script: ["body/inner/y": [.exited(1)]])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "inner inner/x inner/y z")
    #expect(run.end("body/inner")?.causes == ["step y"])
  }

  // MARK: Limits around bodies

  @Test func `a limit of a group counts bodies, and not what they wait for`() {
    var plan = PlanBuilder()
    plan.group("g", max: 1)
    for name in ["one", "two"] {
      plan.step(name, run: .body(Callback(id: 1, digest: name)), in: "g") { $0.resources = [:] }
    }
    let run = MachineDriver(plan.plan)
    run.programs = ["one": [.all(["a", "b"])], "two": [.step("c")]]
    run.begin()
    #expect(run.running == ["one/a", "one/b"])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["one", "one/a", "one/b", "two", "two/c"])
  }

  @Test func `a step may use the mutex that its body holds`() {
    let children = ["body/a": stepOptions { $0.mutex = "m" }]
    let run = bodyRun([.step("a")], options: { $0.mutex = "m" }, children: children)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.locking == ["lock m", "unlock m"])
  }

  @Test func `bodies in a sequence run one after the other`() {
    var plan = PlanBuilder()
    plan.step("one", run: .body(Callback(id: 1, digest: "one"))) { $0.resources = [:] }
    plan.step("two", run: .body(Callback(id: 2, digest: "two")), depends: ["one"]) { $0.resources = [:] }
    let run = MachineDriver(plan.plan)
    run.programs = ["one": [.sleep(Span(seconds: 5)), .step("a")], "two": [.step("b")]]
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["one", "one/a", "two", "two/b"])
  }

  @Test func `a body that may fail does not fail the run`() {
    let run = bodyRun([.step("a")], script: ["body/a": [.exited(1)]], options: { $0.allowFailure = true })
    #expect(run.runToEnd() == .succeeded)
    #expect(run.end("body")?.status == .failed)
  }

  // MARK: Time

  @Test func `the timeout of a body ends it and its steps`() {
    let run = bodyRun([.step("a")], options: { $0.timeout = Span(seconds: 10) })
    run.begin()
    run.advance(by: Span(seconds: 10))
    #expect(run.stopped.map(\.step) == ["body/a"])
    #expect(run.status == .failed)
    #expect(run.reason("body") == Outcome.timedOut.text)
    #expect(run.end("body")?.causes == ["step a"])
  }

  @Test func `a deadline ends a body while its retry is waited for`() {
    let run = bodyRun(
      [.step("a")], script: ["body/a": [.exited(1)]],
      options: {
        $0.retry = RetryPolicy(attempts: 9)
        $0.retry.backoff = Span(seconds: 4)
        $0.deadline = Span(seconds: 10)
      })
    #expect(run.runToEnd() == .failed)
  }

  @Test func `a retry tries again what made the body fail, and replays the rest`() {
    let run = bodyRun(
      [.effect("x"), .all(["a", "b", "c"]), .step("d")], script: ["body/b": [.exited(1), .succeeded]],
      options: { $0.retry = RetryPolicy(attempts: 2) })
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["body", "body/a", "body/b", "body/c", "body", "body/b", "body/d"])
    #expect(run.effects == ["body: x"])
  }

  @Test func `a retry runs again what the body's failure had cancelled`() {
    let run = bodyRun(
      [.start("slow"), .step("a"), .step("slow2")], script: ["body/a": [.exited(1), .succeeded]],
      options: { $0.retry = RetryPolicy(attempts: 2) })
    run.begin()
    run.finish("body/a", .exited(1))
    #expect(run.running == ["body/slow", "body/a"])
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `a retry reaches the failed step of a body in a body, and replays the rest of both`() {
    let run = bodyRun(
      [.step("first"), .body("inner", [.step("x"), .step("y")])], script: ["body/inner/y": [.exited(1), .succeeded]],
      options: { $0.retry = RetryPolicy(attempts: 2) })
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "first inner inner/x inner/y inner inner/y")
  }

  @Test func `a body in a body has no more tries than it says`() {
    let run = bodyRun(
      [.body("inner", [.step("x")])], script: ["body/inner/x": [.exited(1)]],
      children: ["body/inner": stepOptions { $0.retry = RetryPolicy(attempts: 3) }])
    #expect(run.runToEnd() == .failed)
    #expect(run.order.filter { $0 == "body/inner/x" }.count == 3)
  }
}
