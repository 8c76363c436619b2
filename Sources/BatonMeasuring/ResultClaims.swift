import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// A regular file as it is now.
struct WrittenFile: Hashable {
  struct ID: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  var id: ID
  var size: Int64
  /// When it was last written, or put in its place, in nanoseconds since 1970.
  var written: Int64

  /// nil for everything that is no regular file. A link counts as the file that it leads to.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    func moment(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
    id = ID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    size = Int64(status.st_size)
    written = max(moment(status.st_mtim), moment(status.st_ctim))
  }
}

/// Which files of results were read as whose: what stands there unchanged is not what a later step wrote.
final class ResultClaims: @unchecked Sendable {
  // Sound because `claims` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var claims: [WrittenFile.ID: (mark: WrittenFile, step: String)] = [:]

  /// So many are known: what is older than thousands of reports is older than any attempt that still runs.
  static let limit = 100_000

  func owner(of mark: WrittenFile) -> String? {
    monitor.withLock {
      guard let known = claims[mark.id], known.mark == mark else { return nil }
      return known.step
    }
  }

  func claim(_ marks: [WrittenFile], for step: String) {
    guard !marks.isEmpty else { return }
    monitor.withLock {
      if claims.count + marks.count > Self.limit { claims.removeAll() }
      for mark in marks { claims[mark.id] = (mark, step) }
    }
    Self.outlast(marks.map(\.written).max() ?? 0)
  }

  /// Returns when a write would have a later stamp: file systems take the time of the last tick of a coarse clock, some
  /// milliseconds ago.
  private static func outlast(_ written: Int64) {
    var rounds = 12
    while rounds > 0, coarseNow <= written, written - coarseNow < ResultFiles.slack.nanoseconds {
      usleep(1000)
      rounds -= 1
    }
  }

  private static var coarseNow: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
