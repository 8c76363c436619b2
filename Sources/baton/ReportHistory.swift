import BatonCore
import BatonModel
import BatonReport
import BatonResults
import BatonRuntime

/// What the runs before say: trends, what is different from the last one, and what measurements are compared with.
extension ReportSource {
  func addHistory(to data: inout ReportData, of run: RunSummary) throws(BatonError) {
    let earlier = try store.runs(limit: nil).filter {
      $0.workflow == run.workflow && $0.id != run.id && ($0.started, $0.id) < (run.started, run.id) && $0.ended != nil
    }
    var views: [(run: RunSummary, view: RunView)] = []
    // A report stays quick however large the runs before were.
    var steps = 0
    for before in earlier.prefix(Self.trendRuns - 1) {
      steps += before.counts.values.reduce(0, +)
      guard views.isEmpty || steps <= Self.historySteps else { break }
      views.append((before, RunView(run: before.id, records: try store.records(of: before.id, after: 0))))
    }
    data.trend = views.reversed().map { point($0.run, $0.view) } + [current(data, run)]
    var known: [(run: RunSummary, view: RunView, cases: [ReportCase])] = []
    var tests = 0
    for (before, view) in views where data.hasTests {
      tests += view.tests.total
      guard known.isEmpty || tests <= Self.historyTests, let cases = cases(of: view) else { break }
      known.append((before, view, cases))
    }
    if let last = views.first { data.change = change(data, last.run, last.view, known.first?.cases) }
    addCauses(to: &data, run, known)
    compare(&data, views.filter { $0.run.status == .succeeded }.prefix(ReportBaseline.window).map(\.view))
  }

  private func point(_ run: RunSummary, _ view: RunView) -> ReportTrendPoint {
    var point = ReportTrendPoint(
      run: run.id, started: run.started, status: run.status, duration: run.ended.map { max(.zero, $0 - run.started) })
    let counts = view.tests
    if counts.total > 0 {
      point.tests = counts.total
      point.failed = counts.failed
      point.flaky = counts.flaky
      point.passRate = counts.passRate
    }
    point.coverage = coverage(view)
    return point
  }

  /// Of all steps that read coverage; where several did, of their lines together.
  private func coverage(_ view: RunView) -> Double? {
    var lines = 0
    var covered = 0
    for step in view.steps {
      guard let summary = view.summary(of: step.name) else { continue }
      lines += summary.lines
      covered += summary.coveredLines
    }
    return lines > 0 ? Double(covered) / Double(lines) : nil
  }

  private func current(_ data: ReportData, _ run: RunSummary) -> ReportTrendPoint {
    var point = ReportTrendPoint(
      run: run.id, started: run.started, status: data.view.status, duration: data.view.duration(at: data.now))
    if data.totals.tests > 0 {
      point.tests = data.totals.tests
      point.failed = data.totals.failed
      point.flaky = data.totals.flaky
      point.passRate = data.totals.passRate
    }
    point.coverage = data.coverage?.rate
    return point
  }

  /// Since when the causes of failures are known, and what is flaky over the runs.
  private func addCauses(
    to data: inout ReportData, _ run: RunSummary, _ known: [(run: RunSummary, view: RunView, cases: [ReportCase])]
  ) {
    guard data.hasTests else { return }
    var history = RecentCases()
    for before in known.reversed() {
      history.add(.init(id: before.run.id, started: before.run.started), before.cases)
    }
    history.add(.init(id: run.id, started: run.started), data.cases)
    data.causes = FailureGrouping.causes(data.cases)
    for index in data.causes.indices {
      guard let first = data.causes[index].cases.first,
        let (seen, runs) = history.sightings(of: data.cases[first].outcome)
      else { continue }
      data.causes[index].firstRun = seen.id
      data.causes[index].firstSeen = seen.started
      data.causes[index].runs = runs
    }
    data.flaky = history.flaky
    guard let change = data.change, change.comparesTests else { return }
    for index in data.cases.indices { data.cases[index].isNewFailure = false }
    for index in change.newPositions { data.cases[index].isNewFailure = true }
  }

  /// nil where a file of results can't be read any more.
  private func cases(of view: RunView) -> [ReportCase]? {
    var builder = ReportBuilder(ReportData(view: view, now: view.time, clock: .utc))
    let folder = project.folder.run(view.run)
    for step in view.steps where view.summary(of: step.name) != nil {
      let measured = (view.results[step.name] ?? []).sorted { $0.attempt < $1.attempt }
      for (index, attempt) in measured.enumerated() {
        builder.begin(step: step.name, attempt: attempt.attempt, isLast: index == measured.count - 1)
        guard let file = attempt.summary.file else { continue }
        do { try ResultsFile.read("\(folder.path)/\(file)") { builder.add($0) } } catch { return nil }
      }
    }
    return builder.finish().cases
  }

  /// Against the run before, case by case.
  private func change(
    _ data: ReportData, _ run: RunSummary, _ view: RunView, _ before: [ReportCase]?
  ) -> ReportChange {
    var change = ReportChange(run: run.id, status: run.status, started: run.started)
    change.isScriptChanged = !view.digest.isEmpty && view.digest != data.view.digest
    if let before, data.hasTests, view.tests.total > 0 { change.compare(data.cases, with: before) }
    return change
  }

  /// Each measurement against what successful runs before measured.
  private func compare(_ data: inout ReportData, _ views: [RunView]) {
    for index in data.performance.indices {
      let entry = data.performance[index]
      let before = views.compactMap { view in
        view.metrics[entry.step]?[entry.name] ?? view.summary(of: entry.step)?.measurements[entry.name]
      }
      ReportBaseline.judge(&data.performance[index], before: before)
    }
  }
}
