import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct RecordedPlanTests {
  private func stamped(_ records: [Record]) -> [StampedRecord] {
    records.enumerated().map {
      StampedRecord(seq: Int64($0 + 1), time: Instant(nanoseconds: Int64($0)), record: $1)
    }
  }

  private func start(_ plan: Plan?) -> Record {
    var start = RunStarted(
      workflow: "flow", file: "/project/flow.lua", digest: "d", params: [:],
      observations: Observations(time: Instant(nanoseconds: 1), seed: 1), by: "ann@forge", options: RunOptions())
    start.plan = plan.map { PlanShape($0) }
    return .runStarted(start)
  }

  private func resume(_ plan: RunResumed.Planned, invalidated: [String: String] = [:]) -> Record {
    var resumed = RunResumed(
      by: "ann@forge", digest: "e", observations: Observations(time: Instant(nanoseconds: 1), seed: 1),
      invalidated: invalidated)
    resumed.plan = plan
    return .runResumed(resumed)
  }

  /// Name → names of what it waits for.
  private func edges(_ plan: Plan?) -> [String: [String]]? {
    plan.map { plan in
      Dictionary(
        uniqueKeysWithValues: plan.nodes.map { node in (node.name, node.dependencies.map { plan.nodes[$0].name }) })
    }
  }

  private func chain(_ names: String...) -> Plan {
    var builder = PlanBuilder("flow")
    for (position, name) in names.enumerated() {
      builder.step(name, depends: position > 0 ? [names[position - 1]] : [])
    }
    return builder.plan
  }

  private func ended(_ step: String, _ status: StepStatus) -> Record { .stepEnded(StepEnd(step: step, status: status)) }

  @Test func `without records, or with those of an older Baton, there is no plan`() {
    #expect(RecordedPlan([]).plan == nil)
    #expect(RecordedPlan(stamped([start(nil), ended("a", .succeeded)])).shown == nil)
  }

  @Test func `a resumption by an older Baton may have had another script: there is no plan any more`() {
    #expect(RecordedPlan(stamped([start(chain("a", "b")), resume(.untold)])).shown == nil)
    let mended = RecordedPlan(stamped([start(chain("a")), resume(.untold), resume(.anew(PlanShape(chain("a", "b"))))]))
    #expect(edges(mended.shown) == ["a": [], "b": ["a"]])
  }

  @Test func `an edited script replaces the plan; what had succeeded and is gone stays with what it waited for`() {
    let edited = RecordedPlan(stamped([start(chain("a", "b")), ended("a", .succeeded), ended("b", .failed)]))
      .change(to: chain("z", "a"))
    let records = [
      start(chain("a", "old", "b", "never")), ended("a", .succeeded), ended("old", .succeeded), ended("b", .failed),
      resume(edited),
    ]
    let recorded = RecordedPlan(stamped(records))
    #expect(edges(recorded.plan) == ["z": [], "a": ["z"]])
    #expect(edges(recorded.shown) == ["z": [], "a": ["z"], "old": ["a"]])
    #expect(recorded.shown?.workflow.name == "flow")
    // Asked to do it again, the run forgot its success.
    let anew = RecordedPlan(stamped(Array(records.dropLast()) + [resume(edited, invalidated: ["old": "asked for"])]))
    #expect(edges(anew.shown) == ["z": [], "a": ["z"]])
  }

  @Test func `a cell that is gone stays in its group, and groups that are gone come along`() throws {
    func plan(_ cells: [String], extra: Bool) -> Plan {
      var builder = PlanBuilder("flow")
      builder.group("m")
      for cell in cells { builder.step("m[x=\(cell)]", in: "m") }
      if extra {
        builder.group("more", depends: ["m"])
        builder.step("one", in: "more")
        builder.step("two", in: "more")
      }
      return builder.plan
    }
    let shown = try #require(
      RecordedPlan(
        stamped([
          start(plan(["1", "2"], extra: true)), ended("m[x=1]", .succeeded), ended("m[x=2]", .succeeded),
          ended("one", .succeeded), resume(.anew(PlanShape(plan(["2", "3"], extra: false)))),
        ])
      ).shown)
    let index = shown.indexByName()
    func members(_ name: String) -> [String]? {
      index[name].flatMap { shown.nodes[$0].group?.members }.map { $0.map { shown.nodes[$0].name } }
    }
    #expect(members("m") == ["m[x=2]", "m[x=3]", "m[x=1]"])
    #expect(members("more") == ["one"])
    #expect(index["two"] == nil)
    let one = try #require(index["one"])
    #expect(shown.nodes[one].parent == index["more"])
    #expect(edges(shown)?["more"] == ["m"])
  }

  @Test func `the same plan is said to be as before, also once a matrix has its cells`() throws {
    let plan = chain("a", "b")
    let recorded = RecordedPlan(stamped([start(plan), resume(.asBefore)]))
    #expect(recorded.change(to: plan) == .asBefore)
    #expect(edges(recorded.shown) == ["a": [], "b": ["a"]])
    #expect(recorded.change(to: chain("a", "c")) == .anew(PlanShape(chain("a", "c"))))
    #expect(RecordedPlan([]).change(to: plan) == .anew(PlanShape(plan)))
  }

  @Test func `cells that a matrix got while the run went on are in the plan, with what they wait for`() throws {
    var builder = PlanBuilder("flow")
    builder.step("list")
    builder.step("other")
    builder.matrix("m", axes: ["x": .out("list", "items")], depends: ["list"])
    builder.step("last", depends: ["m"])
    let plan = builder.plan
    let driver = MachineDriver(plan, opening: start(plan))
    driver.values["list"] = ["items": ["a", "b"]]
    driver.cells = { plan, group, axes in
      var made = TestCells.expansion(of: group, in: plan, axes: axes)
      // A group within the first cell's place, and a dependency on what was there before.
      let first = plan.nodes.count
      made.nodes.append(
        Node(name: "m[x=c]", kind: .group(GroupSpec(style: .parallel, members: [first + 3])), parent: group))
      made.nodes.append(
        Node(name: "m[x=c]/in", kind: .step(.shell(.plain("true"))), parent: first + 2, dependencies: [0, 1, first]))
      made.members = [first + 2, first, first + 1]
      return made
    }
    driver.runToEnd()
    #expect(driver.status == .succeeded)
    let recorded = try #require(RecordedPlan(driver.records).plan)
    #expect(PlanShapeTests.told(recorded) == PlanShapeTests.told(driver.machine.plan))
    #expect(RecordedPlan(driver.records).change(to: driver.machine.plan) == .asBefore)
  }
}
