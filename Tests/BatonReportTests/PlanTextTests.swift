import BatonModel
import BatonReport
import BatonTestKit
import Testing

/// A text is as it is kept in `Snapshots`.
func expectSnapshot(
  _ text: String, _ name: String, file: String = #filePath, location: SourceLocation = #_sourceLocation
) {
  if let mismatch = Snapshot.mismatch(text, named: name, testFile: file) {
    Issue.record(Comment(rawValue: mismatch), sourceLocation: location)
  }
}

@Suite struct PlanTextTests {
  private func text(_ plan: Plan, durations: [String: Span] = [:], included: [Bool]? = nil, jobs: Int = 2) -> String {
    let schedule = PlanSchedule(plan, durations: durations, included: included)
    return String(decoding: PlanText.bytes(plan, schedule: schedule, jobs: jobs), as: UTF8.self)
  }

  static let durations: [String: Span] = [
    "build": Span(seconds: 60), "lint": Span(seconds: 5), "types": Span(seconds: 10),
    "e2e[browser=chrome,os=linux]": Span(seconds: 30), "e2e[browser=chrome,os=mac]": Span(seconds: 40),
    "e2e[browser=firefox,os=linux]": Span(seconds: 20),
  ]

  @Test func `a plan shows levels, what each step waits for and what is special about it`() {
    expectSnapshot(text(Samples.release()), "plan")
  }

  @Test func `with durations of earlier runs a plan shows estimates and the longest path`() {
    expectSnapshot(text(Samples.release(), durations: Self.durations), "plan-estimated")
  }

  @Test func `a plan that is limited to some steps leaves the others out`() {
    let plan = Samples.release()
    let included = plan.nodes.map { $0.name == "build" || $0.name == "lint" || $0.name == "checks" }
    expectSnapshot(text(plan, included: included), "plan-selected")
  }

  @Test func `a matrix whose cells are not known yet is shown with what they come from`() {
    var builder = PlanBuilder("flow")
    builder.step("list")
    builder.matrix("each", axes: ["item": .ref(Ref(step: "list", path: [.name("items")]))], depends: ["list"])
    builder.step("after", depends: ["each"]) { $0.when = .failed }
    expectSnapshot(text(builder.plan), "plan-matrix")
  }

  @Test func `a plan without steps says so`() {
    #expect(text(PlanBuilder("flow").plan) == "flow\n  0 steps\n\nNothing to run.\n")
  }

  @Test func `the whole plan as JSON is one valid object`() throws {
    let plan = Samples.release()
    let bytes = PlanJSON.bytes(plan, schedule: PlanSchedule(plan, durations: Self.durations), jobs: 2)
    let value = try JSON.decode(bytes)
    expectSnapshot(JSON.encodePretty(value) + "\n", "plan-json")
  }
}

@Suite struct PlanScheduleTests {
  private func chain(_ count: Int) -> Plan {
    var builder = PlanBuilder()
    for index in 0..<count { builder.step("s\(index)", depends: index > 0 ? ["s\(index - 1)"] : []) }
    return builder.plan
  }

  @Test func `levels count the steps and gates on the longest way, not the groups`() {
    let plan = Samples.release()
    let schedule = PlanSchedule(plan)
    let levels = Dictionary(uniqueKeysWithValues: zip(plan.nodes.map(\.name), schedule.level))
    #expect(levels["build"] == 0 && levels["types"] == 0)
    #expect(levels["e2e[browser=chrome,os=mac]"] == 1 && levels["quality"] == 2 && levels["deploy"] == 3)
  }

  @Test func `an unknown duration counts as the mean of the known ones`() {
    let schedule = PlanSchedule(chain(3), durations: ["s0": Span(seconds: 2), "s1": Span(seconds: 4)])
    #expect(schedule.shortest == Span(seconds: 9))
    #expect(schedule.knownCount == 2 && schedule.stepCount == 3)
  }

