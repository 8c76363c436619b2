import BatonModel

/// What is behind a number that a gate refuses: the cases, lines and findings, or the steps that it comes from.
struct GateCauses {
  let sources: [GateEvaluation.Source]
  let past: GateEvaluation.Past

  private var summaries: [ResultSummary] { sources.compactMap(\.summary) }

  /// `: c.t1, c.t2 and 3 more`; empty where nothing more is known than the number.
  func text(behind metric: String) -> String {
    switch metric {
    case "failed", "pass_rate":
      return list(summaries.flatMap(\.failures), of: sum("failed"))
    case "flaky", "flaky_rate":
      return list(summaries.flatMap(\.flakyCases), of: sum("flaky"))
    case "skipped": return list(summaries.flatMap(\.skippedCases), of: sum("skipped"))
    case "passed":
      // What did not pass failed or was skipped.
      return list(
        summaries.flatMap(\.failures) + summaries.flatMap(\.skippedCases), of: sum("failed") + sum("skipped"),
        or: { steps(metric) })
    case "new_failures":
      return list(past.newFailures?.cases ?? [], of: past.newFailures?.count ?? 0)
        + (past.newFailures.map { " (against run \($0.run))" } ?? "")
    case "coverage": return list(summaries.flatMap(\.leastCovered), of: 0, or: { steps(metric) })
    case "coverage.changed":
      return list(summaries.flatMap { $0.changed?.gaps ?? [] }, of: 0, or: { steps(metric) })
    case "risk": return risk
    case "duration": return durations
    case _ where metric == "findings" || metric.hasPrefix("findings."):
      let severity = metric.split(separator: ".").dropFirst().first
      let found = summaries.flatMap(\.worstFindings).filter { severity == nil || $0.hasPrefix("\(severity ?? ""): ") }
      return list(found, of: sum(metric), or: { steps(metric) })
    default: return steps(metric)
    }
  }

  private func sum(_ metric: String) -> Int {
    let total = sources.compactMap { $0.metrics[metric] }.filter(\.isFinite).reduce(0, +)
    return total < 1e15 ? Int(max(0, total)) : 0
  }

  private func list(_ items: [String], of count: Int, or other: () -> String = { "" }) -> String {
    guard !items.isEmpty else { return other() }
    // What several steps tell, the cells of a matrix mostly, is told once.
    var times: [String: Int] = [:]
    var order: [String] = []
    for item in items {
      if times[item] == nil { order.append(item) }
      times[item, default: 0] += 1
    }
    let told = order.prefix(GateEvaluation.shown)
    let more = max(count, items.count) - told.reduce(0) { $0 + (times[$1] ?? 0) }
    let names = told.map { name in times[name].map { $0 > 1 ? "\(name) (in \($0) steps)" : name } ?? name }
    return ": " + names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  /// What each step reported, where several did or the step is not clear from the gate.
  private func steps(_ metric: String) -> String {
    let told = sources.compactMap { source in
      source.metrics[metric].flatMap { value in
        source.step.isEmpty ? nil : "\(source.step) \(GateEvaluation.shown(value))"
      }
    }
    return list(told, of: 0)
  }

  /// The steps that took longest.
  private var durations: String {
    if sources.contains(where: { $0.metrics["duration"] != nil }) { return steps("duration") }
    let taken = sources.compactMap { source -> (step: String, took: Span)? in
      guard let started = source.started, let ended = source.ended, !source.step.isEmpty else { return nil }
      return (source.step, ended - started)
    }
    return list(taken.sorted { $0.took > $1.took }.map { "\($0.step) \($0.took.text)" }, of: 0)
  }

  /// Its parts, each with what it is made of.
  private var risk: String {
    guard let risk = GateEvaluation.risk(sources) else { return steps("risk") }
    let parts: [(String, Double, [String])] = [
      ("failures", risk.failures, summaries.flatMap(\.failures)),
      ("flakiness", risk.flakiness, summaries.flatMap(\.flakyCases)),
      ("changed lines", risk.uncovered, summaries.flatMap { $0.changed?.gaps ?? [] }),
      ("findings", risk.findings, summaries.flatMap(\.worstFindings)),
    ]
    let told = parts.filter { $0.1 > 0 }.map { name, value, items in
      let some = items.prefix(3)
      let more = items.count - some.count
      let names = some.isEmpty ? "" : " (\(some.joined(separator: ", "))\(more > 0 ? " and \(more) more" : ""))"
      return "\(name) \(GateEvaluation.shown((value * 1000).rounded() / 1000))\(names)"
    }
    return list(told, of: 0)
  }
}
