import BatonCore
import BatonModel

/// The causes of the failures of an attempt, as the history tells failures of one cause apart.
struct FailureTally {
  /// So many failures are known at once: their texts are masked and hashed, and where everything fails it fails of a few causes.
  static let most = 2_000
  private static let longestMessage = 200

  private struct Case {
    /// Of its cause.
    var key: Int64
    /// In the order in which they were met.
    var place: Int
    /// As people know it.
    var name: String
    var message: String
  }

  /// By the hash of their identity.
  private var cases: [UInt64: Case] = [:]
  private var met = 0
  /// Whether there was no place for one.
  private var isCut = false

  /// - Parameters:
  ///   - id: the hash of its identity.
  ///   - mask: for secrets: the history knows the texts as they are kept.
  mutating func add(_ outcome: TestOutcome, _ id: UInt64, mask: ((String) -> String)?) {
    let known = cases[id]
    guard known != nil || cases.count < Self.most else {
      isCut = true
      return
    }
    var outcome = outcome
    if let mask {
      outcome.message = outcome.message.map(mask)
      outcome.details = outcome.details.map(mask)
      outcome.type = outcome.type.map(mask)
    }
    let signature = FailureSignature(outcome)
    let told = (outcome.message ?? outcome.type).flatMap { $0.isEmpty ? nil : $0 } ?? signature.message
    let line = told.split(whereSeparator: \.isNewline).first.map(String.init) ?? signature.message
    cases[id] = Case(
      key: signature.key, place: known?.place ?? met, name: TestIdentity.name(outcome),
      message: String(line.prefix(Self.longestMessage)))
    met += 1
  }

  /// It passed later.
  mutating func remove(_ id: UInt64) {
    if !cases.isEmpty { cases[id] = nil }
  }

  /// It has another name than it was added with.
  mutating func move(_ id: UInt64, to new: NamedCase) {
    guard var found = cases.removeValue(forKey: id) else { return }
    found.name = new.name
    cases[new.id] = found
  }

  /// The most frequent ones first; of equally frequent ones, that which was met first.
  var causes: [ResultSummary.Cause] {
    var found: [Int64: (first: Case, count: Int)] = [:]
    for one in cases.values {
      guard let known = found[one.key] else {
        found[one.key] = (one, 1)
        continue
      }
      found[one.key] = (one.place < known.first.place ? one : known.first, known.count + 1)
    }
    let sorted = found.values.sorted { ($1.count, $0.first.place) < ($0.count, $1.first.place) }
    return sorted.prefix(ResultSummary.shownFailures).map {
      ResultSummary.Cause(
        key: $0.first.key, message: $0.first.message, first: $0.first.name, cases: $0.count, isCut: isCut)
    }
  }
}
