import BatonModel

/// A fact of a run. Records are the truth of Baton: what the machine decides becomes a record first and an effect after;
/// after a crash, the same records applied again give the same state.
///
/// Steps are named, not numbered, so that the records outlive an edit of the script.
public indirect enum Record: Sendable, Hashable {
  /// The run began: what it runs and with what.
  case runStarted(RunStarted)
  /// A driver carries the run on.
  case runResumed(RunResumed)
  /// The steps may start from now on; written ahead of their turn. Not an event for people.
  case intended([StepAttempt])
  /// A process (or a function) of the attempt is there, and what of the pool it holds; nil: one processor, as most do, or nothing,
  /// as services do.
  case attemptStarted(StepAttempt, executor: String, pid: Int32?, demand: [String: Double]? = nil)
  /// An attempt ended, but not the step: it will be tried again.
  case attemptFailed(AttemptEnd, next: Next)
  /// The step ended, with the attempt where there was one.
  case stepEnded(StepEnd)
  /// A matrix over refs got its cells: the axes' values, and what it got (nil: an older Baton wrote it).
  case expanded(group: String, axes: [String: Value], cells: PlanShape? = nil)
  /// A gate was judged.
  case gateJudged(GateVerdict)
  /// A command reported a metric.
  case metric(step: String, attempt: Int, name: String, value: Double)
  /// The results of an attempt were read; written before its end.
  case measured(Measured)
  /// A command reported how far it is.
  case progress(step: String, attempt: Int, fraction: Double?, text: String?)
  /// A command saved a place to go on from.
  case checkpoint(step: String, attempt: Int, value: Value)
  /// Nothing that has not started starts any more.
  case halting(reason: String, by: String?)
  /// Someone asked for the end of the run.
  case cancelRequested(by: String, reason: String?)
  /// A message would be due, and waits to become one with others. The key is what it would be sent under.
  case notificationHeld(name: String, key: String, event: Value)
  /// Messages that waited are left to the runs that follow.
  case notificationLeft(name: String, keys: [String])
  /// A message has to be sent: all that was held for the same receiver until then is in it. The key is the same however often
  /// it is tried.
  case notificationDue(name: String, key: String, event: Value)
  case notificationSent(name: String, key: String, attempts: Int)
  case notificationFailed(name: String, key: String, attempts: Int, error: String)
  case runEnded(RunStatus, reason: String?)
  /// A durable body asked for operations, in this order; those that were done at once with their results.
  case operated(step: String, [Operation])
  /// An operation that is no child step ended.
  case operationEnded(step: String, key: String, OperationResult)
  /// Operations of a body that count no more, with all that is below them.
  case forgotten(step: String, keys: [String], reason: String)
  /// A gate or a step waits for people. Once more by each driver that carries the run on.
  case asked(Question)
  case answered(Answer)
  case signalReceived(Signal)
  /// A request was taken from the inbox, with the records beside this one; or refused, with the reason.
  case requestTaken(id: Int64, refused: String?)
  /// A service came to something, or it was decided; its starts are told as those of steps are.
  case serviceChanged(ServiceChange)

  /// The reason of ``forgotten(step:keys:reason:)`` where all that a body did was undone.
  public static let undone = "it was undone"

  /// How an attempt that failed goes on.
  public enum Next: Sendable, Hashable {
    /// Again, not before this moment.
    case retry(at: Instant)
    /// With the alternative of this number (0-based).
    case failOver(to: Int)
    /// When the run is resumed: the attempt was cut off.
    case onResume
    /// Once the services that it lost are back: this was no try of its own.
    case again
    /// Not at all: what the durable body did is undone, and then its step ends.
    case undo

    /// Where the step stands until then.
    public var status: StepStatus {
      switch self {
      case .retry, .failOver, .again: .retrying
      case .onResume: .pending
      case .undo: .running
      }
    }
  }
}

public struct RunStarted: Sendable, Hashable {
  public var workflow: String
  /// The script, absolute.
  public var file: String
  /// Digest of the script's text.
  public var digest: String
  public var params: [String: Value]
  public var observations: Observations
  /// Who (user@host) and with which options.
  public var by: String
  public var options: RunOptions
  /// Where it takes place: host, system, kernel, processor, memory, commit, branch, by these names.
  public var machine: [String: String] = [:]
  /// Resource → how much of it steps may use at the same time; bytes of memory.
  public var pool: [String: Double] = [:]
  /// nil: it is in no git repository.
  public var code: CodeState?
  /// Tests whose failures fail nothing: what the script and the project's database said.
  public var quarantine: [QuarantineEntry] = []
  /// What is to be done; nil: an older Baton started it.
  public var plan: PlanShape?

