import BatonCore
import BatonModel
import BatonRuntime
import BatonTestKit
import Testing

@Suite struct EngineTests {
  /// An engine among fakes.
  struct Rig {
    let reactor = VirtualReactor()
    let journal: VirtualJournal
    let executor: ScriptedExecutor
    let host = ScriptedHost()
    let results: ScriptedResults
    let notifier: RecordingNotifier
    let reporter = RecordingReporter()
    let engine: Engine

    init(_ plan: Plan, after records: [StampedRecord] = []) throws {
      journal = VirtualJournal(reactor, records: records)
      executor = ScriptedExecutor(reactor)
      results = ScriptedResults(reactor)
      notifier = RecordingNotifier(reactor)
      var facts = RunFacts()
      for record in records { facts.apply(record) }
      let observations = Observations(time: reactor.now, seed: 7)
      var opening = Record.runStarted(
        RunStarted(
          workflow: "flow", file: "/project/flow.lua", digest: "", params: [:], observations: observations,
          by: "tester@host", options: RunOptions()))
      if !records.isEmpty {
        let decided = try ResumePlanner(facts: facts, inputs: { _ in nil }, expand: { _, _ in nil }).plan(plan)
        opening = .runResumed(
          RunResumed(by: "tester@host", digest: "", observations: observations, invalidated: decided.invalidated))
      }
      let machine = RunMachine(run: "run-1", plan: plan, facts: facts, opening: opening, pool: ["cpu": 2])
      let context = EngineContext(
        run: "run-1", folder: RunFolder(path: "/project/.baton/runs/run-1"), scriptFolder: "/project",
        secret: { $0 == "TOKEN" ? "s3cret" : nil }, baseline: { [:] })
      engine = Engine(
        machine: machine,
        ports: EnginePorts(
          journal: journal, reactor: reactor, executor: executor, host: host, cache: EmptyCache(reactor),
          results: results, notifier: notifier, reporter: reporter), context: context)
    }
  }

  private var chain: PlanBuilder {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", run: .shell(.dynamic(.concat([.literal("use "), .out("a", "v")]))), depends: ["a"])
    plan.step("c", depends: ["b"])
    plan.step("d")
    return plan
  }

  @Test func `no attempt starts before the record of its start is durable`() throws {
    let rig = try Rig(chain.plan)
    rig.executor.values["a"] = ["v": "x y"]
    rig.executor.onStart = { launch in
      let isDurable = rig.journal.records.contains { record in
        guard case .intended(let attempts) = record.record else { return false }
        return attempts.contains(StepAttempt(step: launch.step, number: launch.attempt))
      }
      #expect(isDurable, "\(launch.step)")
    }
    #expect(try rig.engine.drive() == .succeeded)
    #expect(Set(rig.executor.launches.map(\.step)) == ["a", "b", "c", "d"])
    #expect(rig.executor.launches.first { $0.step == "b" }?.arguments.last == "use 'x y'")
  }

  @Test func `what is reported is durable, and everything is reported in order`() throws {
    let rig = try Rig(chain.plan)
    rig.executor.values["a"] = ["v": 1]
    _ = try rig.engine.drive()
    #expect(rig.reporter.records == rig.journal.records)
    #expect(rig.journal.records.map(\.seq) == Array(1...Int64(rig.journal.records.count)))
  }

  @Test func `a step whose value is missing fails and says so, and nothing is started`() throws {
    let rig = try Rig(chain.plan)
    #expect(try rig.engine.drive() == .failed)
    #expect(!rig.executor.launches.contains { $0.step == "b" })
    let reason = rig.engine.facts.steps["b"]?.end?.reason
    #expect(reason == "step \"a\" emitted no value for \"a.out.v\": it emitted nothing")
  }

  @Test func `when records cannot be written, what runs is ended and the error is told`() throws {
    let rig = try Rig(chain.plan)
    rig.journal.capacity = 3
    #expect(throws: VirtualJournal.full) { try rig.engine.drive() }
    #expect(rig.executor.alive.isSubset(of: Set(rig.executor.stopped)) || rig.executor.alive.isEmpty)
  }

  @Test func `whatever the last record is, the next engine ends the run the same, and no success is run again`() throws
  {
    let whole = try Rig(chain.plan)
    whole.executor.values["a"] = ["v": 1]
    whole.executor.script["c"] = [.exited(1)]
    let status = try whole.engine.drive()
    #expect(status == .failed)
    for count in 1..<whole.journal.records.count {
      let records = Array(whole.journal.records.prefix(count))
      let rig = try Rig(chain.plan, after: records)
      rig.executor.values["a"] = ["v": 1]
      rig.executor.script["c"] = [.exited(1)]
      #expect(try rig.engine.drive() == status)
      for record in records {
        guard case .stepEnded(let end) = record.record, end.status.isSuccess else { continue }
        #expect(!rig.executor.launches.contains { $0.step == end.step }, "\(end.step) after \(count) records")
      }
      for step in ["a", "b", "c", "d"] {
        #expect(rig.engine.facts.steps[step]?.end?.status == whole.engine.facts.steps[step]?.end?.status)
      }
    }
  }

