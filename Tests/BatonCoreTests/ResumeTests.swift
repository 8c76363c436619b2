import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// LANGUAGE.md section 7.
@Suite struct ResumeTests {
  /// `a → b → c`, `d` alone; `b` uses a value of `a`.
  private var builder: PlanBuilder {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", run: .shell(.dynamic(.concat([.literal("use "), .out("a", "v")]))), depends: ["a"])
    plan.step("c", depends: ["b"])
    plan.step("d")
    return plan
  }

  private func finished(_ builder: PlanBuilder, _ script: [String: [Outcome]] = [:]) -> MachineDriver {
    let run = MachineDriver(builder.plan)
    run.values["a"] = ["v": 1]
    run.script = script
    run.runToEnd()
    return run
  }

  @Test func `what succeeded is kept, what failed runs again with what depends on it`() throws {
    let run = finished(builder, ["b": [.exited(1), .succeeded]])
    #expect(run.status == .failed)
    let resumed = try run.resumed(builder.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["b", "c"])
    #expect(resumed.launched.first?.attempt == 2)
  }

  @Test func `a finished run that is resumed unchanged does nothing`() throws {
    let run = finished(builder)
    let plan = try run.resumePlan(builder.plan)
    #expect(plan.again.isEmpty)
    #expect(plan.kept == 4)
    let resumed = try run.resumed(builder.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order.isEmpty)
  }

  @Test func `an edited command runs its step again and what depends on it, and says what changed`() throws {
    let run = finished(builder)
    var edited = builder
    edited.edit("b", run: .shell(.plain("other")))
    let plan = try run.resumePlan(edited.plan)
    #expect(plan.again.map(\.step) == ["b", "c"])
    #expect(plan.again.map(\.reason) == ["ref a.out.v changed and 1 more", "b runs again"])
    #expect(plan.again[0].differences.map(\.name) == ["ref a.out.v", "run"])
    #expect(plan.again[0].differences[1].before == "use ${a.out.v}")
    #expect(plan.again[0].differences[1].now == "other")
    let resumed = try run.resumed(edited.plan)
    resumed.runToEnd()
    #expect(resumed.order == ["b", "c"])
  }

  @Test func `priorities, timeouts, retries and descriptions are no part of a step's work`() throws {
    let run = finished(builder)
    var edited = builder
    edited.edit("a") {
      $0.priority = 9
      $0.timeout = Span(seconds: 1)
      $0.retry = RetryPolicy(attempts: 5)
      $0.description = "better"
      $0.tags = ["t"]
      $0.allowFailure = true
      $0.mutex = "m"
    }
    #expect(try run.resumePlan(edited.plan).again.isEmpty)
  }