  public init(
    workflow: String, file: String, digest: String, params: [String: Value], observations: Observations, by: String,
    options: RunOptions
  ) {
    self.workflow = workflow
    self.file = file
    self.digest = digest
    self.params = params
    self.observations = observations
    self.by = by
    self.options = options
  }
}

/// What a run was asked for on the command line.
public struct RunOptions: Sendable, Hashable {
  /// `-j`; nil: the machine's.
  public var jobs: Int?
  /// Only these steps and what they depend on; empty: all.
  public var only: [String] = []
  /// Only steps with one of these tags and what they depend on; empty: all.
  public var tags: [String] = []
  /// `--no-cache`: caches are not asked, but written.
  public var noCache = false
  /// `--changed-since`; nil: everything runs.
  public var changes: ChangeScope?

  public init() {}
}

/// What was asked of a resumption: repairs are recorded with who and when.
public struct RunResumed: Sendable, Hashable {
  public var by: String
  public var digest: String
  public var observations: Observations
  /// Steps that lose what they had: they, and what depends on them, run again. With the reason.
  public var invalidated: [String: String]
  /// The reason of a group that only has to end again: its cells stay what they are.
  public static let memberRunsAgain = "one of its members runs again"
  /// `--skip`: taken as skipped by hand, and as succeeded by their dependents.
  public var skipped: [String]
  /// `--set STEP.value=V`: values accepted as a step's own; the step counts as succeeded.
  public var set: [String: [String: Value]]
  /// The reason of a durable body that is executed again against its records.
  public static let bodyReplays = "it replays its records"
  /// Steps that the workflow does not have any more.
  public var removed: [String] = []
  /// What is said of them.
  public static let removedStep = "the workflow has no such step any more"
  /// Body → operations that count no more, with all that is below them.
  public var forgotten: [String: [String]] = [:]
  /// Resource → how much of it there is now.
  public var pool: [String: Double] = [:]
  /// What the code is now.
  public var code: CodeState?
  /// What is in quarantine now.
  public var quarantine: [QuarantineEntry] = []
  /// `--only`: nothing but these starts; empty: no limit.
  public var only: [String]
  public var jobs: Int?
  public var noCache: Bool
  /// Why it was asked for, as who asked wrote it.
  public var reason: String?

  /// `ann: the numbers are of yesterday`: who made a repair, and why where that was said.
  public var signature: String { reason.map { "\(by): \($0)" } ?? by }
  /// What is to be done now.
  public var plan = Planned.untold

  public enum Planned: Sendable, Hashable {
    /// An older Baton carried the run on.
    case untold
    /// What was to be done before.
    case asBefore
    /// The script is another one, or what the cells of a matrix are made from.
    case anew(PlanShape)
  }

  public init(
    by: String, digest: String, observations: Observations, invalidated: [String: String] = [:], skipped: [String] = [],
    set: [String: [String: Value]] = [:], only: [String] = [], jobs: Int? = nil, noCache: Bool = false
  ) {
    self.by = by
    self.digest = digest
    self.observations = observations
    self.invalidated = invalidated
    self.skipped = skipped
    self.set = set
    self.only = only
    self.jobs = jobs
    self.noCache = noCache
  }
}

/// One attempt of a step.
public struct StepAttempt: Sendable, Hashable {
  public var step: String
  /// 1-based, counted over the whole run, resumptions included.
  public var number: Int

  public init(step: String, number: Int) {
    self.step = step
    self.number = number
  }
}

/// What the results of an attempt say.
public struct Measured: Sendable, Hashable {
  public var step: String
  /// 0: the step was not run, its results came out of the cache.
  public var attempt: Int
  public var summary: ResultSummary
  /// Of where they were read from (``ResultSource/digest(of:)``): when it changes, they are read anew.
  public var sources: String
  /// Of results out of the cache: where they were measured.
  public var origin: Origin?

  /// An attempt of a run.
  public struct Origin: Sendable, Hashable {
    public var run: String
    public var step: String
    public var attempt: Int

    public init(run: String, step: String, attempt: Int) {
      self.run = run
      self.step = step
      self.attempt = attempt
    }
  }

  public init(step: String, attempt: Int, summary: ResultSummary, sources: String, origin: Origin? = nil) {
    self.step = step
    self.attempt = attempt
    self.summary = summary
    self.sources = sources
    self.origin = origin
  }
}

