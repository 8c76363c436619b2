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
    #expect(schedule.length(jobs: 1) == Span(seconds: 7))
    #expect(schedule.length(jobs: 2) == Span(seconds: 4), "d and e on one slot, a, b and c on the other")
    #expect(schedule.length(jobs: 100) == schedule.shortest)
    #expect(schedule.criticalPath(builder.plan).map { builder.plan.nodes[$0].name } == ["d", "e"])
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
