import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// Services: when they start and end, and what becomes of those who run on them when they are lost.
@Suite struct ServiceTests {
  private func run(
    _ build: (inout PlanBuilder) -> Void, _ configure: (MachineDriver) -> Void = { _ in }
  ) -> MachineDriver {
    var plan = PlanBuilder()
    build(&plan)
    let run = MachineDriver(plan.plan)
    configure(run)
    run.begin()
    return run
  }

  private func changes(_ run: MachineDriver, of service: String) -> [ServiceChange] {
    run.records.compactMap { if case .serviceChanged(let change) = $0.record { change } else { nil } }
      .filter { $0.service == service }
  }

  private func states(_ run: MachineDriver, of service: String) -> [String] {
    changes(run, of: service).map(\.state.rawValue)
  }

  @Test func `a step starts once the probe of its service answers, and the service ends when the last of them has`() {
    var answers = ["no connection", "no connection", nil]
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"])
      $0.step("b", depends: ["a"])
    } _: { run in
      run.checks = { _ in answers.isEmpty ? nil : answers.removeFirst() }
    }
    #expect(run.running == ["db"])
    run.advance(by: Span(milliseconds: 150))
    #expect(run.running == ["db"])
    run.advance(by: Span(milliseconds: 100))
    #expect(run.running == ["db", "a"])
    run.finish("a")
    #expect(run.running == ["b"], "nobody needs it any more")
    run.finish("b")
    #expect(run.status == .succeeded)
    #expect(states(run, of: "db") == ["given", "ready", "stopping", "stopped"])
    #expect(run.end("db")?.status == .succeeded)
  }

  @Test func `what it emits is known before its process starts, and to what depends on it`() {
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"])
    }
    #expect(run.machine.values(of: "db")?["port"] == ["main": 20_001])
    guard case .serviceChanged(let given)? = run.records.first(where: { $0.record.kind == .serviceChanged })?.record
    else {
      Issue.record("nothing was given")
      return
    }
    #expect(given.state == .given)
    let start = run.records.first { $0.record.kind == .intended }
    #expect((start?.seq ?? 0) > 1)
  }

  @Test func `a service that nothing needs is not started`() {
    let run = run {
      $0.service("db")
      $0.step("a")
    }
    run.runToEnd()
    #expect(run.order == ["a"])
    #expect(run.end("db")?.status == .skipped)
    #expect(run.status == .succeeded)
  }

  @Test func `an attempt that ran on a lost service runs again and uses up no retry`() {
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"])
    }
    run.advance(by: .zero)
    #expect(run.running == ["db", "a"])
    run.finish("db", .signaled(9))
    #expect(run.running == [], "what ran on it is ended")
    #expect(run.stopped.map(\.step) == ["a"])
    run.advance(by: Span(milliseconds: 600))
    #expect(run.running == ["db", "a"])
    run.finish("a")
    #expect(run.status == .succeeded)
    #expect(run.launched.map(\.description) == ["db#1", "a#1", "db#2", "a#2"])
    let lost = run.records.contains {
      if case .attemptFailed(let end, next: .again) = $0.record { end.outcome == .lost("db") } else { false }
    }
    #expect(lost)
    #expect(run.machine.facts.services["db"]?.recoveries == 1)
  }

  @Test func `a setup that hangs is ended at its limit, and the run says so`() {
    let run = run {
      $0.service("db") { service, _ in
        service.traits.restart = RetryPolicy(attempts: 1)
        service.traits.setup = [.shell(.plain("fill"))]
      }
      $0.step("a", depends: ["db"])
    } _: { run in
      run.answersChecks = false
    }
    run.advance(by: .zero)
    run.answerChecks()
    #expect(run.checked.last == "db setup")
    run.advance(by: Span(seconds: 299))
    #expect(run.running == ["db"])
    run.advance(by: Span(seconds: 2))
    #expect(run.running == [])
    #expect(run.status == .failed)
    #expect(run.reason("db") == "its setup took longer than 5m00s")
  }

  @Test func `a teardown that fails is told, and hinders nothing`() {
    let run = run {
      $0.service("db") { service, _ in service.traits.teardown = [.shell(.plain("dump"))] }
      $0.step("a", depends: ["db"])
    } _: { run in
      run.checks = { $0 == "db teardown" ? "no space" : nil }
    }
    run.advance(by: .zero)
    run.finish("a")
    run.advance(by: .zero)
    #expect(run.status == .succeeded)
    #expect(changes(run, of: "db").last?.complaint == "its teardown failed: no space")
  }

  @Test func `another alternative is no recovery, but a failover with an event of its own`() {
    let run = run {
      $0.service("db") { service, _ in
        service.traits.restart = RetryPolicy(attempts: 1)
        service.alternatives = [ServiceSpec.Alternative()]
      }
      $0.step("a", depends: ["db"])
    }
    run.advance(by: .zero)
    run.finish("db", .signaled(9))
    run.advance(by: Span(seconds: 1))
    #expect(run.running == ["db", "a"])
    let ready = changes(run, of: "db").last
    #expect(ready?.event == "failed-over")
    #expect(ready?.reason == "to alternative 1: it ended: killed by SIGKILL")
    #expect(run.machine.facts.services["db"]?.failovers == 1)
    #expect(run.machine.facts.services["db"]?.recoveries == 0)
    run.finish("a")
    #expect(run.status == .succeeded)
  }

  @Test func `who ran on a service that is lost for good is not told to wait for it`() {
    let run = run {
      $0.service("db") { service, _ in service.traits.restart = RetryPolicy(attempts: 1) }
      $0.step("a", depends: ["db"])
    }
    run.advance(by: .zero)
    run.finish("db", .signaled(9))
    #expect(run.status == .failed)
    #expect(run.reason("a") == "db failed")
    #expect(!run.records.contains { if case .attemptFailed = $0.record { true } else { false } })
  }

  @Test func `a failure is not believed before the service was looked at`() {
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"])
    } _: { run in
      run.answersChecks = false
    }
    run.advance(by: .zero)
    run.answerChecks()
    #expect(run.running == ["db", "a"])
    // The test fails because its database has died, which is seen a moment later.
    run.finish("a", .exited(1))
    #expect(run.status("a") == .running)
    run.finish("db", .signaled(9))
    run.answerChecks()
    run.answersChecks = true
    run.advance(by: Span(seconds: 1))
    #expect(run.running == ["db", "a"])
    run.finish("a")
    #expect(run.status == .succeeded)
  }

  @Test func `a failure on a service that is well counts`() {
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"]) { $0.retry = RetryPolicy(attempts: 2) }
    }
    run.advance(by: .zero)
    run.finish("a", .exited(1))
    run.finish("a", .exited(2))
    #expect(run.status == .failed)
    #expect(run.reason("a") == "exit code 2")
    #expect(run.launched.map(\.description) == ["db#1", "a#1", "a#2"])
  }

  @Test func `a service that does not answer its health probe any more is ended and started again`() {
    var isWell = true
    let run = run {
      $0.service("db") { service, _ in
        var probe = ProbeSpec(.tcp(host: .plain("127.0.0.1"), ports: [.plain("1")]))
        probe.interval = Span(seconds: 1)
        probe.retries = 3
        service.traits.health = probe
      }
      $0.step("a", depends: ["db"])
    } _: { run in
      run.checks = { $0 == "db health" && !isWell ? "no answer" : nil }
    }
    run.advance(by: Span(seconds: 2))
    isWell = false
    run.advance(by: Span(milliseconds: 2100))
    #expect(states(run, of: "db") == ["given", "ready"], "two failures are not three")
    run.advance(by: Span(seconds: 1))
    #expect(states(run, of: "db").suffix(2) == ["unhealthy", "down"])
    #expect(changes(run, of: "db").last?.reason == "it is unhealthy: no answer")
    isWell = true
    run.advance(by: Span(seconds: 1))
    #expect(run.running == ["db", "a"])
  }

  @Test func `services are restarted in the order of their dependencies`() {
    let run = run {
      $0.service("db")
      $0.service("app", depends: ["db"])
      $0.step("a", depends: ["app"])
      $0.step("c")
    }
    run.advance(by: .zero)
    #expect(run.running == ["db", "c", "app", "a"] || run.running == ["c", "db", "app", "a"])
    run.finish("db", .signaled(9))
    #expect(run.running == ["c"])
    run.advance(by: Span(seconds: 1))
    #expect(run.running == ["c", "db", "app", "a"])
    #expect(run.machine.facts.services["app"]?.failures == 0, "it was not its own fault")
    run.finish("a")
    #expect(run.running == ["c"], "app first, then db")
    #expect(run.stopped.suffix(2).map(\.step) == ["app", "db"])
  }

  @Test func `after so many losses its alternative runs, and then it has failed`() {
    let run = run {
      $0.service("db") { service, options in
        service.traits.restart = RetryPolicy(attempts: 2)
        service.alternatives = [ServiceSpec.Alternative()]
        options.failover = [Alternative()]
      }
      $0.step("a", depends: ["db"])
      $0.step("b", depends: ["a"])
    }
    for _ in 0..<4 {
      run.advance(by: .zero)
      #expect(run.running == ["db", "a"])
      run.finish("db", .exited(3))
    }
    #expect(run.status == .failed)
    #expect(
      run.launched.filter { $0.step == "db" }.map(\.description) == ["db#1", "db#2", "db#3/0", "db#4/0"])
    #expect(run.end("db")?.status == .failed)
    #expect(run.reason("db") == "it ended: exit code 3, the 2nd time")
    #expect(run.end("a")?.status == .skipped)
    #expect(run.reason("a") == "db failed")
  }

  @Test func `a service that ends before it is ready has failed when its restarts are used up`() {
    let run = run {
      $0.service("db") { service, _ in service.traits.restart = RetryPolicy(attempts: 1) }
      $0.step("a", depends: ["db"])
    }
    run.finish("db", .exited(1))
    #expect(run.status == .failed)
    #expect(run.reason("db") == "it ended before it was ready: exit code 1")
    #expect(run.reason("a") == "db failed")
  }

  @Test func `a service that never becomes ready is given up behind its start period`() {
    let run = run {
      $0.service("db") { service, _ in
        service.traits.restart = RetryPolicy(attempts: 1)
        service.traits.ready?.startPeriod = Span(seconds: 2)
      }
      $0.step("a", depends: ["db"])
    } _: { run in
      run.checks = { _ in "no connection" }
    }
    run.advance(by: Span(milliseconds: 2300))
    #expect(run.status == nil)
    run.advance(by: Span(milliseconds: 300))
    #expect(run.status == .failed)
    #expect(run.reason("db")?.hasPrefix("it was not ready 2.") == true)
    #expect(run.reason("db")?.hasSuffix("after its start: no connection") == true)
  }

  @Test func `a probe that takes too long is ended and counts as a failure`() {
    let run = run {
      $0.service("db") { service, _ in
        service.traits.restart = RetryPolicy(attempts: 1)
        service.traits.ready?.startPeriod = .zero
        service.traits.ready?.retries = 1
      }
      $0.step("a", depends: ["db"])
    } _: { run in
      run.answersChecks = false
    }
    run.advance(by: Span(milliseconds: 4900))
    #expect(run.status == nil)
    run.advance(by: Span(milliseconds: 200))
    #expect(run.reason("db")?.hasSuffix("it took too long to answer") == true)
  }

  @Test func `setup is done once, before anything uses it, and teardown before it is ended`() {
    let run = run {
      $0.service("db") { service, _ in
        service.traits.setup = [.shell(.plain("load")), .shell(.plain("seed"))]
        service.traits.teardown = [.shell(.plain("dump"))]
      }
      $0.step("a", depends: ["db"])
    }
    run.advance(by: .zero)
    run.finish("db", .signaled(9))
    run.advance(by: Span(seconds: 1))
    run.finish("a")
    #expect(run.checked == ["db ready", "db setup", "db setup", "db ready", "db teardown"])
    #expect(run.status == .succeeded)
  }

  @Test func `Ctrl-C ends services behind what ran on them, and nothing is left`() {
    let run = run {
      $0.service("db")
      $0.step("a", depends: ["db"])
    }
    run.advance(by: .zero)
    run.send(.interrupt)
    #expect(run.status == .interrupted)
    #expect(run.stopped.map(\.step) == ["a", "db"])
  }

  @Test func `kept steps need no service, and an edit of the service runs them again`() throws {
    var plan = PlanBuilder()
    plan.service("db")
    plan.service("app", depends: ["db"]) { _, options in options.env = ["DB": .dynamic(.out("db", "port", "main"))] }
    plan.step("a", depends: ["db", "app"])
    plan.step("b", depends: ["a"])
    let first = MachineDriver(plan.plan)
    first.script["b"] = [.exited(1)]
    first.begin()
    first.advance(by: .zero)
    #expect(first.runToEnd() == .failed)
    let planner = ResumePlanner(facts: first.machine.facts, inputs: { _ in nil }, expand: { _, _ in nil })
    #expect(try planner.plan(plan.plan).again.map(\.step) == ["b"])
    var edited = plan
    if case .service(var spec) = edited.plan.nodes[0].kind {
      spec.command = .shell(.plain("serve another"))
      edited.plan.nodes[0].kind = .service(spec)
    }
    #expect(try planner.plan(edited.plan).again.map(\.step) == ["db", "app", "a", "b"])
  }
}
