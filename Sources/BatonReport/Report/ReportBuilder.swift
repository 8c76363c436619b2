import BatonCore
import BatonModel

/// Puts together what the results of a run's attempts tell, item by item, so that no file of items stands in memory as a whole.
///
/// Of each step the last attempt with results says which cases there are; the attempts before it only add how these cases ended
/// then. A case that failed and passed later in the same results is one case (as ``ResultSummary`` counts it), and flaky.
///
/// ```swift
/// var builder = ReportBuilder(ReportData(view: view, now: now, clock: clock))
/// builder.begin(step: "e2e", attempt: 2, isLast: true)
/// builder.add(item)
/// let data = builder.finish()
/// ```
public struct ReportBuilder {
  private var data: ReportData
  private var step = ""
  private var attempt = 0
  private var isLast = true
  /// Of the step: how its cases ended in earlier attempts.
  private var before: [Identity: [ReportCase.Attempt]] = [:]
  /// Of the attempt: cases that failed and have not passed since → their positions.
  private var failures: [Identity: [Int]] = [:]
  private var dropped: Set<Int> = []
  /// File → line → whether it was executed.
  private var coverage: [String: [Int: Bool]] = [:]
  private var measured: [String: Int] = [:]
  private var changedLines: ReportCoverage.ChangedLines?
  /// Step → what the record says of its results: where it knows of more cases than there are items, it counts.
  private var told: [String: ResultSummary] = [:]

  private struct Identity: Hashable {
    var suite: String
    var className: String
    var name: String
    var parameters: String

    init(_ outcome: TestOutcome) {
      suite = outcome.suite
      className = outcome.className
      name = outcome.name
      parameters = outcome.parameters
    }
  }

  public init(_ data: ReportData) { self.data = data }

  /// The items that follow are of this attempt; the attempts of a step come one after the other, oldest first.
  public mutating func begin(step: String, attempt: Int, isLast: Bool) {
    if self.step != step { before = [:] }
    self.step = step
    self.attempt = attempt
    self.isLast = isLast
    failures = [:]
  }

  public mutating func add(_ item: ResultItem) {
    switch item {
    case .test(let outcome):
      data.hasTests = true
      if isLast { keep(outcome) } else { remember(outcome) }
    case .finding(let finding):
      guard isLast else { return }
      data.hasFindings = true
      data.findings.append(ReportFinding(step: step, finding: finding))
    case .coverage(let file):
      guard isLast else { return }
      coverage[file.file, default: [:]].merge(file.lines.mapValues { $0 > 0 }) { $0 || $1 }
    case .measurement(let measurement):
      guard isLast else { return }
      measure(measurement.name, measurement.value, measurement.unit)
    case .trace: break
    case .problem(let text):
      guard isLast else { return }
      data.problems.append(ReportNote(step: step, text: text))
    }
  }

  /// What the record of the attempt's results says that its items do not: coverage of changed lines, and that findings were
  /// looked for.
  public mutating func take(_ summary: ResultSummary) {
    if summary.tests > 0 { data.hasTests = true }
    told[step] = summary
    if !summary.findings.isEmpty { data.hasFindings = true }
    guard let changed = summary.changed, changed.problem == nil else { return }
    let before = changedLines
    changedLines = ReportCoverage.ChangedLines(
      base: changed.base, lines: (before?.lines ?? 0) + changed.lines,
      covered: (before?.covered ?? 0) + changed.coveredLines, gaps: (before?.gaps ?? []) + changed.gaps)
  }

  /// The items of the attempt can't be read: what its record says of them counts.
  public mutating func lose(_ summary: ResultSummary, why: String) {
    data.problems.append(
      ReportNote(step: step, text: "its cases are lost (\(why)); the numbers are those of the run's record"))
  }

  /// A value that a step told by itself.
  public mutating func measure(step: String, _ name: String, _ value: Double) {
    self.step = step
    measure(name, value, nil)
  }

