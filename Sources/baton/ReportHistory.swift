import BatonCore
import BatonMeasuring
import BatonModel
import BatonReport
import BatonRuntime

/// What the runs before say: trends, what is different from the last one, and what measurements are compared with.
extension ReportSource {
  func addHistory(to data: inout ReportData, of run: RunSummary, plan: Plan?) throws(BatonError) {
    let commits = CommitLogs(of: data.view.file)
    let path = try store.callPath(of: run.id)
    data.trend = try store.trend(
      workflow: run.workflow, branch: nil, through: run.id, limit: Self.trendRuns)
    let code = data.trend.last.flatMap { $0.run == run.id ? $0.code : nil }
    if data.trend.last?.run == run.id { data.trend.removeLast() }
    let before = data.trend.last
    data.trend.append(current(data, run, code))
    if let before { data.change = try change(data, before, code, commits, path) }
    let measured = try store.measured(before: run.id, limit: ReportBaseline.window)
    for index in data.performance.indices {
      let entry = data.performance[index]
      ReportBaseline.judge(&data.performance[index], before: measured[entry.step]?[entry.name] ?? [])
    }
    data.quality = data.trend.last.flatMap { Quality($0) }
    if data.hasFindings { data.join(try store.findings(of: run.id)) }
    if data.hasTests { try addCases(to: &data, run, commits, path) }
    let tests = Set(data.cases.map { TestIdentity($0.outcome, step: path + $0.step).key })
    var evidence = try RunEvidence(history: store).gather(
      data.view, plan: plan, clusters: data.causes.map(\.cluster), trend: data.trend, tests: tests)
    if let slowest = data.cases.max(by: { ($0.outcome.duration ?? .zero) < ($1.outcome.duration ?? .zero) }),
      let took = slowest.outcome.duration
    {
      evidence.slowest = (TestIdentity(slowest.outcome, step: path + slowest.step).text, took)
    }
    data.recommendations = Recommendation.all(evidence)
  }

  /// Causes, flaky cases, and which failures are new.
  private func addCases(to data: inout ReportData, _ run: RunSummary, _ commits: CommitLogs, _ path: String)
    throws(BatonError)
  {
    data.causes = FailureCause.joined(
      FailureCause.causes(data.cases), with: commits.told(try store.clusters(of: run.id)))
    let known = Set(data.cases.map { TestIdentity($0.outcome, step: path + $0.step).key })
    data.flaky = try store.cases(CaseQuery(.flaky, limit: Self.flakyCases)).filter { known.contains($0.identity.key) }
    guard let change = data.change, change.comparesTests else { return }
    for index in data.cases.indices { data.cases[index].isNewFailure = false }
    for index in change.newPositions { data.cases[index].isNewFailure = true }
  }

  /// As the page itself tells this run.
  private func current(_ data: ReportData, _ run: RunSummary, _ code: CodeState?) -> TrendPoint {
    var point = TrendPoint(
      run: run.id, status: data.view.status, started: run.started, duration: data.view.duration(at: data.now),
      code: code)
    point.tests.passed = data.totals.passed
    point.tests.failed = data.totals.failed
    point.tests.skipped = data.totals.skipped
    point.tests.flaky = data.totals.flaky
    point.lines = data.coverage?.lines ?? 0
    point.coveredLines = data.coverage?.covered ?? 0
    if data.hasFindings {
      for severity in FindingSeverity.allCases { point.findings[severity] = 0 }
      for item in data.findings { point.findings[item.finding.severity, default: 0] += 1 }
    }
    return point
  }

  /// Against the run before, case by case.
  private func change(
    _ data: ReportData, _ before: TrendPoint, _ code: CodeState?, _ commits: CommitLogs, _ path: String
  ) throws(BatonError) -> ReportChange {
    var change = ReportChange(run: before.run, status: before.status, started: before.started)
    let script = try store.script(of: before.run)
    change.isScriptChanged = script.map { !$0.isEmpty && $0 != data.view.digest } ?? false
    if data.hasTests, before.testCount != nil {
      // Called from another cell, its cases are other ones.
      let cell = TestIdentity.cell(of: try store.callPath(of: before.run))
      if cell == TestIdentity.cell(of: path) {
        change.compare(data.cases, calledFrom: path, with: try store.ends(of: before.run))
      }
    }
    if let old = before.code?.commit, let new = code?.commit, old != new { change.log = commits.log(old, new) }
    return change
  }
}

/// What git tells of the commits between runs; each question is asked once.
final class CommitLogs {
  private let reader: CommitReader
  private var known: [String: CommitLog] = [:]
  /// Causes that git is asked for.
  private static let causes = 10

  /// - Parameter script: of the workflow, absolute: runs take note of the repository that it lies in.
  init(of script: String) { reader = CommitReader(folder: File.folder(of: script)) }

  func log(_ good: String, _ bad: String) -> CommitLog {
    let key = "\(good)..\(bad)"
    if let log = known[key] { return log }
    let log = reader.commits(after: good, through: bad)
    known[key] = log
    return log
  }

  /// The causes, with the commits that came with them.
  func told(_ clusters: [FailureCluster]) -> [FailureCluster] {
    var clusters = clusters
    for index in clusters.indices.prefix(Self.causes) {
      guard let (good, bad) = clusters[index].history?.commits else { continue }
      clusters[index].history?.log = log(good, bad)
    }
    return clusters
  }
}
