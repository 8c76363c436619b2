import BatonResults
import BatonRuntime

/// Has the file of kept items written beside the thread that reads.
struct WritingAside: BackgroundWork {
  let worker: SerialWorker

  func submit(_ work: @escaping @Sendable () -> Void) -> Bool { worker.submit(work) }
  func finish() { if worker.hasBegun { _ = worker.perform {} } }
}