  @Test func `the length with so many at once fills the slots, the longest path first`() {
    var builder = PlanBuilder()
    for name in ["a", "b", "c", "d"] { builder.step(name) }
    builder.step("e", depends: ["d"])
    let second = Span(seconds: 1)
    let schedule = PlanSchedule(
      builder.plan, durations: ["a": second, "b": second, "c": second, "d": second, "e": Span(seconds: 3)])
    #expect(schedule.length(of: builder.plan, jobs: 1) == Span(seconds: 7))
    #expect(
      schedule.length(of: builder.plan, jobs: 2) == Span(seconds: 4), "d and e on one slot, a, b and c on the other")
    #expect(schedule.length(of: builder.plan, jobs: 100) == schedule.shortest)
    #expect(schedule.criticalPath(builder.plan).map { builder.plan.nodes[$0].name } == ["d", "e"])
  }

  @Test func `the length counts what groups, mutexes, resources and priorities hold back`() {
    func length(pool: [String: Double] = [:], _ build: (inout PlanBuilder) -> Void) -> (Span, slowdown: Double) {
      var builder = PlanBuilder()
      build(&builder)
      let durations = Dictionary(uniqueKeysWithValues: builder.plan.nodes.map { ($0.name, Span(seconds: 1)) })
      let schedule = PlanSchedule(builder.plan, durations: durations)
      return (
        schedule.length(of: builder.plan, jobs: 4, pool: pool),
        schedule.slowdown(of: builder.plan, jobs: 4, pool: pool)
      )
    }
    let names = ["a", "b", "c", "d"]
    #expect(length { for name in names { $0.step(name) } } == (Span(seconds: 1), 1))
    let limited = length {
      $0.group("g", max: 2)
      for name in names { $0.step(name, in: "g") }
    }
    #expect(limited == (Span(seconds: 2), 2), "two at once")
    let exclusive = length { for name in names { $0.step(name) { $0.mutex = "m" } } }
    #expect(exclusive == (Span(seconds: 4), 4), "one after the other")
    let wide = length(pool: ["memory": 5, "browser": 3]) {
      for name in names { $0.step(name) { $0.resources = ["cpu": 1, "memory": 2] } }
      for name in ["x", "y"] { $0.step(name) { $0.resources = ["browser": 2] } }
    }
    #expect(wide.0 == Span(seconds: 2), "two of them fit; what needs no processor runs beside")
    let processors = length { for name in names { $0.step(name) { $0.resources = ["cpu": 8] } } }
    #expect(processors.0 == Span(seconds: 4), "what asks for more than there is gets all")
    let both = length {
      $0.group("g", max: 1)
      for name in names { $0.step(name, in: "g") { $0.mutex = "m" } }
      $0.step("e") { $0.mutex = "m" }
    }
    #expect(both.0 == Span(seconds: 5), "nobody is forgotten in two queues")
  }

  @Test func `what is urgent is played first`() {
    var builder = PlanBuilder()
    builder.step("long") { $0.priority = -1 }
    for name in ["a", "b"] { builder.step(name) }
    let schedule = PlanSchedule(
      builder.plan, durations: ["long": Span(seconds: 3), "a": Span(seconds: 1), "b": Span(seconds: 1)])
    #expect(schedule.length(of: builder.plan, jobs: 2) == Span(seconds: 4), "a and b before the long one")
  }

  @Test func `the longest path goes through groups`() {
    let plan = Samples.release()
    let schedule = PlanSchedule(plan, durations: PlanTextTests.durations)
    #expect(
      schedule.criticalPath(plan).map { plan.nodes[$0].name } == ["build", "e2e[browser=chrome,os=mac]", "deploy"])
  }

  @Test func `steps that are left out cost no time`() {
    let plan = chain(3)
    let schedule = PlanSchedule(plan, durations: ["s0": Span(seconds: 2)], included: [true, false, false])
    #expect(schedule.shortest == Span(seconds: 2) && schedule.stepCount == 1)
  }
}
