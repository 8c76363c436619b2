import BatonCore
import BatonModel

/// `baton tests`: what is known of test cases over time.
public enum CasesText {
  public static func table(
    _ cases: [CaseHistory], now: Instant, clock: WallClock, palette: Palette = .plain
  ) -> String {
    var table = TextTable(
      ["", "TEST", "PASSED", "FLAKY", "MEDIAN", "P95", "LAST SEEN", ""], rightAligned: [2, 4, 5])
    for test in cases {
      let isFailing = test.lastStatus.isFailure
      table.add([
        .init(isFailing ? "✗" : "✓", isFailing ? .red : .green), .init(test.identity.text.harmless),
        .init(test.passRate.map { "\(ResultsText.percent($0)) of \(test.executed)" } ?? "skipped"),
        .init(flakiness(test), test.flakiness == .none ? .dim : .yellow),
        .init(test.median?.text ?? ""), .init(test.p95?.text ?? ""), .init(clock.date(test.lastSeen)),
        .init(DisplayWidth.truncated(remark(test).harmless, to: 60), .dim),
      ])
    }
    return table.text(palette)
  }

  private static func flakiness(_ test: CaseHistory) -> String {
    switch test.flakiness {
    case .proven: "proven (\(test.proofs))"
    case .suspected: "suspected"
    case .none: ""
    }
  }

  private static func remark(_ test: CaseHistory) -> String {
    guard test.lastStatus.isFailure else { return "" }
    let since = test.failingSinceRun.map { "fails since \($0)" } ?? ""
    return [since, test.lastMessage ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  /// The history of one case.
  public static func text(
    _ test: CaseHistory, _ outcomes: [CaseOutcome], clock: WallClock, palette: Palette = .plain
  ) -> String {
    var rows: [(String, String)] = []
    if !test.identity.suite.isEmpty { rows.append(("suite", test.identity.suite)) }
    rows.append(
      ("passed", "\(test.passed) of \(test.executed)" + (test.passRate.map { " (\(ResultsText.percent($0)))" } ?? "")))
    if test.skipped > 0 { rows.append(("skipped", "\(test.skipped)")) }
    if let median = test.median, let p95 = test.p95 {
      rows.append(("duration", "median \(median.text), p95 \(p95.text)"))
    }
    rows.append(("recent", test.recent))
    let rate = test.flipRate.map { " (\(ResultsText.percent($0)))" } ?? ""
    switch test.flakiness {
    case .proven:
      rows.append(("flaky", "proven: it passed and failed with the same code \(PlanText.count(test.proofs, "time"))"))
    case .suspected:
      rows.append(("flaky", "suspected: \(test.flips) of its last \(test.recent.utf8.count) outcomes changed\(rate)"))
    case .none:
      rows.append(
        (
          "flaky",
          test.recent.utf8.count < Flakiness.leastOutcomes
            ? "not known to be: too little data (\(test.recent.utf8.count) of \(Flakiness.leastOutcomes) outcomes)"
            : "no"
        ))
    }
    rows.append(("first", "\(clock.date(test.firstSeen)) in run \(test.firstRun)"))
    rows.append(("last", "\(clock.date(test.lastSeen)) in run \(test.lastRun), step \(test.lastStep)"))
    if let since = test.failingSince, let run = test.failingSinceRun {
      rows.append(("failing", "since \(clock.date(since)), run \(run)"))
    }
    var text = "\(palette(.bold, test.identity.text.harmless))\n"
    text += rows.map { "  \(palette(.dim, DisplayWidth.padded($0.0, to: 10)))\($0.1.harmless)\n" }.joined()
    guard !outcomes.isEmpty else { return text }
    var table = TextTable(["", "RUN", "STEP", "TIME", "WHEN", "COMMIT", ""], rightAligned: [3])
    for outcome in outcomes {
      let shade: Palette.Shade = outcome.status.isFailure ? .red : outcome.status == .skipped ? .dim : .green
      let attempt = outcome.attempt > 1 ? " #\(outcome.attempt)" : ""
      let commit = outcome.code.map { String($0.commit.prefix(10)) + ($0.isDirty == true ? "+" : "") } ?? ""
      table.add([
        .init(outcome.status.isFailure ? "✗" : outcome.status == .skipped ? "-" : "✓", shade), .init(outcome.run),
        .init("\(outcome.step)\(attempt)".harmless), .init(outcome.duration?.text ?? ""),
        .init(clock.date(outcome.time)), .init(commit, .dim),
        .init(DisplayWidth.truncated((outcome.message ?? "").harmless, to: 60), .dim),
      ])
    }
    return text + "\n" + table.text(palette, indent: 2)
  }

  public static func json(_ test: CaseHistory) -> Value {
    [
      "test": .string(test.identity.text), "suite": .string(test.identity.suite),
      "class": .string(test.identity.className), "name": .string(test.identity.name),
      "parameters": .string(test.identity.parameters), "cell": .string(test.identity.cell),
      "passed": .integer(Int64(test.passed)), "failed": .integer(Int64(test.failed)),
      "skipped": .integer(Int64(test.skipped)), "pass_rate": test.passRate.map { .number($0) } ?? .null,
      "recent": .string(test.recent), "flips": .integer(Int64(test.flips)),
      "flip_rate": test.flipRate.map { .number($0) } ?? .null, "flaky": .string(test.flakiness.rawValue),
      "proofs": .integer(Int64(test.proofs)), "median_ms": milliseconds(test.median), "p95_ms": milliseconds(test.p95),
      "first_seen": .string(test.firstSeen.rfc3339), "first_run": .string(test.firstRun),
      "last_seen": .string(test.lastSeen.rfc3339), "last_run": .string(test.lastRun),
      "last_status": .string(test.lastStatus.rawValue), "last_step": .string(test.lastStep),
      "last_commit": test.lastCommit.map { .string($0) } ?? .null,
      "last_message": test.lastMessage.map { .string($0) } ?? .null,
      "failing_since": test.failingSince.map { .string($0.rfc3339) } ?? .null,
      "failing_since_run": test.failingSinceRun.map { .string($0) } ?? .null,
    ]
  }

  public static func json(_ test: CaseHistory, _ outcomes: [CaseOutcome]) -> Value {
    guard case .map(var fields) = json(test) else { return .null }
    fields["outcomes"] = .list(
      outcomes.map { outcome in
        [
          "run": .string(outcome.run), "step": .string(outcome.step), "attempt": .integer(Int64(outcome.attempt)),
          "status": .string(outcome.status.rawValue), "duration_ms": milliseconds(outcome.duration),
          "time": .string(outcome.time.rfc3339), "message": outcome.message.map { .string($0) } ?? .null,
          "commit": outcome.code.map { .string($0.commit) } ?? .null,
          "branch": outcome.code?.branch.map { .string($0) } ?? .null,
          "dirty": outcome.code?.isDirty.map { .bool($0) } ?? .null,
        ]
      })
    return .map(fields)
  }

  private static func milliseconds(_ span: Span?) -> Value {
    span.map { .number(Double($0.nanoseconds) / 1e6) } ?? .null
  }
}