  @Test func `a called workflow is given its time to undo when the run is cancelled, and the step's grace when not`()
    throws
  {
    var plan = PlanBuilder()
    plan.step("below", run: .call(CallSpec(file: .plain("below.lua")))) { $0.timeout = Span(seconds: 60) }
    plan.step("own") { $0.timeout = Span(seconds: 60) }
    for isCancelled in [true, false] {
      let rig = try Rig(plan.plan)
      rig.executor.duration = Span(seconds: 1000)
      if isCancelled {
        rig.executor.onStart = { _ in
          rig.journal.sent = [Request(id: 1, kind: .cancel, by: "eve@host", time: rig.reactor.now)]
          rig.reactor.plan(.control(.mail))
        }
      }
      #expect(try rig.engine.drive() == (isCancelled ? .cancelled : .failed))
      let given = Dictionary(
        zip(
          rig.executor.stopped.compactMap { ticket in rig.executor.launches.first { $0.ticket == ticket }?.step },
          rig.executor.graces)
      ) { $1 }
      #expect(given["own"] == StepOptions().grace)
      let least = isCancelled ? Span(seconds: 3600) : StepOptions().grace
      #expect(given["below"].map { $0 >= least } == true, "\(given)")
      if !isCancelled { #expect(given["below"].map { $0 <= StepOptions().grace + Span(seconds: 5) } == true) }
    }
  }

  @Test func `cancel ends what runs`() throws {
    let rig = try Rig(chain.plan)
    rig.executor.onStart = { _ in
      rig.journal.sent = [Request(id: 1, kind: .cancel, by: "eve@host", time: rig.reactor.now)]
    }
    rig.reactor.plan(.control(.mail), after: Span(milliseconds: 10))
    #expect(try rig.engine.drive() == .cancelled)
    #expect(rig.executor.stopped.count == 2)
  }

  @Test func `an answer that came while no driver lived counts at once`() throws {
    var plan = PlanBuilder()
    plan.gate("gate", approval: ApprovalSpec(by: ["ann"]))
    plan.step("ship", depends: ["gate"])
    let first = try Rig(plan.plan)
    first.reactor.plan(.control(.interrupt(signal: 2)), after: Span(milliseconds: 10))
    #expect(try first.engine.drive() == .interrupted)
    let question = try #require(first.engine.facts.questions["gate"]?.question.id)
    let next = try Rig(plan.plan, after: first.journal.records)
    let yes = Request.Kind.answer(step: "gate", question: question, approved: true, role: "ann", fields: [:])
    next.journal.sent = [Request(id: 1, kind: yes, by: "ann", time: next.reactor.now)]
    #expect(try next.engine.drive() == .succeeded)
    #expect(next.journal.sent.isEmpty, "what was taken is gone")
    #expect(next.executor.launches.map(\.step) == ["ship"])
  }

  @Test func `an answer that was given in time counts, although its bell has not rung when the time is over`() throws {
    var plan = PlanBuilder()
    plan.gate("gate", approval: ApprovalSpec(timeout: Span(milliseconds: 100)))
    let rig = try Rig(plan.plan)
    rig.reporter.onRecord = { record in
      guard case .asked(let question) = record.record else { return }
      let yes = Request.Kind.answer(step: "gate", question: question.id, approved: true, role: "", fields: [:])
      rig.journal.sent = [Request(id: 1, kind: yes, by: "ann", time: rig.reactor.now)]
    }
    #expect(try rig.engine.drive() == .succeeded)
  }

  @Test func `an interrupt leaves a run that can be resumed`() throws {
    let rig = try Rig(chain.plan)
    rig.reactor.plan(.control(.interrupt(signal: 2)), after: Span(milliseconds: 10))
    #expect(try rig.engine.drive() == .interrupted)
    let next = try Rig(chain.plan, after: rig.journal.records)
    next.executor.values["a"] = ["v": 1]
    #expect(try next.engine.drive() == .succeeded)
  }

  @Test func `functions of the script are asked, and messages leave when they are due`() throws {
    var plan = PlanBuilder()
    plan.step("a") { $0.when = .callback(Callback(id: 1, digest: "f")) }
    plan.notify("team", on: .moments([.finished]))
    let rig = try Rig(plan.plan)
    rig.host.functions[1] = { _ in .returned([false, "not now"]) }
    #expect(try rig.engine.drive() == .succeeded)
    #expect(rig.engine.facts.steps["a"]?.end?.reason == "not now")
    #expect(rig.notifier.messages.map(\.key) == ["run-1/team/0/finished/1"])
  }
}
