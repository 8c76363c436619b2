import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import BatonSQLite
import Glibc

/// Sends a request to a run, and finds out what became of it.
struct Mail {
  enum Fate {
    /// A driver wrote it down; nil: it counts, else why not.
    case taken(refused: String?)
    /// No driver lives: it counts when the run is carried on.
    case kept
    /// A driver lives, and has not answered yet.
    case sent(driver: String)
  }

  let project: Project
  let store: SQLiteStore
  let run: String

  /// How long a live driver is waited for.
  private static let patience = Span(seconds: 10)

  /// Makes the request durable, tells the driver where one lives, and waits for its word.
  ///
  /// - Parameter after: the last record that the sender knows.
  func send(_ request: Request, after seq: Int64) throws -> (id: Int64, fate: Fate) {
    let id = try store.send(request, to: run)
    FaultPoint.reach("mail.sent")
    let limit = Instant.now + Self.patience
    var hasRung = false
    while true {
      // In this order: a driver that is gone has taken all that it ever will.
      let driver = try store.driver(of: run)
      if try !store.requests(to: run).contains(where: { $0.id == id }) {
        return (id, .taken(refused: try refusal(of: id, after: seq)))
      }
      guard let driver else { return (id, .kept) }
      if !hasRung { ring() }
      hasRung = true
      if Instant.now > limit { return (id, .sent(driver: "process \(driver.pid) on \(driver.host)")) }
      usleep(5000)
    }
  }

  /// A bell that does not ring is no loss: the request is there.
  private func ring() { try? ControlInbox.write(.mail, to: project.folder.run(run).inbox) }

  private func refusal(of id: Int64, after seq: Int64) throws -> String? {
    for stamped in try store.records(of: run, after: seq) {
      if case .requestTaken(id, let refused) = stamped.record { return refused }
    }
    return nil
  }
}
