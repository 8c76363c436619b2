import BatonCore
import BatonModel

/// The database of a project: its runs and their records.
public protocol Store: AnyObject {
  /// Makes a run and takes its lease. The id is made by who asks: sortable by time, unique.
  ///
  /// - Parameter caller: run and step that call the workflow (`01HX/deploy`); nil: a person started it.
  func create(
    run id: String, workflow: String, file: String, caller: String?, at: Instant
  ) throws(BatonError) -> any Journal
  /// Takes the lease of a run; `.busy` when another live process drives it.
  func open(run id: String) throws(BatonError) -> any Journal
  /// The records of a run behind a number, in order.
  func records(of run: String, after seq: Int64) throws(BatonError) -> [StampedRecord]
  /// Newest first.
  func runs(limit: Int?) throws(BatonError) -> [RunSummary]
  /// How long each step took when it last succeeded in this workflow.
  func durations(workflow: String) throws(BatonError) -> [String: Span]
  /// Leaves a request for the driver of a run, whether one lives or not; durable when it returns. Needs no lease.
  ///
  /// - Returns: the request's number.
  func send(_ request: Request, to run: String) throws(BatonError) -> Int64
  /// What was sent to a run and not taken yet, in the order in which it was sent.
  func requests(to run: String) throws(BatonError) -> [Request]
  /// The status of the newest run of the workflow that ended before this one.
  func previousStatus(workflow: String, before run: String) throws(BatonError) -> RunStatus?
  /// Why runs of the workflow other than this one failed since one last succeeded (``FailureCause``), and what people were told
  /// that something failed of in those that did not succeed, however they ended; one whose driver was killed counts as ended.
  func openFailures(workflow: String, before run: String) throws(BatonError) -> OpenFailures
  /// Whether a message may leave, by what all runs of the workflow have sent and left; durable when it returns. Asked again
  /// under the same key, the answer is the same.
  func claim(_ claim: NoticeClaim) throws(BatonError) -> NoticeClaim.Answer
}

extension Store {
  /// Makes a run that a person started.
  public func create(
    run id: String, workflow: String, file: String, at time: Instant
  ) throws(BatonError) -> any Journal {
    try create(run: id, workflow: workflow, file: file, caller: nil, at: time)
  }
}

/// One driver's way to append to one run. Holds the run's lease until it is closed.
public protocol Journal: AnyObject {
  var run: String { get }
  /// Makes the records durable on a thread of its own, all or none, after those given before; the answer is
  /// `committed(through:)` or `storeFailed`.
  func append(_ records: [StampedRecord], mailbox: any Mailbox)
  /// What was sent to the run behind a number, in order. A ``Record/requestTaken(id:refused:)`` takes it away for good.
  func requests(after id: Int64) throws(BatonError) -> [Request]
  /// As ``append(_:mailbox:)``, on this thread: returns when they are durable.
  func appendNow(_ records: [StampedRecord]) throws(BatonError)
  /// The caller is about to wait: what was kept for the next ``appendNow(_:)`` is given back.
  func rest()
  /// Writes what an attempt reported ahead of the record that tells of it (`measured`), in pieces between which other records
  /// are written, where there is so much that they would have to wait for it. Nobody sees it until that record is written.
  ///
  /// - Returns: whether there is so much; then the answer is `resultsWritten`, before which the record must not be appended.
  func write(_ results: ResultsToWrite, mailbox: any Mailbox) -> Bool
  /// Gives the lease back.
  func close()
}

extension Journal {
  /// Everything is written with its record.
  public func write(_ results: ResultsToWrite, mailbox: any Mailbox) -> Bool { false }
  /// Nothing was kept.
  public func rest() {}
}

/// The items that the results of an attempt consist of.
public struct ResultsToWrite: Sendable {
  public var ticket: Ticket
  public var step: String
  public var attempt: Int
  /// Relative to the run's folder.
  public var file: String
  /// When they were read.
  public var time: Instant

  public init(ticket: Ticket, step: String, attempt: Int, file: String, time: Instant) {
    self.ticket = ticket
    self.step = step
    self.attempt = attempt
    self.file = file
    self.time = time
  }
}

/// One run, as `baton runs` lists it.
public struct RunSummary: Sendable, Hashable {
  public var id: String
  public var workflow: String
  public var file: String
  /// As recorded; `running` with a dead driver is told as `interrupted`.
  public var status: RunStatus
  public var started: Instant
  public var ended: Instant?
  /// How long nobody drove it, between its drivers; of a run that has ended or is driven.
  public var idle = Span.zero
  /// Steps by status.
  public var counts: [StepStatus: Int]
  /// The driver, when one lives: `pid 123 on host`.
  public var driver: String?
  /// Steps and gates that wait for people, of a run that goes on or waits.
  public var waitsFor: [String] = []
  /// Run and step that called it (`01HX/deploy`), of a called workflow.
  public var caller: String?

  public init(
    id: String, workflow: String, file: String, status: RunStatus, started: Instant, ended: Instant? = nil,
    caller: String? = nil,
    counts: [StepStatus: Int] = [:], driver: String? = nil
  ) {
    self.id = id
    self.workflow = workflow
    self.file = file
    self.status = status
    self.started = started
    self.ended = ended
    self.caller = caller
    self.counts = counts
    self.driver = driver
  }
}
