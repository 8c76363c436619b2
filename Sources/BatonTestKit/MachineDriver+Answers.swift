import BatonCore
import BatonModel

extension MachineDriver {
  /// The question that a gate or step asks now.
  public func asked(_ step: String) -> RunFacts.Asked? { machine.facts.questions[step] }

  /// Someone answers what a gate or step asks.
  ///
  /// - Parameters:
  ///   - role: nil: the first that the question names.
  ///   - question: nil: the one that is asked now.
  ///   - time: nil: now.
  public func answer(
    _ step: String, _ approved: Bool = true, by: String = "ann", role: String? = nil, reason: String? = nil,
    fields: [String: Value] = [:], question: Int64? = nil, time: Instant? = nil
  ) {
    let open = asked(step)?.question
    let kind = Request.Kind.answer(
      step: step, question: question ?? open?.id ?? 0, approved: approved, role: role ?? open?.by.first ?? "",
      fields: fields)
    request(kind, by: by, reason: reason, time: time)
  }

  /// Something is asked of the run, under the next number.
  public func request(_ kind: Request.Kind, by: String = "ann", reason: String? = nil, time: Instant? = nil) {
    lastRequest += 1
    send(.request(Request(id: lastRequest, kind: kind, by: by, reason: reason, time: time ?? clock.now)))
  }

  /// Why requests were refused, in order.
  public var refusals: [String] {
    records.compactMap { if case .requestTaken(_, let reason?) = $0.record { reason } else { nil } }
  }

  /// How many requests were taken, refused ones included.
  public var takenRequests: Int { records.count { if case .requestTaken = $0.record { true } else { false } } }
}
