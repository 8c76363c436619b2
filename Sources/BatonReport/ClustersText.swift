import BatonCore
import BatonModel

/// The causes behind the failures of a run.
public enum ClustersText {
  static let shown = 10
  static let shownCases = 3
  static let shownCommits = 5

  /// `214 failures, 3 causes`, then each with its cases and where it came from; empty where nothing failed.
  public static func section(_ clusters: [FailureCluster], clock: WallClock, palette: Palette = .plain) -> String {
    guard !clusters.isEmpty else { return "" }
    let failures = clusters.reduce(0) { $0 + $1.count }
    var text =
      "\n\(palette(.bold, "\(PlanText.count(failures, "failure")), \(PlanText.count(clusters.count, "cause"))"))\n"
    for cluster in clusters.prefix(shown) {
      text += "  \(palette(.red, "\(cluster.count)×")) \(cluster.message.harmless)\n"
      let more = cluster.caseCount - min(shownCases, cluster.cases.count)
      text += "     \(cluster.cases.prefix(shownCases).joined(separator: ", ").harmless)"
      text += more > 0 ? " and \(more) more" : ""
      text += (cluster.cells > 1 ? ", in \(cluster.cells) cells" : "") + "\n"
      if let history = cluster.history { text += lines(history, clock).map { "     \(palette(.dim, $0))\n" }.joined() }
    }
    if clusters.count > shown { text += "  and \(clusters.count - shown) more causes\n" }
    return text
  }

  private static func lines(_ history: ClusterHistory, _ clock: WallClock) -> [String] {
    var lines = [
      "first in run \(history.firstRun) at \(clock.date(history.firstSeen)), \(frequency(history))",
      "came with: \(history.change)",
    ]
    let commits = history.log?.commits ?? []
    lines += commits.prefix(shownCommits).map { "  \($0.text)" }
    let more = (history.log?.count ?? 0) - min(shownCommits, commits.count)
    if more > 0 { lines.append("  and \(PlanText.count(more, "more commit"))") }
    return lines.map { DisplayWidth.truncated($0.harmless, to: 110) }
  }

  /// `new in this run`, `in 3 of 5 runs since`.
  static func frequency(_ history: ClusterHistory) -> String {
    if history.runsSince <= 1 { return "new" }
    return "in \(history.runs) of \(PlanText.count(history.runsSince, "run")) since"
  }

  /// `causes` of `baton show --json`.
  public static func json(_ clusters: [FailureCluster]) -> Value { .list(clusters.map { .map(fields($0)) }) }

  static func fields(_ cluster: FailureCluster) -> [String: Value] {
    let history = cluster.history
    return [
      "message": .string(cluster.message), "count": .integer(Int64(cluster.count)),
      "case_count": .integer(Int64(cluster.caseCount)), "cases": .list(cluster.cases.map { .string($0) }),
      "cells": .integer(Int64(cluster.cells)), "example": cluster.example.map { .string($0) } ?? .null,
      "first_run": history.map { .string($0.firstRun) } ?? .null,
      "first_seen": history.map { .string($0.firstSeen.rfc3339) } ?? .null,
      "first_commit": history?.first.map { .string($0.commit) } ?? .null,
      "good_run": history?.goodRun.map { .string($0) } ?? .null,
      "good_commit": history?.good.map { .string($0.commit) } ?? .null,
      "runs": history.map { .integer(Int64($0.runs)) } ?? .null,
      "runs_since": history.map { .integer(Int64($0.runsSince)) } ?? .null,
      "change": history.map { .string($0.change) } ?? .null,
      "commit_count": history?.log.flatMap { $0.problem == nil ? .integer(Int64($0.count)) : nil } ?? .null,
      "authors": .list((history?.log?.authors ?? []).map { .string($0) }),
      "commits": history?.log.map { commits($0) } ?? .list([]),
    ]
  }

  static func commits(_ log: CommitLog) -> Value {
    .list(
      log.commits.map {
        ["commit": .string($0.id), "author": .string($0.author), "subject": .string($0.subject)]
      })
  }
}
