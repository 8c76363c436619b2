import CSQLite
import Glibc

/// What the disk does at best: loops that do nothing but make something durable, in the folder where Baton does.
enum LimitLoop: String {
  /// 256 bytes at a time appended to a file that has its length already, each followed by `fdatasync`.
  case disk
  /// One row a commit in SQLite with a write-ahead log and `synchronous = FULL`.
  case rows

  /// The option by which this program is made to run a loop instead: `--limit LOOP COUNT`.
  static let option = "--limit"

  /// Runs the loop that the command line asks for; false where it asks for none.
  static func run(_ arguments: [String]) throws(BenchError) -> Bool {
    guard arguments.first == option else { return false }
    guard arguments.count == 3, let loop = LimitLoop(rawValue: arguments[1]), let count = Int(arguments[2]), count > 0
    else { throw BenchError("\(option) takes disk or rows, and a number") }
    try loop.run(count)
    return true
  }

  /// Writes the rate into ``Sample/rateFile``.
  private func run(_ count: Int) throws(BenchError) {
    let seconds =
      switch self {
      case .disk: try Self.appends(count)
      case .rows: try Self.commits(count)
      }
    try Files.write("\(Double(count) / seconds)", to: Sample.rateFile)
  }

  private static func appends(_ count: Int) throws(BenchError) -> Double {
    let file = open("appended", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw BenchError("cannot make a file here") }
    defer { close(file) }
    let piece = [UInt8](repeating: 1, count: 256)
    let block = [UInt8](repeating: 0, count: 1 << 16)
    for _ in 0...(count * piece.count / block.count) {
      guard write(file, block, block.count) == block.count else { throw BenchError("cannot write here") }
    }
    guard fsync(file) == 0, lseek(file, 0, SEEK_SET) == 0 else { throw BenchError("cannot write here") }
    return try timed { () throws(BenchError) in
      for _ in 0..<count {
        guard write(file, piece, piece.count) == piece.count, fdatasync(file) == 0 else {
          throw BenchError("cannot write here")
        }
      }
    }
  }

  private static func commits(_ count: Int) throws(BenchError) -> Double {
    var database: OpaquePointer?
    func check(_ code: Int32) throws(BenchError) {
      guard code == SQLITE_OK || code == SQLITE_DONE else {
        throw BenchError("SQLite: \(String(cString: sqlite3_errstr(code)))")
      }
    }
    try check(sqlite3_open("rows.db", &database))
    defer { sqlite3_close(database) }
    let setting = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER PRIMARY KEY, v TEXT)"
    try check(sqlite3_exec(database, setting, nil, nil, nil))
    var insert: OpaquePointer?
    try check(sqlite3_prepare_v2(database, "INSERT INTO t (v) VALUES (printf('%.*c', 200, 'x'))", -1, &insert, nil))
    defer { sqlite3_finalize(insert) }
    return try timed { () throws(BenchError) in
      for _ in 0..<count {
        try check(sqlite3_step(insert))
        try check(sqlite3_reset(insert))
      }
    }
  }

  private static func timed(_ work: () throws(BenchError) -> Void) throws(BenchError) -> Double {
    var start = timespec()
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    try work()
    clock_gettime(CLOCK_MONOTONIC, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }
}
