import BatonCore
import BatonModel

/// Those who answer a simulated run and send it signals, and the inbox in which what they sent outlives a driver.
final class SimulatedPeople {
  /// Everything that was sent, to this driver or one before it.
  private var sent: [Request]
  /// Requests that durable records have taken.
  private var taken: Set<Int64>
  /// `question/person` of all who have answered, or are about to.
  private var answering: Set<String>

  init(sent: [Request] = [], taken: Set<Int64> = [], answering: Set<String> = []) {
    self.sent = sent
    self.taken = taken
    self.answering = answering
  }

  /// What is in the inbox, the oldest first.
  var waiting: [Request] { sent.filter { !taken.contains($0.id) } }

  /// Gives the request its number.
  func send(_ request: Request, at time: Instant) -> Request {
    var request = request
    request.id = (sent.last?.id ?? 0) + 1
    request.time = time
    sent.append(request)
    return request
  }

  func isNew(_ question: Question, _ person: Int) -> Bool { answering.insert("\(question.id)/p\(person)").inserted }

  func committed(_ records: [StampedRecord]) throws(SimulatedSession.Violation) {
    for record in records {
      guard case .requestTaken(let id, _) = record.record else { continue }
      guard taken.insert(id).inserted else {
        throw SimulatedSession.Violation(message: "request \(id) was taken twice")
      }
    }
  }

  /// The inbox as a driver leaves it behind that dies at a moment with these records written.
  func left(by time: Instant?, after log: ArraySlice<StampedRecord>) -> SimulatedPeople {
    var taken: Set<Int64> = []
    for stamped in log { if case .requestTaken(let id, _) = stamped.record { taken.insert(id) } }
    let last = log.last?.seq ?? 0
    let sent = sent.filter { request in
      if let time, request.time > time { return false }
      // Nobody has answered what was not asked yet.
      if case .answer(_, let question, _, _, _) = request.kind { return question <= last }
      return true
    }
    var answering: Set<String> = []
    for request in sent {
      if case .answer(_, let question, _, _, _) = request.kind { answering.insert("\(question)/\(request.by)") }
    }
    return SimulatedPeople(sent: sent, taken: taken, answering: answering)
  }
}
