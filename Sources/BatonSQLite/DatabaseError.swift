import BatonModel
import CSQLite
import Glibc

/// What SQLite said: code, message and the statement that it said it of. Arguments are left out: they may be secret.
struct DatabaseError: Error, Hashable {
  /// The extended result code.
  var code: Int32
  var message: String
  var sql: String?

  /// Without the extension.
  var primaryCode: Int32 { code & 0xFF }

  /// The error with the database's path, for a person.
  func batonError(path: String) -> BatonError {
    let database = "the database \(path)"
    if let folder = opendir(path) {
      closedir(folder)
      return BatonError(
        .usage, "\(path) is a folder, where Baton keeps its database in a file", cure: "move the folder away")
    }
    switch primaryCode {
    case SQLITE_FULL:
      return BatonError(
        .failure, "\(database) cannot grow: the disk is full",
        cure: "make room on that disk, then `baton resume`: nothing that was recorded is lost")
    case SQLITE_CORRUPT:
      return BatonError(
        .failure, "\(database) is damaged (\(message), SQLite \(code))",
        cure: "save what can be read with `sqlite3 \(path) .recover`, or move the file away to start anew")
    case SQLITE_NOTADB:
      return BatonError(
        .failure, "\(path) is not a database of Baton", cure: "move the file away: Baton makes a new one")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      return BatonError(
        .failure, "\(database) cannot be written: it or its folder is read-only",
        cure: "give yourself write access to the folder, or work in a copy of the project")
    case SQLITE_CANTOPEN:
      return BatonError(
        .failure, "\(database) cannot be opened (\(detail))", cure: "check the folder's and the file's permissions")
    case SQLITE_BUSY, SQLITE_LOCKED:
      return BatonError(
        .failure, "\(database) stayed locked by another process for \(Connection.busySeconds) seconds",
        cure: "end the program that holds it open, then try again")
    case SQLITE_IOERR:
      return BatonError(
        .failure, "\(database): the disk reports an error (\(detail))",
        cure: "check the disk and the kernel's log (`dmesg`), then `baton resume`: nothing that was recorded is lost")
    default: return BatonError(.failure, "\(database): \(detail)", cure: "report this, with the message")
    }
  }

  /// `disk I/O error, SQLite 1034, in "COMMIT"`.
  var detail: String {
    "\(message), SQLite \(code)" + (sql.map { ", in \"\($0.prefix(80))\"" } ?? "")
  }
}
