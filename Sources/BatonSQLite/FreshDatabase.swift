import BatonModel
import CSQLite
import Glibc

/// A new database, whole and durable before it has a name: nobody ever sees half of one, and the disk is waited for once.
enum FreshDatabase {
  /// `O_TMPFILE` of open(2): a file in a folder, without a name.
  private static let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY
  /// Where a database's file says how it is read and written, and that this is through a write-ahead log
  /// (https://www.sqlite.org/fileformat.html#file_format_version_numbers).
  private static let versions = 18..<20
  private static let writeAheadLog: UInt8 = 2
  /// In bytes. A commit writes at least one page, and most records are far smaller.
  static let pageSize = 2048

  /// Makes the database. False where there is one already, or where the file system cannot: then it is SQLite that makes it,
  /// or says why not.
  static func make(at path: String, _ schema: Schema) -> Bool {
    guard access(path, F_OK) != 0, errno == ENOENT, let slash = path.lastIndex(of: "/"), let image = image(of: schema)
    else { return false }
    let file = open(String(path[..<slash]), withoutName | O_RDWR | O_CLOEXEC, 0o644)
    guard file >= 0 else { return false }
    defer { close(file) }
    guard image.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == image.count, fsync(file) == 0 else {
      return false
    }
    FaultPoint.reach("store.made")
    return linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, path, Int32(AT_SYMLINK_FOLLOW)) == 0
  }

  /// The bytes of a database with these tables and nothing in them.
  private static func image(of schema: Schema) -> [UInt8]? {
    guard let connection = try? Connection(path: ":memory:", access: .create),
      (try? connection.execute("PRAGMA page_size = \(pageSize)")) != nil, (try? schema.migrate(connection)) != nil
    else { return nil }
    var size: sqlite3_int64 = 0
    guard let bytes = sqlite3_serialize(connection.handle, "main", &size, 0) else { return nil }
    defer { sqlite3_free(bytes) }
    var image = Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
    guard image.count > versions.upperBound else { return nil }
    for place in versions { image[place] = writeAheadLog }
    return image
  }
}
