import BatonCore
import BatonModel
import BatonRuntime

/// Finds the files of results that an attempt wrote, reads them, and keeps what they tell with the run.
///
/// Everything is done on one thread of its own, so that reading a gigabyte never stalls the engine.
public final class ResultGatherer: ResultKeeper, Sendable {
  private let worker = SerialWorker()
  private let mailbox: any Mailbox
  private let secrets = Guarded(SecretSet())
  private let claims = ResultClaims()
  /// The steps that the run is called from, with a slash behind each.
  private let callPath: String

  public init(mailbox: any Mailbox, callPath: String = "") {
    self.mailbox = mailbox
    self.callPath = callPath
  }

  public func mask(_ secrets: [String]) { self.secrets.change { $0.add(secrets) } }

  public func texts(_ request: ResultRequest) {
    let (mailbox, claims) = (mailbox, claims)
    let isTaken = worker.submit { mailbox.post(.resultTexts(request.ticket, ResultTexts.read(request, claims))) }
    if !isTaken { mailbox.post(.resultTexts(request.ticket, [])) }
  }

  public func read(_ request: ResultRequest, told: [ResultItem]) {
    let (mailbox, secrets, claims, callPath) = (mailbox, secrets, claims, callPath)
    let isTaken = worker.submit {
      var gathering = Gathering(request, secrets.value, claims, callPath: callPath)
      mailbox.post(.resultsRead(request.ticket, gathering.run(told)))
    }
    if isTaken { return }
    var summary = ResultSummary()
    summary.problems = ["the thread that reads results cannot be started"]
    mailbox.post(.resultsRead(request.ticket, summary))
  }

  public func failedCases(in path: String, limit: Int) -> [Value]? { Self.failedCases(in: path, limit: limit) }

  /// The same without a thread of its own.
  public static func failedCases(in path: String, limit: Int) -> [Value]? { FailedTests.read(path, limit: limit) }

  /// What becomes of results that are known: no file of the step is read, what is kept goes to the run's folder as ever.
  public static func summary(_ request: ResultRequest, of items: [ResultItem]) -> ResultSummary {
    var gathering = Gathering(request, SecretSet())
    return gathering.run(items, readsFiles: false)
  }

  public func stands(
    _ items: String, of step: String, _ quarantine: [QuarantineEntry], at moment: Instant
  ) -> Bool {
    Quarantine.stands(items, of: callPath + step, quarantine, at: moment)
  }

  /// Finishes what was asked for, and ends the thread.
  public func close() { worker.close() }
}

/// A value that several threads read and change.
private final class Guarded<Wrapped: Sendable>: @unchecked Sendable {
  // Sound because `stored` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var stored: Wrapped

  init(_ value: Wrapped) { stored = value }

  var value: Wrapped { monitor.withLock { stored } }

  func change(_ change: (inout Wrapped) -> Void) { monitor.withLock { change(&stored) } }
}
