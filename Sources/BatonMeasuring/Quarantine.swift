import BatonCore
import BatonModel
import BatonResults

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
    if outcome.quarantine != nil { outcome.quarantine = nil }
    guard !active.isEmpty || !over.isEmpty else { return }
    let name = TestIdentity.name(outcome)
    // An entry may name one of several files' cases, or the case as it was before there were several.
    var bare = outcome
    bare.name = outcome.plainName
    let names = bare.name == outcome.name ? [name] : [name, TestIdentity.name(bare)]
    func covers(_ entry: QuarantineEntry) -> Bool { names.contains { entry.covers($0, full($0)) } }
    if let entry = active.first(where: covers) {
      outcome.quarantine = entry.text
      return
    }
    for (place, entry) in over.enumerated() where named[place] == nil && covers(entry) {
      named[place] = full(name)
    }
  }

  private func full(_ name: String) -> String { cell.isEmpty ? name : "\(name) (\(cell))" }

  /// Whether kept items would be judged now as they were (``ResultKeeper/stands(_:of:_:at:)``).
  static func stands(_ items: String, of step: String, _ entries: [QuarantineEntry], at moment: Instant) -> Bool {
    var quarantine = Quarantine(entries, step: step, at: moment)
    struct Falls: Error {}
    do {
      try ResultsFile.read(items) { item in
        guard case .test(var outcome) = item else { return }
        let wasExcused = outcome.quarantine != nil && outcome.status.isFailure
        quarantine.mark(&outcome)
        if wasExcused, outcome.quarantine == nil { throw Falls() }
      }
    } catch {
      return false
    }
    return quarantine.named.isEmpty
  }

  /// A sentence for each entry that is over and names a case.
  var expired: [String] { named.sorted { $0.key < $1.key }.map { over[$0.key].expiry(of: $0.value) } }
}
