import BatonCore
import BatonModel
import BatonReport
import Testing

@Suite struct RunTextTests {
  private var failed: RunView { RunView(run: "k7f2m3q9", records: Samples.failedRun, plan: Samples.release()) }

  @Test func `show tells of a run's steps, attempts, values, gates and messages`() {
    expectSnapshot(ShowText.text(failed, now: Samples.at(9000), clock: .utc), "show-failed")
  }

  @Test func `show as JSON has the shape that the command line's page lays down`() {
    let value = ShowJSON.value(failed)
    expectSnapshot(JSON.encodePretty(value) + "\n", "show-json")
    let keys: [String] = [
      "run", "workflow", "status", "exit_code", "started", "finished", "params", "counts", "steps", "tests",
    ]
    for key in keys { #expect(value[key] != nil, "\(key)") }
    let step = value["steps"]?.list?.first
    for key in ["step", "status", "attempts", "values", "reason"] { #expect(step?[key] != nil, "\(key)") }
    let attempt = step?["attempts"]?.list?.first
    for key in ["n", "status", "code", "signal", "executor", "started", "finished"] {
      #expect(attempt?[key] != nil, "\(key)")
    }
  }

  @Test func `the summary says what failed, why, and which commands come next`() {
    expectSnapshot(SummaryText.text(failed, now: Samples.at(9000)), "summary-failed")
  }

  @Test func `what a gate refused for is shown once`() throws {
    let view = RunView(run: "k7f2m3q9", records: Samples.haltedRun, plan: Samples.release())
    expectSnapshot(ShowText.text(view, now: Samples.at(9000), clock: .utc), "show-halted")
    let report = try #require(WhyReport(run: "k7f2m3q9", step: "quality", records: Samples.haltedRun))
    expectSnapshot(report.text(), "why-gate")
  }

  @Test func `a gate that refused and only warns is not shown as passed, one that passed when it was judged again is`()
  {
    func view(_ passed: [Bool]) -> RunView {
      var records = Samples.haltedRun.prefix(1).map(\.record)
      for verdict in passed {
        records.append(
          .gateJudged(GateVerdict(gate: "quality", passed: verdict, findings: ["tests = 1"], otherwise: .warn)))
        records.append(.stepEnded(StepEnd(step: "quality", status: .succeeded, kind: .gate)))
      }
      var view = RunView(run: "k7f2m3q9", plan: Samples.release())
      for (place, record) in records.enumerated() {
        view.apply(StampedRecord(seq: Int64(place + 1), time: Samples.start, record: record))
      }
      return view
    }
    func line(_ view: RunView) -> String? {
      ShowText.text(view, now: Samples.at(9000), clock: .utc).split(separator: "\n").first {
        $0.contains("  quality  ")
      }
      .map { $0.split(separator: " ").joined(separator: " ") }
    }
    #expect(line(view([false])) == "! quality refused which only warns")
    #expect(line(view([false, true])) == "✓ quality succeeded")
  }

  @Test func `a run whose driver is gone takes no more time, and its next tries wait for a resumption`() {
    var view = RunView(run: "k7f2m3q9", records: Samples.failedRun.prefix(12), plan: Samples.release())
    #expect(ShowText.text(view, now: Samples.at(9000), clock: .utc).contains("exit code 1, again at once"))
    view.markInterrupted()
    for now: Int64 in [2500, 9_000_000] {
      let text = ShowText.text(view, now: Samples.at(now), clock: .utc)
      #expect(text.contains("time      2.0s until the last that is known of it\n"), "\(text)")
      #expect(text.contains("exit code 1, again when the run is resumed"), "\(text)")
    }
  }

  @Test func `the summary of a run that succeeded is one line`() {
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("build")), (900, Samples.succeeded("build", 1, 900)),
      (1000, .runEnded(.succeeded, reason: nil)),
    ])
    let view = RunView(run: "k7f2m3q9", records: records)
    #expect(SummaryText.text(view, now: Samples.at(1000)) == "✓ release succeeded in 1.0s: 1 succeeded  run k7f2m3q9\n")
  }

  @Test func `a step whose tests failed names what they have in common, the most frequent first`() {
    var summary = ResultSummary()
    summary.failed = 9
    summary.causes = (1...5).map {
      ResultSummary.Cause(key: Int64($0), message: "no \u{1B}[31mtill \($0)", first: "c.t\($0)", cases: 6 - $0)
    }
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("unit")),
      (2, .measured(Measured(step: "unit", attempt: 1, summary: summary, sources: "s"))),
      (3, .stepEnded(StepEnd(step: "unit", status: .failed, attempt: Samples.end("unit", 1, .exited(1), 1, 3)))),
      (4, .runEnded(.failed, reason: nil)),
    ])
    let text = SummaryText.text(RunView(run: "k7", records: records), now: Samples.at(4))
    #expect(text.contains("  ✗ unit: exit code 1\n    no "), "\(text)")
    #expect(text.contains("till 1 (c.t1 and 4 more)\n    no "), "\(text)")
    #expect(text.contains("till 3 (c.t3 and 2 more)\n    and 2 more causes\n"), "\(text)")
    #expect(!text.contains("\u{1B}"))
  }

  @Test func `what an earlier attempt failed of is not told of a last one that has no results`() {
    var summary = ResultSummary()
    summary.failed = 1
    summary.causes = [ResultSummary.Cause(key: 1, message: "no till", first: "c.t", cases: 1)]
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("unit")),
      (2, .measured(Measured(step: "unit", attempt: 1, summary: summary, sources: "s"))),
      (3, .attemptFailed(Samples.end("unit", 1, .exited(1), 1, 3), next: .retry(at: Samples.at(4)))),
      (
        5,
        .stepEnded(
          StepEnd(step: "unit", status: .failed, attempt: Samples.end("unit", 2, .unstartable("no disk"), 4, 5)))
      ), (6, .runEnded(.failed, reason: nil)),
    ])
    let text = SummaryText.text(RunView(run: "k7", records: records), now: Samples.at(6))
    #expect(text.contains("unit: no disk") && !text.contains("no till"), "\(text)")
  }

  @Test func `a command to type next quotes what a shell would not take as it is`() {
    let step = "e2e[os=it's]"
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started(step)),
      (2, .stepEnded(StepEnd(step: step, status: .failed, attempt: Samples.end(step, 1, .exited(2), 1, 2)))),
      (3, .runEnded(.failed, reason: nil)),
    ])
    let text = SummaryText.text(RunView(run: "k7", records: records), now: Samples.at(3))
    #expect(text.contains(#"baton logs k7 'e2e[os=it'\''s]'"#))
  }

  @Test func `runs are listed in aligned columns`() {
    let runs = [
      RunListing(
        id: "k7f2m3q9", workflow: "release", file: "/p/release.lua", status: .failed, started: Samples.at(0),
        ended: Samples.at(65_000), counts: [.succeeded: 12, .failed: 1], driver: nil),
      RunListing(
        id: "b2", workflow: "nightly-of-the-shop", file: "/p/n.lua", status: .running, started: Samples.at(0),
        ended: nil,
        counts: [.running: 2, .pending: 1], driver: "pid 12 on forge"),
    ]
    expectSnapshot(RunsTable.text(runs, now: Samples.at(7_200_000), clock: .utc), "runs")
    expectSnapshot(JSON.encodePretty(RunsTable.json(runs, now: Samples.at(7_200_000))) + "\n", "runs-json")
  }

  @Test func `events are one line each, and what is no event for people has none`() {
    let lines = Samples.failedRun.compactMap { EventsText.line($0, clock: .utc) }
    expectSnapshot(lines.joined(), "events")
    #expect(lines.count == Samples.failedRun.count - 1, "all but the intention")
  }

  @Test func `why names the parts of the work that differ, with both values`() throws {
    let before = Fingerprint(parts: [.init(name: "env.CC", value: "gcc"), .init(name: "run", value: "make")])
    let after = Fingerprint(parts: [.init(name: "inputs", value: "digest:ab"), .init(name: "run", value: "make all")])
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("build")), (900, Samples.succeeded("build", 1, 900, fingerprint: before)),
      (1000, .runEnded(.failed, reason: nil)),
      (
        5000,
        .runResumed(
          RunResumed(
            by: "bob@forge", digest: "d2", observations: Observations(time: Samples.start, seed: 1),
            invalidated: ["build": "run changed"]))
      ), (5001, Samples.started("build", 2)),
      (5900, Samples.succeeded("build", 5001, 5900, number: 2, fingerprint: after)),
      (6000, .runEnded(.succeeded, reason: nil)),
    ])
    let report = try #require(WhyReport(run: "k7", step: "build", records: records))
    expectSnapshot(report.text(), "why")
    expectSnapshot(JSON.encodePretty(report.json) + "\n", "why-json")
    #expect(WhyReport(run: "k7", step: "biuld", records: records) == nil)
  }

  @Test func `why says of a kept step that its work was unchanged`() throws {
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("build")), (900, Samples.succeeded("build", 1, 900)),
      (5000, .runResumed(RunResumed(by: "bob", digest: "d", observations: Observations(time: Samples.start, seed: 1)))),
    ])
    let report = try #require(WhyReport(run: "k7", step: "build", records: records))
    #expect(report.status == .kept)
    #expect(report.because.last == "it succeeded before the run was resumed, and its work was unchanged")
  }
}
