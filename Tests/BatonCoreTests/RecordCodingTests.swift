import BatonCore
import BatonModel
import BatonTestKit
import Testing

@Suite struct RecordCodingTests {
  private func body(_ record: Record) -> [UInt8] {
    var bytes: [UInt8] = []
    RecordCoding.appendBody(of: record, to: &bytes)
    return bytes
  }

  private func decode(_ kind: String, _ step: String?, _ attempt: Int?, _ body: [UInt8]) throws -> Record {
    try body.withUnsafeBufferPointer {
      try RecordCoding.record(kind: kind, step: step, attempt: attempt, body: $0)
    }
  }

  @Test("Every record is read back as it was written", arguments: 0..<20)
  func roundTrip(seed: UInt64) throws {
    var random = RandomRecords(seed: seed)
    var kinds: Set<RecordKind> = []
    for _ in 0..<500 {
      let record = random.record()
      kinds.insert(record.kind)
      let bytes = body(record)
      let back = try decode(record.kind.rawValue, record.step, record.attempt, bytes)
      #expect(back == record, "\(String(decoding: bytes, as: UTF8.self))")
    }
    #expect(kinds.count == RecordKind.allCases.count)
  }

  @Test("Every body is JSON that the general reader accepts", arguments: 0..<5)
  func bodiesAreJSON(seed: UInt64) {
    var random = RandomRecords(seed: seed)
    for _ in 0..<300 {
      let bytes = body(random.record())
      #expect(throws: Never.self) { try JSON.decode(bytes) }
    }
  }

  @Test("The stored form of each kind stays what it was: databases hold it")
  func stableBodies() {
    let end = AttemptEnd(
      step: "a", number: 2, outcome: .exited(2), started: Instant(nanoseconds: 17), ended: Instant(nanoseconds: 18))
    let records: [(Record, String)] = [
      (.intended([StepAttempt(step: "a", number: 1), StepAttempt(step: "b", number: 3)]), #"["a",1,"b",3]"#),
      (.attemptStarted(StepAttempt(step: "a", number: 1), executor: "local", pid: 47), #"["local",47]"#),
      (.attemptStarted(StepAttempt(step: "a", number: 1), executor: "local", pid: nil), #"["local",null]"#),
      (
        .attemptStarted(
          StepAttempt(step: "a", number: 1), executor: "local", pid: 4, demand: ["browser": 2, "cpu": 0.5]),
        #"["local",4,{"browser":2.0,"cpu":0.5}]"#
      ),
      (
        .attemptFailed(end, next: .retry(at: Instant(nanoseconds: 19))), #"["exited:2",17,18,"local","retry",19]"#
      ),
      (.attemptFailed(end, next: .failOver(to: 0)), #"["exited:2",17,18,"local","failover",0]"#),
      (.attemptFailed(end, next: .onResume), #"["exited:2",17,18,"local","resume"]"#),
      (
        .stepEnded(
          StepEnd(
            step: "a", status: .failed, reason: "no", attempt: end, values: ["v": 1],
            fingerprint: Fingerprint(parts: [.init(name: "run", value: "make")]), allowed: true)),
        #"["step","failed","no",true,["exited:2",17,18,"local"],{"v":1},["run","make"]]"#
      ),
      (
        .stepEnded(StepEnd(step: "g", status: .skipped, kind: .group)),
        #"["group","skipped",null,false,null,{},null]"#
      ),
      (.expanded(group: "m", axes: ["x": [1, 2]]), #"{"x":[1,2]}"#),
      (
        .gateJudged(GateVerdict(gate: "q", passed: true, findings: ["f"], measured: ["m": 0.5], otherwise: .warn)),
        #"{"findings":["f"],"measured":{"m":0.5},"otherwise":"warn","passed":true}"#
      ),
      (.metric(step: "a", attempt: 1, name: "p95", value: .infinity), #"["p95",1e999]"#),
      (.progress(step: "a", attempt: 1, fraction: 0.5, text: nil), #"[0.5,null]"#),
      (.checkpoint(step: "a", attempt: 1, value: "epoch-3"), #""epoch-3""#),
      (.halting(reason: "r", by: nil), #"{"by":null,"reason":"r"}"#),
      (.cancelRequested(by: "ada", reason: nil), #"{"by":"ada","reason":null}"#),
      (.notificationDue(name: "n", key: "k", event: ["x": 1]), #"{"event":{"x":1},"key":"k","name":"n"}"#),
      (.notificationSent(name: "n", key: "k", attempts: 2), #"{"attempts":2,"key":"k","name":"n"}"#),
      (
        .notificationFailed(name: "n", key: "k", attempts: 2, error: "e"),
        #"{"attempts":2,"error":"e","key":"k","name":"n"}"#
      ),
      (.runEnded(.halted, reason: "r"), #"{"reason":"r","status":"halted"}"#),
    ]
    for (record, text) in records { #expect(String(decoding: body(record), as: UTF8.self) == text) }
  }

  @Test("A body cut off anywhere is an error that names the kind, never another record", arguments: 0..<5)
  func truncations(seed: UInt64) {
    var random = RandomRecords(seed: seed)
    for _ in 0..<60 {
      let record = random.record()
      let bytes = body(record)
      // A number cut short is a number: only bodies with an end of their own can tell.
      guard let last = bytes.last, [UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "\"")].contains(last) else {
        continue
      }
      for count in 0..<bytes.count {
        do {
          let found = try decode(record.kind.rawValue, record.step, record.attempt, Array(bytes[..<count]))
          Issue.record("\(count) of \(bytes.count) bytes gave \(found)")
        } catch {
          #expect("\(error)".contains(record.kind.rawValue))
        }
      }
    }
  }

  @Test("A kind of a newer Baton is refused by its name")
  func unknownKind() {
    do {
      _ = try decode("step.teleported", nil, nil, Array("{}".utf8))
      Issue.record("it was read")
    } catch {
      let message = (error as? RecordCoding.Failure)?.message
      #expect(message == "a record of the kind \"step.teleported\", which this version of Baton does not know")
    }
  }

  @Test("A value nested as deep as values may be is kept")
  func depth() throws {
    let text = String(repeating: "[", count: JSON.maximumDepth) + String(repeating: "]", count: JSON.maximumDepth)
    let value = try JSON.decode(text)
    let record = Record.stepEnded(StepEnd(step: "a", status: .succeeded, values: ["deep": value]))
    #expect(try decode("step.ended", "a", nil, body(record)) == record)
  }

  @Test("A record without the column that its kind needs is an error")
  func missingColumn() {
    #expect(throws: RecordCoding.Failure.self) { try decode("attempt.started", nil, 1, Array(#"["local",1]"#.utf8)) }
    #expect(throws: RecordCoding.Failure.self) { try decode("attempt.started", "a", nil, Array(#"["local",1]"#.utf8)) }
  }
}
