import Glibc

/// A lock and a condition to wait for under it, for the few places where threads share state.
public final class Monitor: @unchecked Sendable {
  // Sound because POSIX mutexes and conditions are made to be used by several threads; their memory never moves.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  public func withLock<Output, Failure: Error>(_ body: () throws(Failure) -> Output) throws(Failure) -> Output {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Gives the lock up until somebody calls ``wakeAll()``. Under the lock; what was waited for must be looked at again.
  public func wait() { pthread_cond_wait(condition, mutex) }

  /// The same, until a moment at the latest. False when the moment was reached.
  ///
  /// - Parameter moment: nanoseconds on the clock of ``monotonicNow``.
  public func wait(until moment: Int64) -> Bool {
    var time = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
    return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  public func wakeAll() { pthread_cond_broadcast(condition) }

  /// Nanoseconds on a clock that no one sets.
  public static var monotonicNow: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// A thread that does one thing and ends.
public struct WorkerThread {
  private let id: pthread_t

  /// Starts a thread with all signals blocked, so that they reach the engine's thread alone. nil when there is none to be
  /// had.
  public init?(_ body: @escaping @Sendable () -> Void) {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var id = pthread_t()
    let box = Unmanaged.passRetained(Body(body))
    let code = pthread_create(
      &id, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return nil
    }
    self.id = id
  }

  /// Returns when the thread has ended. Once, and not after ``detach()``.
  public func join() { pthread_join(id, nil) }

  /// Nobody waits for the thread.
  public func detach() { pthread_detach(id) }

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }
}
