import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// LANGUAGE.md, section 5: `digest`, `rate` and `scope` of notifications.
@Suite struct DigestTests {
  /// A chain of steps, each of which retries once.
  private func plan(
    _ steps: [String] = ["a", "b", "c"], on moments: [NotificationSpec.Moment] = [.retrying, .failed],
    digest: Int64? = nil, rate: String? = nil, scope: NotificationSpec.Scope = .run, channels: [String] = ["webhook"],
    allowed: Bool = true
  ) -> Plan {
    var builder = PlanBuilder()
    for (index, step) in steps.enumerated() {
      builder.step(step, depends: index > 0 ? [steps[index - 1]] : []) {
        $0.retry = RetryPolicy(attempts: 2, backoff: Span(seconds: 60))
        $0.allowFailure = allowed
      }
    }
    builder.notify("team", on: .moments(moments), to: channels)
    builder.plan.notifications[0].digest = digest.map { Span(seconds: $0) }
    builder.plan.notifications[0].rate = rate.flatMap { NotificationSpec.Rate($0) }
    builder.plan.notifications[0].scope = scope
    return builder.plan
  }

  private func failing(_ run: MachineDriver, _ steps: [String] = ["a", "b", "c"]) {
    for step in steps { run.script[step] = [.exited(1), .succeeded] }
  }

  private func kinds(_ run: MachineDriver) -> [String] { run.notified.compactMap { $0.event["kind"]?.string } }
  private func count(_ notified: RunFacts.Outstanding) -> Int64 { notified.event["count"]?.integer ?? 1 }

  // MARK: Digest

  @Test func `What happens within the window becomes one message`() {
    let run = MachineDriver(plan(digest: 150))
    failing(run)
    run.runToEnd()
    // Retries at 0, 60 and 120 seconds, the end at 180.
    #expect(run.notified.map(count) == [3])
    #expect(run.notified[0].event["kinds"] == ["step.retrying": 3])
    #expect(run.notified[0].event["events"]?.list?.map { $0["step"] } == ["a", "b", "c"])
    #expect(run.notified[0].key == "run-1/team/0/digest-1/1")
    #expect(run.clock.now - Instant(nanoseconds: 0) >= Span(seconds: 150))
  }

  @Test func `The window begins with the first event, and a later one begins another`() {
    let run = MachineDriver(plan(digest: 90))
    failing(run)
    run.runToEnd()
    #expect(run.notified.map(count) == [2, 1])
    #expect(run.notified[1].event["step"] == "c", "one alone is sent as it is")
    #expect(run.notified[1].key == "run-1/team/0/retrying/c/1/1", "under its own key")
  }

  @Test func `A run that ends does not wait for the window`() {
    let run = MachineDriver(plan(on: [.retrying, .finished], digest: 86_400))
    failing(run)
    let start = run.clock.now
    #expect(run.runToEnd() == .succeeded)
    #expect(run.clock.now - start == Span(seconds: 180))
    #expect(run.notified.map(count) == [4])
    #expect(run.notified[0].event["status"] == "succeeded", "the last event's")
  }

  @Test func `Each receiver gets its own digest`() {
    let run = MachineDriver(plan(digest: 600, channels: ["webhook", "command"]))
    failing(run)
    run.runToEnd()
    #expect(run.notified.map(\.key) == ["run-1/team/0/digest-1/1", "run-1/team/1/digest-1/1"])
    #expect(run.notified.map(count) == [3, 3])
  }

  @Test func `Without anything to tell there is no message, and no wait`() {
    let run = MachineDriver(plan(digest: 600))
    #expect(run.runToEnd() == .succeeded)
    #expect(run.notified.isEmpty && run.machine.nextDeadline == nil)
  }

  @Test func `What a function takes gathers too, also of the run's end`() {
    var plan = plan(digest: 600)
    plan.notifications[0].on = .callback(Callback(id: 1, digest: "f"))
    let run = MachineDriver(plan)
    run.considers = { _ in true }
    #expect(run.runToEnd() == .succeeded)
    #expect(run.notified.map(count) == [5], "the start, three steps and the end")
  }

