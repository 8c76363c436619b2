import BatonCore
import BatonModel
import BatonReport
import BatonTestKit

/// The plan and the runs that the snapshots show.
enum Samples {
  /// build → checks (lint, types) and e2e (three cells) → quality → deploy.
  static func release() -> Plan {
    var builder = PlanBuilder("release") {
      $0.description = "Build, test and ship"
      $0.values = ["environment": "staging", "shards": 4]
    }
    builder.step("build", run: .shell(.plain("make dist\n  echo done"))) {
      $0.inputs = [.plain("src/**")]
      $0.outputs = [.plain("dist/app.tar.gz")]
      $0.cache = .on
    }
    builder.group("checks")
    builder.step("lint", run: .shell(.plain("make lint")), in: "checks")
    builder.step("types", run: .shell(.plain("make types")), in: "checks") { $0.timeout = Span(seconds: 300) }
    builder.group("e2e", max: 2, depends: ["build", "checks"])
    for cell in ["browser=chrome,os=linux", "browser=chrome,os=mac", "browser=firefox,os=linux"] {
      builder.step("e2e[\(cell)]", run: .program([.plain("npm"), .plain("run it")]), in: "e2e") {
        $0.retry = RetryPolicy(attempts: 3)
      }
    }
    builder.gate(
      "quality", require: [Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.98))],
      depends: ["e2e"])
    builder.step(
      "deploy",
      run: .shell(
        .dynamic(.concat([.literal("deploy --version "), .ref(Ref(step: "build", path: [.name("version")]))]))),
      depends: ["quality", "build"]
    ) { $0.tags = ["ship"] }
    return builder.plan
  }

  static let start = Instant(milliseconds: 1_769_860_800_000)

  static func at(_ milliseconds: Int64) -> Instant { start + Span(milliseconds: milliseconds) }

  /// Records at their times in milliseconds, numbered from 1.
  static func records(_ records: [(Int64, Record)]) -> [StampedRecord] {
    records.enumerated().map { StampedRecord(seq: Int64($0.offset + 1), time: at($0.element.0), record: $0.element.1) }
  }

  static var begin: Record {
    .runStarted(
      RunStarted(
        workflow: "release", file: "/project/release.lua", digest: "d1", params: ["environment": "staging"],
        observations: Observations(time: start, seed: 1), by: "ann@forge", options: RunOptions()))
  }

  static func started(_ step: String, _ number: Int = 1) -> Record {
    .attemptStarted(StepAttempt(step: step, number: number), executor: "local", pid: 42)
  }

  static func end(_ step: String, _ number: Int, _ outcome: Outcome, _ from: Int64, _ to: Int64) -> AttemptEnd {
    AttemptEnd(step: step, number: number, outcome: outcome, started: at(from), ended: at(to))
  }

  static func succeeded(
    _ step: String, _ from: Int64, _ to: Int64, number: Int = 1, values: [String: Value] = [:],
    fingerprint: Fingerprint? = Fingerprint(parts: [.init(name: "run", value: "x")])
  ) -> Record {
    .stepEnded(
      StepEnd(
        step: step, status: .succeeded, attempt: end(step, number, .succeeded, from, to), values: values,
        fingerprint: fingerprint))
  }

  /// A run in which one cell succeeds at its second attempt, another fails, and the gate refuses.
  static var failedRun: [StampedRecord] {
    let linux = "e2e[browser=chrome,os=linux]"
    let mac = "e2e[browser=chrome,os=mac]"
    let firefox = "e2e[browser=firefox,os=linux]"
    return records([
      (0, begin), (1, .intended([StepAttempt(step: "build", number: 1)])), (2, started("build")), (3, started("lint")),
      (500, succeeded("lint", 3, 500)),
      (
        600,
        .stepEnded(
          StepEnd(
            step: "types", status: .cached, reason: "its inputs are unchanged", fingerprint: Fingerprint(parts: [])))
      ),
      (601, .stepEnded(StepEnd(step: "checks", status: .succeeded, kind: .group))),
      (1200, succeeded("build", 2, 1200, values: ["version": "1.4.2"])), (1201, started(linux)), (1202, started(mac)),
      (1500, .progress(step: linux, attempt: 1, fraction: 0.5, text: "shard 2 of 4")),
      (2000, .attemptFailed(end(linux, 1, .exited(1), 1201, 2000), next: .retry(at: at(4000)))),
      (3200, .stepEnded(StepEnd(step: mac, status: .failed, attempt: end(mac, 1, .signaled(9), 1202, 3200)))),
      (4000, started(linux, 2)), (5000, succeeded(linux, 4000, 5000, number: 2)), (5001, started(firefox)),
      (6000, succeeded(firefox, 5001, 6000)),
      (6001, .stepEnded(StepEnd(step: "e2e", status: .failed, reason: "1 of 3 members failed", kind: .group))),
      (6002, .stepEnded(StepEnd(step: "quality", status: .skipped, reason: "e2e failed", kind: .gate))),
      (6003, .stepEnded(StepEnd(step: "deploy", status: .skipped, reason: "quality was skipped"))),
      (6004, .notificationFailed(name: "team", key: "k", attempts: 5, error: "connection refused")),
      (6005, .runEnded(.failed, reason: "1 step failed")),
    ])
  }

  /// A run that a gate halts, for two of three requirements.
  static var haltedRun: [StampedRecord] {
    let why = "pass_rate = 0.5, required >= 0.98; p95_ms is missing: no step that quality depends on reported it"
    return records([
      (0, begin), (1, started("build")), (900, succeeded("build", 1, 900)),
      (
        901,
        .gateJudged(
          GateVerdict(
            gate: "quality", passed: false,
            findings: why.split(separator: ";").map { $0.drop { $0 == " " } }.map(String.init),
            otherwise: .halt))
      ),
      (901, .stepEnded(StepEnd(step: "quality", status: .failed, reason: "refused: \(why)", kind: .gate))),
      (901, .halting(reason: why, by: "quality")),
      (901, .stepEnded(StepEnd(step: "deploy", status: .skipped, reason: "the run was halted by quality"))),
      (902, .runEnded(.halted, reason: why)),
    ])
  }
}
