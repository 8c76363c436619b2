import BatonCore
import BatonModel

/// What a gate or step waits for, who may answer, and how.
public enum WaitText {
  /// `waits for approval by release-managers (1 of 2), 23h59m left`.
  public static func text(_ asked: RunFacts.Asked, now: Instant) -> String {
    var text = asked.question.text
    if asked.question.quorum > 1 { text += " (\(asked.progress))" }
    if let until = asked.question.until {
      text += until > now ? ", \((until - now).text) left" : ", whose time is over"
    }
    return text
  }

  /// The command that says yes, with the fields that it needs.
  public static func command(_ asked: RunFacts.Asked, run: String) -> String {
    let fields = asked.missing(in: [:]).map { " --field \($0.name)=…" }.joined()
    let reason = asked.question.kind == .override ? " --reason …" : ""
    return "baton approve \(run) \(SummaryText.shellWord(asked.question.step))\(reason)\(fields)"
  }

  /// The command that sends what a body waits for.
  static func command(_ signal: Operation, run: String) -> String {
    "baton signal \(run) \(SummaryText.shellWord(signal.text))"
  }

  /// For `--json`.
  static func value(_ step: String, _ operation: Operation) -> Value {
    [
      "step": .string(step), "kind": .string(operation.kind.rawValue),
      "signal": operation.kind == .signal ? .string(operation.text) : .null,
      "until": operation.due.map { .string($0.rfc3339) } ?? .null,
    ]
  }

  /// `version (a string), copies (an integer from 1 on, default 3)`; empty where there is no form.
  public static func form(_ question: Question) -> String {
    question.form.map { field in
      let fallback = field.fallback.map { ", default \($0.text)" } ?? ""
      let description = field.description.map { ": \($0)" } ?? ""
      return "\(field.name) (\(field.kind.phrase)\(fallback)\(description))"
    }.joined(separator: ", ")
  }

  /// `approved by ann as release-managers: looks good`.
  public static func text(_ answer: Answer) -> String {
    var text = "\(answer.verb) by \(answer.by)"
    if !answer.role.isEmpty, answer.role != answer.by { text += " as \(answer.role)" }
    if !answer.fields.isEmpty {
      let fields = answer.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }
      text += " (\(fields.joined(separator: " ")))"
    }
    if let reason = answer.reason { text += ": \(reason)" }
    return text
  }

  /// For `--json`.
  public static func value(_ asked: RunFacts.Asked) -> Value {
    let question = asked.question
    return [
      "asks": .string(question.kind.rawValue), "by": .list(question.by.map { .string($0) }),
      "quorum": .integer(Int64(question.quorum)), "approvals": .integer(Int64(asked.approvals.count)),
      "since": .string(asked.since.rfc3339), "until": question.until.map { .string($0.rfc3339) } ?? .null,
      "form": .list(question.form.map(\.value)), "reason": question.reason.map { .string($0) } ?? .null,
      "text": .string(question.text),
    ]
  }

  static func value(_ answer: Answer) -> Value {
    [
      "step": .string(answer.step), "asks": .string(answer.kind.rawValue), "answer": .string(answer.verb),
      "by": .string(answer.by), "role": answer.role.isEmpty ? .null : .string(answer.role),
      "reason": answer.reason.map { .string($0) } ?? .null, "fields": .map(answer.fields),
      "time": .string(answer.given.rfc3339),
    ]
  }
}