  private mutating func measure(_ name: String, _ value: Double, _ unit: String?) {
    // The last value told under a name is what counts, as in the record's summary.
    let key = "\(step)\u{0}\(name)"
    if let position = measured[key] {
      data.performance[position].value = value
    } else {
      measured[key] = data.performance.count
      data.performance.append(
        PerformanceEntry(
          step: step, name: name, value: value, unit: unit, method: "no earlier run to compare with"))
    }
  }

  private mutating func remember(_ outcome: TestOutcome) {
    if outcome.attempt != nil { return }
    let identity = Identity(outcome)
    let ended = ReportCase.Attempt(number: attempt, status: outcome.status)
    if before[identity]?.last?.number == attempt { before[identity]?.removeLast() }
    before[identity, default: []].append(ended)
  }

  private mutating func keep(_ outcome: TestOutcome) {
    let identity = Identity(outcome)
    var item = ReportCase(step: step, outcome: outcome)
    item.quarantine = outcome.quarantine
    // In quarantine, a failure fails nothing here either.
    if outcome.status.isFailure, outcome.quarantine != nil {
      item.excused = outcome.status
      item.outcome.status = .skipped
      data.cases.append(item)
      return
    }
    let history = before.isEmpty ? [] : before[identity] ?? []
    if !history.isEmpty {
      // A retry of the failed tests alone did not run it again.
      let last = outcome.attempt == nil ? [ReportCase.Attempt(number: attempt, status: outcome.status)] : []
      item.attempts = history + last
    }
    switch outcome.status {
    case .failed, .errored: failures[identity, default: []].append(data.cases.count)
    case .skipped: break
    case .passed:
      guard !failures.isEmpty, let failed = failures.removeValue(forKey: identity), let first = failed.first else {
        break
      }
      // Its own failures are made good: one case, in the place of the first.
      item.outcome.failedBefore += failed.count
      data.cases[first] = item
      dropped.formUnion(failed.dropFirst())
      return
    }
    data.cases.append(item)
  }

  /// What all of it comes to.
  public mutating func finish() -> ReportData {
    if !dropped.isEmpty {
      data.cases = data.cases.indices.filter { !dropped.contains($0) }.map { data.cases[$0] }
      dropped = []
    }
    var counted: [String: ReportTotals] = [:]
    for item in data.cases { count(item, in: &counted[item.step, default: ReportTotals()]) }
    for (step, summary) in told where summary.tests > counted[step]?.tests ?? 0 {
      var totals = ReportTotals()
      (totals.passed, totals.failed, totals.skipped) = (summary.passed, summary.failed, summary.skipped)
      totals.quarantined = summary.quarantined
      (totals.flaky, totals.duration) = (summary.flaky, summary.duration)
      counted[step] = totals
    }
    for totals in counted.values {
      data.totals.passed += totals.passed
      data.totals.failed += totals.failed
      data.totals.skipped += totals.skipped
      data.totals.flaky += totals.flaky
      data.totals.quarantined += totals.quarantined
      data.totals.duration = data.totals.duration + totals.duration
    }
    data.findings = data.findings.enumerated().sorted {
      (Self.rank($0.element.finding.severity), $0.offset) < (Self.rank($1.element.finding.severity), $1.offset)
    }.map(\.element)
    if !coverage.isEmpty {
      let files = coverage.map { name, lines in
        ReportCoverage.File(name: name, lines: lines.count, covered: lines.values.count { $0 })
      }
      data.coverage = ReportCoverage(
        lines: files.reduce(0) { $0 + $1.lines }, covered: files.reduce(0) { $0 + $1.covered },
        files: files.sorted { ($1.missing, $0.name) < ($0.missing, $1.name) }, changed: changedLines)
    }
    return data
  }

  private func count(_ item: ReportCase, in totals: inout ReportTotals) {
    switch item.outcome.status {
    case .passed: totals.passed += 1
    case .failed, .errored: totals.failed += 1
    case .skipped where item.excused != nil: totals.quarantined += 1
    case .skipped: totals.skipped += 1
    }
    if item.isFlaky { totals.flaky += 1 }
    if let duration = item.outcome.duration { totals.duration = totals.duration + duration }
  }

  private static func rank(_ severity: FindingSeverity) -> Int {
    FindingSeverity.allCases.firstIndex(of: severity) ?? 0
  }
}
