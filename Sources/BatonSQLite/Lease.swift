import BatonModel
import Glibc

/// The process that drives a run.
public struct Driver: Sendable, Hashable {
  public var host: String
  public var pid: Int32
  /// Clock ticks between the machine's start and the process's, field 22 of `/proc/PID/stat`.
  public var processStarted: Int64
  /// The machine's start, `/proc/sys/kernel/random/boot_id`.
  public var boot: String

  /// This process.
  static func current() -> Driver {
    var name = [CChar](repeating: 0, count: 256)
    let host = gethostname(&name, name.count - 1) == 0 ? String(nulTerminated: name) : "localhost"
    // The name of the program, in parentheses, may contain anything; the fields behind it are numbers.
    let stat = readSmallFile("/proc/self/stat")
    let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
    return Driver(
      host: host, pid: getpid(), processStarted: fields.count > 20 ? Int64(fields[20]) ?? 0 : 0,
      boot: readSmallFile("/proc/sys/kernel/random/boot_id").filter { $0 != "\n" })
  }

  /// Whether this machine has no such process any more; a zombie drives nothing either.
  var isGone: Bool {
    let this = Driver.current()
    guard host == this.host, boot == this.boot else { return false }
    let stat = Self.readSmallFile("/proc/\(pid)/stat")
    guard let end = stat.lastIndex(of: ")") else { return true }
    let fields = stat[end...].split(separator: " ")
    guard fields.count > 20 else { return true }
    return fields[1] == "Z" || fields[1] == "X" || Int64(fields[20]) != processStarted
  }

  private static func readSmallFile(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { Glibc.close(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

extension String {
  fileprivate init(nulTerminated bytes: [CChar]) {
    self.init(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// The lock that a driver holds on its run: one byte of a file beside the database, at the run's key.
///
/// The kernel gives it back when the process ends, however it ends, so that a lease is never stale: no clock and no
/// heartbeat is asked, and neither a process number used again nor a restart nor a container's own numbers can deceive.
/// It belongs to the open file (fcntl(2), "Open file description locks"), so that two drivers in one process exclude each
/// other too.
final class DriverLock {
  private let file: Int32
  private let key: Int64

  /// `F_OFD_GETLK` and `F_OFD_SETLK` of Linux.
  private static let getLock: Int32 = 36
  private static let setLock: Int32 = 37

  static func path(database: String) -> String { "\(database)-drivers" }

  /// nil where another one holds it.
  init?(database: String, run key: Int64) throws(BatonError) {
    let path = Self.path(database: database)
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard opened >= 0 else { throw Self.failure(path) }
    file = opened
    self.key = key
    var range = Self.range(key)
    guard fcntl(file, Self.setLock, &range) != 0 else { return }
    if errno == EAGAIN || errno == EACCES { return nil }
    throw Self.failure(path)
  }

  /// Gives the lock back for whoever else has the open file too: a process that is being started holds a copy of every
  /// descriptor until it runs its program.
  deinit {
    var range = Self.range(key)
    range.l_type = Int16(F_UNLCK)
    _ = fcntl(file, Self.setLock, &range)
    close(file)
  }

  /// Whether someone holds the lock.
  static func isHeld(database: String, run key: Int64) -> Bool {
    let file = open(path(database: database), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var range = range(key)
    return fcntl(file, getLock, &range) == 0 && range.l_type != Int16(F_UNLCK)
  }

  private static func range(_ key: Int64) -> flock {
    var range = flock()
    range.l_type = Int16(F_WRLCK)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = off_t(key)
    range.l_len = 1
    return range
  }

  private static func failure(_ path: String) -> BatonError {
    let code = errno
    return BatonError(
      .failure, "the lock file \(path) cannot be used: \(String(cString: strerror(code)))",
      cure: "check the permissions of its folder, and that its file system supports locks")
  }
}
