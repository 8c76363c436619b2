import BatonCore
import BatonModel
import BatonRuntime

/// A journal in memory whose records are durable at once, and with which the driver can be made to die.
public final class VirtualJournal: Journal {
  /// When the driver dies. Records that are written together are there all, or none of them is.
  public enum Death: Hashable, Sendable {
    /// As soon as the record of this number is durable: nothing that follows from it has been done.
    case after(Int64)
    /// When the record of this number is about to be written: all that follows from those before it has been done.
    case before(Int64)
  }

  /// What the engine is told when its driver dies: it does nothing more.
  public static let died = BatonError(.failure, "the driver died")

  public let run: String
  public private(set) var records: [StampedRecord]
  public private(set) var isDead = false
  /// The last record of each write.
  public private(set) var writes: [Int64] = []
  /// Told of records that were written.
  var onWrite: ([StampedRecord]) -> Void = { _ in }
  /// What was sent to the run behind a number.
  var mail: (Int64) -> [Request] = { _ in [] }
  private let death: Death?

  public init(run: String, records: [StampedRecord] = [], death: Death? = nil) {
    self.run = run
    self.records = records
    self.death = death
  }

  public func append(_ records: [StampedRecord], mailbox: any Mailbox) {
    do throws(BatonError) {
      try appendNow(records)
      mailbox.post(.committed(through: records.last?.seq ?? 0))
    } catch {
      mailbox.post(.storeFailed(error))
    }
  }

  public func appendNow(_ records: [StampedRecord]) throws(BatonError) {
    guard !isDead else { throw Self.died }
    guard let last = records.last?.seq else { return }
    if case .before(let seq)? = death, last >= seq {
      isDead = true
    } else {
      self.records += records
      writes.append(last)
      onWrite(records)
      if case .after(let seq)? = death, last >= seq { isDead = true }
    }
    if isDead { throw Self.died }
  }

  public func requests(after id: Int64) throws(BatonError) -> [Request] { mail(id) }

  public func close() {}
}
