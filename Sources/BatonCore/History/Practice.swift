import BatonModel

/// How a step fared in the newest runs of its workflow.
public struct StepPractice: Sendable, Hashable {
  public var step: String
  /// Runs in which it was executed.
  public var executed: Int
  /// Of these, those in which it needed more than one attempt.
  public var retried: Int
  /// Runs in which its outputs came out of the cache.
  public var cached: Int
  /// Of its last attempts; nil where none is known.
  public var longest: Span?

  public init(step: String, executed: Int, retried: Int = 0, cached: Int = 0, longest: Span? = nil) {
    self.step = step
    self.executed = executed
    self.retried = retried
    self.cached = cached
    self.longest = longest
  }
}

/// What a gate found in the newest runs of its workflow, the newest first.
public struct GatePractice: Sendable, Hashable {
  public var gate: String
  public var verdicts: [Verdict]

  public struct Verdict: Sendable, Hashable {
    public var passed: Bool
    /// Metric → value.
    public var measured: [String: Double]

    public init(passed: Bool, measured: [String: Double]) {
      self.passed = passed
      self.measured = measured
    }
  }

  public init(gate: String, verdicts: [Verdict]) {
    self.gate = gate
    self.verdicts = verdicts
  }
}

/// What recommendations rest on. Everything comes from records; what is empty or nil is not known.
public struct Evidence: Sendable {
  /// Of the views that matter, failing and flaky; others do no harm.
  public var cases: [CaseHistory] = []
  /// The causes of the run's failures.
  public var clusters: [FailureCluster] = []
  /// The oldest run first; the last one is the run itself.
  public var trend: [TrendPoint] = []
  public var steps: [StepPractice] = []
  public var gates: [GatePractice] = []
  /// The workflow's own words on timeouts, caches and gates.
  public var plan: Plan?
  /// The run's slowest test and how long the run took.
  public var slowest: (test: String, duration: Span)?
  public var duration: Span?
  public var changed: ChangedCoverage?

  public init() {}
}
