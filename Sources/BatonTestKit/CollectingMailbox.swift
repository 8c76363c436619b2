import BatonModel
import BatonRuntime
import Glibc

/// A mailbox whose post can be waited for.
public final class CollectingMailbox: Mailbox, @unchecked Sendable {
  // Sound because `inputs` is touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let posted = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var inputs: [EngineInput] = []

  public init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(posted, nil)
  }

  deinit {
    pthread_cond_destroy(posted)
    pthread_mutex_destroy(mutex)
    posted.deallocate()
    mutex.deallocate()
  }

  public func post(_ input: EngineInput) {
    pthread_mutex_lock(mutex)
    inputs.append(input)
    pthread_cond_signal(posted)
    pthread_mutex_unlock(mutex)
  }

  /// The oldest input that has not been taken yet; waits for one.
  public func take() -> EngineInput {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while inputs.isEmpty { pthread_cond_wait(posted, mutex) }
    return inputs.removeFirst()
  }

  /// Whether nothing is there to be taken.
  public var isEmpty: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return inputs.isEmpty
  }

  /// Waits until everything up to a record is committed; the answers on the way, in order. Throws what the store says, or
  /// another input that comes first.
  @discardableResult
  public func waitForCommit(through seq: Int64) throws -> [Int64] {
    var answers: [Int64] = []
    while true {
      switch take() {
      case .committed(let through):
        answers.append(through)
        if through >= seq { return answers }
      case .storeFailed(let error): throw error
      case let other: throw StoreViolation("instead of an answer of the store came \(other)")
      }
    }
  }
}
