import BatonCore
import BatonModel

/// Makes records of every kind with odd contents, the same ones for the same seed.
public struct RandomRecords {
  private var random: SplitMix64

  public init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Records 1, 2, 3, … of a run.
  public mutating func stamped(_ count: Int) -> [StampedRecord] {
    (0..<count).map { index in
      StampedRecord(seq: Int64(index) + 1, time: instant(), record: record())
    }
  }

  private mutating func operation() -> Operation {
    Operation(
      kind: random.pick(OperationKind.allCases), key: text(), text: text(), line: Int32(random.below(9999)),
      due: random.chance(30) ? instant() : nil, result: random.chance(50) ? operationResult() : nil)
  }

  private mutating func operationResult() -> OperationResult {
    random.chance(70) ? .value(value()) : .raised(text())
  }

  public mutating func record() -> Record {
    let kind = random.pick(RecordKind.allCases)
    switch kind {
    case .intended:
      return .intended((0..<random.below(4)).map { _ in StepAttempt(step: text(), number: random.below(9) + 1) })
    case .attemptStarted:
      return .attemptStarted(
        StepAttempt(step: text(), number: random.below(9) + 1), executor: text(),
        pid: random.chance(50) ? Int32(random.below(1 << 22)) : nil,
        demand: random.chance(80) ? nil : [text(): Double(random.below(9)), "cpu": 0.5])
    case .attemptFailed:
      let next: Record.Next =
        switch random.below(4) {
        case 0: .retry(at: instant())
        case 1: .failOver(to: random.below(4))
        case 2: .undo
        case 3: .again
        default: .onResume
        }
      return .attemptFailed(attemptEnd(text()), next: next)
    case .stepEnded: return .stepEnded(stepEnd())
    case .progress:
      return .progress(
        step: text(), attempt: random.below(9) + 1, fraction: random.chance(70) ? number() : nil, text: maybe())
    case .metric: return .metric(step: text(), attempt: random.below(9) + 1, name: text(), value: number())
    case .measured:
      return .measured(
        Measured(step: text(), attempt: random.below(9), summary: resultSummary(), sources: text()))
    case .checkpoint: return .checkpoint(step: text(), attempt: random.below(9) + 1, value: value())
    case .expanded:
      let plan = plan()
      let cells = Expansion(nodes: plan.nodes, members: Array(plan.nodes.indices))
      let shape = PlanShape(cells, behind: Plan(workflow: plan.workflow))
      // An axis has a name: none is the key under which the cells stand.
      var axes = values()
      axes["/"] = nil
      return .expanded(group: text(), axes: axes, cells: random.chance(50) ? shape : nil)
    case .gateJudged:
      return .gateJudged(
        GateVerdict(
          gate: text(), passed: random.chance(50), findings: texts(), measured: [text(): number()],
          otherwise: random.pick(GateSpec.Otherwise.allCases)))
    case .notificationDue: return .notificationDue(name: text(), key: text(), event: value())
    case .notificationHeld: return .notificationHeld(name: text(), key: text(), event: value())
    case .notificationLeft: return .notificationLeft(name: text(), keys: texts())
    case .notificationSent: return .notificationSent(name: text(), key: text(), attempts: random.below(9))
    case .notificationFailed:
      return .notificationFailed(name: text(), key: text(), attempts: random.below(9), error: text())
    case .operated: return .operated(step: text(), (0..<random.below(4)).map { _ in operation() })
    case .operationEnded: return .operationEnded(step: text(), key: text(), operationResult())
    case .forgotten: return .forgotten(step: text(), keys: texts(), reason: text())
    case .asked: return .asked(question())
    case .answered:
      return .answered(
        Answer(
          step: text(), node: random.pick(NodeKind.allCases), kind: random.pick(Question.Kind.allCases),
          question: Int64(random.below(1000)), approved: random.chance(50), by: text(), role: text(), reason: maybe(),
          fields: values(), given: instant()))
    case .signalReceived:
      return .signalReceived(Signal(id: Int64(random.below(1000)), name: text(), value: value(), by: text()))
    case .serviceChanged: return .serviceChanged(serviceChange())
    case .requestTaken: return .requestTaken(id: Int64(random.below(1000)), refused: maybe())
    case .halting: return .halting(reason: text(), by: maybe())
    case .cancelRequested: return .cancelRequested(by: text(), reason: maybe())
    case .runStarted:
      var options = RunOptions()
      options.jobs = random.chance(50) ? random.below(64) : nil
      options.only = texts()
      options.tags = texts()
      options.noCache = random.chance(50)
      var start = RunStarted(
        workflow: text(), file: text(), digest: text(), params: values(), observations: observations(), by: text(),
        options: options)
      if random.chance(50) { start.machine = [text(): text()] }
      if random.chance(50) { start.plan = PlanShape(plan()) }
      return .runStarted(start)
    case .runResumed:
      var resumed = RunResumed(
        by: text(), digest: text(), observations: observations(), invalidated: [text(): text()], skipped: texts(),
        set: [text(): values()], only: texts(), jobs: random.chance(50) ? random.below(64) : nil,
        noCache: random.chance(50))
      if random.chance(40) { resumed.code = CodeState(commit: text(), branch: maybe(), isDirty: random.chance(50)) }
      if random.chance(40) { resumed.forgotten = [text(): texts()] }
      resumed.reason = maybe()
      if random.chance(40) { resumed.removed = texts() }
      resumed.plan = random.pick([.untold, .asBefore, .anew(PlanShape(plan()))])
      return .runResumed(resumed)
    case .runEnded: return .runEnded(random.pick(RunStatus.allCases), reason: maybe())
    }
  }

