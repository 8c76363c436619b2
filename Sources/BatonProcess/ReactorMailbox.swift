import BatonRuntime
import CSystem
import Glibc
import Synchronization

/// The way into a ``PollReactor`` for other threads.
public final class ReactorMailbox: Mailbox {
  private let inputs = Mutex<[EngineInput]>([])
  let wakeUp: Int32

  init(wakeUp: Int32) { self.wakeUp = wakeUp }

  deinit { close(wakeUp) }

  public func post(_ input: EngineInput) {
    let wasEmpty = inputs.withLock { inputs in
      inputs.append(input)
      return inputs.count == 1
    }
    // Whoever put the first one in has rung already, and it has not been taken out since.
    if wasEmpty { baton_eventfd_raise(wakeUp) }
  }

  /// Takes out everything.
  func take() -> [EngineInput] {
    baton_eventfd_clear(wakeUp)
    return inputs.withLock { inputs in
      let all = inputs
      inputs = []
      return all
    }
  }
}
