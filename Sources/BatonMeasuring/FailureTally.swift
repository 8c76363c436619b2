import BatonCore
import BatonModel

/// The causes of the first failures of an attempt, as the history tells failures of one cause apart.
struct FailureTally {
  /// So many failures are looked at: their texts are masked and hashed, and where everything fails it fails of a few causes.
  static let most = 2_000
  private static let longestMessage = 200

  private var causes: [Int64: ResultSummary.Cause] = [:]
  /// In the order in which they were met.
  private var order: [Int64] = []
  private var causeOf: [UInt64: Int64] = [:]

  /// - Parameters:
  ///   - id: the hash of its identity.
  ///   - mask: for secrets: the history knows the texts as they are kept.
  mutating func add(_ outcome: TestOutcome, _ id: UInt64, mask: ((String) -> String)?) {
    guard causeOf.count < Self.most || causeOf[id] != nil else { return }
    var outcome = outcome
    if let mask {
      outcome.message = outcome.message.map(mask)
      outcome.details = outcome.details.map(mask)
      outcome.type = outcome.type.map(mask)
    }
    let signature = FailureSignature(outcome)
    causeOf[id] = signature.key
    guard causes[signature.key] == nil else { return }
    order.append(signature.key)
    let told = (outcome.message ?? outcome.type).flatMap { $0.isEmpty ? nil : $0 } ?? signature.message
    let line = told.split(whereSeparator: \.isNewline).first.map(String.init) ?? signature.message
    causes[signature.key] = ResultSummary.Cause(
      key: signature.key, message: String(line.prefix(Self.longestMessage)), first: TestIdentity.name(outcome), cases: 0
    )
  }

  /// - Parameter failing: those that have not passed since.
  func causes(of failing: Set<UInt64>) -> [ResultSummary.Cause] {
    var found = causes
    for (id, key) in causeOf where failing.contains(id) { found[key]?.cases += 1 }
    let told = order.compactMap { found[$0] }.filter { $0.cases > 0 }
    // Of equally frequent ones, that which was met first.
    let sorted = told.enumerated().sorted {
      ($1.element.cases, $0.offset) < ($0.element.cases, $1.offset)
    }
    return sorted.prefix(ResultSummary.shownFailures).map(\.element)
  }
}
