import BatonModel

/// Records as the events that `baton events --json` and `--output json` print, one JSON object a line.
///
/// Each has `seq`, `time` (RFC 3339, UTC), `run` and `kind`; what concerns a step, gate or group has `step`, an attempt
/// `attempt` (1-based), something that took time `duration_ms`. The other fields are those of the kind; one that has nothing
/// to tell is left out.
///
/// | kind | fields |
/// | --- | --- |
/// | `run.started` | `workflow`, `file`, `digest`, `params`, `by`, `jobs`, `only`, `tags`, `no_cache`, `code` (`commit`, `branch`, `dirty`), `quarantine` |
/// | `run.resumed` | `by`, `reason`, `digest`, `invalidated` (step → reason), `removed`, `skipped`, `set` (step → values), `only`, `jobs`, `no_cache`, `quarantine` |
/// | `run.STATUS` | `reason`, `exit_code` |
/// | `run.halting`, `run.cancelling` | `reason`, `by` |
/// | `step.started` | `executor`, `pid` |
/// | `step.retrying`, `step.failed_over`, `step.cancelled` (carried on when the run is resumed) | `outcome`, `code`, `signal`, `reason`, `executor`, and `retry_at` or `alternative` |
/// | `step.STATUS`, `gate.STATUS`, `group.STATUS` | `outcome`, `code`, `signal`, `executor`, `reason`, `values`, `allowed` |
/// | `step.progress` | `fraction`, `text` |
/// | `step.checkpoint` | `value` |
/// | `metric` | `name`, `value` |
/// | `test.finished` | `total`, `passed`, `failed`, `skipped`, `flaky`, `pass_rate`, `flaky_rate`, `coverage`, `coverage_changed`, `findings` (severity → count), `metrics` (name → value), `failures`, `flaky_cases`, `worst_findings` (at most 20 each), `quarantined`, `quarantined_cases`, `expired`, `failed_handed_over` (to the next attempt), `all_again` (why it runs all), `retried`, `not_retried`, `not_retried_cases`, `problems`, `file`, `digest` |
/// | `matrix.expanded` | `axes` |
/// | `gate.passed`, `gate.refused` | `findings`, `measured`, `otherwise` |
/// | `body.operated` | `operations`: a list of `{kind, key, text, line, due, result, error}` |
/// | `body.operation_ended` | `key`, `result` or `error` |
/// | `body.forgotten` | `keys`, `reason` |
/// | `gate.waiting`, `step.waiting` | `asks` (`approval`, `override`, `interrupted`), `by`, `quorum`, `until`, `form`, `reason` |
/// | `gate.approved`, `gate.overridden`, `gate.rejected`, `step.approved`, `step.rejected` | `by`, `role`, `reason`, `fields`, `given` |
/// | `signal.received` | `name`, `value`, `by` |
/// | `step.lost` (it runs again once its services are back) | as `step.retrying` |
/// | `service.ready`, `service.recovered`, `service.failed-over`, `service.unhealthy`, `service.stopping` | `reason` |
/// | `service.down` | `reason`, `outcome`, `code`, `signal`, `executor`, `duration_ms`, `restart_at` |
/// | `service.stopped` | as `service.down`, `complaint` where its teardown failed |
/// | `request.refused` | `id`, `reason` |
/// | `notify.sent`, `notify.failed` | `name`, `key`, `attempts`, `error` |
/// | `notify.held`, `notify.left` | `name`, `key` or `keys`, `event` (the kind of what waits) |
public enum EventCoding {
  /// nil for what is a matter of the engine alone: intents to start, and messages that are yet to be sent.
  public static func event(of stamped: StampedRecord, run: String) -> Value? {
    guard let kind = kind(of: stamped.record) else { return nil }
    var fields = fields(of: stamped.record)
    fields["seq"] = .integer(stamped.seq)
    fields["time"] = .string(stamped.time.rfc3339)
    fields["run"] = .string(run)
    fields["kind"] = .string(kind)
    if let step = stamped.record.step { fields["step"] = .string(step) }
    if let attempt = stamped.record.attempt { fields["attempt"] = .integer(Int64(attempt)) }
    return .map(fields.filter { $0.value != .null })
  }