  @Test func `env, folder, executor and the contents of inputs are part of it`() throws {
    let run = finished(builder)
    for change: (inout StepOptions) -> Void in [
      { $0.env["CC"] = .plain("clang") }, { $0.cwd = .plain("sub") },
      { $0.executor = .container(ContainerSpec(image: .plain("alpine:3"))) },
      { $0.stdin = .plain("x") }, { $0.outputs = [.plain("*.o")] },
    ] {
      var edited = builder
      edited.edit("d", change)
      #expect(try run.resumePlan(edited.plan).again.map(\.step) == ["d"])
    }
    var withInputs = builder
    withInputs.edit("d") { $0.inputs = [.plain("*.c")] }
    #expect(
      try run.resumePlan(withInputs.plan, inputs: { _ in "abc" }).again[0].differences.map(\.name).contains(
        "contents of inputs"))
  }

  @Test func `a new step runs, a removed one is forgotten`() throws {
    let run = finished(builder)
    var edited = PlanBuilder()
    edited.step("a")
    edited.step("new", depends: ["a"])
    #expect(try run.resumePlan(edited.plan).removed == ["b", "c", "d"])
    let resumed = try run.resumed(edited.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["new"])
  }

  @Test
  func `a step that waits for its next try is told apart from one that never ran, and from one that stays failed`()
    throws
  {
    var plan = PlanBuilder()
    plan.step("s") { $0.retry = RetryPolicy(attempts: 2, backoff: Span(seconds: 60)) }
    plan.step("f")
    plan.step("late", depends: ["s"])
    plan.step("done")
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("s", .exited(3))
    run.finish("f", .exited(1))
    run.finish("done")
    let decided = try run.resumePlan(plan.plan)
    #expect(
      decided.again.map { "\($0.step): \($0.reason)" } == [
        "s: attempt 1 ended with exit code 3, and it is to be tried again", "late: it has not run yet",
      ])
    #expect(decided.kept == 1 && decided.failed == ["f"])
  }

  @Test func `from runs a step and what depends on it again`() throws {
    let run = finished(builder)
    var options = ResumeOptions()
    options.from = ["b"]
    let resumed = try run.resumed(builder.plan, options: options)
    resumed.runToEnd()
    #expect(resumed.order == ["b", "c"])
    #expect(try run.resumePlan(builder.plan, options: options).again.first?.reason == "asked for with --from")
  }

  @Test func `only starts nothing else`() throws {
    let run = finished(builder, ["b": [.exited(1), .succeeded], "d": [.exited(1), .succeeded]])
    var options = ResumeOptions()
    options.only = ["d"]
    let resumed = try run.resumed(builder.plan, options: options)
    resumed.runToEnd()
    #expect(resumed.order == ["d"])
  }

  @Test func `skip takes a step as done by hand, and says who, also when it is resumed once more`() throws {
    let run = finished(builder, ["b": [.exited(1)]])
    var options = ResumeOptions()
    options.skip = ["b"]
    let resumed = try run.resumed(builder.plan, options: options, by: "ann@host")
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["c"])
    #expect(resumed.reason("b") == "skipped by hand by ann@host")
    let again = try resumed.resumed(builder.plan, by: "bob@host")
    #expect(again.runToEnd() == .succeeded)
    #expect(again.order.isEmpty)
    #expect(again.reason("b") == "skipped by hand by ann@host", "bob only resumed")
  }

  @Test func `set accepts values by hand, and says who; what uses them runs again`() throws {
    let run = finished(builder)
    var options = ResumeOptions()
    options.set = ["a": ["v": 2]]
    let resumed = try run.resumed(builder.plan, options: options, by: "ann@host")
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["b", "c"])
    #expect(resumed.reason("a") == "set by hand by ann@host")
    #expect(resumed.machine.values(of: "a") == ["v": 2])
    let again = try resumed.resumed(builder.plan, by: "bob@host")
    again.runToEnd()
    #expect(again.order.isEmpty)
    #expect(again.reason("a") == "set by hand by ann@host")
  }

  @Test func `a repair is not lost when the driver dies before it could say so`() throws {
    let run = finished(builder, ["b": [.exited(1)]])
    var options = ResumeOptions()
    options.skip = ["b"]
    let resumed = try run.resumed(builder.plan, options: options)
    resumed.begin()
    let cut = resumed.records.firstIndex { if case .runResumed = $0.record { true } else { false } } ?? 0
    let records = Array(resumed.records[...cut])
    var facts = RunFacts()
    for record in records { facts.apply(record) }
    let dead = MachineDriver(builder.plan, facts: facts, records: records)
    let last = try dead.resumed(builder.plan)
    #expect(last.runToEnd() == .succeeded)
    #expect(last.order == ["c"])
  }

  @Test func `an unknown step is refused, with the nearest name`() {
    let run = finished(builder)
    var options = ResumeOptions()
    options.from = ["bb"]
    #expect(throws: BatonError(.usage, "there is no step \"bb\" in this run", cure: "did you mean \"b\"?")) {
      try run.resumePlan(builder.plan, options: options)
    }
  }

  @Test func `cells whose list is the same are kept, each by itself`() throws {
    var plan = PlanBuilder()
    plan.step("list")
    plan.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    let run = MachineDriver(plan.plan)
    run.values["list"] = ["items": [1, 2, 3]]
    run.script["m[x=2]"] = [.exited(1), .succeeded]
    #expect(run.runToEnd() == .failed)
    let resumed = try run.resumed(plan.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["m[x=2]"])
  }

  // MARK: After a crash

  @Test func `after a crash, a step that failed stays failed, and what succeeded behind it is not run again`() throws {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("cleanup", depends: ["a"]) { $0.when = .failed }
    plan.step("skipped", depends: ["a"])
    plan.step("long")
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("a", .exited(1))
    run.finish("cleanup")
    let resumed = try run.resumed(plan.plan)
    #expect(resumed.runToEnd() == .failed)
    #expect(resumed.order == ["long"])
    #expect(resumed.reason("skipped") == "a failed")
    #expect(resumed.status("cleanup") == .succeeded)
    let again = try resumed.resumed(plan.plan)
    again.runToEnd()
    #expect(again.order.first == "a", "a run that has ended does anew what failed")
  }

  @Test func `after a crash, an edit of a failed step runs it again`() throws {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("long")
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("a", .exited(1))
    plan.edit("a", run: .shell(.plain("mended")))
    let resumed = try run.resumed(plan.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(Set(resumed.order) == ["a", "long"])
  }

  @Test func `a failure that is allowed is not run again`() throws {
    var plan = PlanBuilder()
    plan.step("lint") { $0.allowFailure = true }
    plan.step("build", depends: ["lint"])
    plan.step("deploy", depends: ["build"])
    let run = MachineDriver(plan.plan)
    run.script = ["lint": [.exited(1)], "deploy": [.exited(1), .succeeded]]
    #expect(run.runToEnd() == .failed)
    let resumed = try run.resumed(plan.plan)
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.order == ["deploy"])
  }
}
