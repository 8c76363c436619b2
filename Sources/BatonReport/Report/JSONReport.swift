import BatonCore
import BatonModel

/// `baton report --format json`: everything that is known of a run, for programs.
///
/// One object. `schema` is the number of this layout; it grows when a field goes or changes its meaning, not when one is added.
/// What is not known is null or an empty list. Times are RFC 3339 in UTC, durations milliseconds (`…_ms`), rates 0…1.
///
/// ```
/// { "schema": 1,
///   "verdict": "Failed: 3 of 10,000 tests fail, for 2 causes.",
///   "run": { … as `baton show --json` … },
///   "tests": { "total", "passed", "failed", "skipped", "quarantined", "flaky", "pass_rate", "duration_ms",
///     "cases": [ { "step", "suite", "class", "name", "parameters", "title", "status": "passed|failed|errored|skipped",
///       "duration_ms", "message", "type", "details", "file", "line", "tags", "attachments", "flaky", "new_failure",
///       "quarantine" (until when, by whom and why: then a failure fails nothing, and counts in "quarantined" alone),
///       "attempts": [ { "n", "status" } ] } ] } or null: no step read results,
///   "cached": [ { "step", "run", "attempt" } ] of steps whose results came out of the cache,
///   "problems": [ { "step", "text" } ],
///   "causes": [ { "message", "type", "cases": [ position in tests.cases ], "stack": [ … ], … as `causes` of `show --json` } ],
///   "flaky": [ … as `baton tests --json` … ],
///   "trend": [ … as `points` of `baton tests trends --json` … ],
///   "change": { "run", "status", "started", "new_failures", "fixed", "still_failing", "added", "removed",
///     "commits": [ { "commit", "author", "subject" } ], "commit_count" or null: not known, "commits_problem",
///     "compares_tests", "script_changed" } or null,
///   "gates": [ { "gate", "passed", "findings", "measured": { metric: value }, "otherwise", "time",
///     "answers": [ { "answer": "approved|overridden|rejected", "by", "role", "reason", "time" } ],
///     "overridden": null | { "by", "reason", "time" } } ],
///   "performance": [ { "step", "name", "value", "unit", "baseline", "samples", "change", "judgement":
///     "better|worse|same|unknown", "method" } ],
///   "findings": [ { "step", "tool", "rule", "severity": "critical|high|medium|low|note", "message", "file", "line",
///     "first_run", "first_seen" } ] or null: no step read findings,
///   "coverage": { "lines", "covered", "rate", "changed": { "base", "lines", "covered", "gaps" } or null,
///     "files": [ { "file", "lines", "covered" } ] } or null,
///   "quality": { "score", "grade", "capped", "formula", "parts": [ { "name", "value", "weight", "evidence" } ], "unknown" } or null,
///   "recommendations": [ { "rule", "evidence", "action" } ],
///   "environment": [ { "name", "value" } ],
///   "artifacts": [ { "step", "name", "path", "bytes" } ],
///   "output": [ { "step", "attempt", "text", "cut" } ],
///   "graph": { "nodes": [ { "name", "kind", "status", "detail" } ], "edges": [ [ from, to ] ] } or null,
///   "missing": [ { "what", "how" } ] }
/// ```
public enum JSONReport {
  public static let schema: Int64 = 1

  public static func value(_ data: ReportData) -> Value {
    [
      "schema": .integer(schema), "verdict": .string(ReportVerdict(data: data).sentence),
      "run": ShowJSON.value(data.view),
      "tests": tests(data),
      "cached": .list(
        data.cached.map {
          ["step": .string($0.step), "run": .string($0.origin.run), "attempt": integer($0.origin.attempt)]
        }),
      "problems": .list(data.problems.map { ["step": .string($0.step), "text": .string($0.text)] }),
      "causes": .list(data.causes.map { cause($0) }), "flaky": .list(data.flaky.map { CasesText.json($0) }),
      "trend": .list(data.trend.map { TrendsText.json($0) }), "change": data.change.map { change($0) } ?? .null,
      "gates": .list(data.verdicts.map { gate($0, data) }),
      "performance": .list(data.performance.map { performance($0) }),
      "findings": data.hasFindings ? .list(data.findings.map { finding($0) }) : .null,
      "coverage": data.coverage.map { coverage($0) } ?? .null,
      "quality": data.quality.map { QualityText.json($0) } ?? .null,
      "recommendations": QualityText.json(data.recommendations),
      "environment": .list(data.environment.map { ["name": .string($0.name), "value": .string($0.value)] }),
      "artifacts": .list(
        data.artifacts.map {
          [
            "step": .string($0.step), "name": .string($0.name), "path": text($0.path),
            "bytes": $0.size.map { .integer($0.bytes) } ?? .null,
          ]
        }),
      "output": .list(
        data.tails.map {
          [
            "step": .string($0.step), "attempt": integer($0.attempt), "text": .string($0.text), "cut": .bool($0.isCut),
          ]
        }),
      "graph": data.graph.map { graph($0) } ?? .null,
      "missing": .list(ReportGaps.of(data).map { ["what": .string($0.what), "how": .string($0.how)] }),
    ]
  }

