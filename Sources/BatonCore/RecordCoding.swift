import BatonModel

/// The stored form of records: kind, step and attempt in columns of their own, the rest as a JSON text, the body.
///
/// The bodies of the kinds that come by the thousand are arrays with fixed places, read and written without a ``Value`` in
/// between; those of the others are objects. Moments are nanoseconds since 1970.
///
/// | kind | body |
/// | --- | --- |
/// | `step.intended` | `["lint",1,"types",1]`: step and attempt in turn |
/// | `attempt.started` | `["local",4711]`: executor, process (or `null`) |
/// | `attempt.failed` | `["exited:2",1700,1800,"local","retry",1900]`: outcome, start, end, executor, then `retry` and its moment, `failover` and the number of the alternative, or `resume`, or `undo`, or `again` |
/// | `step.ended` | `["step","succeeded",null,false,["succeeded",1700,1800,"local"],{"version":"1.2"},["run","make"]]`: kind of node, status, reason, whether a failure is allowed, the attempt or `null`, the values, the fingerprint's names and values in turn or `null` |
/// | `step.metric` | `["p95_ms",12.5]` |
/// | `step.measured` | the fields of ``Measured`` and ``ResultSummary`` |
/// | `step.progress` | `[0.4,"shard 4 of 10"]`, each or `null` |
/// | `step.checkpoint` | the value |
/// | `group.expanded` | the axes, and under `/` the cells as a ``PlanShape`` |
/// | `gate.judged` | `{"findings":[],"measured":{},"otherwise":"halt","passed":true}` |
/// | `notify.due`, `notify.held` | `{"event":{},"key":"","name":""}` |
/// | `notify.left` | `{"keys":[""],"name":""}` |
/// | `notify.sent`, `notify.failed` | `{"attempts":1,"error":"","key":"","name":""}` |
/// | `run.halting`, `run.cancelling` | `{"by":"","reason":""}` |
/// | `run.started`, `run.resumed` | the fields of ``RunStarted`` and ``RunResumed``; `plan` is a ``PlanShape``, or `"as before"` |
/// | `run.ended` | `{"reason":null,"status":"succeeded"}` |
/// | `body.operated` | `[["sleep","sleep 1","600s",12,1900,null],["effect","effect id","id",13,null,["v",7]]]`: kind, key, text, line, end of a wait and result of each |
/// | `body.operation_ended` | `["sleep 1",["v",null]]`: key and result: `v` and a value, or `e` and the message of an error |
/// | `body.forgotten` | `["it differs","sleep 1","step deploy"]`: the reason, then keys |
/// | `people.asked`, `people.answered`, `signal.received` | the fields of ``Question``, ``Answer`` and ``Signal`` |
/// | `request.taken` | `{"id":7,"refused":null}` |
/// | `service.changed` | the fields of ``ServiceChange`` |
///
/// Outcomes are `succeeded`, `exited:CODE`, `signaled:NUMBER`, `timedOut`, `deadlinePassed`, `cancelled`, `interrupted`,
/// `unstartable:TEXT`, `scriptError:TEXT`, `failed:TEXT`, `halted:TEXT`. An infinite number is `1e999`; what is not a
/// number becomes `null`.
public enum RecordCoding {
  /// Why a stored record could not be read.
  public struct Failure: Error, Hashable {
    public var message: String
  }

  /// How deep a record may be nested: deeper than any value may be that it carries.
  static let maximumDepth = 2000

  /// Appends the body of a record.
  public static func appendBody(of record: Record, to bytes: inout [UInt8]) {
    switch record {
    case .intended(let attempts): appendIntended(attempts, to: &bytes)
    case .attemptStarted(_, let executor, let pid, let demand): appendStarted(executor, pid, demand, to: &bytes)
    case .attemptFailed(let end, let next): appendFailed(end, next, to: &bytes)
    case .stepEnded(let end): append(end, to: &bytes)
    case .progress(_, _, let fraction, let text): appendProgress(fraction, text, to: &bytes)
    case .metric(_, _, let name, let value):
      JSON.append(.list([.string(name), .number(value)]), to: &bytes, infinities: true)
    case .checkpoint(_, _, let value): JSON.append(value, to: &bytes, infinities: true)
    case .operated(_, let operations): append(operations, to: &bytes)
    case .operationEnded(_, let key, let result): append(key, result, to: &bytes)
    case .forgotten(_, let keys, let reason):
      JSON.append(.list(([reason] + keys).map { .string($0) }), to: &bytes)
    case .measured, .expanded, .gateJudged, .halting, .cancelRequested, .notificationHeld, .notificationLeft,
      .notificationDue, .notificationSent, .notificationFailed,
      .runStarted, .runResumed, .runEnded, .asked, .answered, .signalReceived, .requestTaken, .serviceChanged:
      JSON.append(fields(of: record), to: &bytes, infinities: true)
    }
  }

