import BatonModel

/// Moments at which the machine has to look again, the nearest first. Entries are never removed early: whoever takes one out
/// looks whether it still means anything.
struct TimerQueue: Sendable {
  enum Purpose: Sendable, Hashable {
    case timeout(NodeIndex, attempt: Int)
    case deadline(NodeIndex)
    case retry(NodeIndex)
    case runDeadline
    /// Messages have gathered for long enough.
    case notices
    /// A wait of a durable body.
    case operation(NodeIndex, key: String)
    /// The time to answer a question is over.
    case answers(NodeIndex)
    /// A service is to be looked at, or started again.
    case service(NodeIndex, alarm: Int)
    /// A probe takes too long.
    case serviceCheck(NodeIndex, number: Int)
  }

  private var entries: [(moment: Instant, order: Int, purpose: Purpose)] = []
  private var count = 0

  var next: Instant? { entries.first?.moment }

  mutating func insert(_ purpose: Purpose, at moment: Instant) {
    count += 1
    entries.append((moment, count, purpose))
    var child = entries.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst(due now: Instant) -> Purpose? {
    guard let first = entries.first, first.moment <= now else { return nil }
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while 2 * parent + 1 < entries.count {
      var child = 2 * parent + 1
      if child + 1 < entries.count, precedes(child + 1, child) { child += 1 }
      guard precedes(child, parent) else { break }
      entries.swapAt(child, parent)
      parent = child
    }
    return first.purpose
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (entries[left].moment, entries[left].order) < (entries[right].moment, entries[right].order)
  }
}