  private mutating func plan() -> Plan {
    var plan = Plan(workflow: WorkflowSpec(name: text(), file: text()))
    for position in 0..<random.below(5) {
      var options = StepOptions()
      if random.chance(50) { options.description = text() }
      if random.chance(50) { options.resources = [text(): number()] }
      plan.nodes.append(
        Node(
          name: text(), kind: .step(.shell(.plain(text()))), file: text(), line: Int32(random.below(9)),
          dependencies: (0..<position).filter { _ in random.chance(40) }, options: StepOptions.Shared(options)))
    }
    return plan
  }

  private mutating func stepEnd() -> StepEnd {
    let step = text()
    var end = StepEnd(step: step, status: random.pick(StepStatus.allCases), kind: random.pick(NodeKind.allCases))
    end.reason = maybe()
    end.attempt = random.chance(70) ? attemptEnd(step) : nil
    end.values = values()
    end.allowed = random.chance(20)
    if random.chance(30) { end.causes = texts() }
    if random.chance(60) {
      end.fingerprint = Fingerprint(
        parts: (0..<random.below(5)).map { _ in Fingerprint.Part(name: text(), value: text()) })
    }
    return end
  }

  private mutating func attemptEnd(_ step: String) -> AttemptEnd {
    AttemptEnd(
      step: step, number: random.below(9) + 1, outcome: outcome(), started: instant(), ended: instant(),
      executor: text())
  }

  private mutating func resultSummary() -> ResultSummary {
    var summary = ResultSummary()
    summary.passed = random.below(1000)
    summary.failed = random.below(9)
    summary.skipped = random.below(9)
    summary.flaky = random.below(3)
    summary.duration = Span(nanoseconds: Int64(random.below(1 << 40)))
    summary.lines = random.below(1 << 30)
    summary.coveredLines = random.below(1 << 20)
    if random.chance(30) { for severity in FindingSeverity.allCases { summary.findings[severity] = random.below(4) } }
    if random.chance(30) { summary.measurements = [text(): number()] }
    summary.problems = texts()
    summary.failures = texts()
    summary.flakyCases = texts()
    summary.worstFindings = texts()
    summary.file = maybe()
    summary.digest = maybe()
    if random.chance(30) {
      summary.changed = ChangedCoverage(
        base: text(), commit: text(), lines: random.below(99), coveredLines: random.below(99), gaps: texts(),
        problem: maybe())
    }
    return summary
  }

