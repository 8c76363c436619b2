import CSystem
import Glibc

/// Tells cheaply whether anything may be left of the processes of attempts that have ended.
///
/// Orphans become children of the first thread of the nearest subreaper. On that thread, which makes no children itself
/// (see ``Spawner``), one `waitid` with `__WNOTHREAD` says whether there is any; only then `/proc` has to be read. On
/// another thread `/proc` is always read, and orphans are left to whoever reaps them.
struct OrphanWatch {
  /// Whether orphans come to this process, on the calling thread.
  let isSubreaper: Bool

  init() {
    isSubreaper = baton_thread_id() == getpid() && baton_become_subreaper() == 0
  }

  /// Reaps the orphans that have ended. Whether any may still live.
  func reap() -> Bool {
    guard isSubreaper else { return true }
    while true {
      let end = baton_reap_orphan()
      if end.pid < 0 { return false }
      if end.pid == 0 { return true }
    }
  }

  /// The process below which orphans are found; 0: anywhere.
  var root: Int32 { isSubreaper ? getpid() : 0 }
}
