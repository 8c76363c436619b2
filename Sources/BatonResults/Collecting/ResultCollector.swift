import BatonModel

/// Takes the items of one attempt, keeps them in a file, and sums them up.
///
/// ```swift
/// let collector = ResultCollector(path: folder + "/results.ndjson", mask: secrets.mask)
/// try ResultReader.read(path: "reports/unit.xml", as: .junit) { item in try collector.add(item) }
/// let summary = try collector.finish(file: "results.ndjson")
/// ```
///
/// Memory does not grow with the number of cases, only with that of the failed ones, of the covered lines and of the measured
/// names. Not to be used from two threads at once.
public final class ResultCollector {
  /// The summary keeps so many problems; the last one then counts the others.
  public static let problemLimit = 100
  /// The summary keeps so many names of measurements; all of them are in the file.
  public static let measurementLimit = 10_000

  /// So many cases are kept one by one, and as many failures beside them; of more, all are counted.
  public static let caseLimit = 500_000

  private let path: String
  private let mask: ((String) -> String)?
  private let background: (any BackgroundWork)?
  /// Made with the first item.
  private var file: ItemFile?
  private var summary = ResultSummary()
  private var coverage = CoverageTotals()
  /// Cases that failed and have not passed since, by a hash of their identity → how often they failed.
  private var failures = FailureCounts()
  private var problems = 0
  private var droppedMeasurements = 0
  private var cases = 0
  private var keptFailures = 0
  private var droppedCases = 0

  /// - Parameters:
  ///   - path: Where the items are written, one JSON object a line; a file that is there is replaced. No file is made when there
  ///     are no items.
  ///   - mask: Replaces secrets in a text; applied to every text of an item, in the file and in the summary.
  ///   - background: Writes the file beside the thread that adds the items; nil: that thread does.
  public init(path: String, mask: ((String) -> String)? = nil, background: (any BackgroundWork)? = nil) {
    self.path = path
    self.mask = mask
    self.background = background
  }

  /// Whether it matters from now on which case a passed one is.
  public var hasFailures: Bool { !failures.isEmpty }

  /// Keeps an item.
  /// - Parameter hash: Of a test case: what tells it from others, where the caller knows it; to be given always or never.
  /// - Returns: Whether it is a test case that failed before, and had not passed since.
  /// - Throws: When the file cannot be written.
  @discardableResult
  public func add(_ item: ResultItem, hash: UInt64? = nil) throws(ResultFileError) -> Bool {
    if file == nil { file = try ItemFile(path: path, mask: mask, background: background) }
    guard case .test(let outcome) = item else {
      try file?.append(item)
      count(item)
      return false
    }
    // Only where some failed does it matter which case it is.
    let identity = outcome.status.isFailure || hasFailures ? hash ?? Self.identity(outcome) : nil
    let before = identity.map { failures[$0] } ?? 0
    if isKept(outcome.status, hasFailed: before > 0) { try file?.append(item) } else { droppedCases += 1 }
    count(outcome, before)
    guard let identity else { return false }
    if outcome.status.isFailure {
      failures[identity] = before + 1
    } else if outcome.status == .passed, before > 0 {
      failures[identity] = 0
    }
    return before > 0
  }

  /// Writes what is left, makes the file durable, and says what it all comes to. To be called once, at the end.
  ///
  /// - Parameter name: What ``ResultSummary/file`` is to be, when there is a file: its path relative to the run's folder.
  /// - Throws: When the file cannot be written.
  public func finish(file name: String) throws(ResultFileError) -> ResultSummary {
    if coverage.isIncomplete { note("coverage has more lines than can be merged: some are left out") }
    if droppedCases > 0 {
      note("\(droppedCases) of \(cases) cases are counted, and not kept one by one: there are too many")
    }
    if droppedMeasurements > 0 { note("\(droppedMeasurements) measurements more than the summary keeps") }
    summary.lines = coverage.lines
    summary.coveredLines = coverage.coveredLines
    if problems > Self.problemLimit {
      summary.problems[Self.problemLimit - 1] = "\(problems - Self.problemLimit + 1) more problems are not listed"
    }
    guard file != nil else { return summary }
    summary.digest = try file?.finish()
    file = nil
    summary.file = name
    return summary
  }

  private func isKept(_ status: TestStatus, hasFailed: Bool) -> Bool {
    cases += 1
    if cases <= Self.caseLimit { return true }
    // What makes failures good has to stand behind them.
    guard status.isFailure else { return status == .passed && hasFailed }
    keptFailures += 1
    return keptFailures <= Self.caseLimit
  }

  private func count(_ item: ResultItem) {
    switch item {
    case .test: break
    case .finding(let finding): summary.findings[finding.severity, default: 0] += 1
    case .coverage(let file): coverage.add(file)
    case .measurement(let measurement):
      let name = mask?(measurement.name) ?? measurement.name
      if summary.measurements.count < Self.measurementLimit || summary.measurements[name] != nil {
        summary.measurements[name] = measurement.value
      } else {
        droppedMeasurements += 1
      }
    case .trace: break
    case .problem(let message): note(mask?(message) ?? message)
    }
  }

  private func note(_ problem: String) {
    problems += 1
    if problems <= Self.problemLimit { summary.problems.append(problem) }
  }

  /// - Parameter before: how often the case failed and has not passed since.
  private func count(_ outcome: TestOutcome, _ before: Int) {
    if let duration = outcome.duration { summary.duration = summary.duration + duration }
    switch outcome.status {
    case .failed, .errored:
      if outcome.quarantine == nil { summary.failed += 1 } else { summary.quarantined += 1 }
    case .skipped: summary.skipped += 1
    case .passed:
      summary.passed += 1
      // A pass makes its own failures good: they count no more, but the case is flaky.
      if outcome.quarantine == nil { summary.failed -= before } else { summary.quarantined -= before }
      if before > 0 || outcome.failedBefore > 0 { summary.flaky += 1 }
    }
  }

  private static func identity(_ outcome: TestOutcome) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(outcome.suite)
    hasher.combine(outcome.className)
    hasher.combine(outcome.name)
    hasher.combine(outcome.parameters)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
