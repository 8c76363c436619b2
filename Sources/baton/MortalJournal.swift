import BatonCore
import BatonModel
import BatonRuntime
import Glibc

/// A journal whose driver is killed at a record: for `baton chaos --real`.
///
/// `BATON_FAULT=journal.after:7` kills the process as soon as record 7 is on disk, before anything follows from it;
/// `journal.before:7` when it is about to be written. Records that are written together are there all, or none of them is.
final class MortalJournal: Journal {
  private enum Moment: String {
    case after = "journal.after"
    case before = "journal.before"
  }

  private let inner: any Journal
  private let moment: Moment
  private let seq: Int64

  private init(_ inner: any Journal, _ moment: Moment, _ seq: Int64) {
    self.inner = inner
    self.moment = moment
    self.seq = seq
  }

  /// The journal itself, unless the environment asks for a death. Neither steps nor called workflows inherit it.
  static func armed(_ journal: any Journal) -> any Journal {
    let parts = (Environment["BATON_FAULT"] ?? "").split(separator: ":")
    guard parts.count == 2, let moment = Moment(rawValue: String(parts[0])), let seq = Int64(parts[1]) else {
      return journal
    }
    unsetenv("BATON_FAULT")
    return MortalJournal(journal, moment, seq)
  }

  static func fault(_ point: (seq: Int64, withEffects: Bool)) -> String {
    point.withEffects
      ? "\(Moment.before.rawValue):\(point.seq + 1)" : "\(Moment.after.rawValue):\(point.seq)"
  }

  var run: String { inner.run }

  func append(_ records: [StampedRecord], mailbox: any Mailbox) {
    guard let last = records.last?.seq, last >= seq else { return inner.append(records, mailbox: mailbox) }
    do throws(BatonError) {
      try appendNow(records)
    } catch {
      mailbox.post(.storeFailed(error))
    }
  }

  func appendNow(_ records: [StampedRecord]) throws(BatonError) {
    let isLast = records.last.map { $0.seq >= seq } ?? false
    if isLast, moment == .before { kill(getpid(), SIGKILL) }
    try inner.appendNow(records)
    if isLast { kill(getpid(), SIGKILL) }
  }

  func requests(after id: Int64) throws(BatonError) -> [Request] { try inner.requests(after: id) }

  func write(_ results: ResultsToWrite, mailbox: any Mailbox) -> Bool { inner.write(results, mailbox: mailbox) }

  func rest() { inner.rest() }

  func close() { inner.close() }
}
