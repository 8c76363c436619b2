import BatonModel
import CSystem
import Glibc

/// Waits until files below some folders change (inotify). Folders that begin with a dot are left out.
final class FileChanges {
  private let descriptor: Int32
  private var folders: [Int32: String] = [:]

  /// - Parameter places: folders, and files, whose own folder is watched.
  init(below places: [String]) throws(BatonError) {
    descriptor = baton_inotify()
    guard descriptor >= 0 else {
      throw BatonError(
        .failure, "files cannot be watched: \(File.message(errno))",
        cure: "too many programs watch files: raise fs.inotify.max_user_instances")
    }
    for place in places { add(File.isFolder(place) ? place : File.folder(of: place)) }
  }

  deinit { close(descriptor) }

  private func add(_ folder: String) {
    let watch = baton_inotify_changes(descriptor, folder)
    guard watch >= 0, folders.updateValue(folder, forKey: watch) == nil else { return }
    for name in File.names(in: folder) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if File.isFolder(path), !File.isLink(path) { add(path) }
    }
  }

  /// Returns when a file with such a name has changed, and no more has for 50 ms: editors write in several steps.
  func wait(for isWanted: (String) -> Bool) throws(BatonError) {
    var hasChanged = false
    while true {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let count = poll(&ready, 1, hasChanged ? 50 : -1)
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw BatonError(.failure, "files cannot be watched: \(File.message(errno))")
      }
      if read(isWanted) { hasChanged = true }
    }
  }

  private func read(_ isWanted: (String) -> Bool) -> Bool {
    var found = false
    withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0, let base = buffer.baseAddress else { return }
      var offset = 0
      while offset < count {
        let change = baton_inotify_event(base + offset)
        offset += change.size
        if change.overflow != 0 { found = true }
        guard let name = change.name.map({ String(cString: $0) }), !name.hasPrefix(".") else { continue }
        if isWanted(name) { found = true }
        if let folder = folders[Int32(change.watch)], File.isFolder("\(folder)/\(name)") { add("\(folder)/\(name)") }
      }
    }
    return found
  }
}
