import BatonCore
import BatonModel
import BatonReport
import BatonTestKit
import Testing

/// What durable bodies would do, in plans and pictures.
@Suite struct OutlineTests {
  private var plan: Plan {
    var builder = PlanBuilder("rollout")
    builder.step("build")
    builder.step("rollout", run: .body(Callback(id: 1, digest: "00ff")), depends: ["build"])
    builder.step("report", depends: ["rollout"])
    return builder.plan
  }

  private static func operation(_ kind: String, _ name: String, _ text: String, _ line: Int32) -> BodyOutline.Item {
    .operation(.init(kind: kind, name: name, text: text, line: line), inner: [])
  }

  private let outlines: [NodeIndex: BodyOutline] = [
    1: BodyOutline(
      items: [
        operation("sh", "sh-1", "git describe", 3),
        .operation(
          .init(kind: "step", name: "deploy", text: "body", line: 4),
          inner: [operation("exec", "copy", "cp \"a\" b", 5)]),
        .alternatives(
          condition: "canary.out.errors > 0.01", line: 6, then: [.ends(.halts, "canary failed", line: 7)], otherwise: []
        ),
        .alternatives(
          condition: "signal go.fast", line: 8, then: [operation("sh", "sh-2", "fast", 8)],
          otherwise: [operation("sleep", "", "10m", 9)]),
        .loop(
          text: "while true", line: 10,
          [
            operation("signal", "go", "", 11),
            .alternatives(condition: "signal go.stop", line: 12, then: [.leavesLoop], otherwise: []),
            .together(
              text: "side by side", line: 13, [operation("step", "a", "a", 13), operation("step", "b", "b", 13)]),
          ]),
        operation("effect", "pay", "", 20), .unexplored,
      ], isComplete: false)
  ]

  @Test func `a plan shows below a body what it would do`() {
    let bytes = PlanText.bytes(plan, schedule: PlanSchedule(plan, durations: [:]), jobs: 2, outlines: outlines)
    expectSnapshot(String(decoding: bytes, as: UTF8.self), "plan-outline")
  }

  @Test func `the plan as JSON has the outline of a body`() throws {
    let bytes = PlanJSON.bytes(plan, schedule: PlanSchedule(plan, durations: [:]), jobs: 2, outlines: outlines)
    expectSnapshot(JSON.encodePretty(try JSON.decode(bytes)) + "\n", "plan-outline-json")
  }

  @Test func `pictures draw a body as a cluster, with dashed alternatives`() {
    let graph = GraphText(plan, outlines: outlines)
    expectSnapshot(graph.dot, "graph-outline-dot")
    expectSnapshot(graph.mermaid, "graph-outline-mermaid")
    expectSnapshot(GraphASCII.text(plan, outlines: outlines), "graph-outline")
  }

  @Test func `a replay is told with the trace and the diff`() {
    var replay = Replay(run: "abcd2345", workflow: "rollout", status: .failed)
    replay.bodies = [
      Replay.Body(
        name: "rollout", place: SourcePlace(file: "rollout.lua", line: 5),
        asked: [
          .init(
            kind: .step, key: "step deploy-eu", text: "deploy eu", line: 7,
            answer: .recorded(.value(["step": "rollout/deploy-eu", "status": "succeeded", "out": ["id": 7]]))),
          .init(kind: .sleep, key: "sleep 1", text: "10m", line: 8, answer: .recorded(.value(.null))),
          .init(kind: .effect, key: "effect pay", text: "", line: 9, answer: .recorded(.raised("no money"))),
          .init(kind: .step, key: "step ship", text: "ship", line: 10, answer: .contradicted),
        ],
        ending: .diverges("asked for something else\n  recorded: a\n  asked:    b", reruns: true), recorded: .failed,
        reason: "exit code 1"),
      Replay.Body(
        name: "watch", place: SourcePlace(file: "rollout.lua", line: 20),
        asked: [.init(kind: .signal, key: "signal go", text: "go", line: 21, answer: .open)],
        ending: .waits(["signal go"]), recorded: nil, reason: nil),
    ]
    replay.changes = [
      .init(step: "build", reason: "run changed", differences: [(name: "run", before: "make", now: "make all")])
    ]
    let text = ReplayText(traces: true)
    expectSnapshot(text.text(replay), "replay-trace")
    expectSnapshot(
      ReplayText(traces: false).text(
        [replay, Replay(run: "zzzz2345", workflow: "rollout", status: .succeeded)], file: "rollout.lua",
        others: ["other.lua": 2]), "replay-all")
    expectSnapshot(
      JSON.encodePretty(ReplayJSON.value([replay], others: ["other.lua": 2], traces: true)) + "\n", "replay-json")
  }
}
