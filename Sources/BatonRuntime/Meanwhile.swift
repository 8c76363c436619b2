/// A piece of work that a thread of its own does while the caller does something else.
public final class Meanwhile<Output: Sendable>: @unchecked Sendable {
  // Sound because the thread writes `output`, and everybody else reads it only after the thread has ended.
  private let work: @Sendable () -> Output
  private var output: Output?
  private var thread: WorkerThread?

  public init(_ work: @escaping @Sendable () -> Output) {
    self.work = work
    thread = WorkerThread { self.output = work() }
  }

  /// What the work gave, as soon as it is done; where there was no thread to be had, it is done now.
  public var value: Output {
    thread?.join()
    thread = nil
    if let output { return output }
    let made = work()
    output = made
    return made
  }
}
