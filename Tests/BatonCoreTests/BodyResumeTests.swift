import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// Durable bodies that are carried on by another driver.
@Suite struct BodyResumeTests {
  private let acts: [BodyAct] = [
    .effect("x"), .step("a"), .sleep(Span(seconds: 60)), .all(["b", "c"]),
    .attempt([.step("bad")], otherwise: [.step("instead")]), .any(["d", "e"]),
    .body("inner", [.step("y"), .step("z")]),
    .map(["f", "g", "h"], max: 2), .step("last"),
  ]

  @Test func `whatever record the driver dies behind, the body ends the same, sees the same and repeats nothing`()
    throws
  {
    let run = bodyRun(acts, script: ["body/bad": [.exited(1)]])
    #expect(run.runToEnd() == .succeeded)
    for count in 1..<run.records.count {
      let resumed = try run.resumedBehind(count)
      let done = resumed.recordedFacts.steps.filter { $0.value.end != nil }.map(\.key)
      #expect(resumed.runToEnd() == .succeeded, "behind \(count)")
      #expect(resumed.traces["body"] == run.traces["body"] || resumed.traces["body"] == nil, "behind \(count)")
      #expect(done.allSatisfy { !resumed.order.contains($0) }, "behind \(count): \(resumed.order), done: \(done)")
    }
  }

  @Test func `a sleep ends at its own moment, though the driver was away meanwhile`() throws {
    let run = bodyRun([.sleep(Span(seconds: 60)), .step("a")])
    run.begin()
    run.advance(by: Span(seconds: 10))
    run.clock.advance(to: run.clock.now + Span(seconds: 100))
    let resumed = try run.resumedBehind(run.records.count)
    resumed.begin()
    resumed.advance(by: .zero)
    #expect(resumed.running == ["body/a"])
  }

  @Test func `a loser of a race is not run again by a resumption`() throws {
    let run = bodyRun([.any(["a", "b"]), .step("c")])
    run.begin()
    run.finish("body/b")
    let resumed = try run.resumedBehind(run.records.count)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "c")
    #expect(resumed.traces["body"]?.first == "race 1 = 2")
  }

  @Test func `a loser of a race whose end the driver did not live to see is ended by the next`() throws {
    let run = bodyRun([.any(["a", "b"]), .step("c")])
    run.stopsAtOnce = false
    run.begin()
    run.finish("body/b")
    let resumed = try run.resumedBehind(run.records.count)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "c")
    #expect(resumed.end("body/a")?.status == .cancelled)
  }

  @Test func `a resumption of a failed run tries again what made the body fail, and replays the rest`() throws {
    let run = bodyRun(
      [.effect("x"), .all(["a", "b", "c"]), .step("d")], script: ["body/b": [.exited(1)]])
    #expect(run.runToEnd() == .failed)
    let resumed = try run.resumedBody()
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "b d")
    #expect(resumed.effects == [])
  }

  @Test func `what a body did because of a failure is dropped when the failed step succeeds the second time`() throws {
    // The failure is caught, something is done about it, and the body fails all the same.
    let run = bodyRun(
      [.attempt([.all(["a", "b"])], otherwise: [.step("report"), .step("a2")])],
      script: ["body/b": [.exited(1)], "body/a2": [.exited(1)]])
    #expect(run.runToEnd() == .failed)
    #expect(run.end("body")?.causes == ["step a2"])
    let resumed = try run.resumedBody()
    resumed.script = ["body/b": [.exited(1)]]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "a2")
  }

  @Test func `--from an operation does it and what follows anew`() throws {
    let run = bodyRun([.step("a"), .step("b"), .effect("x"), .step("c")])
    run.runToEnd()
    var options = ResumeOptions()
    options.from = ["body/b"]
    let resumed = try run.resumedBody(options: options)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "b c")
    #expect(resumed.effects == ["body: x"])
  }

  @Test func `--from a step of a body in a body keeps what both did before`() throws {
    let run = bodyRun([.step("a"), .body("inner", [.step("x"), .step("y")]), .step("b")])
    run.runToEnd()
    var options = ResumeOptions()
    options.from = ["body/inner/y"]
    let resumed = try run.resumedBody(options: options)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "inner inner/y b")
  }

  @Test func `--set gives a failed step its values, and the body goes on with them`() throws {
    let run = bodyRun([.step("a"), .step("b")], script: ["body/a": [.exited(1)]])
    run.runToEnd()
    var options = ResumeOptions()
    options.set = ["body/a": ["v": 1]]
    let resumed = try run.resumedBody(options: options)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "b")
    #expect(resumed.end("body/a")?.values == ["v": 1])
  }

  @Test func `--skip lets the body go on without a failed step`() throws {
    let run = bodyRun([.step("a"), .step("b")], script: ["body/a": [.exited(1)]])
    run.runToEnd()
    var options = ResumeOptions()
    options.skip = ["body/a"]
    let resumed = try run.resumedBody(options: options)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "b")
    #expect(resumed.end("body/a")?.status == .skipped)
  }

  @Test func `a name that no operation has is refused, with the nearest known one`() throws {
    let run = bodyRun([.step("deploy")])
    run.runToEnd()
    var options = ResumeOptions()
    options.from = ["body/deplo"]
    #expect(throws: BatonError.self) { try run.resumedBody(options: options) }
  }

  @Test func `a body whose dependency runs again begins anew`() throws {
    var plan = PlanBuilder()
    plan.step("make")
    plan.step("body", run: .body(Callback(id: 1, digest: "body")), depends: ["make"]) { $0.resources = [:] }
    let run = MachineDriver(plan.plan)
    run.programs["body"] = [.step("a")]
    #expect(run.runToEnd() == .succeeded)
    plan.edit("make", run: .shell(.plain("make it differently")))
    let resumed = try run.resumed(plan.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["make", "body", "body/a"])
  }

  @Test func `a body whose code was edited is executed against its records`() throws {
    var plan = PlanBuilder()
    plan.step("body", run: .body(Callback(id: 1, digest: "body"))) { $0.resources = [:] }
    let run = MachineDriver(plan.plan)
    run.programs["body"] = [.step("a")]
    #expect(run.runToEnd() == .succeeded)
    plan.edit("body", run: .body(Callback(id: 1, digest: "body, edited")))
    let resumed = try run.resumed(plan.plan)
    resumed.programs["body"] = [.step("a"), .step("b")]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["body", "body/b"])
  }

  @Test func `a failed body in a body is carried on, not begun anew`() throws {
    let run = bodyRun(
      [.step("a"), .body("inner", [.effect("x"), .step("y"), .step("z")])], script: ["body/inner/z": [.exited(1)]])
    run.runToEnd()
    let resumed = try run.resumedBody()
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "inner inner/z")
    #expect(resumed.effects == [])
  }
}
