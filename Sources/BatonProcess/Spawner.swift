import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The thread that starts processes while many others run.
///
/// Starting a process blocks the thread that does it until the program is loaded, which takes long when more processes run
/// than there are processors. The processes are *its* children, so that the children of the process's first thread are
/// orphans and a few that this started itself: whether there is an orphan costs one or two system calls (see
/// ``OrphanWatch``).
final class Spawner: @unchecked Sendable {
  // Sound because `jobs`, `results` and `isClosed` are touched under `mutex` alone, and the rest by the thread that made
  // this alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [ProcessStarter.Job] = []
  private var results: [ProcessStarter.Result] = []
  private var isClosed = false
  private var thread = pthread_t()
  private var isRunning = false
  private let makeStarter: @Sendable () -> ProcessStarter

  /// - Parameter starter: makes what starts the processes, on the thread.
  init(_ starter: @escaping @Sendable () -> ProcessStarter) {
    makeStarter = starter
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Has a process started; the answer is among the results soon. False: there is no thread to be had.
  func submit(_ job: ProcessStarter.Job) -> Bool {
    pthread_mutex_lock(mutex)
    guard isRunning || begin() else {
      pthread_mutex_unlock(mutex)
      return false
    }
    jobs.append(job)
    pthread_mutex_unlock(mutex)
    // Not under the lock: the thread would wake only to wait for it.
    pthread_cond_signal(changed)
    return true
  }

  /// Makes the thread.
  private func begin() -> Bool {
    let box = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Spawner>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    isRunning = code == 0
    if !isRunning { box.release() }
    return isRunning
  }

  func takeResults() -> [ProcessStarter.Result] {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !results.isEmpty else { return [] }
    let all = results
    results.removeAll(keepingCapacity: true)
    return all
  }

  /// Finishes what was submitted and ends the thread.
  func stop() {
    pthread_mutex_lock(mutex)
    isClosed = true
    let joined = isRunning
    isRunning = false
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
    if joined { pthread_join(thread, nil) }
  }

  // MARK: The thread

  private func run() {
    baton_block_all_signals()
    let starter = makeStarter()
    while true {
      pthread_mutex_lock(mutex)
      while jobs.isEmpty && !isClosed { pthread_cond_wait(changed, mutex) }
      let batch = jobs
      jobs.removeAll(keepingCapacity: true)
      pthread_mutex_unlock(mutex)
      if batch.isEmpty { return }
      for job in batch { starter.start(job) { answer($0) } }
    }
  }

  private func answer(_ result: ProcessStarter.Result) {
    pthread_mutex_lock(mutex)
    results.append(result)
    pthread_mutex_unlock(mutex)
  }
}