/// How an attempt ended.
public struct AttemptEnd: Sendable, Hashable {
  public var step: String
  public var number: Int
  public var outcome: Outcome
  public var started: Instant
  public var ended: Instant
  public var executor: String

  public init(
    step: String, number: Int, outcome: Outcome, started: Instant, ended: Instant, executor: String = "local"
  ) {
    self.step = step
    self.number = number
    self.outcome = outcome
    self.started = started
    self.ended = ended
    self.executor = executor
  }
}

/// How a step (or gate, or group) ended.
public struct StepEnd: Sendable, Hashable {
  public var step: String
  /// Groups and gates end as steps do, but are not counted with them.
  public var kind: NodeKind
  /// A terminal one.
  public var status: StepStatus
  /// Why, where the status does not say it all: what failed upstream, what `when` said, how the last attempt ended.
  public var reason: String?
  /// The attempt that decided, where there was one.
  public var attempt: AttemptEnd?
  /// What the step emitted; of one that failed: its last attempt.
  public var values: [String: Value]
  /// What the step's work was made of; nil where nothing ran.
  public var fingerprint: Fingerprint?
  /// A failure that does not fail the run.
  public var allowed: Bool
  /// Of a durable body that failed: the operations whose failure it did not catch.
  public var causes: [String]

  public init(
    step: String, status: StepStatus, reason: String? = nil, attempt: AttemptEnd? = nil, values: [String: Value] = [:],
    fingerprint: Fingerprint? = nil, allowed: Bool = false, kind: NodeKind = .step, causes: [String] = []
  ) {
    self.step = step
    self.kind = kind
    self.status = status
    self.reason = reason
    self.attempt = attempt
    self.values = values
    self.fingerprint = fingerprint
    self.allowed = allowed
    self.causes = causes
  }

  /// Whether a resumed run can leave it at that: the step succeeded, failed or was skipped with a permission (`allow_failure`,
  /// `--skip`), or was skipped by its own `when` (which is all that its fingerprint tells then).
  public var isSettled: Bool { status.isSuccess || allowed || (status == .skipped && fingerprint != nil) }

  /// What refs to the step give; nil: it neither succeeded nor failed with a permission (`allow_failure`).
  public var usableValues: [String: Value]? { status.isSuccess || (status == .failed && allowed) ? values : nil }
}

/// An operation of a durable body, as it was asked for.
public struct Operation: Sendable, Hashable {
  public var kind: OperationKind
  /// Its identity within the body.
  public var key: String
  /// What was asked for, in words; long ones are kept as their beginning and hash.
  public var text: String
  public var line: Int32
  /// When a wait ends by itself.
  public var due: Instant?
  /// Where it was done at once.
  public var result: OperationResult?

  public init(
    kind: OperationKind, key: String, text: String, line: Int32, due: Instant? = nil, result: OperationResult? = nil
  ) {
    self.kind = kind
    self.key = key
    self.text = text
    self.line = line
    self.due = due
    self.result = result
  }
}

/// What a gate decided and from what.
public struct GateVerdict: Sendable, Hashable {
  public var gate: String
  public var passed: Bool
  /// One for each requirement, or, where it refused, for each that is not met: `pass_rate = 0.97, required >= 0.98`.
  public var findings: [String]
  /// Metric → what it was.
  public var measured: [String: Double]
  public var otherwise: GateSpec.Otherwise

  public init(
    gate: String, passed: Bool, findings: [String], measured: [String: Double] = [:], otherwise: GateSpec.Otherwise
  ) {
    self.gate = gate
    self.passed = passed
    self.findings = findings
    self.measured = measured
    self.otherwise = otherwise
  }

  /// What its `check` refused for, beside what else is not met.
  public mutating func refuse(_ reason: String?) {
    if passed { findings = [] }
    passed = false
    findings.append(reason ?? "its check said no")
  }
}

/// What a step's work is made of: named parts, so that a difference can be told.
public struct Fingerprint: Sendable, Hashable {
  /// Part (`run`, `env.CC`, `inputs`, `ref build.out.version`) → its value, or `digest:…` and a beginning where it is long.
  /// In the order of the names.
  public var parts: [Part]

  public struct Part: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(parts: [Part]) { self.parts = parts }
}

/// A record in its place.
public struct StampedRecord: Sendable, Hashable {
  /// 1, 2, 3, … without gaps within a run.
  public var seq: Int64
  public var time: Instant
  public var record: Record

  public init(seq: Int64, time: Instant, record: Record) {
    self.seq = seq
    self.time = time
    self.record = record
  }
}
