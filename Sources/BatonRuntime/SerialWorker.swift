import Glibc

/// A thread of its own that does pieces of work one after the other, in the order in which they came.
///
/// The thread starts with the first piece and ends when the worker is closed. A backend keeps its mutable state to the
/// pieces that it submits, so that the state needs no lock.
public final class SerialWorker: @unchecked Sendable {
  // Sound because `queue`, `closed` and `thread` are touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var queue: [@Sendable () -> Void] = []
  private var closed = false
  private var thread: pthread_t?
  private let whenIdle: (@Sendable () -> Void)?

  /// - Parameter whenIdle: done on the thread each time that it has nothing left to do.
  public init(whenIdle: (@Sendable () -> Void)? = nil) {
    self.whenIdle = whenIdle
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Has the work done on the thread. False, and nothing is done, when the worker is closed or there is no thread to be had.
  @discardableResult
  public func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !closed else { return false }
    if thread == nil {
      var id = pthread_t()
      // The thread holds the worker until it ends.
      let box = Unmanaged.passRetained(self)
      let code = pthread_create(
        &id, nil,
        { argument in
          if let argument { Unmanaged<SerialWorker>.fromOpaque(argument).takeRetainedValue().run() }
          return nil
        }, box.toOpaque())
      guard code == 0 else {
        box.release()
        return false
      }
      thread = id
    }
    queue.append(work)
    pthread_cond_signal(changed)
    return true
  }

  /// Has the work done on the thread and returns what it gives; nil when the worker is closed. Not from the thread itself.
  public func perform<Output: Sendable>(_ work: @escaping @Sendable () -> Output) -> Output? {
    let answer = Answer<Output>()
    guard submit({ answer.give(work()) }) else { return nil }
    return answer.take()
  }

  /// Takes no more work, finishes what was submitted, and ends the thread. Not from the thread itself.
  public func close() {
    pthread_mutex_lock(mutex)
    closed = true
    let joined = thread
    thread = nil
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
    if let joined { pthread_join(joined, nil) }
  }

  private func run() {
    while true {
      pthread_mutex_lock(mutex)
      while queue.isEmpty && !closed { pthread_cond_wait(changed, mutex) }
      let batch = queue
      queue.removeAll()
      pthread_mutex_unlock(mutex)
      if batch.isEmpty { return }
      for work in batch { work() }
      whenIdle?()
    }
  }

  /// One value on its way from one thread to another.
  private final class Answer<Output: Sendable>: @unchecked Sendable {
    // Sound because `value` is written before the semaphore is posted and read after it was waited for.
    private let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private var value: Output?

    init() { sem_init(done, 0, 0) }

    deinit {
      sem_destroy(done)
      done.deallocate()
    }

    func give(_ output: Output) {
      value = output
      sem_post(done)
    }

    func take() -> Output? {
      while sem_wait(done) != 0 && errno == EINTR {}
      return value
    }
  }
}
