import BatonModel

/// What happens to a run, as the machine is told. The cases that carry much do so elsewhere: events come by the thousand.
public enum RunEvent: Sendable {
  /// A driver begins: the facts are loaded, the machine may decide.
  case begin
  /// A process (or a function) of the attempt is there.
  case attemptStarted(NodeIndex, pid: Int32?)
  indirect case attemptEnded(NodeIndex, AttemptResult)
  indirect case reported(NodeIndex, CommandFact)
  /// The answer to ``RunAction/ask(_:_:)``.
  indirect case answered(NodeIndex, Question, Answer)
  /// The answer to ``RunAction/probe(_:after:)``.
  indirect case probed(NodeIndex, Probe)
  /// The answer to ``RunAction/expand(_:after:)``: the axes' values and the nodes, whose indices start at the plan's end.
  indirect case expanded(NodeIndex, axes: [String: Value], Expansion)
  case expansionFailed(NodeIndex, String)
  /// The answer to ``RunAction/judge(_:after:)``.
  indirect case judged(NodeIndex, Judgement)
  /// The answer to ``RunAction/prepare(_:alternative:after:)``.
  indirect case serviceGiven(NodeIndex, ServiceGift)
  indirect case serviceUnprepared(NodeIndex, String)
  /// The answer to ``RunAction/check(_:_:number:after:)``: what went wrong; nil: all is well, and what was emitted.
  indirect case serviceChecked(NodeIndex, number: Int, failure: String?, values: [String: Value] = [:])
  case locked(String)
  indirect case cancel(by: String, reason: String?)
  /// What someone asks of the run. Told once by each driver, what is there already before ``begin``, until the record that
  /// takes it is there.
  indirect case request(Request)
  /// The first Ctrl-C: stop launching, end what runs.
  case interrupt
  /// The second: at once.
  case kill
  indirect case notificationSent(key: String, attempts: Int)
  indirect case notificationFailed(key: String, attempts: Int, error: String)
  /// What the function of a notification said to an event (``RunAction/consider(notification:event:)``).
  indirect case considered(notification: Int, event: Value, Bool)
  /// The answer to ``RunAction/claim(_:after:)``.
  indirect case claimed(NoticeLane, NoticeClaim.Answer)
  /// A durable body ran for a moment.
  indirect case bodyTurned(NodeIndex, BodyTurn)
  /// A body forgets what its records tell behind the point where it took another way.
  indirect case bodyForgot(NodeIndex, keys: [String], reason: String)
  /// A moment that ``RunMachine/nextDeadline`` named has come.
  case tick

  public enum Question: Sendable, Hashable { case when, retry }

  public enum Answer: Sendable, Hashable {
    case yes
    case no(reason: String?)
    case raised(String)
    case halt(String)
    case fail(String)
  }

  public enum Probe: Sendable {
    /// What it measured when it was run is told with it.
    case hit(values: [String: Value], fingerprint: Fingerprint, kept: KeptResults? = nil)
    case miss
    case failed(String)
  }

  public enum Judgement: Sendable {
    case verdict(GateVerdict, fingerprint: Fingerprint?)
    case halt(String)
    case failed(String)
  }

  /// What an attempt tells of itself: a line of `BATON_EVENTS`, or its results.
  public enum CommandFact: Sendable, Hashable {
    case progress(fraction: Double?, text: String?)
    case metric(name: String, value: Double)
    case checkpoint(Value)
    /// Its results were read, from these sources.
    case results(ResultSummary, sources: String)
  }
}

/// What a service is known by, once it is decided.
public struct ServiceGift: Sendable {
  public var alternative: Int?
  public var values: [String: Value]
  public var fingerprint: Fingerprint?

  public init(alternative: Int?, values: [String: Value], fingerprint: Fingerprint?) {
    self.alternative = alternative
    self.values = values
    self.fingerprint = fingerprint
  }
}

/// How an attempt ended, with all that it left.
public struct AttemptResult: Sendable {
  public var outcome: Outcome
  public var started: Instant
  public var ended: Instant
  public var values: [String: Value]
  public var fingerprint: Fingerprint?
  /// Why it counts as succeeded all the same.
  public var note: String?

  public init(
    outcome: Outcome, started: Instant, ended: Instant, values: [String: Value] = [:], fingerprint: Fingerprint? = nil,
    note: String? = nil
  ) {
    self.note = note
    self.outcome = outcome
    self.started = started
    self.ended = ended
    self.values = values
    self.fingerprint = fingerprint
  }
}

/// What a durable body did until it had to wait, or ended.
public struct BodyTurn: Sendable {
  /// In the order of asking.
  public var requests: [BodyRequest]
  public var reports: [BodyReport]
  /// Keys of child steps that it does not need any more.
  public var cancelled: [String]
  /// Keys of child steps whose result it has not asked for yet.
  public var unheeded: [String] = []
  public var next: BodyNext
  /// Where it ended.
  public var fingerprint: Fingerprint?

  public init(
    requests: [BodyRequest] = [], reports: [BodyReport] = [], cancelled: [String] = [], next: BodyNext,
    fingerprint: Fingerprint? = nil
  ) {
    self.requests = requests
    self.reports = reports
    self.cancelled = cancelled
    self.next = next
    self.fingerprint = fingerprint
  }
}

/// What the machine wants done, in order. An effect with `after` waits until the record of that number is durable.
public enum RunAction: Sendable {
  case record(StampedRecord)
  /// Start an attempt of a step, or of its alternative of that number.
  case launch(NodeIndex, attempt: Int, alternative: Int?, after: Int64)
  /// End an attempt; at once when the grace is zero.
  case stop(NodeIndex, grace: Span)
  /// Call the step's function for `when` or `retry.when`.
  indirect case ask(NodeIndex, RunEvent.Question, Outcome?, after: Int64)
  /// Look whether the step's work was done before.
  case probe(NodeIndex, after: Int64)
  /// Make the cells of a matrix.
  case expand(NodeIndex, after: Int64)
  case judge(NodeIndex, after: Int64)
  /// Go on with a durable body: what it waited for has come, these operations among it.
  case proceed(NodeIndex, ended: [String], after: Int64)
  /// A body is not executed any further.
  case drop(NodeIndex)
  /// Decide the ports, the folder and the outputs of a service, as its alternative of that number has them.
  case prepare(NodeIndex, alternative: Int?, after: Int64)
  /// Look how a service is, or run a command of its life.
  case check(NodeIndex, ServiceCheck, number: Int, after: Int64)
  /// A check takes too long, or is not wanted any more.
  case endCheck(NodeIndex, number: Int)
  case lock(String)
  case unlock(String)
  /// Send, or send again, what is due.
  indirect case notify(RunFacts.Outstanding, after: Int64)
  /// A notification that decides by a function: ask it, and if it says so, answer with ``RunEvent/considered``.
  case consider(notification: Int, event: Value)
  /// Ask all runs of the workflow whether a message may leave now.
  indirect case claim(NoticeClaim, after: Int64)
  /// Nothing is left to do.
  case finished(RunStatus, after: Int64)
}
