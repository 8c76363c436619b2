/// Names a timer, so that it can be cancelled.
struct TimerID: Hashable {
  fileprivate var number: UInt64
}

/// Closures and when they are due; the earliest first, those of one moment in the order in which they were set.
struct TimerHeap {
  private struct Entry {
    var moment: Int64
    var number: UInt64
    var action: () -> Void
  }

  private var entries: [Entry] = []
  private var cancelled: Set<UInt64> = []
  private var lastNumber: UInt64 = 0

  /// The earliest moment; nil when there is no timer.
  var next: Int64? { entries.first?.moment }

  mutating func add(at moment: Int64, _ action: @escaping () -> Void) -> TimerID {
    lastNumber += 1
    entries.append(Entry(moment: moment, number: lastNumber, action: action))
    siftUp(entries.count - 1)
    return TimerID(number: lastNumber)
  }

  /// Does nothing when the timer went off already.
  mutating func cancel(_ id: TimerID) {
    guard entries.contains(where: { $0.number == id.number }) else { return }
    cancelled.insert(id.number)
    while let first = entries.first, cancelled.remove(first.number) != nil { removeFirst() }
  }

  /// Takes the next timer that is due, or nil.
  mutating func popDue(_ now: Int64) -> (() -> Void)? {
    while let first = entries.first {
      if cancelled.remove(first.number) != nil {
        removeFirst()
        continue
      }
      guard first.moment <= now else { return nil }
      removeFirst()
      return first.action
    }
    return nil
  }

  private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
    (left.moment, left.number) < (right.moment, right.number)
  }

  private mutating func removeFirst() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && Self.precedes(entries[child], entries[least]) { least = child }
      if least == parent { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.precedes(entries[child], entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }
}
