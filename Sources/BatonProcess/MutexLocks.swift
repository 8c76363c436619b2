import BatonCore
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The locks behind `mutex`: flock(2) on one file a name, respected by every run of the project on this machine.
///
/// A lock belongs to the open file, so the processes of a step, which inherit it, hold it as long as one of them lives,
/// also when the engine has been killed.
final class MutexLocks {
  static let firstPause = Span(milliseconds: 20)
  static let longestPause = Span(milliseconds: 500)

  private let reactor: PollReactor
  private let folder: String
  private var held: [String: Int32] = [:]
  /// Opened, and tried again at times.
  private var waiting: [String: (file: Int32, timer: TimerID)] = [:]

  init(reactor: PollReactor, folder: String) {
    self.reactor = reactor
    self.folder = folder
  }

  deinit {
    for file in held.values { close(file) }
    for (file, timer) in waiting.values {
      reactor.cancel(timer)
      close(file)
    }
  }

  /// The descriptor of a lock that is held; -1: it is not.
  func descriptor(_ name: String) -> Int32 { held[name] ?? -1 }

  func lock(_ name: String) {
    if held[name] != nil { return reactor.post(.locked(name)) }
    if waiting[name] != nil { return }
    let path = "\(folder)/\(RunFolder.fileName(of: name))"
    var file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if file < 0, errno == ENOENT, Folders.make(folder) { file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
    guard file >= 0 else { return fail(path) }
    attempt(name, file, pause: Self.firstPause)
  }

  func unlock(_ name: String) {
    if let file = held.removeValue(forKey: name) { close(file) }
    if let (file, timer) = waiting.removeValue(forKey: name) {
      reactor.cancel(timer)
      close(file)
    }
  }

  private func attempt(_ name: String, _ file: Int32, pause: Span) {
    waiting[name] = nil
    if baton_try_lock(file) == 0 {
      held[name] = file
      reactor.post(.locked(name))
    } else if errno == EWOULDBLOCK {
      let next = min(Span(nanoseconds: pause.nanoseconds * 2), Self.longestPause)
      let timer = reactor.after(pause) { [weak self] in self?.attempt(name, file, pause: next) }
      waiting[name] = (file, timer)
    } else {
      fail("\(folder)/\(RunFolder.fileName(of: name))")
      close(file)
    }
  }

  private func fail(_ path: String) {
    reactor.post(
      .storeFailed(
        BatonError(
          .failure, "cannot take the lock \(path): \(SystemError().text)",
          cure: "a mutex needs a folder that can be written to, on a file system with flock(2)")))
  }
}
