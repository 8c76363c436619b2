import BatonCore
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The engine's one place to wait, on Linux's epoll: processes, pipes, signals, requests, timers and other threads.
///
/// Everything but the mailbox belongs to the thread that made it. Signals: the first SIGINT, SIGTERM or SIGHUP is told as
/// `.interrupt`, the next as `.kill`, SIGQUIT at once as `.kill`; they, SIGWINCH and SIGCHLD are blocked in the thread that makes the reactor and in all
/// threads that are made after it, so make it before any other thread. SIGPIPE is ignored from then on.
public final class PollReactor: Reactor {
  /// Longest sleep, in milliseconds: epoll's clock stands still while the machine sleeps, ours does not.
  private static let longestSleep: Int64 = 30_000
  private static let signals: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH]
  /// The ends of child processes are told of at most this often, unless somebody waits for one.
  private static let childNews = Span(milliseconds: 20)
  private static let batchSize = 128

  let epoll: Int32
  private let signalDescriptor: Int32
  private let childDescriptor: Int32
  private var childTag: UInt64 = 0
  private var listensForChildren = true
  private let box: ReactorMailbox
  private var clock = RunClock()
  private var timers = TimerHeap()
  private var inputs: [EngineInput] = []
  private var handlers: [(UInt64, UInt32) -> Void] = []
  private var beforeWaiting: [() -> Void] = []
  private var afterWaking: [() -> Void] = []
  private var whenChildEnded: [() -> Void] = []
  private var wasInterrupted = false
  /// When to look again at what does not announce itself, at the latest (boot time).
  var wakeUpBefore: Int64?
  /// Before it sleeps, the reactor looks again and again for so many nanoseconds: worth it where something is about to come,
  /// since to be woken takes long (in a virtual machine, a tenth of what a short process takes). In vain once: 0.
  var patience: Int64 = 0
  private let ready = UnsafeMutablePointer<baton_ready>.allocate(capacity: PollReactor.batchSize)

  /// - Throws: `.failure` when the system has no descriptors left.
  public init() throws(BatonError) {
    func check(_ result: Int32, _ what: String) throws(BatonError) -> Int32 {
      guard result >= 0 else {
        throw BatonError(
          .failure, "cannot wait for events: \(what): \(SystemError().text)",
          cure: "raise the limits of open files (ulimit -n) or end other programs")
      }
      return result
    }
    // A program that is started without them must not get its own descriptors mixed up with a step's standard streams.
    while case let spare = open("/dev/null", O_RDWR | O_CLOEXEC), spare >= 0 {
      if spare > 2 {
        close(spare)
        break
      }
    }
    epoll = try check(baton_epoll_create(), "epoll")
    signalDescriptor = try check(baton_signalfd(Self.signals, Int32(Self.signals.count)), "signalfd")
    childDescriptor = try check(baton_signalfd([SIGCHLD], 1), "signalfd")
    box = ReactorMailbox(wakeUp: try check(baton_eventfd(), "eventfd"))
    signal(SIGPIPE, SIG_IGN)
    let signals = claim { [unowned self] _, _ in takeSignals() }
    childTag = claim { [unowned self] _, _ in childrenEnded() }
    let mail = claim { [unowned self] _, _ in inputs += box.take() }
    _ = try check(baton_epoll_add(epoll, signalDescriptor, signals), "epoll")
    _ = try check(baton_epoll_add(epoll, childDescriptor, childTag), "epoll")
    _ = try check(baton_epoll_add(epoll, box.wakeUp, mail), "epoll")
  }

  deinit {
    close(epoll)
    close(signalDescriptor)
    close(childDescriptor)
    ready.deallocate()
  }

  public var now: Instant { clock.instant(boot: baton_boottime()) }

  /// Time goes on from here when the clock is behind: for a run whose records say that it is later already.
  public func raise(to floor: Instant) { clock.raise(to: floor, boot: baton_boottime()) }

  public var mailbox: any Mailbox { box }

  public func wait(until moment: Instant?) -> [EngineInput] {
    let limit = moment.map { clock.boot(at: $0) }
    var polled = false
    while true {
      // In this order: what timers leave to be done is done before the sleep.
      fireTimers()
      for action in beforeWaiting { action() }
      let now = baton_boottime()
      let isOver = limit.map { $0 <= now } ?? false
      if polled, isOver || !inputs.isEmpty { return take() }
      poll(timeout: isOver || !inputs.isEmpty ? 0 : timeout(limit, now))
      polled = true
    }
  }

  private func take() -> [EngineInput] {
    let all = inputs
    inputs = []
    return all
  }

  private func fireTimers() {
    guard timers.next != nil else { return }
    let now = baton_boottime()
    while let action = timers.popDue(now) { action() }
  }

  /// Milliseconds to sleep, rounded up so that the loop never spins.
  private func timeout(_ limit: Int64?, _ now: Int64) -> Int32 {
    let moment = min(limit ?? .max, timers.next ?? .max, wakeUpBefore ?? .max)
    guard moment != .max else { return Int32(Self.longestSleep) }
    let (span, overflow) = moment.subtractingReportingOverflow(now)
    if overflow { return Int32(Self.longestSleep) }
    return Int32(min(max(0, span) / 1_000_000 + 1, Self.longestSleep))
  }

  private func poll(timeout: Int32) {
    let count = awaitReady(timeout)
    guard count > 0 else { return }
    for action in afterWaking { action() }
    for index in 0..<Int(count) {
      let (tag, events) = (ready[index].tag, ready[index].events)
      handlers[Int(tag >> 48)](tag & 0xFFFF_FFFF_FFFF, events)
    }
  }

  private func awaitReady(_ timeout: Int32) -> Int32 {
    if timeout > 0, patience > 0 {
      let end = baton_boottime() + patience
      repeat {
        let count = baton_epoll_wait(epoll, ready, Int32(Self.batchSize), 0)
        if count != 0 { return count }
      } while baton_boottime() < end
      patience = 0
    }
    return baton_epoll_wait(epoll, ready, Int32(Self.batchSize), timeout)
  }

  /// One reading takes all that is pending. In a chain of short steps, each end would wake the reactor once more for nothing:
  /// what it waits for comes by pidfds.
  private func childrenEnded() {
    var signal: Int32 = 0
    _ = baton_signalfd_read(childDescriptor, &signal, 1)
    for action in whenChildEnded { action() }
    guard listensForChildren, baton_epoll_listen(epoll, childDescriptor, childTag, 0) == 0 else { return }
    listensForChildren = false
    _ = after(Self.childNews) { [weak self] in self?.expectChildren() }
  }

  /// The end of the next child process is told of at once.
  func expectChildren() {
    if !listensForChildren { listensForChildren = baton_epoll_listen(epoll, childDescriptor, childTag, 1) == 0 }
  }

  private func takeSignals() {
    // At most one of a kind is pending (signal(7)), and there are five kinds: one reading takes all.
    let came = withUnsafeTemporaryAllocation(of: Int32.self, capacity: 16) { buffer in
      Array(buffer.prefix(Int(baton_signalfd_read(signalDescriptor, buffer.baseAddress, 16))))
    }
    for signal in came {
      switch signal {
      case SIGQUIT:
        inputs.append(.control(.kill))
        wasInterrupted = true
      case SIGWINCH: inputs.append(.control(.resized))
      default:
        inputs.append(.control(wasInterrupted ? .kill : .interrupt(signal: signal)))
        wasInterrupted = true
      }
    }
  }
}

