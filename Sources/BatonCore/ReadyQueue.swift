import BatonModel

/// Steps that may start, the most urgent first: by priority, then those tagged `critical`, then `smoke`, then the others, by the
/// longest remaining path, then by declaration.
struct ReadyQueue {
  struct Entry {
    var priority: Int64
    /// ``Urgency/rank(_:)`` of its tags.
    var urgency = 2
    var path: Double
    var node: NodeIndex

    func precedes(_ other: Entry) -> Bool {
      if priority != other.priority { return priority > other.priority }
      if urgency != other.urgency { return urgency < other.urgency }
      if path != other.path { return path > other.path }
      return node < other.node
    }
  }

  /// A binary heap.
  private var entries: [Entry] = []

  /// Room for so many is kept when none is left.
  private static let usual = 4096

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var first: Entry? { entries.first }

  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].precedes(entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() -> Entry? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < entries.count else { break }
        if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
        guard entries[child].precedes(entries[parent]) else { break }
        entries.swapAt(child, parent)
        parent = child
      }
    } else if entries.capacity > Self.usual {
      entries = []
    }
    return first
  }

  mutating func removeAll(where condition: (NodeIndex) -> Bool) {
    let kept = entries.filter { !condition($0.node) }
    guard kept.count != entries.count else { return }
    entries = []
    for entry in kept { insert(entry) }
  }
}
