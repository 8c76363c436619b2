import BatonCore
import BatonModel
import BatonRuntime

/// A simulated run that has come to its end, as a spec asks about it.
public struct SimulatedRun {
  public let status: RunStatus
  public let reason: String?
  public let start: Instant
  public let end: Instant
  public let records: [StampedRecord]
  public let world: SimulatedWorld
  public let warnings: [String]
  private let fold: Fold

  /// The records folded up, once someone asks for more than how the run ended.
  private final class Fold {
    private let records: [StampedRecord]
    private let plan: Plan
    lazy var view = RunView(run: Simulation.run, records: records, plan: plan)

    init(_ records: [StampedRecord], _ plan: Plan) {
      self.records = records
      self.plan = plan
    }
  }

  var view: RunView { fold.view }

  init(_ course: Simulation.Course, status: RunStatus, plan: Plan, world: SimulatedWorld) {
    fold = Fold(course.records, plan)
    self.status = status
    if case .runEnded(_, let told)? = course.records.last?.record { reason = told } else { reason = fold.view.reason }
    start = course.records.first?.time ?? Instant(nanoseconds: 0)
    end = course.records.last?.time ?? start
    records = course.records
    self.world = world
    warnings = course.warnings
  }

  /// Names of all steps, gates and groups, in the order of the plan, then of what was made at run time.
  public var names: [String] { view.steps.map(\.name) }

  /// Names of the steps that were started, in the order of their first start.
  public var order: [String] {
    var starts: [StepAttempt] = []
    for stamped in records { if case .attemptStarted(let attempt, _, _, _) = stamped.record { starts.append(attempt) } }
    // Where there are only first attempts, each is of another step.
    if starts.allSatisfy({ $0.number == 1 }) { return starts.map(\.step) }
    var seen: Set<String> = []
    return starts.map(\.step).filter { seen.insert($0).inserted }
  }

  private func seconds(_ moment: Instant?) -> Value { moment.map { .number(($0 - start).seconds) } ?? .null }

  /// `{ status, attempts, out, reason, started, finished, command, output, … }`; nil where there is no such step.
  public func step(_ name: String) -> Value? {
    guard let step = view[name] else { return nil }
    var fields: [String: Value] = [
      "name": .string(name), "kind": .string(step.kind.rawValue), "status": .string(step.status.rawValue),
      "attempts": .integer(Int64(step.attempts.count)), "out": .map(step.values),
      "started": seconds(step.started), "finished": seconds(step.ended),
      "tries": .list(tries(of: step)),
    ]
    if let summary = view.summary(of: name) { fields["results"] = Self.value(of: summary) }
    if let reason = step.reason { fields["reason"] = .string(reason) }
    if let metrics = view.metrics[name] { fields["metrics"] = .map(metrics.mapValues { .number($0) }) }
    if let output = output(of: step) { fields["output"] = .string(output) }
    if let start = world.lastLaunch(of: name) {
      fields["command"] = .string(start.commandLine)
      fields["args"] = .list(start.ownArguments.map { .string($0) })
      if let call = start.calledWorkflow { fields["call"] = call }
      fields["executor"] = .string(start.elsewhere?.text ?? "local")
      fields["cwd"] = .string(start.workingDirectory)
      let own = start.extraEnvironment.filter { !$0.name.hasPrefix("BATON_") }
      fields["env"] = .map(Dictionary(own.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { _, last in last }))
      if let stdin = start.standardInput { fields["stdin"] = .string(stdin) }
      if let tests = start.tests { fields["tests"] = .list(tests.map { .string($0) }) }
    }
    return .map(fields)
  }

  /// Each attempt: how it ended, and what was started.
  private func tries(of step: StepView) -> [Value] {
    let launches = world.launches(of: step.name)
    return step.attempts.map { attempt in
      var fields: [String: Value] = [
        "outcome": .string(attempt.outcome?.text ?? "running"), "started": seconds(attempt.started),
        "finished": seconds(attempt.ended),
      ]
      if let launch = launches[attempt.number] {
        fields["command"] = .string(launch.commandLine)
        fields["args"] = .list(launch.ownArguments.map { .string($0) })
        fields["executor"] = .string(launch.elsewhere?.text ?? "local")
      }
      return .map(fields)
    }
  }

  /// What tests came to over the attempts of a step.
  private static func value(of summary: ResultSummary) -> Value {
    func list(_ names: [String]) -> Value { .list(names.map { .string($0) }) }
    func count(_ number: Int) -> Value { .integer(Int64(number)) }
    return [
      "tests": count(summary.tests), "passed": count(summary.passed),
      "failed": count(summary.failed), "skipped": count(summary.skipped), "flaky": count(summary.flaky),
      "failures": list(summary.failures), "flaky_cases": list(summary.flakyCases),
      "quarantined": list(summary.quarantinedCases), "problems": list(summary.problems),
    ]
  }

  /// What it printed as its mock says, and what a body told with `ctx:log`.
  private func output(of step: StepView) -> String? {
    var text = world.outputs[step.name] ?? ""
    for attempt in step.attempts {
      text += world.logs[Simulation.folder.log(step: step.name, attempt: attempt.number)] ?? ""
    }
    return text.isEmpty ? nil : text
  }

  /// Messages in the order in which they were sent.
  public var notifications: Value {
    .list(
      world.messages.map { sent in
        let message = sent.message
        return .map([
          "name": .string(message.name), "channel": .string(message.channel), "message": .string(message.text),
          "title": message.title.map { .string($0) } ?? .null,
          "event": message.event["kind"] ?? .null, "step": message.event["step"] ?? .null,
          "status": message.event["status"] ?? .null, "settings": .map(message.settings), "key": .string(message.key),
          "time": seconds(sent.time),
        ])
      })
  }

  /// Gate → `{ passed, findings, measured }`, as they were judged last.
  public var gates: Value {
    var gates: [String: Value] = [:]
    for judged in view.verdicts {
      gates[judged.verdict.gate] = [
        "passed": .bool(judged.verdict.passed), "findings": .list(judged.verdict.findings.map { .string($0) }),
        "measured": .map(judged.verdict.measured.mapValues { .number($0) }), "time": seconds(judged.time),
      ]
    }
    return .map(gates)
  }

  /// As `baton events --json` prints them.
  public var events: Value { .list(records.compactMap { EventCoding.event(of: $0, run: Simulation.run) }) }
}
