import BatonModel
import BatonReport
import BatonTestKit
import Testing

@Suite struct GraphTests {
  private var diamond: Plan {
    var builder = PlanBuilder("diamond")
    builder.step("fetch")
    builder.step("left", depends: ["fetch"])
    builder.step("right", depends: ["fetch"])
    builder.step("alone")
    builder.step("join", depends: ["left", "right"])
    builder.step("late", depends: ["fetch", "join"])
    return builder.plan
  }

  @Test func `ascii draws a diamond with lines that branch and join`() {
    expectSnapshot(GraphASCII.text(diamond), "graph-diamond")
  }

  @Test func `ascii lists the members of a group below it`() {
    expectSnapshot(GraphASCII.text(Samples.release()), "graph-release")
  }

  @Test func `ascii shows the states of a run`() {
    let states: [String: StepStatus] = ["fetch": .succeeded, "left": .failed, "right": .running]
    expectSnapshot(GraphASCII.text(diamond, states: states), "graph-states")
  }

  @Test func `ascii numbers the members of a sequence and nests groups`() {
    var builder = PlanBuilder("nested")
    builder.step("prepare")
    builder.group("all", depends: ["prepare"])
    builder.group("inner", in: "all")
    builder.step("one", in: "inner")
    builder.step("two", depends: ["one"], in: "inner")
    builder.step("three", in: "all")
    builder.group("order", depends: ["all"])
    builder.step("first", in: "order")
    builder.step("second", depends: ["first"], in: "order")
    var plan = builder.plan
    guard case .group(var group) = plan.nodes[builder["order"]].kind else { return }
    group.style = .sequence
    plan.nodes[builder["order"]].kind = .group(group)
    expectSnapshot(GraphASCII.text(plan), "graph-nested")
  }

  @Test func `the members of a sequence stand in its order, wherever they were declared`() {
    var builder = PlanBuilder("order")
    let order = builder.group("order")
    let first = builder.step("first", in: "order")
    let third = builder.step("third", in: "order")
    let second = builder.group("order/2", in: "order")
    builder.step("left", in: "order/2")
    builder.step("right", in: "order/2")
    var plan = builder.plan
    guard case .group(var group) = plan.nodes[order].kind else { return }
    group.style = .sequence
    group.members = [first, second, third]
    plan.nodes[order].kind = .group(group)
    #expect(
      GraphASCII.text(plan) == """
        ▣ order sequence
          1. first
          2. ▣ order/2 parallel
            ├ left
            └ right
          3. third

        """)
  }

  @Test func `where too many lines would stand side by side, what a step waits for is written behind it`() {
    var builder = PlanBuilder("wide")
    let names = (1...20).map { "part\($0)" }
    for name in names { builder.step(name) }
    builder.step("all", depends: names)
    let text = GraphASCII.text(builder.plan)
    #expect(text.hasPrefix("● part1\n● part2\n"))
    #expect(text.hasSuffix("● all  ← \(names.joined(separator: ", "))\n"))
  }

  @Test func `a sixteen lines wide graph is still drawn`() {
    var builder = PlanBuilder("wide")
    let names = (1...16).map { "part\($0)" }
    for name in names { builder.step(name) }
    builder.step("all", depends: names)
    #expect(!GraphASCII.text(builder.plan).contains("←"))
  }

  @Test func `groups that depend on each other crosswise are drawn all the same`() {
    var builder = PlanBuilder("cross")
    builder.group("a")
    builder.group("b")
    builder.step("a1", in: "a")
    builder.step("b1", depends: ["a1"], in: "b")
    builder.step("a2", depends: ["b1"], in: "a")
    let text = GraphASCII.text(builder.plan)
    for name in ["a1", "b1", "a2"] { #expect(text.contains(name)) }
  }

  @Test func `dot has clusters for groups and colours for states`() {
    expectSnapshot(GraphText(Samples.release(), states: ["build": .succeeded]).dot, "graph-dot")
  }

  @Test func `mermaid has subgraphs for groups and classes for states`() {
    expectSnapshot(
      GraphText(Samples.release(), states: ["build": .succeeded, "lint": .failed]).mermaid, "graph-mermaid")
  }

  @Test func `a name can't break out of its quotes`() {
    var builder = PlanBuilder("odd")
    builder.step("m[x=\"a\\\"]\n")
    #expect(GraphText(builder.plan).dot.contains(#"label="m[x=\"a\\\"] ""#))
    #expect(GraphText(builder.plan).mermaid.contains(##"["m[x=#quot;a\#quot;] "]"##))
  }
}
