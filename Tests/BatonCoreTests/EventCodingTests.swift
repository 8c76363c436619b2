import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct EventCodingTests {
  private func event(_ record: Record) -> String? {
    let stamped = StampedRecord(seq: 12, time: Instant(milliseconds: 1_769_860_800_123), record: record)
    return EventCoding.event(of: stamped, run: "r1").map { JSON.encode($0) }
  }

  /// An event with the fields that all have, the others as given, in the order of their names.
  private func line(_ kind: String, _ before: String = "", run: String = "", between: String = "", after: String = "")
    -> String
  {
    var fields: [String] = before.isEmpty ? [] : [before]
    fields.append(#""kind":"\#(kind)""#)
    if !between.isEmpty { fields.append(between) }
    fields.append(#""run":"r1""#)
    fields.append(#""seq":12"#)
    if !run.isEmpty { fields.append(run) }
    fields.append(#""time":"2026-01-31T12:00:00.123Z""#)
    if !after.isEmpty { fields.append(after) }
    return "{\(fields.joined(separator: ","))}"
  }

  private let end = AttemptEnd(
    step: "a", number: 2, outcome: .exited(2), started: Instant(milliseconds: 1000), ended: Instant(milliseconds: 1812))

  @Test("A step's end tells attempt, time, outcome, values and whether its failure is allowed")
  func stepEnds() {
    #expect(
      event(.stepEnded(StepEnd(step: "a", status: .failed, attempt: end, allowed: true)))
        == line(
          "step.failed", #""allowed":true,"attempt":2,"code":2,"duration_ms":812,"executor":"local""#,
          run: #""step":"a""#, between: #""outcome":"exited","reason":"exit code 2""#))
    var good = end
    good.outcome = .succeeded
    #expect(
      event(.stepEnded(StepEnd(step: "a", status: .succeeded, attempt: good, values: ["v": "1.2"])))
        == line(
          "step.succeeded", #""attempt":2,"code":0,"duration_ms":812,"executor":"local""#, run: #""step":"a""#,
          between: #""outcome":"succeeded""#, after: #""values":{"v":"1.2"}"#))
    #expect(
      event(.stepEnded(StepEnd(step: "m", status: .skipped, reason: "a failed", kind: .group)))
        == line("group.skipped", run: #""step":"m""#, between: #""reason":"a failed""#))
  }

  @Test("An attempt that failed tells how it goes on")
  func attempts() {
    let fields = #""attempt":2,"code":2,"duration_ms":812,"executor":"local""#
    let outcome = #""outcome":"exited","reason":"exit code 2""#
    #expect(
      event(.attemptFailed(end, next: .retry(at: Instant(milliseconds: 2000))))
        == line(
          "step.retrying", fields, run: #""step":"a""#,
          between: outcome + #","retry_at":"1970-01-01T00:00:02.000Z""#))
    #expect(
      event(.attemptFailed(end, next: .failOver(to: 1)))
        == line(
          "step.failed_over", #""alternative":1,"# + fields, run: #""step":"a""#, between: outcome))
    #expect(
      event(.attemptFailed(end, next: .onResume))
        == line("step.cancelled", fields, run: #""step":"a""#, between: outcome))
    var killed = end
    killed.outcome = .signaled(9)
    #expect(event(.attemptFailed(killed, next: .onResume))?.contains(#""signal":"SIGKILL""#) == true)
    #expect(
      event(.attemptStarted(StepAttempt(step: "a", number: 1), executor: "local", pid: 47))
        == line("step.started", #""attempt":1,"executor":"local""#, run: #""step":"a""#, between: #""pid":47"#))
  }

  @Test("A run's start, resumption and end tell what was asked and what came of it")
  func runs() {
    var options = RunOptions()
    options.jobs = 2
    options.noCache = true
    let observations = Observations(time: Instant(milliseconds: 0), seed: 1)
    #expect(
      event(
        .runStarted(
          RunStarted(
            workflow: "w", file: "/w.lua", digest: "d", params: ["n": 1], observations: observations, by: "ada@h",
            options: options)))
        == line(
          "run.started", #""by":"ada@h","digest":"d","file":"/w.lua","jobs":2"#,
          between: #""no_cache":true,"params":{"n":1}"#, after: #""workflow":"w""#))
    #expect(
      event(
        .runResumed(
          RunResumed(
            by: "ada@h", digest: "d", observations: observations, invalidated: ["a": "edited"], skipped: ["b"],
            set: ["c": ["v": 1]])))
        == line(
          "run.resumed", #""by":"ada@h","digest":"d","invalidated":{"a":"edited"}"#,
          run: #""set":{"c":{"v":1}},"skipped":["b"]"#))
    #expect(
      event(.runEnded(.halted, reason: "no")) == line("run.halted", #""exit_code":3"#, between: #""reason":"no""#))
  }

  @Test("Every kind of record can be an event, but for intents and messages yet to be sent")
  func kinds() {
    var random = RandomRecords(seed: 3)
    var seen: [RecordKind: Bool] = [:]
    for _ in 0..<500 {
      let record = random.record()
      let value = EventCoding.event(of: StampedRecord(seq: 1, time: Instant(milliseconds: 0), record: record), run: "r")
      seen[record.kind] = value != nil || seen[record.kind] == true
      #expect(value.map { $0["kind"]?.string != nil && $0["seq"] == 1 } ?? true)
    }
    #expect(seen.filter { !$0.value }.keys.map(\.rawValue).sorted() == ["notify.due", "step.intended"])
    #expect(seen.count == RecordKind.allCases.count)
  }

  @Test("Reports of commands and verdicts of gates are told with their numbers")
  func reports() {
    #expect(
      event(.metric(step: "a", attempt: 1, name: "p95_ms", value: 12.5))
        == line("metric", #""attempt":1"#, run: #""step":"a""#, between: #""name":"p95_ms""#, after: #""value":12.5"#))
    #expect(
      event(.progress(step: "a", attempt: 1, fraction: 0.4, text: "4 of 10"))
        == line(
          "step.progress", #""attempt":1,"fraction":0.4"#, run: #""step":"a","text":"4 of 10""#))
    #expect(
      event(
        .gateJudged(
          GateVerdict(gate: "q", passed: false, findings: ["f"], measured: ["n": 0.5], otherwise: .halt)))
        == line(
          "gate.refused", #""findings":["f"]"#, run: #""step":"q""#,
          between: #""measured":{"n":0.5},"otherwise":"halt""#))
  }
}
