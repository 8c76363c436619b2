import CSystem
import Glibc

/// Tells cheaply whether anything may be left of the processes of attempts that have ended.
///
/// Orphans become children of the first thread of the nearest subreaper. On that thread, which has at most one child that it
/// started itself (see ``Spawner``), one `waitid` with `__WNOTHREAD` says whether there is any; only then `/proc` has to be
/// read. On another thread `/proc` is always read, and orphans are left to whoever reaps them.
struct OrphanWatch {
  /// Whether orphans come to this process, on the calling thread.
  let isSubreaper: Bool

  init() {
    isSubreaper = baton_thread_id() == getpid() && baton_become_subreaper() == 0
  }

  /// Reaps the orphans that have ended. Whether any may still live.
  ///
  /// - Parameters:
  ///   - own: the child that this thread started itself and that has not been reaped; 0: none.
  ///   - ownEnded: told how that child ended, when it was reaped here.
  func reap(own: Int32, ownEnded: (baton_exit) -> Void) -> Bool {
    guard isSubreaper else { return true }
    var own = own
    while true {
      let end = baton_reap_orphan()
      if end.pid < 0 { return false }
      if end.pid == 0 { return own == 0 || hasChildren(beside: own) }
      if end.pid == own {
        own = 0
        ownEnded(end)
      }
    }
  }

  /// As /proc/PID/task/TID/children tells it (proc(5)); yes where the kernel has no such file.
  private func hasChildren(beside own: Int32) -> Bool {
    let file = open("/proc/self/task/\(getpid())/children", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return true }
    defer { close(file) }
    // Longer than one number: there are others.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count)
      return !buffer.prefix(max(0, count)).elementsEqual("\(own) ".utf8)
    }
  }

  /// The process below which orphans are found; 0: anywhere.
  var root: Int32 { isSubreaper ? getpid() : 0 }
}
