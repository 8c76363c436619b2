import BatonRuntime

/// Counts who waits for a lock, so that whoever is in no hurry lets them pass.
final class Turns: @unchecked Sendable {
  // Sound because `waiting` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var waiting = 0

  func queue() { monitor.withLock { waiting += 1 } }

  var isAnyoneWaiting: Bool { monitor.withLock { waiting > 0 } }

  func leave() {
    monitor.withLock {
      waiting -= 1
      if waiting == 0 { monitor.wakeAll() }
    }
  }

  /// Returns when nobody waits.
  func waitForOthers() { monitor.withLock { while waiting > 0 { monitor.wait() } } }
}
