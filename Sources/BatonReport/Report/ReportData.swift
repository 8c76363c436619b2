import BatonCore
import BatonModel

/// All that a report says of a run. Every part comes from a record; what is empty or nil is not known, and every form of the
/// report says so instead of showing a zero.
public struct ReportData: Sendable {
  /// The run: steps, attempts, verdicts, messages.
  public var view: RunView
  /// When the report is made: what still runs has run until then.
  public var now: Instant
  public var clock: WallClock
  /// What waits for what; nil where it is not on record, or too large.
  public var graph: ReportGraph?
  /// How many nodes the run's plan has; nil: it is not on record.
  public var planned: Int?
  /// Whether any step read results of tests.
  public var hasTests = false
  /// Every test case of every step, in the order of the steps and, within them, of the results.
  public var cases: [ReportCase] = []
  /// What the cases come to. Of a step whose items are lost, what its record says of them.
  public var totals = ReportTotals()
  /// Steps whose results came out of the cache, and where they were measured.
  public var cached: [CachedStep] = []
  /// What could not be read, and of which step.
  public var problems: [ReportNote] = []
  /// Failures that have the same cause, the most frequent first.
  public var causes: [FailureCause] = []
  /// Cases of this run that are flaky over all runs, the worst first.
  public var flaky: [CaseHistory] = []
  /// Runs of this workflow up to this one, which is the last; the oldest first.
  public var trend: [TrendPoint] = []
  /// What is different from the run before; nil: there is none that has ended.
  public var change: ReportChange?
  public var performance: [PerformanceEntry] = []
  /// The worst first.
  public var findings: [ReportFinding] = []
  /// Whether any file of findings was read: without one, no finding means nothing.
  public var hasFindings = false
  public var coverage: ReportCoverage?
  /// nil: too little was measured for a grade.
  public var quality: Quality?
  public var recommendations: [Recommendation] = []
  public var environment: [ReportFact] = []
  public var artifacts: [ReportArtifact] = []
  /// The ends of what failed steps printed.
  public var tails: [ReportTail] = []

  public init(view: RunView, now: Instant, clock: WallClock) {
    self.view = view
    self.now = now
    self.clock = clock
  }

  /// Steps and gates, as the run shows them; groups are left out.
  public var steps: [StepView] { view.steps.filter { $0.kind != .group } }

  public var failedSteps: [StepView] { steps.filter { $0.status == .failed && !$0.allowed } }

  /// The positions of the cases that failed, in their order.
  public var failures: [Int] { cases.indices.filter { cases[$0].outcome.status.isFailure } }

  /// Takes over since when findings are known, and adds those of steps whose items are lost.
  public mutating func join(_ known: [KnownFinding]) {
    struct Key: Hashable {
      var step: String
      var key: Int64
    }
    let index = Dictionary(
      known.map { (Key(step: $0.step, key: KnownFinding.key($0.finding)), $0) }, uniquingKeysWith: { first, _ in first }
    )
    for position in findings.indices {
      let item = findings[position]
      guard let found = index[Key(step: item.step, key: KnownFinding.key(item.finding))] else { continue }
      findings[position].firstRun = found.firstRun
      findings[position].firstSeen = found.firstSeen
    }
    let told = Set(findings.map(\.step))
    for found in known where !told.contains(found.step) {
      var item = ReportFinding(step: found.step, finding: found.finding)
      item.firstRun = found.firstRun
      item.firstSeen = found.firstSeen
      findings.append(item)
    }
  }

  /// Findings that no run before had.
  public var newFindings: Int { findings.count { $0.firstRun == view.run } }

  /// What the gates found last, in the order of their first verdicts.
  public var verdicts: [RunView.Judged] {
    var last: [String: RunView.Judged] = [:]
    var order: [String] = []
    for judged in view.verdicts {
      if last.updateValue(judged, forKey: judged.verdict.gate) == nil { order.append(judged.verdict.gate) }
    }
    return order.compactMap { last[$0] }
  }
}

/// A step that was not run, and whose results came out of the cache.
public struct CachedStep: Sendable, Hashable {
  public var step: String
  public var origin: Measured.Origin

