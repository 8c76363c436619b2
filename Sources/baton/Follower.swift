import BatonCore
import BatonModel
import BatonRuntime
import Glibc

/// Reads the records of a run as another process writes them.
struct Follower {
  let store: any Store
  let run: String
  private var seq: Int64

  /// How often it looks.
  static let interval = Span(milliseconds: 50)

  init(store: any Store, run: String, after seq: Int64 = 0) {
    self.store = store
    self.run = run
    self.seq = seq
  }

  /// The records that are new since the last call.
  mutating func next() throws(BatonError) -> [StampedRecord] {
    let records = try store.records(of: run, after: seq)
    if let last = records.last { seq = last.seq }
    return records
  }

  /// Whether a process drives the run now.
  func isDriven() throws(BatonError) -> Bool { try store.runs(limit: nil).first { $0.id == run }?.status == .running }

  /// Hands over what there is and what comes, until the run has ended and its driver is gone.
  ///
  /// - Returns: the status that the run ended with.
  @discardableResult
  func follow(tick: () -> Void = {}, show: ([StampedRecord]) -> Void) throws(BatonError) -> RunStatus {
    var follower = self
    var rounds = 0
    while true {
      // Asked before the records are read, so that the last of them are seen.
      let driven = rounds % 10 == 0 ? try follower.isDriven() : true
      let records = try follower.next()
      if !records.isEmpty { show(records) }
      tick()
      if !driven { return try store.runs(limit: nil).first { $0.id == run }?.status ?? .interrupted }
      if records.contains(where: { if case .runEnded = $0.record { true } else { false } }) { rounds = -1 }
      rounds += 1
      usleep(UInt32(Self.interval.nanoseconds / 1000))
    }
  }
}
