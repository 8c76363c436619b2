import BatonCore
import BatonModel

/// `baton replay --json`.
///
/// `{"runs":[{"run","workflow","status","diverges","unreadable","bodies":[{"body","operations","ending","recorded",
/// "diverges","message","file","line","trace":[{"key","kind","text","line","answer","result"}]}],
/// "would_run_again":[{"step","reason"}]}],"skipped":{"FILE":N}}`; `trace` only where it was asked for.
public enum ReplayJSON {
  public static func value(_ replays: [Replay], others: [String: Int], traces: Bool) -> Value {
    [
      "runs": .list(replays.map { value($0, traces: traces) }),
      "skipped": .map(others.mapValues { .integer(Int64($0)) }),
    ]
  }

  private static func value(_ replay: Replay, traces: Bool) -> Value {
    [
      "run": .string(replay.run), "workflow": .string(replay.workflow), "status": .string(replay.status.rawValue),
      "diverges": .bool(replay.diverges), "unreadable": replay.unreadable.map { .string($0) } ?? .null,
      "bodies": .list(replay.bodies.map { value($0, traces: traces) }),
      "would_run_again": .list(replay.changes.map { ["step": .string($0.step), "reason": .string($0.reason)] }),
    ]
  }

  private static func value(_ body: Replay.Body, traces: Bool) -> Value {
    let (ending, detail): (String, Value) =
      switch body.ending {
      case .returned(let values): ("returned", .map(values))
      case .ended(let outcome): ("ended", .string(outcome.text))
      case .waits(let keys): ("waits", .list(keys.map { .string($0) }))
      case .goesOn: ("goes_on", body.asked.last.map { .string($0.key) } ?? .null)
      case .diverges(_, let reruns): (reruns ? "diverges_and_reruns" : "diverges", .null)
      }
    var fields: [String: Value] = [
      "body": .string(body.name), "operations": .integer(Int64(body.replayed)), "ending": .string(ending),
      "detail": detail, "recorded": body.recorded.map { .string($0.rawValue) } ?? .null,
      "diverges": .bool(body.divergence != nil), "message": body.divergence.map { .string($0) } ?? .null,
      "file": .string(body.place.file),
      "line": .integer(Int64((body.divergesAt ?? body.place).line)),
    ]
    if traces { fields["trace"] = .list(body.asked.map(value)) }
    return .map(fields)
  }

  private static func value(_ asked: Replay.Asked) -> Value {
    var fields: [String: Value] = [
      "key": .string(asked.key), "kind": .string(asked.kind.rawValue), "text": .string(asked.text),
      "line": .integer(Int64(asked.line)),
    ]
    switch asked.answer {
    case .recorded(.value(let value)):
      fields["answer"] = "recorded"
      fields["result"] = value
    case .recorded(.raised(let message)):
      fields["answer"] = "raised"
      fields["result"] = .string(message)
    case .open: fields["answer"] = "open"
    case .new: fields["answer"] = "new"
    case .contradicted: fields["answer"] = "contradicted"
    }
    return .map(fields)
  }
}