/// For the executor and other sources of inputs, on the reactor's thread.
extension PollReactor {
  func post(_ input: EngineInput) { inputs.append(input) }

  /// Whether something was posted that has not been handed over yet.
  var hasInputs: Bool { !inputs.isEmpty }

  func instant(boot: Int64) -> Instant { clock.instant(boot: boot) }

  /// A space of tags of its own: descriptors registered under `space | id` (id below 2^48) call the handler with the id and
  /// epoll's events when they are readable or hung up.
  func claim(_ handler: @escaping (_ id: UInt64, _ events: UInt32) -> Void) -> UInt64 {
    handlers.append(handler)
    return UInt64(handlers.count - 1) << 48
  }

  /// Done when all that was ready has been handled, before the reactor sleeps or returns.
  func onTurn(_ action: @escaping () -> Void) { beforeWaiting.append(action) }

  /// Done when something is ready, before it is handled.
  func onWake(_ action: @escaping () -> Void) { afterWaking.append(action) }

  /// Done when a child process of any thread has ended.
  func onChildEnded(_ action: @escaping () -> Void) { whenChildEnded.append(action) }

  func after(_ span: Span, _ action: @escaping () -> Void) -> TimerID {
    timers.add(at: baton_boottime() + span.nanoseconds, action)
  }

  func cancel(_ timer: TimerID) { timers.cancel(timer) }
}
