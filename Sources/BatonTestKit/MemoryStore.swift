import BatonCore
import BatonModel
import BatonRuntime

/// A store that forgets everything when it goes away: the fake of the port, held to the same suite as the real ones.
public final class MemoryStore: Store {
  final class Run {
    let id: String
    let workflow: String
    let file: String
    let caller: String?
    let created: Instant
    var records: [StampedRecord] = []
    var view: RunView
    var requests: [Request] = []
    weak var journal: MemoryJournal?

    init(id: String, workflow: String, file: String, caller: String?, created: Instant) {
      self.id = id
      self.workflow = workflow
      self.file = file
      self.caller = caller
      self.created = created
      view = RunView(run: id)
    }

    var isDriven: Bool { journal?.isClosed == false }
  }

  private var runs: [Run] = []
  private var lastRequest: Int64 = 0
  private let board = MemoryNoticeBoard()

  public init() {}

  public func claim(_ claim: NoticeClaim) throws(BatonError) -> NoticeClaim.Answer { board.claim(claim) }

  public func openFailures(workflow: String, before run: String) throws(BatonError) -> OpenFailures {
    let success = ended(workflow, but: run).first { $0.view.status == .succeeded }?.view.ended
    var open = OpenFailures()
    for other in runs where other.workflow == workflow && other.id != run && other.view.status != .succeeded {
      guard let last = other.view.ended ?? (other.isDriven ? nil : other.records.last?.time) else { continue }
      if let success, last <= success { continue }
      open.add(RunFacts(other.records))
    }
    return open
  }

  public func create(
    run id: String, workflow: String, file: String, caller: String?, at time: Instant
  ) throws(BatonError) -> any Journal {
    guard run(id) == nil else { throw BatonError(.failure, "there is a run \(id) already") }
    let run = Run(id: id, workflow: workflow, file: file, caller: caller, created: time)
    runs.append(run)
    return lease(run)
  }

  public func open(run id: String) throws(BatonError) -> any Journal {
    guard let run = run(id) else { throw BatonError(.usage, "there is no run \(id)") }
    guard !run.isDriven else { throw BatonError(.busy, "run \(id) is driven by this process") }
    return lease(run)
  }

  private func lease(_ run: Run) -> MemoryJournal {
    let journal = MemoryJournal(run)
    run.journal = journal
    return journal
  }

  private func run(_ id: String) -> Run? { runs.first { $0.id == id } }

  /// Makes the next appends to a run fail, as a full disk would, until it is nil again.
  public func fail(run id: String, with error: BatonError?) { run(id)?.journal?.failure = error }

  /// Ends the driver of a run as SIGKILL would.
  public func kill(run id: String) { run(id)?.journal?.close() }

  public func records(of run: String, after seq: Int64) throws(BatonError) -> [StampedRecord] {
    self.run(run)?.records.filter { $0.seq > seq } ?? []
  }

  public func runs(limit: Int?) throws(BatonError) -> [RunSummary] {
    let newest = runs.reversed().sorted { $0.created > $1.created }
    return newest.prefix(limit ?? .max).map { run in
      var view = run.view
      if !run.isDriven { view.markInterrupted() }
      var summary = RunSummary(
        id: run.id, workflow: run.workflow, file: run.file, status: view.status, started: run.created,
        ended: view.ended, caller: run.caller, counts: view.counts, driver: run.isDriven ? "pid 0 on memory" : nil)
      summary.waitsFor = view.waiting.map(\.name).sorted()
      return summary
    }
  }

  public func durations(workflow: String) throws(BatonError) -> [String: Span] {
    var newest: [String: AttemptEnd] = [:]
    for run in runs where run.workflow == workflow {
      for stamped in run.records {
        guard case .stepEnded(let end) = stamped.record, end.kind == .step, end.status == .succeeded,
          let attempt = end.attempt
        else { continue }
        if let other = newest[end.step], other.ended > attempt.ended { continue }
        newest[end.step] = attempt
      }
    }
    return newest.mapValues { $0.ended - $0.started }
  }

  public func send(_ request: Request, to run: String) throws(BatonError) -> Int64 {
    guard let target = self.run(run) else { throw BatonError(.usage, "there is no run \(run)") }
    lastRequest += 1
    var sent = request
    sent.id = lastRequest
    target.requests.append(sent)
    return sent.id
  }

  public func requests(to run: String) throws(BatonError) -> [Request] { self.run(run)?.requests ?? [] }

  public func previousStatus(workflow: String, before run: String) throws(BatonError) -> RunStatus? {
    let limit = self.run(run)?.view.ended
    return ended(workflow, but: run).first { other in limit.map { other.view.ended ?? $0 <= $0 } ?? true }?.view.status
  }

  /// The runs of a workflow that have ended, the one that ended last first.
  private func ended(_ workflow: String, but run: String) -> [Run] {
    runs.reversed().filter { $0.workflow == workflow && $0.id != run && $0.view.ended != nil }
      .sorted { ($0.view.ended ?? $0.created) > ($1.view.ended ?? $1.created) }
  }
}

/// Appends to a run of a ``MemoryStore``; answers at once.
final class MemoryJournal: Journal {
  private let target: MemoryStore.Run
  var failure: BatonError?
  private(set) var isClosed = false

  init(_ target: MemoryStore.Run) { self.target = target }

  var run: String { target.id }

  func append(_ records: [StampedRecord], mailbox: any Mailbox) {
    do throws(BatonError) {
      try appendNow(records)
      mailbox.post(.committed(through: target.records.last?.seq ?? 0))
    } catch {
      mailbox.post(.storeFailed(error))
    }
  }

  func appendNow(_ records: [StampedRecord]) throws(BatonError) {
    if let failure { throw failure }
    guard !records.isEmpty else { return }
    guard !isClosed else { throw BatonError(.failure, "the journal of run \(run) is closed") }
    var next = (target.records.last?.seq ?? 0) + 1
    for record in records {
      guard record.seq == next else {
        throw BatonError(.failure, "records of run \(run) out of order: \(record.seq) where \(next) is due")
      }
      next += 1
    }
    for record in records {
      target.view.apply(record)
      if case .requestTaken(let id, _) = record.record { target.requests.removeAll { $0.id == id } }
    }
    target.records += records
  }

  func requests(after id: Int64) throws(BatonError) -> [Request] { target.requests.filter { $0.id > id } }

  func close() { isClosed = true }
}
