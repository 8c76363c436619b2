import BatonCore
import BatonModel
import BatonRuntime

/// What must be the same however often the driver died on the way: how everything ended, what was emitted, seen and sent.
/// Times and numbers of attempts are not in it.
public struct EndState: Equatable, Sendable {
  /// One thing that differs.
  public struct Difference: Hashable, Sendable {
    public var what: String
    public var expected: String
    public var actual: String
  }

  /// In words, by what they are about: `status`, `deploy.status`, `build.out.version`.
  public var facts: [String: String]
  /// Keys of the messages that left.
  public var messages: Set<String>

  init(_ status: RunStatus, _ records: [StampedRecord], _ world: SimulatedWorld) {
    self.init(status, records, messages: Set(world.messages.map(\.message.key)))
  }

  public init(_ status: RunStatus, _ records: [StampedRecord], messages: Set<String>) {
    var run = RunFacts()
    for record in records { run.apply(record) }
    var facts = ["status": status.rawValue]
    for (name, step) in run.steps {
      guard let end = step.end else {
        facts["\(name).status"] = "no end"
        continue
      }
      // A later driver tells of a step whose results it keeps by another word.
      facts["\(name).status"] = end.status.isSuccess ? "succeeded" : end.status.rawValue
      for (value, content) in end.values { facts["\(name).out.\(value)"] = JSON.encode(content) }
      if end.allowed { facts["\(name).allowed"] = "true" }
    }
    for (name, axes) in run.expansions { facts["\(name).axes"] = JSON.encode(.map(axes)) }
    for (name, verdict) in run.verdicts { facts["\(name).passed"] = String(verdict.passed) }
    if let seen = run.observations {
      facts["observed.time"] = seen.time.rfc3339
      for (name, value) in seen.env { facts["observed.env.\(name)"] = JSON.encode(value) }
      for (name, digest) in seen.modules { facts["observed.modules.\(name)"] = digest }
    }
    self.facts = facts
    self.messages = messages
  }

  /// What differs in the other one.
  ///
  /// - Parameter messages: whether messages count.
  public func differences(to other: EndState, messages: Bool = true) -> [Difference] {
    var differences: [Difference] = []
    for name in Set(facts.keys).union(other.facts.keys).sorted() where facts[name] != other.facts[name] {
      differences.append(
        Difference(what: name, expected: facts[name] ?? "nothing", actual: other.facts[name] ?? "nothing"))
    }
    guard messages else { return differences }
    for key in self.messages.subtracting(other.messages).sorted() {
      differences.append(Difference(what: "message \(key)", expected: "sent", actual: "never sent"))
    }
    for key in other.messages.subtracting(self.messages).sorted() {
      differences.append(Difference(what: "message \(key)", expected: "not sent", actual: "sent"))
    }
    return differences
  }
}
