import BatonCore
import BatonModel

/// What people do in a simulation: they answer what is asked of them, and send signals.
public struct PeopleBook: Sendable {
  /// How someone answers a question.
  public struct Reply: Sendable, Hashable {
    public var approved = true
    /// Who; nil: someone who may, a different one for each reply.
    public var by: String?
    /// How long after the question.
    public var after = Span.zero
    public var reason: String?
    /// Of the form.
    public var fields: [String: Value] = [:]

    public init() {}
  }

  /// A signal, so long after the start of the run.
  public struct Sending: Sendable, Hashable {
    public var name: String
    public var value: Value
    public var after = Span.zero

    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// Gate or step, or a pattern of their names → replies in order; nil: whoever is needed agrees at once.
  public var replies: [(pattern: String, replies: [Reply]?)] = []
  public var signals: [Sending] = []
  /// Role → people, as in `baton.json`.
  public var roles: [String: [String]] = [:]

  public init() {}

  /// What is said to a question; empty where nobody answers.
  func answers(to question: Question) throws(MockProblem) -> [(
    after: Span, kind: Request.Kind, by: String, reason: String?
  )] {
    guard
      let entry = replies.first(where: { $0.pattern == question.step })
        ?? replies.first(where: { MockBook.fits(question.step, $0.pattern) })
    else { return [] }
    var willing = Reply()
    if question.kind == .override { willing.reason = "agreed" }
    let replies = entry.replies ?? Array(repeating: willing, count: question.quorum)
    var answers: [(after: Span, kind: Request.Kind, by: String, reason: String?)] = []
    for (index, reply) in replies.enumerated() {
      let people = question.by.flatMap { roles[$0] ?? [$0] }
      let by =
        reply.by
        ?? (index < people.count ? people[index] : people.isEmpty || index > 0 ? "person-\(index + 1)" : people[0])
      let mayAnswer = ApprovalSpec.role(of: by, among: question.by, roles: roles)
      guard let role = mayAnswer ?? (reply.by == nil ? question.by.first : nil) else {
        throw MockProblem(
          "approvals[\"\(question.step)\"]: \(by) may not answer; who may: \(question.by.joined(separator: ", "))")
      }
      answers.append(
        (
          reply.after,
          .answer(
            step: question.step, question: question.id, approved: reply.approved, role: role,
            fields: reply.approved ? try fields(reply.fields, question) : [:]), by, reply.reason
        ))
    }
    return answers
  }

  /// The form as a person would have filled it in: defaults where nothing is said.
  private func fields(_ given: [String: Value], _ question: Question) throws(MockProblem) -> [String: Value] {
    let subject = "approvals[\"\(question.step)\"].fields"
    var fields: [String: Value] = [:]
    for name in given.keys.sorted() where !question.form.contains(where: { $0.name == name }) {
      let cure = Names.proposal(for: name, in: question.form.map(\.name)).map { ": \($0)" } ?? ""
      throw MockProblem("\(subject) has \"\(name)\", which the form does not ask for\(cure)")
    }
    for param in question.form {
      guard let value = given[param.name] ?? param.fallback else {
        throw MockProblem("\(subject) lacks \"\(param.name)\", which must be \(param.kind.phrase)")
      }
      guard let accepted = param.kind.accept(value) else {
        throw MockProblem("\(subject).\(param.name) must be \(param.kind.phrase), not \(JSON.encode(value))")
      }
      fields[param.name] = accepted
    }
    return fields
  }
}

/// Requests on their way to a simulated run; outlive its drivers.
struct SimulatedMail {
  private struct Planned {
    var moment: Instant
    var kind: Request.Kind
    var by: String
    var reason: String?
  }

  private var planned: [Planned] = []
  /// Sent, and not taken yet.
  private var sent: [Request] = []
  private var lastID: Int64 = 0
  private var asked: Set<String> = []
  private(set) var problem: MockProblem?

  /// When something is sent next.
  var moments: [Instant] { planned.map(\.moment) }

  mutating func begin(_ book: PeopleBook, at start: Instant) {
    for signal in book.signals {
      planned.append(
        Planned(
          moment: start + signal.after, kind: .signal(name: signal.name, value: signal.value), by: Simulation.who))
    }
  }

  /// The records say that a question is asked, or that a request was taken. Returns when answers come.
  mutating func heed(_ records: [StampedRecord], _ book: PeopleBook) -> [Instant] {
    var moments: [Instant] = []
    for stamped in records {
      switch stamped.record {
      case .requestTaken(let id, _): sent.removeAll { $0.id == id }
      case .asked(let question):
        // Another driver asks the same question once more.
        guard asked.insert("\(question.step)#\(question.id)").inserted else { continue }
        do throws(MockProblem) {
          for answer in try book.answers(to: question) {
            planned.append(
              Planned(moment: stamped.time + answer.after, kind: answer.kind, by: answer.by, reason: answer.reason))
            moments.append(stamped.time + answer.after)
          }
        } catch {
          problem = problem ?? error
        }
      default: break
      }
    }
    return moments
  }

  /// What was sent by now behind a number, in order.
  mutating func requests(after id: Int64, by now: Instant) -> [Request] {
    for due in planned.filter({ $0.moment <= now }).sorted(by: { $0.moment < $1.moment }) {
      lastID += 1
      sent.append(Request(id: lastID, kind: due.kind, by: due.by, reason: due.reason, time: due.moment))
    }
    planned.removeAll { $0.moment <= now }
    return sent.filter { $0.id > id }
  }
}
