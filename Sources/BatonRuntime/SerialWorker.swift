/// A thread of its own that does pieces of work one after the other, in the order in which they came.
///
/// The thread starts with the first piece and ends when the worker is closed. A backend keeps its mutable state to the
/// pieces that it submits, so that the state needs no lock.
public final class SerialWorker: @unchecked Sendable {
  // Sound because `queue`, `isClosed` and `thread` are touched under `monitor` alone.
  private let monitor = Monitor()
  private var queue: [@Sendable () -> Void] = []
  private var isClosed = false
  private var thread: WorkerThread?
  private let whenIdle: (@Sendable () -> Void)?

  /// - Parameter whenIdle: done on the thread each time that it has nothing left to do.
  public init(whenIdle: (@Sendable () -> Void)? = nil) { self.whenIdle = whenIdle }

  /// Has the work done on the thread. False, and nothing is done, when the worker is closed or there is no thread to be had.
  @discardableResult
  public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    monitor.withLock {
      guard !isClosed else { return false }
      if thread == nil { thread = WorkerThread { self.run() } }
      guard thread != nil else { return false }
      queue.append(work)
      monitor.wakeAll()
      return true
    }
  }

  /// Whether anything has been submitted so far.
  public var hasBegun: Bool { monitor.withLock { thread != nil } }

  /// Has the work done on the thread and returns what it gives; nil when the worker is closed. Not from the thread itself.
  public func perform<Output: Sendable>(_ work: @escaping @Sendable () -> Output) -> Output? {
    let answer = Answer<Output>()
    guard submit({ answer.give(work()) }) else { return nil }
    return answer.take()
  }

  /// Takes no more work, finishes what was submitted, and ends the thread. Not from the thread itself.
  public func close() {
    let ending = monitor.withLock {
      isClosed = true
      monitor.wakeAll()
      defer { thread = nil }
      return thread
    }
    ending?.join()
  }

  private func run() {
    while true {
      let batch = monitor.withLock {
        while queue.isEmpty && !isClosed { monitor.wait() }
        defer { queue.removeAll() }
        return queue
      }
      if batch.isEmpty { return }
      for work in batch { work() }
      if monitor.withLock({ queue.isEmpty }) { whenIdle?() }
    }
  }

  /// One value on its way from one thread to another.
  private final class Answer<Output: Sendable>: @unchecked Sendable {
    // Sound because `value` is touched under `monitor` alone.
    private let monitor = Monitor()
    private var value: Output?

    func give(_ output: Output) {
      monitor.withLock {
        value = output
        monitor.wakeAll()
      }
    }

    func take() -> Output {
      monitor.withLock {
        while true {
          if let value { return value }
          monitor.wait()
        }
      }
    }
  }
}