  private static func kind(of record: Record) -> String? {
    switch record {
    case .runStarted: "run.started"
    case .runResumed: "run.resumed"
    case .intended, .notificationDue: nil
    case .attemptStarted: "step.started"
    case .attemptFailed(_, next: .retry): "step.retrying"
    case .attemptFailed(_, next: .failOver): "step.failed_over"
    case .attemptFailed(_, next: .onResume): "step.cancelled"
    case .attemptFailed(_, next: .undo): "step.undoing"
    case .attemptFailed(_, next: .again): "step.lost"
    case .stepEnded(let end): "\(end.kind.rawValue).\(end.status.rawValue)"
    case .expanded: "matrix.expanded"
    case .gateJudged(let verdict): verdict.passed ? "gate.passed" : "gate.refused"
    case .metric: "metric"
    case .measured: "test.finished"
    case .progress: "step.progress"
    case .checkpoint: "step.checkpoint"
    case .halting: "run.halting"
    case .cancelRequested: "run.cancelling"
    case .notificationHeld: "notify.held"
    case .notificationLeft: "notify.left"
    case .notificationSent: "notify.sent"
    case .notificationFailed: "notify.failed"
    case .runEnded(let status, _): "run.\(status.rawValue)"
    case .operated: "body.operated"
    case .operationEnded: "body.operation_ended"
    case .forgotten: "body.forgotten"
    case .asked(let question): "\(question.node.rawValue).waiting"
    case .answered(let answer): "\(answer.node.rawValue).\(answer.verb)"
    case .signalReceived: "signal.received"
    case .requestTaken(_, let refused): refused == nil ? nil : "request.refused"
    case .serviceChanged(let change): change.event.map { "service.\($0)" }
    }
  }

  private static func fields(of record: Record) -> [String: Value] {
    switch record {
    case .runStarted(let start): return fields(of: start)
    case .runResumed(let resumed): return fields(of: resumed)
    case .attemptStarted(_, let executor, let pid, _):
      return ["executor": .string(executor), "pid": pid.map { .integer(Int64($0)) } ?? .null]
    case .attemptFailed(let end, let next):
      var fields = Self.fields(of: end)
      switch next {
      case .retry(let moment): fields["retry_at"] = .string(moment.rfc3339)
      case .failOver(let alternative): fields["alternative"] = .integer(Int64(alternative))
      case .onResume, .undo, .again: break
      }
      return fields
    case .stepEnded(let end):
      var fields = end.attempt.map { Self.fields(of: $0) } ?? [:]
      if let reason = end.reason { fields["reason"] = .string(reason) }
      if !end.values.isEmpty { fields["values"] = .map(end.values) }
      if end.allowed { fields["allowed"] = true }
      return fields
    case .expanded(_, let axes, _): return ["axes": .map(axes)]
    case .gateJudged(let verdict):
      return [
        "findings": RecordCoding.list(verdict.findings),
        "measured": .map(verdict.measured.mapValues { .number($0) }), "otherwise": .string(verdict.otherwise.rawValue),
      ]
    case .measured(let measured):
      var fields = measured.summary.eventFields
      if let origin = measured.origin { fields["cached"] = origin.value }
      return fields
    case .metric(_, _, let name, let value): return ["name": .string(name), "value": .number(value)]
    case .progress(_, _, let fraction, let text):
      return ["fraction": fraction.map { .number($0) } ?? .null, "text": RecordCoding.optional(text)]
    case .checkpoint(_, _, let value): return ["value": value]
    case .halting(let reason, let by): return ["reason": .string(reason), "by": RecordCoding.optional(by)]
    case .cancelRequested(let by, let reason): return ["by": .string(by), "reason": RecordCoding.optional(reason)]
    case .notificationHeld(let name, let key, let event):
      return ["name": .string(name), "key": .string(key), "event": event["kind"] ?? .null]
    case .notificationLeft(let name, let keys): return ["name": .string(name), "keys": RecordCoding.list(keys)]
    case .notificationSent(let name, let key, let attempts):
      return ["name": .string(name), "key": .string(key), "attempts": .integer(Int64(attempts))]
    case .notificationFailed(let name, let key, let attempts, let error):
      return [
        "name": .string(name), "key": .string(key), "attempts": .integer(Int64(attempts)), "error": .string(error),
      ]
    case .runEnded(let status, let reason):
      return ["reason": RecordCoding.optional(reason), "exit_code": .integer(Int64(status.exitCode))]
    case .operated(_, let operations): return ["operations": .list(operations.map { .map(Self.fields(of: $0)) })]
    case .operationEnded(_, let key, let result):
      return Self.fields(of: result).merging(["key": .string(key)]) { first, _ in first }
    case .forgotten(_, let keys, let reason): return ["keys": RecordCoding.list(keys), "reason": .string(reason)]
    case .asked(let question):
      return [
        "asks": .string(question.kind.rawValue), "by": RecordCoding.list(question.by),
        "quorum": .integer(Int64(question.quorum)), "until": question.until.map { .string($0.rfc3339) } ?? .null,
        "form": question.form.isEmpty ? .null : .list(question.form.map(\.value)),
        "reason": RecordCoding.optional(question.reason),
      ]
    case .answered(let answer):
      return [
        "by": .string(answer.by), "role": answer.role.isEmpty ? .null : .string(answer.role),
        "reason": RecordCoding.optional(answer.reason),
        "fields": answer.fields.isEmpty ? .null : .map(answer.fields), "given": .string(answer.given.rfc3339),
      ]
    case .signalReceived(let signal):
      return ["name": .string(signal.name), "value": signal.value, "by": .string(signal.by)]
    case .serviceChanged(let change):
      var fields = change.end.map { Self.fields(of: $0) } ?? [:]
      if let reason = change.reason { fields["reason"] = .string(reason) }
      if let complaint = change.complaint { fields["complaint"] = .string(complaint) }
      if let until = change.until { fields["restart_at"] = .string(until.rfc3339) }
      return fields
    case .requestTaken(let id, let refused): return ["id": .integer(id), "reason": RecordCoding.optional(refused)]
    case .intended, .notificationDue: return [:]
    }
  }

