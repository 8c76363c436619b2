import BatonRuntime
import Glibc

/// A mailbox that hands over what comes in, one by one.
final class TestMailbox: Mailbox, @unchecked Sendable {
  // Sound because `inputs` is touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var inputs: [EngineInput] = []

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(filled, nil)
  }

  func post(_ input: EngineInput) {
    pthread_mutex_lock(mutex)
    inputs.append(input)
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  func next() -> EngineInput {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while inputs.isEmpty { pthread_cond_wait(filled, mutex) }
    return inputs.removeFirst()
  }
}