  @Test func `A digest says what is ill and what is well at its end`() {
    func event(_ kind: String, causes: [Value] = [], recovered: [Value] = []) -> Value {
      ["kind": .string(kind), "causes": .list(causes), "recovered": .list(recovered), "time": "t"]
    }
    let digest = NoticeDigest.event(
      [
        event("run.failed", causes: ["1", "2"]), event("run.recovered", recovered: ["1", "3"]),
        event("run.failed", causes: ["3"]),
      ], workflow: "w", run: "r", at: Instant(nanoseconds: 0))
    #expect(digest["causes"] == ["2", "3"])
    #expect(digest["recovered"] == ["1"])
    #expect(digest["kinds"] == ["run.failed": 2, "run.recovered": 1])
  }

  @Test func `A digest of very many events stays small`() {
    let events = (0..<5000).map { Value.map(["kind": "step.retrying", "step": .string("s\($0)")]) }
    let digest = NoticeDigest.event(events, workflow: "w", run: "r", at: Instant(nanoseconds: 0))
    #expect(digest["count"] == 5000)
    #expect(digest["events"]?.list?.count == NoticeDigest.most)
    #expect(digest["events"]?.list?.last?["step"] == "s4999")
  }

  // MARK: Rate

  @Test func `What is above the rate waits for room and becomes one message`() {
    let steps = (0..<8).map { "s\($0)" }
    let run = MachineDriver(plan(steps, rate: "2/300s"))
    failing(run, steps)
    run.runToEnd()
    // Retries at 0, 60, … 420 seconds. There is room again at 300 and 360, and at the end, at 480, there is no more waiting.
    #expect(run.notified.map(count) == [1, 1, 3, 1, 2])
    let start = run.records[0].time
    let times = run.machine.facts.sent[NoticeLane(name: "team", target: 0)] ?? []
    #expect(times.map { ($0 - start).seconds } == [0, 60, 300, 360, 480])
  }

  @Test func `A run's end is told even where the rate is used up`() {
    let run = MachineDriver(plan(["a"], on: [.started, .failed, .finished], rate: "1/10h", allowed: false))
    run.script["a"] = [.exited(1)]
    #expect(run.runToEnd() == .failed)
    #expect(kinds(run) == ["run.started", "digest"])
    #expect(run.notified[1].event["kinds"] == ["run.failed": 2])
  }

  // MARK: Durable

  @Test func `What has gathered survives the driver, with its window, and leaves once`() throws {
    let plan = plan(digest: 100)
    let first = MachineDriver(plan)
    failing(first)
    first.begin()
    first.finish("a", .exited(1))
    #expect(first.notified.isEmpty)
    first.clock.advance(to: first.clock.now + Span(seconds: 40))
    let second = try first.resumed(plan)
    second.begin()
    let start = second.clock.now
    second.advance(by: Span(seconds: 59))
    #expect(second.notified.isEmpty)
    second.advance(by: Span(seconds: 1))
    #expect(second.notified.map(\.key) == ["run-1/team/0/retrying/a/1/1"])
    #expect(second.clock.now - start == Span(seconds: 60), "the window is the first driver's")
    let third = try second.resumed(plan)
    third.script = [:]
    third.runToEnd()
    #expect(third.notified.isEmpty)
  }

  @Test func `A digest that was due when the driver died is sent under the same key`() throws {
    let plan = plan(digest: 10)
    let first = MachineDriver(plan)
    first.sendsNotifications = false
    first.begin()
    first.finish("a", .exited(1))
    first.advance(by: Span(seconds: 10))
    let second = try first.resumed(plan)
    second.begin()
    #expect(second.notified == first.notified)
  }

