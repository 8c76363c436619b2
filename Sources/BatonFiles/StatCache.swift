import BatonModel
import Glibc

/// Remembers which content a file had when its stamp was such: an unchanged file is not read again.
///
/// Kept in one file of the cache's folder between runs. Not thread-safe: it belongs to one thread.
///
/// A file that changed less than ``racySpan`` before it was read is not remembered: the clock of a file system is
/// coarse, and another change within the same tick would leave the stamp as it is (as `racy-git.txt` of Git tells).
final class StatCache {
  struct Entry: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modified: Int64
    var changed: Int64
    var digest: Digest
    /// Days since 1970: when the entry was last of use.
    var used: UInt32

    func describes(_ stamp: FileStamp) -> Bool {
      device == stamp.device && inode == stamp.inode && size == stamp.size && modified == stamp.modified
        && changed == stamp.changed
    }
  }

  /// Nanoseconds; the coarsest clock of a common file system ticks every two seconds.
  static let racySpan: Int64 = 2_000_000_000
  /// Entries that nobody asked for in so many days are dropped.
  static let keptDays: UInt32 = 30

  private let path: FilePath
  private let now: () -> Int64
  /// By a hash of the absolute path; the stamp tells paths with the same hash apart.
  private var entries: [UInt64: Entry] = [:]
  private var isLoaded = false
  private(set) var isDirty = false
  /// The file that was loaded, to see whether another run has replaced it.
  private var loadedStamp: FileStamp?

  /// - Parameters:
  ///   - path: where the entries are kept.
  ///   - now: nanoseconds since 1970, by the clock that the file system uses too.
  init(path: FilePath, now: @escaping () -> Int64 = StatCache.wallClock) {
    self.path = path
    self.now = now
  }

  static func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The digest of a file whose stamp has not changed since it was remembered.
  func digest(of path: FilePath, _ stamp: FileStamp) -> Digest? {
    load()
    let key = StatCache.key(path)
    guard let entry = entries[key], entry.describes(stamp) else { return nil }
    let today = self.today
    if entry.used + 7 < today {
      entries[key]?.used = today
      isDirty = true
    }
    return entry.digest
  }

  /// Remembers a file that had this stamp before and after it was read.
  func remember(_ path: FilePath, _ stamp: FileStamp, _ digest: Digest) {
    load()
    guard max(stamp.modified, stamp.changed) < now() - StatCache.racySpan else { return }
    entries[StatCache.key(path)] = Entry(
      device: stamp.device, inode: stamp.inode, size: stamp.size, modified: stamp.modified, changed: stamp.changed,
      digest: digest, used: today)
    isDirty = true
  }

  /// Writes what is new, together with what another run has written meanwhile. What cannot be written is worked out anew
  /// next time.
  func save() {
    guard isDirty else { return }
    isDirty = false
    if let present = FileStamp.of(path), present != loadedStamp, let others = StatCacheFile.read(path) {
      entries.merge(others) { ours, _ in ours }
    }
    let oldest = today - min(today, StatCache.keptDays)
    let kept = entries.filter { $0.value.used >= oldest }
    if StatCacheFile.write(kept, to: path) { loadedStamp = FileStamp.of(path) }
  }

  private var today: UInt32 { UInt32(clamping: now() / 86_400_000_000_000) }

  private func load() {
    guard !isLoaded else { return }
    isLoaded = true
    loadedStamp = FileStamp.of(path)
    if loadedStamp != nil, let stored = StatCacheFile.read(path) { entries = stored }
  }

  /// FNV-1a, 64 bits (Fowler, Noll, Vo): short, and spread well enough for a table that checks the rest.
  private static func key(_ path: FilePath) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
