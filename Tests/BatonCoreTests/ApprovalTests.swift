import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct ApprovalTests {
  private func flow(
    _ approval: ApprovalSpec = ApprovalSpec(by: ["managers"]), otherwise: GateSpec.Otherwise = .halt,
    require: [Requirement] = []
  ) -> PlanBuilder {
    var plan = PlanBuilder()
    plan.step("build")
    plan.gate("gate", require: require, approval: approval, otherwise: otherwise, depends: ["build"])
    plan.step("ship", depends: ["gate"])
    plan.step("docs", depends: ["build"])
    return plan
  }

  private func waiting(_ plan: PlanBuilder, endsWhenWaiting: Bool = false) -> MachineDriver {
    let run = MachineDriver(plan.plan, endsWhenWaiting: endsWhenWaiting)
    run.begin()
    run.finish("build")
    return run
  }

  private func event(_ run: MachineDriver, _ kind: String) -> Value? {
    run.records.compactMap { EventCoding.event(of: $0, run: "run-1") }.last { $0["kind"] == .string(kind) }
  }

  @Test func `a gate waits for its approval while other work goes on, and the run waits with it`() {
    let run = waiting(flow())
    #expect(run.status("gate") == .waiting)
    #expect(run.running == ["docs"])
    #expect(!run.machine.isWaitingOnly)
    run.finish("docs")
    #expect(run.machine.isWaitingOnly)
    #expect(run.runToEnd() == nil, "it neither ends nor asks for time")
    run.answer("gate", by: "ann@host", reason: "tested")
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["build", "docs", "ship"])
    #expect(run.machine.facts.verdicts["gate"]?.findings == ["approved by ann@host: tested"])
    #expect(event(run, "gate.approved")?["by"] == "ann@host")
    #expect(event(run, "gate.approved")?["reason"] == "tested")
    #expect(event(run, "gate.passed") != nil)
  }

  @Test func `with no wait the run ends as waiting, and a resumption takes the answer that was given meanwhile`() throws
  {
    let plan = flow()
    let run = waiting(plan, endsWhenWaiting: true)
    run.finish("docs")
    #expect(run.status == .waiting)
    #expect(RunStatus.waiting.exitCode == 5)
    let question = try #require(run.asked("gate")).question
    let next = try run.resumed(plan.plan)
    next.begin()
    #expect(next.status("gate") == .waiting)
    #expect(next.asked("gate")?.question.id == question.id, "it is the same question")
    next.answer("gate")
    #expect(next.runToEnd() == .succeeded)
    #expect(next.order == ["ship"])
  }

  @Test func `what failed beside a gate that waits is not tried again by the driver that carries the run on`() throws {
    let plan = flow()
    let run = waiting(plan, endsWhenWaiting: true)
    run.finish("docs", .exited(1))
    #expect(run.status == .waiting)
    let next = try run.resumed(plan.plan)
    next.begin()
    next.answer("gate")
    #expect(next.runToEnd() == .failed)
    #expect(next.order == ["ship"])
  }

  @Test func `a rejection refuses the gate, and otherwise follows`() {
    let halted = waiting(flow())
    halted.finish("docs")
    halted.answer("gate", false, by: "bob", reason: "too risky")
    #expect(halted.status == .halted)
    #expect(halted.reason("gate") == "refused: rejected by bob: too risky")
    let branched = waiting(flow(otherwise: .branch))
    branched.answer("gate", false, by: "bob")
    #expect(branched.runToEnd() == .succeeded)
    #expect(branched.status("ship") == .skipped)
    let warned = waiting(flow(otherwise: .warn))
    warned.answer("gate", false, by: "bob")
    #expect(warned.runToEnd() == .succeeded)
    #expect(warned.status("ship") == .succeeded)
  }

  @Test func `a quorum counts different people, each once and under whatever host`() {
    let run = waiting(flow(ApprovalSpec(by: ["managers"], quorum: 2)))
    run.answer("gate", by: "ann")
    #expect(run.asked("gate")?.progress == "1 of 2")
    run.answer("gate", by: "ann")
    run.answer("gate", by: "ann@laptop")
    #expect(run.asked("gate")?.progress == "1 of 2")
    #expect(run.refusals == ["ann has approved already (1 of 2)", "ann@laptop has approved already (1 of 2)"])
    run.answer("gate", by: "bob")
    #expect(run.runToEnd() == .succeeded)
    #expect(run.takenRequests == 4)
  }

  @Test func `who has none of its roles may not answer`() {
    let run = waiting(flow(ApprovalSpec(by: ["managers", "cto"])))
    run.answer("gate", by: "eve", role: "visitors")
    #expect(run.status("gate") == .waiting)
    #expect(run.refusals == ["eve may not answer: managers or cto may"])
  }

  @Test func `roles are had by the people that baton json lists, or by those of the name`() {
    let roles = ["managers": ["ann", "bob@box"]]
    func role(_ who: String, _ by: [String]) -> String? { ApprovalSpec.role(of: who, among: by, roles: roles) }
    #expect(role("ann", ["managers"]) == "managers")
    #expect(role("ann@any", ["managers"]) == "managers")
    #expect(role("bob@box", ["managers"]) == "managers")
    #expect(role("bob@other", ["managers"]) == nil)
    #expect(role("managers", ["managers"]) == nil)
    #expect(role("cto", ["managers", "cto"]) == "cto")
    #expect(role("cto@box", ["cto"]) == "cto")
    #expect(role("anyone@all", []) == "")
  }

  @Test func `when the time to answer is over, the gate is refused and says so`() {
    let run = waiting(flow(ApprovalSpec(quorum: 2, timeout: Span(seconds: 60))))
    run.finish("docs")
    run.answer("gate", by: "ann")
    run.advance(by: Span(seconds: 59))
    #expect(run.status("gate") == .waiting)
    run.advance(by: Span(seconds: 1))
    #expect(run.status == .halted)
    #expect(run.reason("gate") == "refused: not approved within 1m00s (1 of 2)")
    #expect(event(run, "gate.refused")?["findings"] == ["not approved within 1m00s (1 of 2)"])
  }

  @Test func `the time runs on while no driver lives, and an answer that was given in time counts later`() throws {
    let plan = flow(ApprovalSpec(timeout: Span(seconds: 60)))
    for inTime in [true, false] {
      let run = waiting(plan)
      run.finish("docs")
      let given = run.clock.now + Span(seconds: inTime ? 59 : 61)
      let question = run.asked("gate")?.question.id
      run.clock.advance(by: Span(seconds: 3600))
      let next = try run.resumed(plan.plan)
      // As an engine does it: what lies in the inbox is told at the beginning.
      next.begin()
      if inTime {
        #expect(next.status("gate") == .waiting)
        next.answer("gate", question: question, time: given)
        #expect(next.runToEnd() == .succeeded)
      } else {
        next.answer("gate", question: question, time: given)
        #expect(next.refusals.first?.hasPrefix("the time to answer was over at ") == true)
        #expect(next.runToEnd() == .halted)
      }
    }
  }

  @Test func `the form's answers are the gate's values`() {
    let form = [
      ParamSpec(name: "copies", kind: .integer(min: 1, max: nil), fallback: 3),
      ParamSpec(name: "version", kind: .string(pattern: nil)),
    ]
    let run = waiting(flow(ApprovalSpec(form: form)))
    run.answer("gate")
    run.answer("gate", fields: ["version": 7])
    run.answer("gate", fields: ["version": "1.0", "color": "red"])
    #expect(
      run.refusals == [
        "the field \"version\" is missing: a string", "the field \"version\" must be a string",
        "the form has no field \"color\"",
      ])
    run.answer("gate", fields: ["version": "1.0"])
    #expect(run.end("gate")?.values == ["version": "1.0", "copies": 3])
  }

  @Test func `its own conditions are judged first`() {
    let require = Requirement(metric: "score", comparison: .atLeast, bound: .number(5))
    let bad = waiting(flow(require: [require]))
    #expect(bad.runToEnd() == .halted)
    #expect(bad.asked("gate") == nil)
    let good = MachineDriver(flow(require: [require]).plan)
    good.metrics["build"] = ["score": 6]
    good.begin()
    good.finish("build")
    good.answer("gate")
    #expect(good.runToEnd() == .succeeded)
    #expect(good.machine.facts.verdicts["gate"]?.findings == ["score = 6, required >= 5", "approved by ann"])
    #expect(good.machine.facts.verdicts["gate"]?.measured == ["score": 6])
  }

  @Test func `otherwise ask waits for an override, which is recorded with who and why`() {
    var plan = PlanBuilder()
    plan.step("build")
    plan.gate("gate", check: Callback(id: 1, digest: "f"), otherwise: .ask, depends: ["build"])
    plan.step("ship", depends: ["gate"])
    for isOverridden in [true, false] {
      let run = MachineDriver(plan.plan)
      run.check = { _ in .no(reason: "too slow") }
      run.begin()
      run.finish("build")
      #expect(run.status("gate") == .waiting)
      #expect(run.asked("gate")?.question.text == "refused: too slow; waits for an override by anyone")
      run.answer("gate", isOverridden, by: "ann@box", reason: "we know")
      #expect(run.runToEnd() == (isOverridden ? .succeeded : .halted))
      let why =
        isOverridden
        ? "overridden by ann@box: we know (refused: too slow)" : "refused: too slow; rejected by ann@box: we know"
      #expect(run.reason("gate") == why)
      #expect((event(run, "gate.overridden")?["by"] == "ann@box") == isOverridden)
    }
  }

  @Test func `an approval that is refused can be overridden by those who could have approved`() {
    let run = waiting(flow(ApprovalSpec(by: ["managers"], quorum: 2), otherwise: .ask))
    run.finish("docs")
    run.answer("gate", false, by: "bob", reason: "no")
    #expect(run.asked("gate")?.question.kind == .override)
    run.answer("gate", by: "ann")
    run.answer("gate", by: "ann", reason: " ")
    #expect(
      run.refusals == Array(repeating: "an override needs a reason, which is recorded with the name", count: 2))
    run.answer("gate", by: "ann", reason: "known")
    #expect(run.status("gate") == .waiting)
    run.answer("gate", by: "cleo", reason: "known too")
    #expect(run.runToEnd() == .succeeded)
  }

  @Test func `an answer to a question that is not asked any more does not count`() throws {
    let plan = flow()
    let run = waiting(plan)
    let old = run.asked("gate")?.question.id
    var edited = plan
    edited.edit("build", run: .shell(.plain("echo changed")))
    let next = try run.resumed(edited.plan)
    next.begin()
    next.answer("gate", question: old)
    #expect(next.refusals == ["gate does not wait for this answer any more"])
    next.finish("build")
    #expect(next.status("gate") == .waiting, "it asks anew about what was built anew")
    #expect(next.asked("gate")?.question.id != old)
  }

  @Test func `an answer that comes before the driver has come to the gate is kept for it`() throws {
    var plan = PlanBuilder()
    plan.step("build")
    plan.gate("gate", check: Callback(id: 1, digest: "f"), approval: ApprovalSpec(), depends: ["build"])
    let run = MachineDriver(plan.plan)
    run.begin()
    run.finish("build")
    let question = try #require(run.asked("gate")).question.id
    let next = try run.resumed(plan.plan)
    next.answer("gate", question: question)
    next.begin()
    #expect(next.status == .succeeded)
  }

  @Test func `a step that was cut off and says ask runs again when someone approves, and fails when not`() throws {
    var plan = PlanBuilder()
    plan.step("deploy") { $0.interrupted = .ask }
    for isApproved in [true, false] {
      let run = MachineDriver(plan.plan)
      run.begin()
      let waiting = try run.resumed(plan.plan)
      waiting.begin()
      #expect(waiting.status == .waiting)
      #expect(waiting.machine.facts.ended?.reason == "cut off, and to be decided by a person: deploy")
      let question = waiting.asked("deploy")?.question.id
      let next = try waiting.resumed(plan.plan)
      next.answer("deploy", isApproved, by: "ann", question: question)
      next.begin()
      #expect(next.runToEnd() == (isApproved ? .succeeded : .failed))
      #expect(next.order == (isApproved ? ["deploy"] : []))
      if !isApproved { #expect(next.reason("deploy") == "attempt 1 was cut off; rejected by ann") }
    }
  }

  @Test func `signals are kept in the order in which they were sent, until something takes them`() throws {
    let plan = flow()
    let run = waiting(plan)
    run.request(.signal(name: "go", value: 1), by: "ann")
    run.request(.signal(name: "go", value: 2), by: "bob")
    run.request(.signal(name: "stop", value: ["why": "x"]), by: "bob")
    let facts = run.recordedFacts
    #expect(facts.signals["go"]?.map(\.value) == [1, 2])
    #expect(facts.signals["go"]?.map(\.id) == [1, 2])
    #expect(facts.signals["stop"]?.map(\.by) == ["bob"])
    #expect(run.takenRequests == 3)
    let next = try run.resumed(plan.plan)
    next.begin()
    #expect(next.machine.facts.signals["go"]?.count == 2)
  }

  @Test func `a request to cancel is taken with what follows from it`() {
    let run = waiting(flow())
    run.request(.cancel, by: "eve", reason: "wrong")
    #expect(run.runToEnd() == .cancelled)
    #expect(run.takenRequests == 1)
    #expect(run.status("gate") == .cancelled)
  }

  @Test func `each question is a message, and its end is none`() {
    var plan = flow(otherwise: .ask)
    plan.notify("team", on: .moments([.waiting]))
    let run = waiting(plan, endsWhenWaiting: true)
    run.answer("gate", false, by: "bob")
    run.finish("docs")
    #expect(run.status == .waiting)
    #expect(
      run.notified.map { $0.event["reason"]?.string } == [
        "waits for approval by managers", "refused: rejected by bob; waits for an override by managers",
      ])
    #expect(Set(run.notified.map(\.key)).count == 2)
  }
}
