import CSystem
import Glibc

/// Tells cheaply whether anything may be left of the processes of attempts that have ended.
///
/// Orphans become children of the first thread of the nearest subreaper. On that thread, which knows the few children that it
/// started itself (see ``Spawner``), one `waitid` with `__WNOTHREAD` and its list of children say whether there is any; only
/// then the whole of `/proc` has to be read. On another thread `/proc` is always read, and orphans are left to whoever reaps them.
struct OrphanWatch {
  /// Whether orphans come to this process, on the calling thread.
  let isSubreaper: Bool

  init() {
    isSubreaper = baton_thread_id() == getpid() && baton_become_subreaper() == 0
  }

  /// Reaps the orphans that have ended. Whether any may still live.
  ///
  /// - Parameters:
  ///   - own: the children that this thread started itself and that have not been reaped.
  ///   - ownEnded: told how one of those ended, when it was reaped here.
  func reap(own: [Int32], ownEnded: (baton_exit) -> Void) -> Bool {
    guard isSubreaper else { return true }
    var own = own
    while true {
      let end = baton_reap_orphan()
      if end.pid < 0 { return false }
      if end.pid == 0 { return own.isEmpty || hasChildren(beside: own) }
      if let index = own.firstIndex(of: end.pid) {
        own.remove(at: index)
        ownEnded(end)
      }
    }
  }

  /// As /proc/PID/task/TID/children tells it (proc(5)), `12 345 `; yes where the kernel has no such file.
  private func hasChildren(beside own: [Int32]) -> Bool {
    let file = open("/proc/self/task/\(getpid())/children", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return true }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count)
      // A full buffer: there are more than can be known.
      guard count >= 0, count < buffer.count else { return true }
      var process: Int32 = 0
      for byte in buffer.prefix(count) {
        if byte == UInt8(ascii: " ") {
          if !own.contains(process) { return true }
          process = 0
        } else {
          process = process &* 10 &+ Int32(byte &- UInt8(ascii: "0"))
        }
      }
      return false
    }
  }

  /// The process below which orphans are found; 0: anywhere.
  var root: Int32 { isSubreaper ? getpid() : 0 }
}
