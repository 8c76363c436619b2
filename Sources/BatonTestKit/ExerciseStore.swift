import BatonCore
import BatonModel
import BatonRuntime

/// What a store did against its port's word.
public struct StoreViolation: Error, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// One thing that every store must do.
public struct StoreCheck: Sendable, CustomStringConvertible {
  /// The sentence that it proves.
  public var description: String
  let run: @Sendable (any Store) throws -> Void

  /// - Parameter store: a new one, without runs.
  public func callAsFunction(_ store: any Store) throws {
    do { try run(store) } catch let error as BatonError {
      throw StoreViolation("\(description): \(error.text)")
    } catch let error as StoreViolation {
      throw StoreViolation("\(description): \(error)")
    }
  }
}

/// The conformance suite of the ``Store`` port, for every backend and its fake.
///
/// - Parameter make: gives a new store without runs.
public func exerciseStore(_ make: () throws -> any Store) throws {
  for check in StoreCheck.all { try check(make()) }
}

extension StoreCheck {
  public static let all = journal + lease + queries + notices

  public static func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    guard condition else { throw StoreViolation(message()) }
  }

  static func expectEqual<Item: Equatable>(_ found: Item, _ wanted: Item, _ what: String) throws {
    try expect(found == wanted, "\(what) is \(found), not \(wanted)")
  }

  static func expectError(_ code: BatonError.Code, _ what: String, _ work: () throws -> Void) throws {
    do { try work() } catch let error as BatonError {
      return try expectEqual(error.code, code, "the code of the error of \(what)")
    }
    throw StoreViolation("\(what) succeeded")
  }

  // MARK: Pieces of runs

  public static func moment(_ seconds: Int64) -> Instant { Instant(milliseconds: 1_800_000_000_000 + seconds * 1000) }

  public static func start(_ workflow: String = "release") -> Record {
    .runStarted(
      RunStarted(
        workflow: workflow, file: "/p/\(workflow).lua", digest: "d1", params: ["n": 1],
        observations: Observations(time: moment(0), seed: 7), by: "ada@engine", options: RunOptions()))
  }

  public static func resumption(
    invalidated: [String: String] = [:], skipped: [String] = [], set: [String: [String: Value]] = [:]
  ) -> Record {
    .runResumed(
      RunResumed(
        by: "ada@engine", digest: "d2", observations: Observations(time: moment(0), seed: 7), invalidated: invalidated,
        skipped: skipped, set: set))
  }

  public static func ended(
    _ step: String, _ status: StepStatus = .succeeded, attempt: Int = 1, from: Int64 = 1, to: Int64 = 2,
    kind: NodeKind = .step
  ) -> Record {
    let outcome: Outcome = status == .succeeded ? .succeeded : .exited(2)
    return .stepEnded(
      StepEnd(
        step: step, status: status,
        attempt: AttemptEnd(step: step, number: attempt, outcome: outcome, started: moment(from), ended: moment(to)),
        values: status == .succeeded ? ["v": .string(step)] : [:], kind: kind))
  }

  public static func judged(
    _ gate: String, _ measured: [String: Double], passed: Bool = true, otherwise: GateSpec.Otherwise = .halt
  ) -> Record {
    .gateJudged(GateVerdict(gate: gate, passed: passed, findings: [], measured: measured, otherwise: otherwise))
  }

  /// Records in their places, a second apart.
  public static func stamped(_ records: [Record], after seq: Int64 = 0, at second: Int64 = 10) -> [StampedRecord] {
    records.enumerated().map { index, record in
      let place = seq + Int64(index) + 1
      return StampedRecord(seq: place, time: moment(second + Int64(index)), record: record)
    }
  }

  /// A run from its start to its end.
  public static func whole(
    _ store: any Store, _ id: String, _ records: [Record], _ status: RunStatus = .succeeded, at second: Int64,
    workflow: String = "release"
  ) throws {
    let journal = try store.create(run: id, workflow: workflow, file: "/p/\(workflow).lua", at: moment(second))
    try journal.appendNow(
      stamped([start(workflow)] + records + [.runEnded(status, reason: nil)], at: second))
    journal.close()
  }
}
