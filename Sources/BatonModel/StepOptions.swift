/// Everything that a step may say beside its name, command and dependencies.
public struct StepOptions: Sendable, Hashable {
  /// A value in a box of its own, so that a hundred thousand steps that say nothing special share one.
  public final class Shared: Sendable {
    public let value: StepOptions
    public init(_ value: StepOptions) { self.value = value }
    public static let standard = Shared(StepOptions())
  }

  public enum When: Sendable, Hashable {
    case succeeded, failed, finished
    /// `function(deps)` → boolean, reason.
    case callback(Callback)
  }

  /// What a resumed run does with an attempt that was cut off.
  public enum Interrupted: String, Sendable, CaseIterable { case rerun, fail, ask }

  /// `on_divergence` of a durable body.
  public enum OnDivergence: String, Sendable, CaseIterable {
    /// The body fails, and the message tells what differs.
    case fail
    /// What was recorded behind that point is forgotten, and done anew.
    case rerun
  }

  public enum Cache: Sendable, Hashable {
    case off, on
    /// On, with something of the user's in the key.
    case keyed(Expr)
  }

  public var description: String?
  public var when: When = .succeeded
  /// Added to the workflow's.
  public var env: [String: Template] = [:]
  /// Relative to the folder of the workflow's file; nil: that folder.
  public var cwd: Template?
  public var shell: [String] = StepOptions.standardShell
  public var stdin: Template?
  /// The names of the tests that it is to run: handed over in the file that `$BATON_TESTS` names, one a line; nil: all.
  public var tests: Expr?
  /// For one attempt.
  public var timeout: Span?
  /// For the step, retries and waits included.
  public var deadline: Span?
  /// Between the polite signal and the kill.
  public var grace = Span(seconds: 10)
  public var retry = RetryPolicy.none
  public var failover: [Alternative] = []
  public var allowFailure = false
  public var priority: Int64 = 0
  public var tags: [String] = []
  /// Name → amount; memory in bytes.
  public var resources: [String: Double] = ["cpu": 1]
  public var mutex: String?
  /// What it leases while it runs.
  public var leases: [LeaseSpec] = []
  /// Globs, relative to `cwd`.
  public var inputs: [Template] = []
  public var outputs: [Template] = []
  public var cache = Cache.off
  public var artifacts: [Template] = []
  /// Where its results are read from, once an attempt has ended.
  public var results: [ResultSource] = []
  /// After so many failed tests the runner is to stop (`BATON_MAX_FAILURES`).
  public var maxFailures: Int?
  public var executor = ExecutorSpec.local
  public var network = NetworkSpec.host
  public var undo: Command?
  public var interrupted = Interrupted.rerun
  /// Standard output becomes the value `text` (`ctx:sh`, `ctx:exec`).
  public var captures = false
  /// Of a durable body: what happens when it asks for something else than its records tell.
  public var onDivergence = OnDivergence.fail
  /// Which fields the script gave this node itself, as opposed to inherited or standard ones; for `baton plan --json`.
  public var given: Set<String> = []

  public static let standardShell = ["/bin/sh", "-c"]

  public init() {}
}

/// Another way to do a step, tried when the retries are used up: what it says replaces what the step says.
public struct Alternative: Sendable, Hashable {
  public var command: Command?
  public var env: [String: Template]?
  public var cwd: Template?
  public var shell: [String]?
  public var stdin: Template?
  public var timeout: Span?
  public var grace: Span?
  public var retry: RetryPolicy?
  public var executor: ExecutorSpec?

  public init() {}
}
