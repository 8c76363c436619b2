import BatonModel
import CSystem
import Glibc

/// Tells of files that are moved into one folder or written in another (inotify). Where the system has no more inotify
/// instances to give, everything is looked at four times a second instead.
final class FolderWatch {
  static let pollPause = Span(milliseconds: 250)

  private let reactor: PollReactor
  private let arrived: () -> Void
  private let written: (_ name: String?) -> Void
  private var descriptor: Int32 = -1
  private var arrivals: Int32 = -1
  private var timer: TimerID?

  /// - Parameters:
  ///   - inbox: whose arrivals are told of.
  ///   - temporary: whose files are told of by name as they are written; nil for the name: any of them may have been.
  init(
    reactor: PollReactor, inbox: String, temporary: String, arrived: @escaping () -> Void,
    written: @escaping (_ name: String?) -> Void, usesInotify: Bool = true
  ) {
    self.reactor = reactor
    self.arrived = arrived
    self.written = written
    if usesInotify { descriptor = baton_inotify() }
    if descriptor >= 0 {
      arrivals = baton_inotify_arrivals(descriptor, inbox)
      let space = reactor.claim { [weak self] _, _ in self?.read() }
      if arrivals < 0 || baton_inotify_writes(descriptor, temporary) < 0
        || baton_epoll_add(reactor.epoll, descriptor, space) < 0
      {
        close(descriptor)
        descriptor = -1
      }
    }
    if descriptor < 0 { poll() }
  }

  deinit {
    if let timer { reactor.cancel(timer) }
    if descriptor >= 0 { close(descriptor) }
  }

  private func poll() {
    timer = reactor.after(Self.pollPause) { [weak self] in
      guard let self else { return }
      arrived()
      written(nil)
      poll()
    }
  }

  private func read() {
    var hasArrived = false
    var names: Set<String> = []
    var overflow = false
    withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
      while true {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0, let base = buffer.baseAddress else { return }
        var offset = 0
        while offset < count {
          let change = baton_inotify_event(base + offset)
          offset += change.size
          if change.overflow != 0 { overflow = true }
          if change.watch == arrivals {
            hasArrived = true
          } else if let name = change.name {
            names.insert(String(cString: name))
          }
        }
      }
    }
    if hasArrived || overflow { arrived() }
    if overflow { written(nil) } else { for name in names.sorted() { written(name) } }
  }
}
