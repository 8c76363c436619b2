import BatonCore
import BatonModel
import BatonReport

/// What became of a run whose driver died again and again.
public struct ChaosReport: Sendable {
  /// How the run ends undisturbed.
  public var status: RunStatus
  /// Its records, in words, a line each.
  public var lines: [String]
  /// In how many parts they were written; those of one part are on disk all or none. 0: not known.
  public var writes = 0
  /// How many single crashes were tried, each with a resumption.
  public var crashes = 0
  /// How many second crashes, while a run was carried on, and how many there could be.
  public var pairs = 0
  public var possiblePairs = 0
  /// How many single crashes, and how many of all, ended differently.
  public var divergentCrashes = 0
  public var divergent = 0
  /// What differs between undisturbed runs already, and so is not compared.
  public var varying: [String] = []
  /// Each set of differences once, with the fewest and earliest crashes that lead to it.
  public var divergences: [Divergence] = []

  public init(status: RunStatus, lines: [String]) {
    self.status = status
    self.lines = lines
  }

  /// Crashes after which the run ended in another way.
  public struct Divergence: Sendable {
    /// How many crashes lead to the same differences.
    public var count = 1
    public var crashes: [CrashPoint]
    public var differences: [EndState.Difference]
  }

  /// Takes in what came of a run whose driver died at these points.
  public mutating func note(_ crashes: [CrashPoint], _ differences: [EndState.Difference]) {
    guard !differences.isEmpty, !crashes.isEmpty else { return }
    divergent += 1
    if crashes.count == 1 { divergentCrashes += 1 }
    // Single crashes are tried before pairs, and early ones before late ones: the first is the shortest way to see it.
    if let known = divergences.firstIndex(where: { $0.differences == differences }) {
      divergences[known].count += 1
    } else {
      divergences.append(Divergence(crashes: crashes, differences: differences))
    }
  }

  public var isGood: Bool { divergences.isEmpty }
}

/// One reproduction, record by record.
public struct ChaosTrace: Sendable {
  public var lines: [String]
  public var divergence: ChaosReport.Divergence?

  public init(lines: [String], divergence: ChaosReport.Divergence?) {
    self.lines = lines
    self.divergence = divergence
  }
}

/// A record in a line, for people.
public enum RecordLine {
  public static func text(_ stamped: StampedRecord) -> String {
    let number = String(stamped.seq)
    return String(repeating: " ", count: max(0, 4 - number.count)) + number + " " + words(stamped.record)
  }

  static func words(_ record: Record) -> String {
    switch record {
    case .runStarted: return "the run starts"
    case .runResumed(let resumed):
      let again = resumed.invalidated.keys.sorted().joined(separator: ", ")
      return again.isEmpty ? "the run is resumed" : "the run is resumed, \(again) anew"
    case .intended(let attempts):
      return "about to start: " + attempts.map { "\($0.step) (attempt \($0.number))" }.joined(separator: ", ")
    case .attemptStarted(let attempt, _, _, _): return "\(attempt.step) starts (attempt \(attempt.number))"
    case .attemptFailed(let end, let next):
      switch next {
      case .retry: return "\(end.step): \(end.outcome.text), will be tried again"
      case .failOver(let other): return "\(end.step): \(end.outcome.text), its alternative \(other + 1) is next"
      case .onResume: return "\(end.step): cut off"
      case .again: return "\(end.step): \(end.outcome.text)"
      case .undo: return "\(end.step): \(end.outcome.text), will be undone"
      }
    case .stepEnded(let end): return "\(end.step) ends: \(end.status.rawValue)" + (end.reason.map { ", \($0)" } ?? "")
    case .expanded(let group, _, _): return "\(group) gets its cells"
    case .gateJudged(let verdict): return "\(verdict.gate) is judged: \(verdict.passed ? "passed" : "refused")"
    case .measured(let measured): return "\(measured.step) is measured: \(ResultsText.text(measured.summary))"
    case .metric(let step, _, let name, let value): return "\(step) measures \(name) = \(JSON.text(of: value))"
    case .progress(let step, _, _, _): return "\(step) reports progress"
    case .checkpoint(let step, _, _): return "\(step) saves a checkpoint"
    case .halting(let reason, _): return "halting: \(reason)"
    case .cancelRequested(let by, _): return "cancelled by \(by)"
    case .notificationDue(let name, _, _): return "a message of \(name) is due"
    case .notificationHeld(let name, _, _): return "a message of \(name) waits for others"
    case .notificationLeft(let name, _): return "messages of \(name) are left to the next run"
    case .notificationSent(let name, _, _): return "a message of \(name) is sent"
    case .notificationFailed(let name, _, _, _): return "a message of \(name) cannot be sent"
    case .operated(let step, let operations):
      return "\(step) asks for " + operations.map(\.key).joined(separator: ", ")
    case .operationEnded(let step, let key, let result):
      if case .raised(let message) = result { return "\(step): \(key) raises \(message)" }
      return "\(step): \(key) ends"
    case .forgotten(let step, let keys, _): return "\(step) forgets \(keys.joined(separator: ", "))"
    case .runEnded(let status, _): return "the run ends: \(status.rawValue)"
    case .asked(let question): return "\(question.step) \(question.text)"
    case .answered(let answer): return "\(answer.step) is \(answer.verb) by \(answer.by)"
    case .signalReceived(let signal): return "the signal \(signal.name) is received"
    case .serviceChanged(let change): return "\(change.service) is \(change.state.rawValue)"
    case .requestTaken(let id, let refused):
      return "request \(id) is \(refused.map { "refused: \($0)" } ?? "taken")"
    }
  }
}