  @Test func `An interrupted run keeps what has gathered`() throws {
    let plan = plan(digest: 600)
    let first = MachineDriver(plan)
    first.begin()
    first.finish("a", .exited(1))
    first.send(.interrupt)
    #expect(first.status == .interrupted && first.notified.isEmpty)
    let second = try first.resumed(plan)
    second.script = [:]
    #expect(second.runToEnd() == .succeeded)
    #expect(second.notified.map { $0.event["step"] } == ["a"])
  }

  @Test func `What gathered for a notification that an edit took away is not waited for`() throws {
    let first = MachineDriver(plan(digest: 600))
    first.begin()
    first.finish("a", .exited(1))
    var edited = plan(digest: 600)
    edited.notifications = []
    let second = try first.resumed(edited)
    second.script = [:]
    #expect(second.runToEnd() == .succeeded)
    #expect(second.notified.map(\.name) == ["team"], "the engine says that there is no such notification any more")
  }

  // MARK: All runs of a project

  private func night(_ board: MemoryNoticeBoard, _ clock: MockClock, _ id: String, _ plan: Plan, fails: Bool = true)
    -> MachineDriver
  {
    let run = MachineDriver(plan, run: id, clock: clock)
    run.board = board
    if fails { run.script["a"] = [.exited(1)] }
    run.runToEnd()
    return run
  }

  @Test func `A bad night sends one message, and one in the morning tells the rest`() {
    let plan = plan(["a"], on: [.failed, .succeeded], rate: "1/8h", scope: .project, allowed: false)
    let board = MemoryNoticeBoard()
    let clock = MockClock()
    var sent: [RunFacts.Outstanding] = []
    for number in 0..<20 {
      let run = night(board, clock, "r\(number)", plan)
      #expect(run.status == .failed)
      sent += run.notified
      clock.advance(to: clock.now + Span(seconds: 15 * 60))
    }
    #expect(sent.map(\.key) == ["r0/team/0/failed/1"])
    #expect(board.waiting.count == 19)
    clock.advance(to: clock.now + Span(seconds: 8 * 3600))
    let morning = night(board, clock, "morning", plan, fails: false)
    #expect(morning.notified.map(count) == [19], "what was left leaves as soon as there is room")
    #expect(board.waiting == ["morning/team/0/succeeded/1"], "and fills the room")
  }

  @Test func `A run that leaves its messages to others says so and has ended`() {
    let plan = plan(["a"], on: [.finished], rate: "1/8h", scope: .project)
    let board = MemoryNoticeBoard()
    let clock = MockClock()
    _ = night(board, clock, "r1", plan)
    let second = night(board, clock, "r2", plan)
    #expect(second.notified.isEmpty && second.machine.facts.held.isEmpty)
    let left = second.records.compactMap { stamped -> [String]? in
      if case .notificationLeft(_, let keys) = stamped.record { keys } else { nil }
    }
    #expect(left == [["r2/team/0/finished/1"]])
  }

  @Test func `A driver that dies between the claim and its record sends the same message once`() throws {
    let plan = plan(["a"], on: [.finished], rate: "1/8h", scope: .project)
    let board = MemoryNoticeBoard()
    let clock = MockClock()
    _ = night(board, clock, "r1", plan)
    _ = night(board, clock, "r2", plan)
    clock.advance(to: clock.now + Span(seconds: 9 * 3600))
    // The claim reaches the board, and the answer nobody.
    let dead = MachineDriver(plan, run: "r3", clock: clock)
    dead.board = MemoryNoticeBoard()
    dead.begin()
    let claim = try #require(dead.claimed.first)
    guard case .granted(let events) = board.claim(claim) else {
      Issue.record("there is room")
      return
    }
    #expect(events.map { $0["run"] } == ["r2"])
    let resumed = try dead.resumed(plan)
    resumed.board = board
    resumed.runToEnd()
    let told = resumed.notified.filter { $0.event["run"] == "r2" }
    #expect(told.count == 1)
    #expect(board.waiting == ["r3/team/0/finished/1"])
  }
}
