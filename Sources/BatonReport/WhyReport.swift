import BatonCore
import BatonModel

/// `baton why`: why a step ran, was kept, skipped or ran again.
public struct WhyReport: Sendable {
  public struct Difference: Sendable, Hashable {
    public var part: String
    /// nil: the part was not there.
    public var before: String?
    public var now: String?

    public init(part: String, before: String?, now: String?) {
      self.part = part
      self.before = before
      self.now = now
    }
  }

  public var run: String
  public var step: String
  public var status: StepStatus
  /// What led to the status, oldest first.
  public var because: [String]
  /// What differs between the step's work the last time and the time before.
  public var differences: [Difference] = []
  /// With what the work was compared: an earlier part of the same run, or an earlier run. nil: there is nothing.
  public var comparedWith: String?
  /// What `baton resume` would do with the step now, where that can be told, with the reason.
  public var next: (runsAgain: Bool, reason: String, differences: [Difference])?

  /// - Parameters:
  ///   - records: of the run.
  ///   - earlier: the fingerprint of the step's last success in an earlier run, and that run's id.
  /// - Returns: nil when no record tells of the step.
  public init?(
    run: String, step: String, records: [StampedRecord], earlier: (run: String, fingerprint: Fingerprint)? = nil
  ) {
    let view = RunView(run: run, records: records)
    guard let shown = view[step] else { return nil }
    self.run = run
    self.step = step
    status = shown.status
    var reasons: [String] = []
    var prints: [(fingerprint: Fingerprint, session: Int)] = []
    var session = 0
    var ended: Int?
    func why(_ resumed: RunResumed) -> String { resumed.reason.map { ": \($0)" } ?? "" }
    for stamped in records {
      switch stamped.record {
      case .runResumed(let resumed):
        session += 1
        if let reason = resumed.invalidated[step] {
          reasons.append("it ran again when the run was resumed at \(stamped.time.rfc3339) by \(resumed.by): \(reason)")
        }
        if let values = resumed.set[step] {
          let text = values.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }.joined(
            separator: " ")
          reasons.append("\(resumed.by) set \(text) by hand at \(stamped.time.rfc3339)\(why(resumed))")
        }
        if resumed.skipped.contains(step) {
          reasons.append("\(resumed.by) skipped it by hand at \(stamped.time.rfc3339)\(why(resumed))")
        }
      case .attemptFailed(let end, let next) where end.step == step:
        let subject = end.number == RunMachine.noAttempt ? "" : "attempt \(end.number): "
        reasons.append("\(subject)\(end.outcome.text); \(NextText.text(next, now: stamped.time))")
      case .measured(let measured) where measured.step == step:
        if let origin = measured.origin {
          reasons.append("its results came out of the cache: of run \(origin.run), attempt \(origin.attempt)")
        } else if measured.attempt == ended {
          reasons.append("its results were read anew at \(stamped.time.rfc3339): where they are read from was edited")
        }
      case .stepEnded(let end) where end.step == step:
        ended = end.attempt?.number
        var text = "it ended as \(end.status.rawValue)"
        if let attempt = end.attempt { text += " at attempt \(attempt.number)" }
        let isTold = view.isVerdictOfGate(end)
        if !isTold, let reason = end.reason ?? (end.status == .failed ? end.attempt?.outcome.text : nil) {
          text += ": \(reason)"
        }
        // A step that was skipped by hand is told of at each resumption.
        if reasons.last != text { reasons.append(text) }
        if let fingerprint = end.fingerprint { prints.append((fingerprint, session)) }
      case .gateJudged(let verdict) where verdict.gate == step:
        let findings = EventLine.text(of: verdict)
        reasons.append(
          verdict.passed ? "the gate passed" + (findings.isEmpty ? "" : ": \(findings)") : "the gate \(findings)")
      case .asked(let question) where question.step == step && question.id == stamped.seq: reasons.append(question.text)
      case .answered(let answer) where answer.step == step: reasons.append(WaitText.text(answer))
      default: break
      }
    }
    if shown.status == .kept {
      reasons.append("it succeeded before the run was resumed, and its work was unchanged")
    } else if reasons.isEmpty {
      reasons.append(
        shown.status == .running
          ? "it runs: a new run runs every step that is not cached" : "nothing has happened to it yet")
    }
    because = reasons
    if prints.count > 1, let last = prints.last {
      comparedWith = "before it was resumed"
      differences = Self.differences(last.fingerprint, from: prints[prints.count - 2].fingerprint)
    } else if let last = prints.last, let earlier {
      comparedWith = "run \(earlier.run)"
      differences = Self.differences(last.fingerprint, from: earlier.fingerprint)
    }
  }

  static func differences(_ now: Fingerprint, from before: Fingerprint) -> [Difference] {
    now.differences(from: before).map { Difference(part: $0.name, before: $0.before, now: $0.now) }
  }

  public func text(palette: Palette = .plain) -> String {
    let mark = StatusMark(status)
    var text = "\(mark.text(palette)) \(palette(.bold, step.harmless))  \(palette(mark.shade, status.rawValue))  "
    text += palette(.dim, "run \(run)") + "\n"
    for reason in because { text += "  \(reason.harmless)\n" }
    if let comparedWith {
      let then = comparedWith.hasPrefix("run ") ? "in \(comparedWith)" : comparedWith
      if differences.isEmpty {
        text += "  its work is the same as \(then)\n"
      } else {
        text += "  its work differs from that \(then):\n" + Self.text(differences, palette)
      }
    }
    if let next {
      // How it failed stands above.
      let reason = next.reason.hasPrefix("it failed: ") ? "it failed" : next.reason.harmless
      text += "  baton resume would \(next.runsAgain ? "run it again" : "keep it"): \(reason)\n"
      text += Self.text(next.differences, palette)
    }
    return text
  }

  /// Both values of each part, one below the other.
  public static func text(_ differences: [Difference], _ palette: Palette = .plain) -> String {
    differences.map { difference in
      "    \(difference.part.harmless)\n"
        + "      \(palette(.red, "- \(shown(difference.before))"))\n"
        + "      \(palette(.green, "+ \(shown(difference.now))"))\n"
    }.joined()
  }

  private static func shown(_ value: String?) -> String {
    guard let value else { return "(nothing)" }
    return CommandText.oneLine(value).harmless
  }

  /// `{"run","step","status","because":[…],"compared_with","differences":[{"part","before","now"}],"resume":{…}}`.
  public var json: Value {
    func list(_ differences: [Difference]) -> Value {
      .list(
        differences.map {
          [
            "part": .string($0.part), "before": $0.before.map { .string($0) } ?? .null,
            "now": $0.now.map { .string($0) } ?? .null,
          ]
        })
    }
    var object: [String: Value] = [
      "run": .string(run), "step": .string(step), "status": .string(status.rawValue),
      "because": .list(because.map { .string($0) }), "compared_with": comparedWith.map { .string($0) } ?? .null,
      "differences": list(differences),
    ]
    if let next {
      object["resume"] = [
        "runs_again": .bool(next.runsAgain), "reason": .string(next.reason), "differences": list(next.differences),
      ]
    }
    return .map(object)
  }
}
