import BatonRuntime
import Glibc

/// Attempts for which the system has no room now: they wait for others to end, instead of failing for what is not their fault.
///
/// Of descriptors it is known beforehand how many attempts they suffice for; of processes and memory it shows when one is
/// to be started.
struct WaitingStarts {
  private var jobs: [ProcessStarter.Job] = []
  /// More attempts than these are not started at once.
  private let capacity: Int
  /// After a start that failed: how many were active then. One of them has to end before another is tried.
  private var limit = Int.max

  /// An attempt that is under way holds its pidfd, the reading end of its pipe and its log.
  private static let descriptorsEach = 3
  /// For all else: database, locks, watches, notifications, the cache, and what a start needs for a moment.
  private static let descriptorsReserved = 40

  init() {
    var limit = rlimit()
    let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    capacity = isKnown ? Self.capacity(descriptors: Int(clamping: limit.rlim_cur)) : .max
  }

  static func capacity(descriptors: Int) -> Int { max(1, (descriptors - descriptorsReserved) / descriptorsEach) }

  var count: Int { jobs.count }

  /// Keeps the job when it has to wait.
  ///
  /// - Parameter active: all other attempts, those that wait included.
  mutating func takes(_ job: ProcessStarter.Job, active: Int) -> Bool {
    guard !jobs.isEmpty || active >= capacity else { return false }
    jobs.append(job)
    return true
  }

  /// Keeps a job whose start failed, unless nothing else runs for whose end it could wait.
  ///
  /// - Parameter active: all attempts, this one and those that wait included.
  mutating func takesBack(_ job: ProcessStarter.Job, active: Int) -> Bool {
    let others = active - 1 - jobs.count
    guard others > 0 else { return false }
    jobs.insert(job, at: 0)
    limit = min(limit, others)
    return true
  }

  /// The next that may be started, if any.
  ///
  /// - Parameter active: all attempts, those that wait included.
  mutating func next(active: Int) -> ProcessStarter.Job? {
    let others = active - jobs.count
    guard !jobs.isEmpty, others < min(capacity, limit) || others == 0 else { return nil }
    if jobs.count == 1 { limit = .max }
    return jobs.removeFirst()
  }

  /// Whether the attempt waited; it does no more.
  mutating func remove(_ ticket: Ticket) -> Bool {
    guard let place = jobs.firstIndex(where: { $0.launch.ticket == ticket }) else { return false }
    jobs.remove(at: place)
    return true
  }
}
