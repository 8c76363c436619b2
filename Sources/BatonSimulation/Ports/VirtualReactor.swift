import BatonModel
import BatonRuntime

/// A reactor of virtual time: returns what was planned, the earliest first, and moves the clock there at once. A month
/// takes no longer than a millisecond.
public final class VirtualReactor: Reactor {
  public private(set) var now: Instant
  /// Called when the engine waits and nothing will ever happen: what it returns is what happens.
  public var onStandstill: () -> [EngineInput] = { [.control(.kill)] }
  /// What happens now, in order.
  private var due: [EngineInput] = []
  private var later = MomentHeap()
  private let box = ReturnBox()

  public init(start: Instant) { now = start }

  public var mailbox: any Mailbox { box }

  /// An input comes so long after now; of two at the same moment, the one that was planned first.
  public func plan(_ input: EngineInput, after delay: Span = .zero) {
    if delay <= .zero { due.append(input) } else { later.push(input, at: now + delay) }
  }

  /// An input comes at a moment; at once where it has passed.
  public func plan(_ input: EngineInput, at moment: Instant) { plan(input, after: moment - now) }

  /// Goes on from a moment, as a driver does that takes over from another.
  public func advance(to moment: Instant) { now = max(now, moment) }

  public func wait(until moment: Instant?) -> [EngineInput] {
    if !box.inputs.isEmpty { due += box.take() }
    if !due.isEmpty {
      let inputs = due
      due.removeAll(keepingCapacity: true)
      return inputs
    }
    guard let next = later.first, moment.map({ next <= $0 }) ?? true else {
      guard let moment else { return onStandstill() }
      advance(to: moment)
      return []
    }
    advance(to: next)
    var inputs: [EngineInput] = []
    while later.first == next, let input = later.pop() { inputs.append(input) }
    return inputs
  }
}

/// The way in for ports that answer through a mailbox; on the engine's own thread here.
private final class ReturnBox: Mailbox, @unchecked Sendable {
  // Sound because nothing in a simulation runs on another thread than the engine's.
  private(set) var inputs: [EngineInput] = []

  func post(_ input: EngineInput) { inputs.append(input) }

  func take() -> [EngineInput] {
    defer { inputs.removeAll(keepingCapacity: true) }
    return inputs
  }
}

/// What happens later, the earliest first; of two at the same moment, the one that was planned first.
struct MomentHeap {
  private struct Entry {
    var moment: Instant
    var number: Int
    var input: EngineInput

    func comes(before other: Entry) -> Bool { (moment, number) < (other.moment, other.number) }
  }

  private var entries: [Entry] = []
  private var count = 0

  var first: Instant? { entries.first?.moment }

  mutating func push(_ input: EngineInput, at moment: Instant) {
    count += 1
    entries.append(Entry(moment: moment, number: count, input: input))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].comes(before: entries[parent]) else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> EngineInput? {
    guard let top = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return top.input }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].comes(before: entries[least]) { least = child }
      }
      guard least != parent else { break }
      entries.swapAt(parent, least)
      parent = least
    }
    return top.input
  }
}
