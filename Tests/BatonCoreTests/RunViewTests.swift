import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct RunViewTests {
  private static let start = Instant(milliseconds: 1_769_860_800_000)
  private static let seen = Observations(time: start, seed: 1)

  private func view(_ records: [Record], plan: Plan? = nil) -> RunView {
    var view = RunView(run: "k7", plan: plan)
    apply(records, to: &view)
    return view
  }

  private func apply(_ records: [Record], to view: inout RunView) {
    for record in records {
      let seq = view.seq + 1
      view.apply(StampedRecord(seq: seq, time: Self.start + Span(seconds: seq), record: record))
    }
  }

  private var begin: Record {
    .runStarted(
      RunStarted(
        workflow: "w", file: "/w.lua", digest: "d", params: ["n": 1], observations: Self.seen, by: "ann",
        options: RunOptions()))
  }

  private func attempt(_ step: String, _ number: Int, _ outcome: Outcome) -> AttemptEnd {
    AttemptEnd(step: step, number: number, outcome: outcome, started: Self.start, ended: Self.start + Span(seconds: 2))
  }

  private func started(_ step: String, _ number: Int = 1) -> Record {
    .attemptStarted(StepAttempt(step: step, number: number), executor: "local", pid: 7)
  }

  private func succeeded(_ step: String, _ number: Int = 1, values: [String: Value] = [:]) -> Record {
    .stepEnded(StepEnd(step: step, status: .succeeded, attempt: attempt(step, number, .succeeded), values: values))
  }

  @Test func `a run took as long as it was driven, and a step as long as all of its attempts`() {
    // A second a record.
    var view = view([
      begin, started("a"), .stepEnded(StepEnd(step: "a", status: .failed, attempt: attempt("a", 1, .exited(1)))),
    ])
    let end = Self.start + Span(seconds: 4)
    view.apply(StampedRecord(seq: 4, time: end, record: .runEnded(.failed, reason: nil)))
    #expect(view.duration(at: end + Span(seconds: 50)) == Span(seconds: 3))
    // Carried on after an hour, and once more after its driver died.
    let again = end + Span(seconds: 3600)
    let resumed = Record.runResumed(RunResumed(by: "ann", digest: "d", observations: Self.seen))
    view.apply(StampedRecord(seq: 5, time: again, record: resumed))
    #expect(view.duration(at: again + Span(seconds: 2)) == Span(seconds: 5))
    view.apply(StampedRecord(seq: 6, time: again + Span(seconds: 2), record: started("a", 2)))
    let third = again + Span(seconds: 7200)
    view.apply(StampedRecord(seq: 7, time: third, record: resumed))
    view.apply(StampedRecord(seq: 8, time: third + Span(seconds: 1), record: succeeded("a", 3)))
    view.apply(StampedRecord(seq: 9, time: third + Span(seconds: 1), record: .runEnded(.succeeded, reason: nil)))
    #expect(view.duration(at: third + Span(seconds: 99)) == Span(seconds: 6))
    // Of the second attempt nobody saw the end.
    #expect(view["a"]?.workDuration(at: third) == Span(seconds: 4))
    #expect(view["a"]?.duration(at: third) == Span(seconds: 2))
  }

  @Test func `steps without a record are pending, and only steps are counted`() {
    var builder = PlanBuilder("w")
    builder.step("a")
    builder.group("g", depends: ["a"])
    builder.step("b", in: "g")
    builder.gate("q", depends: ["g"])
    let view = view([begin, started("a"), succeeded("a")], plan: builder.plan)
    #expect(view.steps.map(\.name) == ["a", "g", "b", "q"])
    #expect(view.counts == [.succeeded: 1, .pending: 1])
    #expect(view.stepCount == 2 && view.endedCount == 1)
    #expect(view["q"]?.kind == .gate && view["b"]?.status == .pending && view["b"]?.line == 3)
  }

  @Test func `what a run is limited not to do is counted apart, until a resumption wants it`() {
    var builder = PlanBuilder("w")
    builder.step("a")
    builder.step("b", depends: ["a"])
    builder.step("c")
    builder.step("d")
    var start = RunStarted(
      workflow: "w", file: "/w.lua", digest: "d", params: [:], observations: Self.seen, by: "ann", options: RunOptions()
    )
    start.options.only = ["b"]
    var view = view([.runStarted(start), started("a"), succeeded("a")], plan: builder.plan)
    #expect(view.counts == [.succeeded: 1, .pending: 1] && view.notSelected == 2)
    #expect(view.stepCount == 2 && view["c"]?.outside == .notSelected)
    var late = RunView(run: "k7")
    apply([.runStarted(start), started("a"), succeeded("a")], to: &late)
    late.adopt(builder.plan)
    #expect(late.counts == view.counts && late.notSelected == 2)
    apply([.runResumed(RunResumed(by: "ann", digest: "d", observations: Self.seen, only: ["c"]))], to: &view)
    #expect(view.counts == [.kept: 1, .pending: 1] && view.notSelected == 2)
    #expect(view["b"]?.outside == .notSelected && view["c"]?.outside == nil)
  }

  @Test func `a step that was taken out of the workflow counts no more, and does again once it is back`() {
    var view = view([
      begin, started("a"), succeeded("a"), started("b"),
      .stepEnded(StepEnd(step: "b", status: .failed, attempt: attempt("b", 1, .exited(1)))),
      .runEnded(.failed, reason: nil),
    ])
    var resumed = RunResumed(by: "ann", digest: "d", observations: Self.seen)
    resumed.removed = ["b"]
    apply([.runResumed(resumed)], to: &view)
    #expect(view.counts == [.kept: 1] && view.stepCount == 1)
    #expect(view["b"]?.reason == RunResumed.removedStep)
    resumed.removed = []
    apply([.runResumed(resumed)], to: &view)
    #expect(view.counts == [.kept: 1, .pending: 1] && view["b"]?.reason == nil)
  }

  @Test func `a run without its plan tells groups and gates from steps by their records`() {
    let view = view([
      begin, .stepEnded(StepEnd(step: "g", status: .succeeded, kind: .group)),
      .gateJudged(GateVerdict(gate: "q", passed: true, findings: [], otherwise: .halt)),
      .expanded(group: "m", axes: ["x": ["1"]]), started("a"),
    ])
    #expect(view.counts == [.running: 1])
    #expect(view["m"]?.axes == ["x": ["1"]])
  }

  @Test func `an attempt that fails and is tried again is retrying, then runs as the next attempt`() {
    var view = view([
      begin, started("a"),
      .attemptFailed(attempt("a", 1, .exited(3)), next: .retry(at: Self.start + Span(seconds: 60))),
    ])
    #expect(view["a"]?.status == .retrying && view.counts == [.retrying: 1])
    #expect(view["a"]?.attempts.first?.outcome == .exited(3))
    apply([started("a", 2)], to: &view)
    #expect(view["a"]?.status == .running && view["a"]?.next == nil && view["a"]?.attempts.count == 2)
    apply([succeeded("a", 2, values: ["v": 1])], to: &view)
    #expect(view["a"]?.attempts.map(\.outcome) == [.exited(3), .succeeded])
    #expect(view["a"]?.values == ["v": 1])
  }

  @Test func `progress belongs to the attempt that reported it`() {
    var view = view([begin, started("a"), .progress(step: "a", attempt: 1, fraction: 0.5, text: "half")])
    #expect(view["a"]?.fraction == 0.5 && view["a"]?.text == "half")
    apply([.progress(step: "a", attempt: 1, fraction: 0.7, text: nil)], to: &view)
    #expect(view["a"]?.fraction == 0.7 && view["a"]?.text == "half")
    apply([.attemptFailed(attempt("a", 1, .timedOut), next: .failOver(to: 0)), started("a", 2)], to: &view)
    #expect(view["a"]?.fraction == nil && view["a"]?.text == nil)
  }

  @Test func `a resumption keeps what succeeded, and starts the rest and what is invalidated over`() {
    var view = view([
      begin, started("kept"), succeeded("kept"), started("edited"), succeeded("edited", values: ["v": 1]),
      started("failed"),
      .stepEnded(
        StepEnd(step: "failed", status: .failed, attempt: attempt("failed", 1, .exited(1)), values: ["code": 1])),
      .stepEnded(
        StepEnd(step: "unwanted", status: .skipped, reason: "when said no", fingerprint: Fingerprint(parts: []))),
      .stepEnded(StepEnd(step: "dropped", status: .skipped, reason: "failed failed")), started("cut"),
      .halting(reason: "stop", by: "q"), .cancelRequested(by: "bob", reason: nil), .runEnded(.failed, reason: "x"),
    ])
    #expect(view.status == .failed && view.ended != nil)
    apply(
      [
        .runResumed(
          RunResumed(by: "bob", digest: "d2", observations: Self.seen, invalidated: ["edited": "run changed"]))
      ], to: &view)
    #expect(view.status == .running && view.ended == nil && view.reason == nil && view.digest == "d2")
    #expect(view.halting == nil && view.cancellation == nil)
    #expect(view["kept"]?.status == .kept)
    #expect(view["edited"]?.status == .pending && view["edited"]?.reason == "run changed")
    #expect(view["edited"]?.values == [:] && view["failed"]?.values == [:])
    #expect(view["failed"]?.status == .pending && view["dropped"]?.status == .pending)
    #expect(view["unwanted"]?.status == .skipped, "skipped by its own `when`: that is settled")
    #expect(view["cut"]?.status == .pending && view["cut"]?.attempts.last?.outcome == .interrupted)
    #expect(view.counts == [.kept: 1, .pending: 4, .skipped: 1])
    #expect(view.resumptions.map(\.resumed.by) == ["bob"])
  }

  @Test func `repairs by hand name who made them`() {
    let view = view([
      begin, started("a"), .stepEnded(StepEnd(step: "a", status: .failed, values: ["code": 1])),
      .runEnded(.failed, reason: nil),
      .runResumed(
        RunResumed(
          by: "bob@forge", digest: "d", observations: Self.seen, skipped: ["b"], set: ["a": ["version": "2"]])),
    ])
    #expect(view["a"]?.status == .succeeded && view["a"]?.values == ["version": "2"])
    #expect(view["a"]?.reason == "values set by bob@forge")
    #expect(view["b"]?.status == .skipped && view["b"]?.reason == "skipped by bob@forge")
  }

  @Test func `a run whose driver is gone is interrupted, and nothing of it runs`() {
    var view = view([begin, started("a"), started("b"), succeeded("b")])
    view.markInterrupted()
    #expect(view.status == .interrupted && view.counts == [.pending: 1, .succeeded: 1])
  }

  @Test func `where the driver died, what ran is cancelled with the run`() {
    let view = view([
      begin, started("a"), .cancelRequested(by: "bob", reason: nil), .runEnded(.cancelled, reason: "cancelled by bob"),
    ])
    #expect(view["a"]?.status == .cancelled && view["a"]?.attempts.last?.outcome == .cancelled)
    #expect(view.counts == [.cancelled: 1])
  }

  @Test func `an attempt that is cut off waits for the run to be resumed`() {
    let view = view([
      begin, started("a"), .attemptFailed(attempt("a", 1, .interrupted), next: .onResume),
      .runEnded(.interrupted, reason: nil),
    ])
    #expect(view["a"]?.status == .pending && view.status == .interrupted)
  }

  @Test func `metrics, verdicts and messages are kept`() {
    let view = view([
      begin, .metric(step: "a", attempt: 1, name: "p95", value: 1),
      .metric(step: "a", attempt: 1, name: "p95", value: 2),
      .notificationSent(name: "n", key: "k", attempts: 1),
      .notificationFailed(name: "n", key: "k2", attempts: 5, error: "gone"),
      .gateJudged(GateVerdict(gate: "q", passed: false, findings: ["x"], otherwise: .warn)),
    ])
    #expect(view.metrics == ["a": ["p95": 2]])
    #expect(view.notifications.map(\.error) == [nil, "gone"])
    #expect(view.verdicts.map(\.verdict.passed) == [false])
  }
}

@Suite struct RunFolderTests {
  @Test func `the name of a log's file can be told from every other step's`() {
    let folder = ProjectFolder(root: "/p").run("k7")
    #expect(folder.log(step: "build", attempt: 2) == "/p/.baton/runs/k7/logs/build.2.log")
    #expect(RunFolder.fileName(of: "m[x=a,y=1]/n") == "m[x=a,y=1]%2Fn")
    #expect(RunFolder.fileName(of: "a%2Fb") == "a%252Fb")
    let long = String(repeating: "x", count: 300)
    #expect(RunFolder.fileName(of: long).utf8.count <= 200)
    #expect(RunFolder.fileName(of: long) != RunFolder.fileName(of: long + "y"))
  }

  @Test func `a project may lie at the root`() { #expect(ProjectFolder(root: "/").database == "/.baton/baton.db") }
}
