import BatonModel
import CSystem
import Glibc

/// Waits until a file of some folders is written to (inotify). Where the system has no more inotify instances to give, or a
/// folder cannot be watched, it looks away for a short while instead.
final class ChangeWatch {
  /// Between two looks where changes are not told.
  private static let pollPause = Span(milliseconds: 100)
  /// Changes that come closer together are taken as one.
  private static let leastPause = Span(milliseconds: 10)

  private let descriptor = baton_inotify()
  /// Folders that are not there yet.
  private var missing: [String]

  init(_ folders: [String]) {
    missing = folders
    addMissing()
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func addMissing() { missing.removeAll { baton_inotify_writes(descriptor, $0) >= 0 } }

  /// Returns when something was written since the last call, and at the latest after so long.
  func wait(atMost limit: Span) {
    addMissing()
    let pause = missing.isEmpty ? limit : min(limit, Self.pollPause)
    guard descriptor >= 0 else { return Self.sleep(pause) }
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, Int32(clamping: pause.nanoseconds / 1_000_000)) > 0 else { return }
    Self.sleep(Self.leastPause)
    withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
      while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
    }
  }

  private static func sleep(_ span: Span) { usleep(UInt32(clamping: span.nanoseconds / 1000)) }
}