  private static func fields(of operation: Operation) -> [String: Value] {
    var fields: [String: Value] = [
      "kind": .string(operation.kind.rawValue), "key": .string(operation.key), "text": .string(operation.text),
      "line": .integer(Int64(operation.line)),
    ]
    if let due = operation.due { fields["due"] = .string(due.rfc3339) }
    if let result = operation.result { fields.merge(Self.fields(of: result)) { first, _ in first } }
    return fields
  }

  private static func fields(of result: OperationResult) -> [String: Value] {
    switch result {
    case .value(let value): ["result": value]
    case .raised(let message): ["error": .string(message)]
    }
  }

  private static func fields(of start: RunStarted) -> [String: Value] {
    var fields: [String: Value] = [
      "workflow": .string(start.workflow), "file": .string(start.file), "digest": .string(start.digest),
      "params": .map(start.params), "by": .string(start.by),
    ]
    if let jobs = start.options.jobs { fields["jobs"] = .integer(Int64(jobs)) }
    if !start.options.only.isEmpty { fields["only"] = RecordCoding.list(start.options.only) }
    if !start.options.tags.isEmpty { fields["tags"] = RecordCoding.list(start.options.tags) }
    if start.options.noCache { fields["no_cache"] = true }
    if let scope = start.options.changes {
      fields["changed_since"] = [
        "revision": .string(scope.changes.since), "commit": .string(scope.changes.commit),
        "files": .integer(Int64(scope.changes.files.count)), "left_out": .integer(Int64(scope.leftOut.count)),
      ]
    }
    if let code = start.code { fields["code"] = code.value }
    if !start.quarantine.isEmpty { fields["quarantine"] = RecordCoding.list(start.quarantine) }
    return fields
  }

  private static func fields(of resumed: RunResumed) -> [String: Value] {
    var fields: [String: Value] = ["by": .string(resumed.by), "digest": .string(resumed.digest)]
    if let reason = resumed.reason { fields["reason"] = .string(reason) }
    if !resumed.invalidated.isEmpty { fields["invalidated"] = .map(resumed.invalidated.mapValues { .string($0) }) }
    if !resumed.removed.isEmpty { fields["removed"] = RecordCoding.list(resumed.removed) }
    if !resumed.skipped.isEmpty { fields["skipped"] = RecordCoding.list(resumed.skipped) }
    if !resumed.set.isEmpty { fields["set"] = .map(resumed.set.mapValues { .map($0) }) }
    if !resumed.only.isEmpty { fields["only"] = RecordCoding.list(resumed.only) }
    if let jobs = resumed.jobs { fields["jobs"] = .integer(Int64(jobs)) }
    if resumed.noCache { fields["no_cache"] = true }
    if let code = resumed.code { fields["code"] = code.value }
    if !resumed.quarantine.isEmpty { fields["quarantine"] = RecordCoding.list(resumed.quarantine) }
    return fields
  }

  private static func fields(of end: AttemptEnd) -> [String: Value] {
    var fields: [String: Value] = [
      "outcome": .string(end.outcome.name), "executor": .string(end.executor),
      "duration_ms": .integer((end.ended - end.started).milliseconds),
    ]
    if let code = end.outcome.exitCode { fields["code"] = .integer(Int64(code)) }
    if let signal = end.outcome.signal { fields["signal"] = .string(SignalName.text(signal)) }
    if end.outcome != .succeeded { fields["reason"] = .string(end.outcome.text) }
    return fields
  }
}
