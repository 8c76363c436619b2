import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// Durable bodies in runs that are halted, cancelled or interrupted.
@Suite struct BodyStoppingTests {
  private let limited: [String: StepOptions] = ["body/b": stepOptions { $0.mutex = "m" }]

  @Test func `Ctrl-C holds a body with steps that run, wait or back off, and the run goes on from there`() throws {
    let children = [
      "body/flaky": stepOptions { options in
        options.retry = RetryPolicy(attempts: 3)
        options.retry.backoff = Span(seconds: 60)
      },
      "body/second": stepOptions { $0.mutex = "m" }, "body/first": stepOptions { $0.mutex = "m" },
    ]
    let run = bodyRun(
      [.effect("x"), .step("done"), .all(["first", "second", "flaky"]), .step("last")],
      script: ["body/flaky": [.exited(1), .succeeded]], children: children)
    run.begin()
    run.finish("body/done")
    run.finish("body/flaky", .exited(1))
    run.send(.interrupt)
    #expect(run.status == .interrupted)
    #expect(run.end("body") == nil)
    let resumed = try run.resumedBody()
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.effects == [])
    #expect(!resumed.order.contains("body/done"))
    #expect(resumed.order.last == "body/last")
  }

  @Test func `a cancelled run cancels a body and all its steps`() {
    let run = bodyRun([.body("inner", [.all(["x", "y"])])])
    run.begin()
    run.send(.cancel(by: "eve@host", reason: nil))
    #expect(run.status == .cancelled)
    #expect(run.end("body")?.status == .cancelled)
    #expect(run.end("body/inner/x")?.status == .cancelled)
  }

  @Test func `a cancelled body goes on when the run is resumed`() throws {
    let run = bodyRun([.effect("x"), .step("a"), .step("b")])
    run.begin()
    run.finish("body/a")
    run.send(.cancel(by: "eve@host", reason: nil))
    let resumed = try run.resumedBody()
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "b")
  }

  @Test func `when the run is halted, a body is not executed any further, whatever ends of its steps`() throws {
    let run = bodyRun(
      [.all(["a", "b"]), .effect("after")],
      beside: { plan in
        plan.step("other")
        plan.gate(
          "gate", require: [Requirement(metric: "absent", comparison: .atLeast, bound: .number(1))],
          depends: ["other"])
      })
    run.begin()
    run.finish("other")
    #expect(run.status == nil)
    run.finish("body/a")
    run.finish("body/b")
    #expect(run.status == .halted)
    #expect(run.effects == [])
    #expect(run.end("body")?.status == .skipped)
    let resumed = try run.resumedBody()
    #expect(resumed.runToEnd() == .halted)
    #expect(resumed.effects == ["body: after"] || resumed.end("body")?.status == .skipped)
    #expect(!resumed.order.contains("body/a"))
  }

  @Test func `a body is not executed with steps that halting skipped`() {
    // One processor: b waits for its turn when the run is halted.
    let run = bodyRun(
      [.attempt([.all(["a", "b"])], otherwise: [.effect("wrong")]), .effect("wrong too")],
      children: [
        "body/a": stepOptions { $0.resources = ["cpu": 4] }, "body/b": stepOptions { $0.resources = ["cpu": 4] },
      ],
      beside: { plan in
        plan.step("other") { $0.resources = [:] }
        plan.gate(
          "gate", require: [Requirement(metric: "absent", comparison: .atLeast, bound: .number(1))],
          depends: ["other"])
      })
    run.begin()
    run.finish("other")
    run.finish("body/a")
    #expect(run.status == .halted)
    #expect(run.effects == [])
    #expect(run.proceeded.isEmpty)
  }

  @Test func `a step that halts the run from within a body ends both`() throws {
    let run = bodyRun([.attempt([.body("inner", [.halt("enough")])], otherwise: [.effect("wrong")])])
    #expect(run.runToEnd() == .halted)
    #expect(run.effects == [])
    let resumed = try run.resumedBody()
    resumed.programs["body"] = [.attempt([.body("inner", [])], otherwise: [.effect("wrong")])]
    #expect(resumed.runToEnd() == .succeeded)
  }

  @Test func `fail_fast of the workflow winds bodies down`() {
    let run = bodyRun(
      [.step("a"), .step("b")], beside: { $0.step("other") }, workflow: { $0.failFast = true })
    run.begin()
    run.finish("other", .exited(1))
    run.finish("body/a")
    #expect(run.status == .failed)
    #expect(run.childOrder == "other a")
    #expect(run.end("body")?.status == .skipped)
  }

  @Test func `fail_fast of a group cancels a body in it`() {
    var plan = PlanBuilder()
    plan.group("g", failFast: true)
    plan.step("body", run: .body(Callback(id: 1, digest: "body")), in: "g") { $0.resources = [:] }
    plan.step("other", in: "g")
    let run = MachineDriver(plan.plan)
    run.programs["body"] = [.step("a"), .step("b")]
    run.begin()
    run.finish("other", .exited(1))
    #expect(run.status == .failed)
    #expect(run.end("body")?.status == .cancelled)
    #expect(run.end("body/a")?.status == .cancelled)
  }

  @Test func `what an effect did is recorded even when its body is ended at that moment`() throws {
    let run = bodyRun([.step("a"), .effect("x"), .step("b")])
    run.begin()
    run.send(.interrupt)
    let index = run.index("body")
    let late = BodyRequest(
      kind: .effect, key: "effect x", text: "", line: 1, content: .done(.value("done x")))
    run.send(.bodyTurned(index, BodyTurn(requests: [late], next: .waits(keys: ["step b"], any: false))))
    #expect(run.status == .interrupted || run.recordedFacts.bodies["body"]?.operations["effect x"] != nil)
  }
}
