import BatonModel

/// What the code was when a run began, as far as `.git` tells it without asking git.
public struct CodeState: Sendable, Hashable {
  /// Of HEAD: 40 or 64 hexadecimal digits.
  public var commit: String
  /// nil: HEAD is detached.
  public var branch: String?
  /// Whether a tracked file differs from the commit; nil: not known. Files that git does not know are not looked at.
  public var isDirty: Bool?

  public init(commit: String, branch: String? = nil, isDirty: Bool? = nil) {
    self.commit = commit
    self.branch = branch
    self.isDirty = isDirty
  }

  var value: Value {
    [
      "commit": .string(commit), "branch": RecordCoding.optional(branch), "dirty": isDirty.map { .bool($0) } ?? .null,
    ]
  }

  init?(_ value: Value?) {
    guard let commit = value?["commit"]?.string else { return nil }
    self.init(commit: commit, branch: value?["branch"]?.string, isDirty: value?["dirty"]?.bool)
  }
}

/// What is known of one test case over all runs, or over those on one branch.
public struct CaseHistory: Sendable, Hashable {
  public var identity: TestIdentity
  public var passed: Int
  /// Failed and errored.
  public var failed: Int
  public var skipped: Int
  /// The newest ``CaseFold/window`` outcomes that were executed, the newest last: `p` passed, `f` failed.
  public var recent: String
  /// How often an outcome among them differs from the one before it in the same step.
  public var flips: Int
  /// How often it was seen to fail and to pass with the same code: in one run, or at one commit without changes.
  public var proofs: Int
  /// Of the newest passes; nil where no duration is known.
  public var median: Span?
  public var p95: Span?
  public var firstSeen: Instant
  public var firstRun: String
  public var lastSeen: Instant
  public var lastRun: String
  public var lastStatus: TestStatus
  /// The step that ran it last.
  public var lastStep: String
  public var lastCommit: String?
  /// Of its last failure.
  public var lastMessage: String?
  /// Since when it fails without a pass in between; nil: it does not.
  public var failingSince: Instant?
  public var failingSinceRun: String?

  public init(
    identity: TestIdentity, passed: Int = 0, failed: Int = 0, skipped: Int = 0, recent: String = "", flips: Int = 0,
    proofs: Int = 0, median: Span? = nil, p95: Span? = nil, firstSeen: Instant, firstRun: String, lastSeen: Instant,
    lastRun: String, lastStatus: TestStatus, lastStep: String = ""
  ) {
    self.identity = identity
    self.passed = passed
    self.failed = failed
    self.skipped = skipped
    self.recent = recent
    self.flips = flips
    self.proofs = proofs
    self.median = median
    self.p95 = p95
    self.firstSeen = firstSeen
    self.firstRun = firstRun
    self.lastSeen = lastSeen
    self.lastRun = lastRun
    self.lastStatus = lastStatus
    self.lastStep = lastStep
  }

  public var executed: Int { passed + failed }

  /// In 0…1; nil where it was never executed.
  public var passRate: Double? { executed > 0 ? Double(passed) / Double(executed) : nil }

  /// Flips of the newest outcomes by how many there could be, in 0…1; nil with fewer than two.
  public var flipRate: Double? {
    recent.utf8.count > 1 ? Double(flips) / Double(recent.utf8.count - 1) : nil
  }

  public var flakiness: Flakiness { Flakiness(proofs: proofs, flips: flips, outcomes: recent.utf8.count) }
}

/// Whether a test is flaky, and how that is known.
public enum Flakiness: String, Sendable, CaseIterable {
  /// It passed and failed with the same code.
  case proven
  /// It goes to and fro: of its newest outcomes (at most ``CaseFold/window``), at least ``leastOutcomes``, four or more differ from
  /// the one before, and these are at least 8 %. A test that broke and was mended has two.
  case suspected
  case none

  public static let leastOutcomes = 10
  public static let leastFlips = 4
  public static let leastRate = 0.08

  public init(proofs: Int, flips: Int, outcomes: Int) {
    if proofs > 0 {
      self = .proven
    } else if outcomes >= Self.leastOutcomes, flips >= Self.leastFlips,
      Double(flips) >= Self.leastRate * Double(outcomes - 1)
    {
      self = .suspected
    } else {
      self = .none
    }
  }
}

/// Which test cases are asked for, and in which order.
public struct CaseQuery: Sendable, Hashable {
  public enum View: String, Sendable, CaseIterable {
    /// By name.
    case all
    /// Proven first, then by flips.
    case flaky
    /// The slowest median first.
    case slow
    /// Whose last outcome is a failure, the newest first.
    case failing
  }

  public var view: View
  /// A part of the name, suite or class; case does not matter.
  public var filter: String?
  /// nil: all branches together.
  public var branch: String?
  public var limit: Int

  public init(_ view: View = .all, filter: String? = nil, branch: String? = nil, limit: Int = 50) {
    self.view = view
    self.filter = filter
    self.branch = branch
    self.limit = limit
  }
}

/// One execution of a test case, in its run.
public struct CaseOutcome: Sendable, Hashable {
  public var identity: TestIdentity
  public var run: String
  public var step: String
  public var attempt: Int
  public var status: TestStatus
  public var duration: Span?
  public var message: String?
  /// The cluster of its failure (``FailureSignature/key``).
  public var cluster: Int64?
  public var time: Instant
  public var code: CodeState?
  /// Failures of it that were told in the same place before.
  public var failedBefore: Int

  public init(
    identity: TestIdentity, run: String, step: String, attempt: Int, status: TestStatus, duration: Span? = nil,
    message: String? = nil, cluster: Int64? = nil, time: Instant, code: CodeState? = nil, failedBefore: Int = 0
  ) {
    self.identity = identity
    self.run = run
    self.step = step
    self.attempt = attempt
    self.status = status
    self.duration = duration
    self.message = message
    self.cluster = cluster
    self.time = time
    self.code = code
    self.failedBefore = failedBefore
  }
}

/// How a case ended in a run: its last outcome in one of its steps.
public struct CaseEnd: Sendable, Hashable {
  public var step: String
  /// ``TestIdentity/key``.
  public var test: Int64
  public var status: TestStatus

  public init(step: String, test: Int64, status: TestStatus) {
    self.step = step
    self.test = test
    self.status = status
  }
}
