import BatonCore
import BatonModel
import BatonRuntime

/// A reactor of virtual time: it returns what was planned, the earliest first, and moves the clock there.
public final class VirtualReactor: Reactor {
  public let clock = MockClock()
  private var planned: [(moment: Instant, input: EngineInput)] = []
  private let collecting = CollectingMailbox()

  public init() {}

  public var now: Instant { clock.now }
  public var mailbox: any Mailbox { collecting }

  /// An input comes so long after now; of two at the same moment, the one that was planned first.
  public func plan(_ input: EngineInput, after delay: Span = .zero) {
    let moment = clock.now + delay
    planned.insert((moment, input), at: planned.firstIndex { $0.moment > moment } ?? planned.endIndex)
  }

  public func wait(until moment: Instant?) -> [EngineInput] {
    if !collecting.isEmpty { return [collecting.take()] }
    if let next = planned.first, moment.map({ next.moment <= $0 }) ?? true {
      planned.removeFirst()
      clock.advance(to: next.moment)
      return [next.input]
    }
    guard let moment else { preconditionFailure("the engine waits for ever: nothing is planned") }
    clock.advance(to: moment)
    return []
  }
}

/// A journal in memory whose records become durable after a delay of virtual time.
public final class VirtualJournal: Journal {
  public let run = "run-1"
  public private(set) var records: [StampedRecord] = []
  /// How many records each write had.
  public private(set) var batches: [Int] = []
  /// What was sent to the run and not taken yet.
  public var sent: [Request] = []
  /// After so many records, the disk is full.
  public var capacity = Int.max
  private let reactor: VirtualReactor
  private let delay: Span

  public init(_ reactor: VirtualReactor, delay: Span = Span(milliseconds: 1), records: [StampedRecord] = []) {
    self.reactor = reactor
    self.delay = delay
    self.records = records
  }

  public static let full = BatonError(.failure, "the disk is full")

  public func append(_ records: [StampedRecord], mailbox: any Mailbox) {
    do throws(BatonError) {
      try appendNow(records)
      reactor.plan(.committed(through: records.last?.seq ?? 0), after: delay)
    } catch {
      reactor.plan(.storeFailed(error), after: delay)
    }
  }

  public func appendNow(_ records: [StampedRecord]) throws(BatonError) {
    guard self.records.count + records.count <= capacity else { throw Self.full }
    self.records += records
    batches.append(records.count)
    for record in records {
      if case .requestTaken(let id, _) = record.record { sent.removeAll { $0.id == id } }
    }
  }

  public func requests(after id: Int64) throws(BatonError) -> [Request] { sent.filter { $0.id > id } }

  public func close() {}
}

/// Runs attempts as scripted, in virtual time.
public final class ScriptedExecutor: Executor {
  public private(set) var launches: [Launch] = []
  public private(set) var stopped: [Ticket] = []
  /// How long each of those was given.
  public private(set) var graces: [Span] = []
  public private(set) var masked: [String] = []
  public private(set) var alive: Set<Ticket> = []
  /// Step → how its attempts end; the last one counts for all that follow; success where there is none.
  public var script: [String: [Outcome]] = [:]
  public var values: [String: [String: Value]] = [:]
  /// How long every attempt takes.
  public var duration = Span(milliseconds: 20)
  /// Called at every start.
  public var onStart: (Launch) -> Void = { _ in }
  private let reactor: VirtualReactor

  public init(_ reactor: VirtualReactor) { self.reactor = reactor }

  public func mask(_ secrets: [String]) { masked += secrets }
  public func echo(_ on: Bool) {}

  public func start(_ launch: Launch) {
    onStart(launch)
    launches.append(launch)
    alive.insert(launch.ticket)
    let outcomes = script[launch.step] ?? []
    let outcome = launch.attempt <= outcomes.count ? outcomes[launch.attempt - 1] : outcomes.last ?? .succeeded
    reactor.plan(.attemptStarted(launch.ticket, pid: Int32(1000 + launch.ticket)))
    end(launch.ticket, outcome, after: duration, values: outcome == .succeeded ? values[launch.step] ?? [:] : [:])
  }

  private func end(_ ticket: Ticket, _ outcome: Outcome, after delay: Span, values: [String: Value] = [:]) {
    let report = AttemptReport(outcome: outcome, started: reactor.now, ended: reactor.now + delay, values: values)
    reactor.plan(.attemptEnded(ticket, report), after: delay)
  }

