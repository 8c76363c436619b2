import BatonCore
import BatonModel
import BatonRuntime
import Glibc

/// Reads the records of a run as another process writes them.
struct Follower {
  let store: any Store
  let run: String
  private let watch: ChangeWatch
  private var seq: Int64

  /// How often it asks whether the driver still lives: the death of a process is written nowhere.
  private static let askInterval = Span(milliseconds: 500)
  /// How often it asks once the run has ended.
  private static let endInterval = Span(milliseconds: 20)

  init(store: any Store, run: String, of project: ProjectFolder, after seq: Int64 = 0) {
    self.store = store
    self.run = run
    self.seq = seq
    watch = ChangeWatch([project.baton, project.run(run).logs])
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
  /// - Parameters:
  ///   - interval: how often `tick` is called at least.
  ///   - tick: called after each look, also when there is nothing new; a log may have grown.
  /// - Returns: the status that the run ended with.
  @discardableResult
  func follow(every interval: Span? = nil, tick: () -> Void = {}, show: ([StampedRecord]) -> Void) throws(BatonError)
    -> RunStatus
  {
    var follower = self
    var nextQuestion = Instant.now
    var hasEnded = false
    while true {
      // Asked before the records are read, so that the last of them are seen.
      let asks = Instant.now >= nextQuestion
      let driven = asks ? try follower.isDriven() : true
      let records = try follower.next()
      if !records.isEmpty { show(records) }
      tick()
      if !driven { return try store.runs(limit: nil).first { $0.id == run }?.status ?? .interrupted }
      for record in records {
        switch record.record {
        case .runEnded: hasEnded = true
        case .runResumed: hasEnded = false
        default: break
        }
      }
      let pause = hasEnded ? Self.endInterval : Self.askInterval
      if asks || hasEnded { nextQuestion = .now + pause }
      watch.wait(atMost: min(pause, interval ?? pause))
    }
  }
}
