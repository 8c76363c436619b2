import BatonSystem
import CSystem
import Glibc

/// Which files of a tree were already looked at, and have not been touched since: their sums need not be worked out anew in every
/// run.
///
/// A file counts as the same while its device, inode, size, and both times are the same: whoever writes to it, or sets its time
/// back, changes the second one (`st_ctime`). What is loaded is compared by its content in any case, and `baton module verify`
/// reads every byte.
struct SeenFiles {
  private static let head = "baton seen 1"
  /// A file that was changed so lately may be changed again without another time.
  private static let doubt: Int = 2

  private let path: String
  /// File below the tree → its stamp and sum.
  private var known: [String: String] = [:]
  private var isChanged = false

  /// - Parameter path: of the list; one that cannot be read is an empty one.
  init(path: String) {
    self.path = path
    guard let bytes = Disk.read(path) else { return }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.first == Self.head[...] else { return }
    for line in lines.dropFirst() {
      let parts = line.split(separator: "\t", maxSplits: 1)
      if parts.count == 2 { known[String(parts[1])] = String(parts[0]) }
    }
  }

  private static func stamp(_ info: stat, _ sum: String) -> String {
    "\(info.st_dev) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec) "
      + "\(info.st_ctim.tv_sec).\(info.st_ctim.tv_nsec) \(sum)"
  }

  /// Whether the file was seen with this sum, and is as it was then.
  func holds(_ file: String, _ info: stat, sum: String) -> Bool { known[file] == Self.stamp(info, sum) }

  /// A file that has this sum.
  mutating func add(_ file: String, _ info: stat, sum: String) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    guard info.st_ctim.tv_sec < time.tv_sec - Self.doubt else { return }
    known[file] = Self.stamp(info, sum)
    isChanged = true
  }

  /// Keeps the list, without files that are no more asked for. Where it cannot be written, the next run looks again.
  mutating func keep(only files: Set<String>) {
    let count = known.count
    known = known.filter { files.contains($0.key) }
    guard isChanged || known.count != count else { return }
    let lines = [Self.head] + known.sorted { $0.key < $1.key }.map { "\($0.value)\t\($0.key)" }
    try? Disk.replace(path, with: Array((lines.joined(separator: "\n") + "\n").utf8))
  }
}