  public init(step: String, origin: Measured.Origin) {
    self.step = step
    self.origin = origin
  }
}

/// A test case as this run saw it.
public struct ReportCase: Sendable, Hashable {
  public var step: String
  /// Its last execution.
  public var outcome: TestOutcome
  /// Attempt of the step → how it ended there, in order; the last is that of ``outcome``.
  public var attempts: [Attempt]
  /// Whether it failed here and not in the run before; nil: that is not known.
  public var isNewFailure: Bool?
  /// Somebody has said that its failure does not count, and why.
  public var quarantine: String?
  /// How it failed all the same: then its outcome is told as skipped.
  public var excused: TestStatus?

  public struct Attempt: Sendable, Hashable {
    public var number: Int
    public var status: TestStatus

    public init(number: Int, status: TestStatus) {
      self.number = number
      self.status = status
    }
  }

  public init(step: String, outcome: TestOutcome, attempts: [Attempt] = []) {
    self.step = step
    self.outcome = outcome
    self.attempts = attempts
  }

  /// Failed, and passed later in the same run.
  public var isFlaky: Bool {
    outcome.status == .passed && (outcome.failedBefore > 0 || attempts.contains { $0.status.isFailure })
  }

  /// `shop.cart.test_sum[1-2]`: what distinguishes it among the cases of its suite.
  public var title: String { Self.title(of: outcome) }

  public static func title(of outcome: TestOutcome) -> String {
    let name = outcome.parameters.isEmpty ? outcome.name : "\(outcome.name)[\(outcome.parameters)]"
    return outcome.className.isEmpty ? name : "\(outcome.className).\(name)"
  }

  /// How it ended: of a failure in quarantine, how it failed.
  public var status: TestStatus { excused ?? outcome.status }

  /// Why it failed or was skipped, in a line or two; of a failure in quarantine, with until when, by whom and why.
  public var message: String? {
    guard excused != nil else { return outcome.message }
    let text = [quarantine, outcome.message ?? outcome.type].compactMap(\.self).joined(separator: "; ")
    return text.isEmpty ? nil : text
  }

  /// `tests/cart.py:12`; nil where it is not known.
  public var place: String? {
    guard let file = outcome.file, !file.isEmpty else { return nil }
    return outcome.line.map { "\(file):\($0)" } ?? file
  }
}

/// How many test cases ended how.
public struct ReportTotals: Sendable, Hashable {
  public var passed = 0
  /// Failed and errored.
  public var failed = 0
  public var skipped = 0
  /// Of the passed ones: those that failed first.
  public var flaky = 0
  /// Failed, in quarantine: neither passed nor failed.
  public var quarantined = 0
  /// The sum of the cases' durations.
  public var duration = Span.zero

  public init() {}

  public var tests: Int { passed + failed + skipped + quarantined }
  /// Of those that were not skipped, in 0…1; nil where none ran.
  public var passRate: Double? { passed + failed > 0 ? Double(passed) / Double(passed + failed) : nil }
}

/// Something to be known about a step.
public struct ReportNote: Sendable, Hashable {
  public var step: String
  public var text: String

  public init(step: String, text: String) {
    self.step = step
    self.text = text
  }
}

/// What is different from the run before.
public struct ReportChange: Sendable, Hashable {
  /// The run that is compared with.
  public var run: String
  public var status: RunStatus
  public var started: Instant
  /// Cases by title: fail here and did not there, or the other way round; fail in both.
  public var newFailures: [String] = []
  /// Positions of the new failures in ``ReportData/cases``.
  public var newPositions: [Int] = []
  public var fixed: [String] = []
  public var stillFailing: [String] = []
  /// How many cases are in only one of the two.
  public var added = 0
  public var removed = 0
  /// What git knows of the commits in between; nil: nobody asked.
  public var log: CommitLog?
  /// Whether the two runs' test cases could be compared.
  public var comparesTests = false
  /// Whether the workflow's script is another one.
  public var isScriptChanged = false

  public init(run: String, status: RunStatus, started: Instant) {
    self.run = run
    self.status = status
    self.started = started
  }
}