  public func stop(_ ticket: Ticket, grace: Span) {
    stopped.append(ticket)
    graces.append(grace)
    alive.remove(ticket)
    end(ticket, .signaled(15), after: .zero)
  }

  public func lock(_ name: String) { reactor.plan(.locked(name)) }
  public func unlock(_ name: String) {}
  public private(set) var logged: [String: [UInt8]] = [:]
  public func append(_ bytes: [UInt8], toLog path: String) { logged[path, default: []] += bytes }
  public func endLeftovers(tokens: [String], grace: Span) -> [String: Int] { [:] }
}

/// A script whose functions are closures of a test, by their numbers.
public final class ScriptedHost: ScriptHost {
  public var functions: [Int32: ([Value]) -> CallbackResult] = [:]

  public init() {}

  public func call(_ callback: Callback, _ arguments: [Value], limit: Span) -> CallbackResult {
    functions[callback.id]?(arguments) ?? .raised("a test has no function \(callback.id)")
  }

  public func expand(
    _ matrix: PendingMatrix, group: NodeIndex, first: NodeIndex, axes: [String: Value]
  ) throws(Diagnostics) -> Expansion {
    throw Diagnostics([Diagnostic("a test makes its cells by itself")])
  }
}

/// Answers every question with a miss, and every save with success.
public final class EmptyCache: FileCache {
  private let reactor: VirtualReactor

  public init(_ reactor: VirtualReactor) { self.reactor = reactor }

  public func probe(_ request: CacheRequest) {
    reactor.plan(.probed(request.ticket, .miss(inputs: InputDigest(digest: "none", files: nil))))
  }
  public func save(_ request: CacheRequest, values: [String: Value]) { reactor.plan(.saved(request.ticket, .saved)) }
  public func inputs(_ patterns: [String], in workingDirectory: String) throws(BatonError) -> InputDigest {
    InputDigest(digest: "none", files: nil)
  }
  public func image(at path: String) throws(BatonError) -> String { "none" }
}

/// Reads results as scripted.
public final class ScriptedResults: ResultKeeper {
  /// Step → what its attempts' results come to, the last one for all that follow; nothing to tell where there is none.
  public var summaries: [String: [ResultSummary]] = [:]
  /// Step → the files that functions of the script read.
  public var files: [String: [ResultText]] = [:]
  public private(set) var requests: [ResultRequest] = []
  /// What functions of the script told.
  public private(set) var told: [ResultItem] = []
  public private(set) var masked: [String] = []
  /// How long reading takes.
  public var duration = Span(milliseconds: 1)
  /// Path → the cases that a retry is handed.
  public var failed: [String: [Value]] = [:]
  private let reactor: VirtualReactor

  public init(_ reactor: VirtualReactor) { self.reactor = reactor }

  public func mask(_ secrets: [String]) { masked += secrets }

  public func failedCases(in path: String, limit: Int) -> [Value]? { failed[path].map { Array($0.prefix(limit)) } }

  public func texts(_ request: ResultRequest) {
    reactor.plan(.resultTexts(request.ticket, files[request.step] ?? []), after: duration)
  }

  public func read(_ request: ResultRequest, told: [ResultItem]) {
    requests.append(request)
    self.told += told
    let known = summaries[request.step] ?? []
    let summary = request.attempt <= known.count ? known[request.attempt - 1] : known.last
    reactor.plan(.resultsRead(request.ticket, summary), after: duration)
  }
}

public final class RecordingNotifier: Notifier {
  public let channels = ["webhook", "command"]
  public private(set) var messages: [OutgoingMessage] = []
  private let reactor: VirtualReactor

  public init(_ reactor: VirtualReactor) { self.reactor = reactor }

  public func send(_ message: OutgoingMessage) {
    messages.append(message)
    reactor.plan(.notified(key: message.key, .sent(attempts: 1)))
  }
}

public final class RecordingReporter: Reporter {
  public private(set) var records: [StampedRecord] = []
  public private(set) var warnings: [String] = []
  /// Called with every record that is durable.
  public var onRecord: (StampedRecord) -> Void = { _ in }
  public let refreshInterval: Span? = nil

  public init() {}

  public func record(_ record: StampedRecord) {
    records.append(record)
    onRecord(record)
  }
  public func output(step: String, attempt: Int, bytes: [UInt8]) {}
  public func failureTail(step: String, attempt: Int, tail: String) {}
  public func warning(_ text: String) { warnings.append(text) }
  public func resized() {}
  public func refresh(now: Instant) {}
}
