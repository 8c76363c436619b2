import BatonCore
import BatonModel

/// What the quarantine says of the cases of one attempt.
struct Quarantine {
  private let active: [QuarantineEntry]
  private let over: [QuarantineEntry]
  private let cell: String
  /// By the place of an entry that is over: the first case that it names.
  private var named: [Int: String] = [:]

  init(_ entries: [QuarantineEntry], step: String, at moment: Instant) {
    active = entries.filter { !$0.isExpired(at: moment) }
    over = entries.filter { $0.isExpired(at: moment) }
    cell = TestIdentity.cell(of: step)
  }

  /// Says of the case whether it is in quarantine, and notes it where an entry that is over names it.
  mutating func mark(_ outcome: inout TestOutcome) {
    outcome.quarantine = nil
    guard !active.isEmpty || !over.isEmpty else { return }
    let name = TestIdentity.name(outcome)
    let full = cell.isEmpty ? name : "\(name) (\(cell))"
    if let entry = active.first(where: { $0.covers(name, full) }) {
      outcome.quarantine = entry.text
      return
    }
    for (place, entry) in over.enumerated() where named[place] == nil && entry.covers(name, full) {
      named[place] = full
    }
  }

  /// A sentence for each entry that is over and names a case.
  var expired: [String] { named.sorted { $0.key < $1.key }.map { over[$0.key].expiry(of: $0.value) } }
}