  /// Reads a record.
  ///
  /// - Parameters:
  ///   - kind: the text of the column; an unknown one was written by a newer Baton.
  ///   - step: as ``Record/step``.
  ///   - attempt: as ``Record/attempt``.
  ///   - body: as ``appendBody(of:to:)`` wrote it.
  public static func record(
    kind: String, step: String?, attempt: Int?, body: UnsafeBufferPointer<UInt8>
  ) throws(Failure) -> Record {
    guard let known = RecordKind(rawValue: kind) else {
      throw Failure(message: "a record of the kind \"\(kind)\", which this version of Baton does not know")
    }
    do throws(JSON.Failure) {
      var parser = JSON.Parser(bytes: body, maximumDepth: maximumDepth)
      let record = try read(known, step, attempt, &parser)
      parser.skipSpace()
      guard parser.next == nil else { throw parser.failure("unexpected text after the record") }
      return record
    } catch {
      throw Failure(message: "a damaged record of the kind \"\(kind)\": \(error.message) at byte \(error.offset)")
    }
  }

  private static func read(
    _ kind: RecordKind, _ step: String?, _ attempt: Int?, _ parser: inout JSON.Parser
  ) throws(JSON.Failure) -> Record {
    /// The column, which must be there for this kind.
    func needed<Column>(_ column: Column?, _ name: String) throws(JSON.Failure) -> Column {
      guard let column else { throw JSON.Failure(offset: 0, message: "it has no \(name)") }
      return column
    }
    switch kind {
    case .intended: return .intended(try readIntended(&parser))
    case .attemptStarted:
      let (executor, pid, demand) = try readStarted(&parser)
      let which = StepAttempt(step: try needed(step, "step"), number: try needed(attempt, "attempt"))
      return .attemptStarted(which, executor: executor, pid: pid, demand: demand)
    case .attemptFailed:
      return try readFailed(try needed(step, "step"), try needed(attempt, "attempt"), &parser)
    case .stepEnded: return .stepEnded(try readEnd(try needed(step, "step"), attempt, &parser))
    case .progress:
      let (fraction, text) = try readProgress(&parser)
      return .progress(
        step: try needed(step, "step"), attempt: try needed(attempt, "attempt"), fraction: fraction, text: text)
    case .metric:
      guard case .list(let items) = try parser.value(), items.count == 2, let name = items[0].string else {
        throw parser.failure("expected a name and a number")
      }
      return .metric(
        step: try needed(step, "step"), attempt: try needed(attempt, "attempt"), name: name,
        value: items[1].number ?? .nan)
    case .checkpoint:
      return .checkpoint(
        step: try needed(step, "step"), attempt: try needed(attempt, "attempt"), value: try parser.value())
    case .operated: return .operated(step: try needed(step, "step"), try readOperations(&parser))
    case .operationEnded:
      let (key, result) = try readEndedOperation(&parser)
      return .operationEnded(step: try needed(step, "step"), key: key, result)
    case .forgotten:
      guard let texts = try parser.value().strings, let reason = texts.first else {
        throw parser.failure("expected a reason and keys")
      }
      return .forgotten(step: try needed(step, "step"), keys: Array(texts.dropFirst()), reason: reason)
    case .measured, .expanded, .gateJudged, .halting, .cancelRequested, .notificationHeld, .notificationLeft,
      .notificationDue, .notificationSent, .notificationFailed,
      .runStarted, .runResumed, .runEnded, .asked, .answered, .signalReceived, .requestTaken, .serviceChanged:
      let fields = try parser.value()
      guard let record = record(kind, step, attempt, fields) else {
        throw parser.failure("a field is missing or of another type")
      }
      return record
    }
  }
}