  private static func tests(_ data: ReportData) -> Value {
    guard data.hasTests else { return .null }
    let totals = data.totals
    return [
      "total": integer(totals.tests), "passed": integer(totals.passed), "failed": integer(totals.failed),
      "skipped": integer(totals.skipped), "quarantined": integer(totals.quarantined), "flaky": integer(totals.flaky),
      "pass_rate": number(totals.passRate),
      "duration_ms": .integer(totals.duration.milliseconds), "cases": .list(data.cases.map { testCase($0) }),
    ]
  }

  private static func testCase(_ item: ReportCase) -> Value {
    let outcome = item.outcome
    return [
      "step": .string(item.step), "suite": .string(outcome.suite), "class": .string(outcome.className),
      "name": .string(outcome.name), "parameters": .string(outcome.parameters), "title": .string(item.title),
      "status": .string(item.status.rawValue),
      "duration_ms": outcome.duration.map { .integer($0.milliseconds) } ?? .null,
      "message": text(outcome.message), "type": text(outcome.type), "details": text(outcome.details),
      "file": text(outcome.file), "line": outcome.line.map { integer($0) } ?? .null,
      "tags": strings(outcome.tags), "attachments": strings(outcome.attachments), "flaky": .bool(item.isFlaky),
      "new_failure": item.isNewFailure.map { .bool($0) } ?? .null, "quarantine": text(item.quarantine),
      "attempts": .list(
        item.attempts.map { ["n": integer($0.number), "status": .string($0.status.rawValue)] }),
    ]
  }

  private static func cause(_ cause: FailureCause) -> Value {
    var fields = ClustersText.fields(cause.cluster)
    fields["type"] = text(cause.type)
    fields["cases"] = .list(cause.cases.map { integer($0) })
    fields["tests"] = strings(cause.cluster.cases)
    fields["stack"] = strings(cause.stack)
    return .map(fields)
  }

  private static func change(_ change: ReportChange) -> Value {
    [
      "run": .string(change.run), "status": .string(change.status.rawValue), "started": time(change.started),
      "new_failures": strings(change.newFailures), "fixed": strings(change.fixed),
      "still_failing": strings(change.stillFailing), "added": integer(change.added), "removed": integer(change.removed),
      "commits": change.log.map { ClustersText.commits($0) } ?? .list([]),
      "commit_count": change.log.flatMap { $0.problem == nil ? integer($0.count) : nil } ?? .null,
      "commits_problem": text(change.log?.problem), "compares_tests": .bool(change.comparesTests),
      "script_changed": .bool(change.isScriptChanged),
    ]
  }

  private static func gate(_ judged: RunView.Judged, _ data: ReportData) -> Value {
    [
      "gate": .string(judged.verdict.gate), "passed": .bool(judged.verdict.passed),
      "findings": strings(judged.verdict.findings), "measured": .map(judged.verdict.measured.mapValues { .number($0) }),
      "otherwise": .string(judged.verdict.otherwise.rawValue), "time": time(judged.time),
      "answers": .list(data.view.answers.filter { $0.step == judged.verdict.gate }.map { WaitText.value($0) }),
      "overridden": OverrideText.value(judged.verdict.gate, data.view),
    ]
  }

  private static func performance(_ entry: PerformanceEntry) -> Value {
    [
      "step": .string(entry.step), "name": .string(entry.name), "value": number(entry.value), "unit": text(entry.unit),
      "baseline": number(entry.baseline), "samples": integer(entry.samples), "change": number(entry.change),
      "judgement": .string(entry.judgement.rawValue), "method": .string(entry.method),
    ]
  }

  private static func finding(_ item: ReportFinding) -> Value {
    let finding = item.finding
    return [
      "step": .string(item.step), "tool": .string(finding.tool), "rule": .string(finding.rule),
      "severity": .string(finding.severity.rawValue), "message": .string(finding.message), "file": text(finding.file),
      "line": finding.line.map { integer($0) } ?? .null, "first_run": text(item.firstRun),
      "first_seen": time(item.firstSeen),
    ]
  }

  private static func coverage(_ coverage: ReportCoverage) -> Value {
    [
      "lines": integer(coverage.lines), "covered": integer(coverage.covered), "rate": number(coverage.rate),
      "changed": coverage.changed.map {
        [
          "base": .string($0.base), "lines": integer($0.lines), "covered": integer($0.covered),
          "gaps": strings($0.gaps),
        ]
      } ?? .null,
      "files": .list(
        coverage.files.map {
          ["file": .string($0.name), "lines": integer($0.lines), "covered": integer($0.covered)]
        }),
    ]
  }

  private static func graph(_ graph: ReportGraph) -> Value {
    [
      "nodes": .list(
        graph.nodes.map {
          [
            "name": .string($0.name), "kind": .string($0.kind.rawValue), "status": .string($0.status.rawValue),
            "detail": text($0.detail),
          ]
        }), "edges": .list(graph.edges.map { .list([integer($0.from), integer($0.to)]) }),
    ]
  }

  private static func integer(_ number: Int) -> Value { .integer(Int64(number)) }
  /// JSON knows no infinity.
  private static func number(_ number: Double?) -> Value { number.flatMap { $0.isFinite ? .number($0) : nil } ?? .null }
  private static func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
  private static func strings(_ texts: [String]) -> Value { .list(texts.map { .string($0) }) }
  private static func time(_ moment: Instant?) -> Value { moment.map { .string($0.rfc3339) } ?? .null }
}
