import BatonCore
import BatonModel

/// `baton show --json`, as CLI.md lays it down.
public enum ShowJSON {
  /// - Parameters:
  ///   - clusters: the causes behind its failures, where they are known.
  ///   - recommendations: nil where nobody asked what to do.
  public static func value(
    _ view: RunView, clusters: [FailureCluster] = [], quality: Quality? = nil, recommendations: [Recommendation]? = nil
  ) -> Value {
    var counts: [String: Value] = ["succeeded": 0, "failed": 0, "skipped": 0, "kept": 0, "cached": 0]
    for (status, count) in view.counts { counts[status.rawValue] = .integer(Int64(count)) }
    if view.notSelected > 0 { counts["not_selected"] = .integer(Int64(view.notSelected)) }
    var object: [String: Value] = [
      "run": .string(view.run), "workflow": .string(view.workflow), "file": .string(view.file),
      "status": .string(view.status.rawValue),
      "exit_code": view.status == .running ? .null : .integer(Int64(view.status.exitCode)),
      "started": time(view.started), "finished": time(view.ended), "params": .map(view.params),
      "reason": optional(view.reason), "by": .string(view.by), "counts": .map(counts),
      "steps": .list(view.steps.filter { $0.kind != .group }.map { step($0, in: view) }),
      "resumptions": .list(view.resumptions.map(resumption)),
      "notifications": .list(view.notifications.map(notice)), "tests": .map(view.tests.fields),
      "modules": .list(
        view.rocks.values.sorted { $0.name < $1.name }.map {
          ["name": .string($0.name), "version": .string($0.version), "sha256": .string($0.sum)]
        }),
      "answers": .list(view.answers.map(WaitText.value)),
      "waits": .list(view.waitsOfBodies.map { WaitText.value($0.step, $0.operation) }),
      "signals": .list(
        view.signals.map {
          [
            "name": .string($0.signal.name), "value": $0.signal.value, "by": .string($0.signal.by),
            "time": time($0.time),
          ]
        }),
    ]
    if let settings = view.settings { object["settings"] = settings.value }
    if let recommendations {
      object["quality"] = quality.map { QualityText.json($0) } ?? .null
      object["recommendations"] = QualityText.json(recommendations)
    }
    if let scope = view.options.changes { object["changed_since"] = scope.value }
    if let shards = ShardsText.json(ShardsText.axes(view)) { object["shards"] = shards }
    if view.status == .running { object["resources"] = ResourcesText.json(view) }
    if !view.services.isEmpty { object["services"] = ServicesText.json(view) }
    if !clusters.isEmpty { object["causes"] = ClustersText.json(clusters) }
    if let cancellation = view.cancellation {
      object["cancelled"] = [
        "by": .string(cancellation.by), "reason": optional(cancellation.reason), "time": time(cancellation.time),
      ]
    }
    if let halting = view.halting {
      object["halted"] = [
        "by": optional(halting.by), "reason": .string(halting.reason), "time": time(halting.time),
      ]
    }
    return .map(object)
  }

  private static func step(_ step: StepView, in view: RunView) -> Value {
    var object: [String: Value] = [
      "step": .string(step.name), "kind": .string(step.kind.rawValue), "status": .string(step.status.rawValue),
      "attempts": .list(step.attempts.map(attempt)), "values": .map(step.values), "reason": optional(step.reason),
    ]
    if step.allowed { object["allowed"] = true }
    if step.status == .waiting, let asked = step.asked { object["waits"] = WaitText.value(asked) }
    if let fraction = step.fraction { object["progress"] = .number(fraction) }
    if let text = step.text { object["text"] = .string(text) }
    if let checkpoint = step.checkpoint { object["checkpoint"] = checkpoint }
    if let metrics = view.metrics[step.name] { object["metrics"] = .map(metrics.mapValues { .number($0) }) }
    if let summary = view.summary(of: step.name) {
      object["results"] = ResultsText.value(summary, origin: view.origin(of: step.name))
    }
    if let judged = view.verdicts.last(where: { $0.verdict.gate == step.name }) {
      object["verdict"] = [
        "passed": .bool(judged.verdict.passed), "findings": .list(judged.verdict.findings.map { .string($0) }),
        "measured": .map(judged.verdict.measured.mapValues { .number($0) }),
        "otherwise": .string(judged.verdict.otherwise.rawValue), "time": time(judged.time),
      ]
    }
    return .map(object)
  }

  private static func attempt(_ attempt: AttemptView) -> Value {
    var object: [String: Value] = [
      "n": .integer(Int64(attempt.number)), "executor": .string(attempt.executor), "started": time(attempt.started),
      "finished": time(attempt.ended), "code": .null, "signal": .null,
    ]
    if let ended = attempt.ended { object["duration_ms"] = .integer(max(.zero, ended - attempt.started).milliseconds) }
    guard let outcome = attempt.outcome else {
      object["status"] = "running"
      return .map(object)
    }
    let status: String
    switch outcome {
    case .succeeded:
      status = "succeeded"
      object["code"] = 0
    case .exited(let code):
      status = "failed"
      object["code"] = .integer(Int64(code))
    case .signaled(let signal):
      status = "failed"
      object["signal"] = .string(SignalName.text(signal))
    case .timedOut: status = "timed_out"
    case .deadlinePassed: status = "deadline_passed"
    case .cancelled: status = "cancelled"
    case .interrupted: status = "interrupted"
    case .lost: status = "lost"
    case .unstartable: status = "unstartable"
    case .scriptError: status = "script_error"
    case .failed: status = "failed"
    case .halted: status = "halted"
    }
    object["status"] = .string(status)
    if outcome != .succeeded { object["reason"] = .string(outcome.text) }
    return .map(object)
  }

  private static func resumption(_ resumption: RunView.Resumption) -> Value {
    let resumed = resumption.resumed
    return [
      "time": time(resumption.time), "by": .string(resumed.by),
      "reason": optional(resumed.reason), "skipped": .list(resumed.skipped.map { .string($0) }),
      "only": .list(resumed.only.map { .string($0) }), "set": .map(resumed.set.mapValues { .map($0) }),
      "invalidated": .map(resumed.invalidated.mapValues { .string($0) }),
    ]
  }

  private static func notice(_ notice: RunView.Notice) -> Value {
    [
      "name": .string(notice.name), "key": .string(notice.key), "attempts": .integer(Int64(notice.attempts)),
      "error": optional(notice.error), "time": time(notice.time),
    ]
  }

  private static func time(_ moment: Instant?) -> Value { moment.map { .string($0.rfc3339) } ?? .null }
  private static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
}
