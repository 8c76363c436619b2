import BatonCore
import BatonModel

/// Names one attempt within one engine: a small number, never used twice.
public typealias Ticket = Int

/// All that an executor needs to run one attempt.
public struct Launch: Sendable {
  public var ticket: Ticket
  public var step: String
  /// 1-based.
  public var attempt: Int
  /// Program and arguments; the program is looked up in its `PATH` when it has no `/`.
  public var arguments: [String]
  /// Replaces or adds to the engine's own environment. The executor adds `BATON_OUTPUT`, `BATON_EVENTS` and `BATON_ATTEMPT`.
  public var extraEnvironment: [(name: String, value: String)]
  /// Absolute.
  public var workingDirectory: String
  /// What the process reads from standard input; nil: nothing (`/dev/null`).
  public var standardInput: String?
  /// The names of the tests that it is to run: the process finds them, one a line, in the file that `BATON_TESTS` names; nil:
  /// there is no such variable.
  public var tests: [String]?
  /// Where the output goes, appended; made when the first byte comes. Absolute.
  public var log: String
  /// In the environment of every process of the attempt as `BATON_ATTEMPT`; unique over all runs.
  public var token: String
  /// The lock that the processes of this attempt hold as long as one of them lives (see ``Executor/lock(_:)``).
  public var mutex: String?
  /// A file that the attempt's standard output goes to (``LaunchBuilder``): it becomes the value `text`, and the log's end.
  public var capture: String?
  public var role: Role
  /// nil: that of this machine.
  public var network: LaunchNetwork?
  private var aside: Aside?

  /// What an attempt is there for.
  public enum Role: Sendable, Hashable {
    case step
    /// It runs until it is ended, and dies with the engine.
    case service
    /// A probe of a service, or a command of its life.
    case errand(String)
  }

  public init(
    ticket: Ticket, step: String, attempt: Int, arguments: [String],
    extraEnvironment: [(name: String, value: String)] = [], workingDirectory: String, standardInput: String? = nil,
    log: String, token: String, mutex: String? = nil, capture: String? = nil,
    role: Role = .step
  ) {
    self.ticket = ticket
    self.step = step
    self.attempt = attempt
    self.arguments = arguments
    self.extraEnvironment = extraEnvironment
    self.workingDirectory = workingDirectory
    self.standardInput = standardInput
    self.log = log
    self.token = token
    self.mutex = mutex
    self.capture = capture
    self.role = role
  }
}

// MARK: What most attempts have nothing of

extension Launch {
  /// Kept apart: it is larger than all the rest, and launches are copied.
  fileprivate struct Rest: Sendable {
    var elsewhere: Elsewhere?
    var lease: LeaseRequest?
  }

  fileprivate indirect enum Aside: Sendable { case rest(Rest) }

  private var rest: Rest {
    get { if case .rest(let rest) = aside { rest } else { Rest() } }
    set { aside = newValue.elsewhere == nil && newValue.lease == nil ? nil : .rest(newValue) }
  }

  /// nil: it is a process of this machine.
  public var elsewhere: Elsewhere? {
    get { rest.elsewhere }
    set { if aside != nil || newValue != nil { rest.elsewhere = newValue } }
  }

  /// What it leases while it runs: whoever starts it runs it through ``LeaseRequest/command``.
  public var lease: LeaseRequest? {
    get { rest.lease }
    set { if aside != nil || newValue != nil { rest.lease = newValue } }
  }
}

/// How an attempt's processes ended: the whole tree is gone, its output is in the log.
public struct AttemptReport: Sendable {
  /// `exited`, `signaled`, `unstartable` (no such program, no such folder, no shell, no process to be had), `failed`
  /// (what it wrote to `BATON_OUTPUT` could not be read); `exited(0)` is told as `succeeded`.
  public var outcome: Outcome
  public var started: Instant
  public var ended: Instant
  /// What it appended to `BATON_OUTPUT`, secrets masked.
  public var values: [String: Value]
  /// The end of the output, at most 4 KB, secrets masked, for the message of a failure.
  public var tail: String
  /// Bytes of output in all.
  public var outputBytes: Int64
  /// Why it counts as succeeded though its exit code is another than 0: what its results say.
  public var note: String?

  public init(
    outcome: Outcome, started: Instant, ended: Instant, values: [String: Value] = [:], tail: String = "",
    outputBytes: Int64 = 0
  ) {
    self.outcome = outcome
    self.started = started
    self.ended = ended
    self.values = values
    self.tail = tail
    self.outputBytes = outputBytes
  }
}

/// One line of `BATON_EVENTS`.
public enum CommandReport: Sendable, Hashable {
  case progress(fraction: Double?, text: String?)
  case metric(name: String, value: Double)
  case checkpoint(Value)
  /// A line that is none of these: what is wrong with it.
  case unreadable(String)
}
