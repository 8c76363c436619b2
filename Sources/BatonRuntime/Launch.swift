import BatonCore
import BatonModel

/// Names one attempt within one engine: a small number, never used twice.
public typealias Ticket = Int

/// The run that attempts belong to: one object for all of them.
public final class LaunchRun: Sendable {
  public let id: String
  /// The name of its workflow.
  public let workflow: String
  public let folder: RunFolder

  public init(id: String, workflow: String, folder: RunFolder) {
    self.id = id
    self.workflow = workflow
    self.folder = folder
  }
}

/// All that an executor needs to run one attempt. What follows from something else is made when it is asked for: a simulation
/// starts a hundred thousand a second, and asks for none of it.
public struct Launch: Sendable {
  public var ticket: Ticket
  public var step: String
  /// 1-based.
  public var attempt: Int
  /// Program and arguments; the program is looked up in its `PATH` when it has no `/`.
  public var arguments: [String]
  /// What it is given beside ``identity``. The executor adds `BATON_OUTPUT`, `BATON_EVENTS` and `BATON_ATTEMPT`.
  public var extraEnvironment: [(name: String, value: String)]
  /// Absolute.
  public var workingDirectory: String
  public var role: Role
  public let run: LaunchRun
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
    extraEnvironment: [(name: String, value: String)] = [], workingDirectory: String, role: Role = .step,
    of run: LaunchRun
  ) {
    self.ticket = ticket
    self.step = step
    self.attempt = attempt
    self.arguments = arguments
    self.extraEnvironment = extraEnvironment
    self.workingDirectory = workingDirectory
    self.role = role
    self.run = run
  }

  /// What every process knows of its place in the run.
  public var identity: [(name: String, value: String)] {
    [
      ("BATON_RUN", run.id), ("BATON_WORKFLOW", run.workflow), ("BATON_STEP", step),
      ("BATON_ATTEMPT_NUMBER", String(attempt)),
    ]
  }

  /// Replaces or adds to the engine's own environment; of a name that stands twice, the last counts.
  public var environment: [(name: String, value: String)] { identity + extraEnvironment }

  /// In the environment of every process of the attempt as `BATON_ATTEMPT`; unique over all runs.
  public var token: String {
    let token = LaunchToken.text(run: run.id, attempt: StepAttempt(step: step, number: attempt))
    if case .errand(let name) = role { return LaunchToken.text(errand: name, of: token) }
    return token
  }

  /// Where the output goes, appended; made when the first byte comes. Absolute.
  public var log: String { isSilent ? "/dev/null" : run.folder.log(step: step, attempt: attempt) }
}

// MARK: What most attempts have nothing of

extension Launch {
  /// Kept apart: it is larger than all the rest, and launches are copied.
  fileprivate struct Rest: Sendable {
    var standardInput: String?
    var tests: [String]?
    var mutex: String?
    var capture: String?
    var network: LaunchNetwork?
    var elsewhere: Elsewhere?
    var lease: LeaseRequest?
    var isSilent = false
  }

  fileprivate indirect enum Aside: Sendable { case rest(Rest) }

  private var rest: Rest? { if case .rest(let rest) = aside { rest } else { nil } }

  /// - Parameter isNothing: There is nothing to set.
  private mutating func set(isNothing: Bool, _ change: (inout Rest) -> Void) {
    if isNothing, aside == nil { return }
    var rest = rest ?? Rest()
    change(&rest)
    aside = .rest(rest)
  }

  /// What the process reads from standard input; nil: nothing (`/dev/null`).
  public var standardInput: String? {
    get { rest?.standardInput }
    set { set(isNothing: newValue == nil) { $0.standardInput = newValue } }
  }

  /// The names of the tests that it is to run: the process finds them, one a line, in the file that `BATON_TESTS` names; nil:
  /// there is no such variable.
  public var tests: [String]? {
    get { rest?.tests }
    set { set(isNothing: newValue == nil) { $0.tests = newValue } }
  }

  /// The lock that the processes of this attempt hold as long as one of them lives (see ``Executor/lock(_:)``).
  public var mutex: String? {
    get { rest?.mutex }
    set { set(isNothing: newValue == nil) { $0.mutex = newValue } }
  }

  /// A file that the attempt's standard output goes to (``LaunchBuilder``): it becomes the value `text`, and the log's end.
  public var capture: String? {
    get { rest?.capture }
    set { set(isNothing: newValue == nil) { $0.capture = newValue } }
  }

  /// nil: that of this machine.
  public var network: LaunchNetwork? {
    get { rest?.network }
    set { set(isNothing: newValue == nil) { $0.network = newValue } }
  }

  /// nil: it is a process of this machine.
  public var elsewhere: Elsewhere? {
    get { rest?.elsewhere }
    set { set(isNothing: newValue == nil) { $0.elsewhere = newValue } }
  }

  /// What it leases while it runs: whoever starts it runs it through ``LeaseRequest/command``.
  public var lease: LeaseRequest? {
    get { rest?.lease }
    set { set(isNothing: newValue == nil) { $0.lease = newValue } }
  }

  /// Its output is in nobody's log.
  public var isSilent: Bool {
    get { rest?.isSilent ?? false }
    set { set(isNothing: !newValue) { $0.isSilent = newValue } }
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
