import BatonCore
import BatonModel

/// What the runs of a project know of each other's messages, in memory: the fake beside the database.
public final class MemoryNoticeBoard {
  private struct Left {
    var workflow: String
    var lane: NoticeLane
    var key: String
    var event: Value
    var time: Instant
    /// The message that took it.
    var taken: String?
  }

  private var left: [Left] = []
  private var sent: [(workflow: String, lane: NoticeLane, key: String, time: Instant)] = []

  public init() {}

  /// Keys of what no message has taken yet.
  public var waiting: [String] { left.filter { $0.taken == nil }.map(\.key) }

  public func claim(_ claim: NoticeClaim) -> NoticeClaim.Answer {
    if sent.contains(where: { $0.key == claim.key }) {
      return .granted(left.filter { $0.taken == claim.key }.map(\.event))
    }
    let open = left.indices.filter {
      left[$0].taken == nil && left[$0].lane == claim.lane && left[$0].workflow == claim.workflow
    }
    guard let first = (open.map { left[$0].time } + claim.held.map(\.time)).min() else { return .nothing }
    let times = sent.filter { $0.lane == claim.lane && $0.workflow == claim.workflow }.map(\.time)
    let moment = NoticeTiming.earliest(first: first, sent: times, digest: claim.digest, rate: claim.rate)
    guard moment > claim.time else {
      sent.append((claim.workflow, claim.lane, claim.key, claim.time))
      for index in open { left[index].taken = claim.key }
      return .granted(open.map { left[$0].event })
    }
    if claim.leaves {
      for notice in claim.held where !left.contains(where: { $0.key == notice.key }) {
        left.append(
          Left(
            workflow: claim.workflow, lane: notice.lane, key: notice.key, event: notice.event, time: notice.time))
      }
    }
    return .refused(until: moment)
  }
}
