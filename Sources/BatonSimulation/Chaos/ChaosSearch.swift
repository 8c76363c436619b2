import BatonCore
import BatonModel

/// Tries every point at which the driver of a run can die, and compares what becomes of the run.
public struct ChaosSearch {
  let subject: ChaosSubject
  /// At most so many second crashes, evenly spread over all that there are.
  let pairLimit: Int

  public init(_ subject: ChaosSubject, pairLimit: Int = 1000) {
    self.subject = subject
    self.pairLimit = pairLimit
  }

  /// - Parameter progress: told how many points were tried, of how many.
  public func report(_ progress: (Int, Int) -> Void = { _, _ in }) throws -> ChaosReport {
    var undisturbed = ChaosSubject.Trial()
    try subject.drive(&undisturbed)
    guard let status = undisturbed.status else { throw Self.problem(undisturbed.end) }
    let expected = EndState(status, undisturbed.records, undisturbed.world)
    var report = ChaosReport(status: status, lines: undisturbed.records.map { RecordLine.text($0) })
    report.writes = undisturbed.writes.count
    // What single crashes left, each with the writes of the driver that carried it on.
    var added: [(trial: ChaosSubject.Trial, writes: [Int64])] = []
    let points = Self.points(undisturbed.writes)
    for point in points {
      var crashed = ChaosSubject.Trial()
      try subject.drive(&crashed, until: point)
      var resumed = crashed
      resumed.world = SimulatedWorld(copying: crashed.world)
      try finish(&resumed)
      report.crashes += 1
      note(resumed, expected, &report)
      if !point.withEffects, subject.isUnfinished(crashed) {
        added.append((crashed, resumed.writes))
      }
      progress(report.crashes, points.count)
    }
    try pairs(added, expected, &report, progress)
    return report
  }

  /// A crash, and another one while what it left is carried on.
  private func pairs(
    _ added: [(trial: ChaosSubject.Trial, writes: [Int64])], _ expected: EndState,
    _ report: inout ChaosReport, _ progress: (Int, Int) -> Void
  ) throws {
    let all = added.indices.flatMap { index in added[index].writes.dropLast().map { (index, $0) } }
    report.possiblePairs = all.count
    let stride = max(1, (all.count + pairLimit - 1) / pairLimit)
    for position in Swift.stride(from: 0, to: all.count, by: stride) {
      let (index, seq) = all[position]
      var trial = added[index].trial
      trial.world = SimulatedWorld(copying: trial.world)
      try subject.drive(&trial, until: CrashPoint(seq))
      try finish(&trial)
      report.pairs += 1
      note(trial, expected, &report)
      progress(report.crashes + report.pairs, report.crashes + (all.count + stride - 1) / stride)
    }
  }

  /// The same crashes once more, with all that happened.
  public func trace(_ crashes: [CrashPoint]) throws -> ChaosTrace {
    var undisturbed = ChaosSubject.Trial()
    try subject.drive(&undisturbed)
    guard let status = undisturbed.status else { throw Self.problem(undisturbed.end) }
    var report = ChaosReport(status: status, lines: [])
    var trial = ChaosSubject.Trial()
    var lines: [String] = []
    for crash in crashes {
      guard subject.isUnfinished(trial) else { break }
      let before = trial.records.count
      try subject.drive(&trial, until: crash)
      lines += trial.records[before...].map { RecordLine.text($0) }
      if case .died? = trial.end { lines.append("     the driver dies (\(crash))") }
    }
    let before = trial.records.count
    try finish(&trial)
    lines += trial.records[before...].map { RecordLine.text($0) }
    note(trial, EndState(status, undisturbed.records, undisturbed.world), &report)
    return ChaosTrace(lines: lines, divergence: report.divergences.first)
  }

  /// Behind each write, before and after what follows from it has been done.
  static func points(_ writes: [Int64]) -> [CrashPoint] {
    writes.flatMap { seq in
      seq == writes.last ? [CrashPoint(seq)] : [CrashPoint(seq), CrashPoint(seq, withEffects: true)]
    }
  }

  private func finish(_ trial: inout ChaosSubject.Trial) throws {
    if subject.isUnfinished(trial) { try subject.drive(&trial) }
  }

  private func note(_ trial: ChaosSubject.Trial, _ expected: EndState, _ report: inout ChaosReport) {
    var differences: [EndState.Difference] = []
    var facts = RunFacts()
    for record in trial.records { facts.apply(record) }
    switch trial.end {
    case .stuck(let steps)?:
      differences.append(
        .init(what: "the run", expected: "ends", actual: "waits for ever for \(steps.joined(separator: ", "))"))
    case .unusable(let problem)?: differences.append(.init(what: "a mock", expected: "usable", actual: problem.text))
    case .ended?, .waiting?, .died?, nil:
      let status = trial.status ?? facts.ended?.status ?? .interrupted
      // What an ended run has not sent is sent when someone carries it on.
      differences = expected.differences(
        to: EndState(status, trial.records, trial.world), messages: facts.outstanding.isEmpty)
    }
    for step in Set(trial.repeated).sorted() {
      differences.append(
        .init(what: "\(step) after its success was recorded", expected: "not run again", actual: "run again"))
    }
    report.note(trial.crashes, differences)
  }

  static func problem(_ end: Simulation.End?) -> BatonError {
    switch end {
    case .unusable(let problem)?: BatonError(.usage, problem.text, at: problem.place)
    case .stuck(let steps)?:
      BatonError(
        .usage, "without a crash, the run would wait for ever for \(steps.joined(separator: ", "))",
        cure: "give the step a timeout, or its mock an end")
    case .died?, .ended?, .waiting?, nil: BatonError(.failure, "the undisturbed run did not come to an end")
    }
  }
}