  private mutating func question() -> Question {
    Question(
      step: text(), node: random.pick(NodeKind.allCases), kind: random.pick(Question.Kind.allCases),
      id: Int64(random.below(1000)), by: texts(), quorum: 1 + random.below(4),
      until: random.chance(50) ? instant() : nil, form: (0..<random.below(4)).map { _ in field() }, reason: maybe())
  }

  private mutating func field() -> ParamSpec {
    let kind: ParamSpec.Kind =
      switch random.below(7) {
      case 0: .string(pattern: maybe())
      case 1: .integer(min: random.chance(50) ? -5 : nil, max: random.chance(50) ? .max : nil)
      case 2: .number(min: random.chance(50) ? 0.5 : nil, max: random.chance(50) ? 1e9 : nil)
      case 3: .boolean
      case 4: .choice(texts())
      case 5: .list
      default: .table
      }
    return ParamSpec(name: text(), kind: kind, description: maybe(), fallback: random.chance(50) ? value() : nil)
  }

  private mutating func serviceChange() -> ServiceChange {
    var change = ServiceChange(
      service: text(), attempt: random.below(9), state: random.pick(ServiceChange.State.allCases), reason: maybe())
    change.values = values()
    change.counts = random.chance(50)
    if random.chance(50) { change.alternative = random.below(3) }
    if random.chance(50) { change.until = instant() }
    if random.chance(50) { change.fingerprint = Fingerprint(parts: [.init(name: text(), value: text())]) }
    if random.chance(50) {
      change.end = AttemptEnd(
        step: change.service, number: change.attempt, outcome: outcome(), started: instant(), ended: instant())
    }
    return change
  }

  private mutating func outcome() -> Outcome {
    switch random.below(12) {
    case 0: .succeeded
    case 1: .exited(Int32(random.below(256)))
    case 2: .signaled(Int32(random.below(64)))
    case 3: .timedOut
    case 4: .deadlinePassed
    case 5: .cancelled
    case 6: .interrupted
    case 7: .unstartable(text())
    case 8: .scriptError(text())
    case 9: .failed(text())
    case 10: .lost(text())
    default: .halted(text())
    }
  }

  private mutating func observations() -> Observations {
    var observations = Observations(time: instant(), seed: random.next())
    observations.env = values()
    observations.modules = [text(): text()]
    return observations
  }

  private mutating func instant() -> Instant {
    Instant(nanoseconds: Int64(bitPattern: random.next()) >> random.below(64))
  }

  private mutating func number() -> Double {
    switch random.below(6) {
    case 0: .infinity
    case 1: -.infinity
    case 2: Double(random.below(100))
    case 3: -0.0
    case 4: Double.leastNonzeroMagnitude
    default: Double(random.below(1 << 40)) / 3
    }
  }

  private mutating func maybe() -> String? { random.chance(50) ? text() : nil }

  private mutating func texts() -> [String] { (0..<random.below(3)).map { _ in text() } }

  private mutating func values() -> [String: Value] {
    Dictionary((0..<random.below(3)).map { _ in (text(), value()) }, uniquingKeysWith: { _, last in last })
  }

  /// Letters, and what a codec may stumble over.
  private mutating func text() -> String {
    let pieces = [
      "a", "build", "\"", "\\", "\n", "\t", "\r", "\u{0}", "\u{1f}", "\u{7f}", "é", "日本", "🚀", "e\u{301}", ":", ",",
      "[", "]", "{", "}", "null", "\u{2028}", "/", " ", "\u{FFFD}",
    ]
    return (0..<random.below(6)).map { _ in random.pick(pieces) }.joined()
  }

  private mutating func value(depth: Int = 0) -> Value {
    switch random.below(depth > 3 ? 5 : 7) {
    case 0: return .null
    case 1: return .bool(random.chance(50))
    case 2: return .integer(random.pick([.min, .max, 0, -1, 1, 1_700_000_000_000_000_000]))
    case 3: return .number(number())
    case 4: return .string(text())
    case 5: return .list((0..<random.below(4)).map { _ in value(depth: depth + 1) })
    default:
      return .map(
        Dictionary(
          (0..<random.below(4)).map { _ in (text(), value(depth: depth + 1)) }, uniquingKeysWith: { _, last in last }))
    }
  }
}
