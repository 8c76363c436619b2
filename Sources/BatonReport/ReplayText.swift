import BatonCore
import BatonModel

/// `baton replay`: what came of executing a past run against its records, for people.
public struct ReplayText {
  /// Each operation, its recorded result and its line.
  public let traces: Bool
  public let palette: Palette

  public init(traces: Bool, palette: Palette = .plain) {
    self.traces = traces
    self.palette = palette
  }

  /// Of one run.
  public func text(_ replay: Replay) -> String {
    let verdict = replay.diverges ? palette(.red, "diverges") : palette(.green, "replays")
    var text = "run \(replay.run) of \(replay.workflow.harmless), \(replay.status.rawValue): \(verdict)\n"
    if let unreadable = replay.unreadable {
      text += "  the script can't be read as this run's:\n" + Self.indented(unreadable, by: 4)
    }
    for body in replay.bodies { text += self.text(body) }
    if replay.bodies.isEmpty, replay.unreadable == nil {
      text += palette(.dim, "  no durable body was begun: its steps are compared by what they are made of") + "\n"
    }
    return text + changes(replay)
  }

  /// Of many, a line for each, and more where one diverges.
  ///
  /// - others: runs of other workflows, by file.
  public func text(_ replays: [Replay], file: String, others: [String: Int]) -> String {
    let diverging = replays.count(where: \.diverges)
    var text = ""
    for replay in replays {
      if replay.diverges || traces {
        text += self.text(replay)
        continue
      }
      let operations = replay.bodies.reduce(0) { $0 + $1.replayed }
      text += "run \(replay.run) of \(replay.workflow.harmless), \(replay.status.rawValue): "
      text += palette(.green, "replays") + palette(.dim, "  \(PlanText.count(operations, "operation"))")
      text += replay.changes.isEmpty ? "\n" : ", \(PlanText.count(replay.changes.count, "step")) would run again\n"
    }
    let all = "\(PlanText.count(replays.count, "run")) of \(file)"
    text += replays.isEmpty ? "there are no runs of \(file)\n" : ""
    if !replays.isEmpty {
      text +=
        diverging == 0 ? "\(all): all replay\n" : "\(all): \(diverging) \(diverging == 1 ? "diverges" : "diverge")\n"
    }
    if !others.isEmpty {
      let listed = others.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
      text += palette(.dim, "skipped: runs of other files: \(listed.harmless)") + "\n"
    }
    return text
  }

  // MARK: Bodies

  private func text(_ body: Replay.Body) -> String {
    let mark = body.divergence == nil ? palette(.green, "✓") : palette(.red, "✗")
    var text = "  \(mark) \(palette(.bold, body.name.harmless)): \(PlanText.count(body.replayed, "operation")) replayed"
    text += ", \(ending(body))\n"
    if let message = body.divergence { text += Self.indented(message, by: 6) }
    if traces { text += trace(body) }
    return text
  }

  private func ending(_ body: Replay.Body) -> String {
    let then = body.recorded.map { "it \($0.rawValue) then" + (body.reason.map { ": \($0)" } ?? "") }
    switch body.ending {
    case .diverges(_, let reruns):
      let place = body.divergesAt.map { " at \($0.text)" } ?? ""
      return "then it diverges\(place)" + (reruns ? "; on_divergence = \"rerun\" would do anew what follows" : "")
    case .returned:
      return body.recorded?.isSuccess == false ? "and it returns now; \(then ?? "")".harmless : "and it returns as then"
    case .ended(let outcome):
      if body.divergence != nil { return "and it fails now, where it succeeded then" }
      guard let reason = body.reason, outcome.text != reason else {
        return "and it ends as then: \(outcome.text.harmless)"
      }
      return "and it ends now: \(outcome.text.harmless); \(then ?? "no record tells of its end")".harmless
    case .waits(let keys): return "then it waits for \(keys.joined(separator: ", ").harmless)"
    case .goesOn:
      let next = body.asked.last.map { "\($0.key) (\(body.place.file):\($0.line))" } ?? "more"
      return "then it goes on with \(next.harmless), which has no record"
    }
  }

  private func trace(_ body: Replay.Body) -> String {
    let width = min(32, body.asked.reduce(0) { max($0, DisplayWidth.of($1.key)) })
    var text = ""
    for asked in body.asked {
      let line = String(asked.line)
      text += String(repeating: " ", count: max(1, 8 - line.count)) + palette(.dim, line) + "  \(asked.key.harmless)"
      text += String(repeating: " ", count: max(0, width - DisplayWidth.of(asked.key)))
      if !asked.text.isEmpty { text += "  " + DisplayWidth.truncated(CommandText.oneLine(asked.text).harmless, to: 50) }
      text += "  " + Self.answer(asked.answer, palette) + "\n"
    }
    return text
  }

  static func answer(_ answer: Replay.Asked.Answer, _ palette: Palette) -> String {
    switch answer {
    case .open: return palette(.yellow, "→ has not ended")
    case .new: return palette(.yellow, "→ no record")
    case .contradicted: return palette(.red, "→ the records tell of something else")
    case .recorded(.raised(let message)): return palette(.red, "→ raised: \(shown(message))")
    case .recorded(.value(.null)): return palette(.green, "→ done")
    case .recorded(.value(let value)):
      guard let status = value["status"]?.string.flatMap(StepStatus.init), value["step"] != nil else {
        return palette(.green, "→ \(shown(JSON.encode(value)))")
      }
      var text = "→ \(status.rawValue)"
      if let reason = value["reason"]?.string, !status.isSuccess { text += ": \(shown(reason))" }
      if let out = value["out"], out != .map([:]) { text += " \(shown(JSON.encode(out)))" }
      return palette(status.isSuccess ? .green : .red, text)
    }
  }

  private static func shown(_ text: String) -> String {
    DisplayWidth.truncated(CommandText.oneLine(text).harmless, to: 60)
  }

  // MARK: Changes

  private func changes(_ replay: Replay) -> String {
    guard !replay.changes.isEmpty else { return "" }
    var text = "  a resumption would run again, because the script says something else now:\n"
    for change in replay.changes {
      text += "    \(change.step.harmless): \(change.reason.harmless)\n"
      text += WhyReport.text(
        change.differences.map { WhyReport.Difference(part: $0.name, before: $0.before, now: $0.now) }, palette)
    }
    return text
  }

  static func indented(_ text: String, by count: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String(repeating: " ", count: count) + String($0).harmless + "\n" }.joined()
  }
}
