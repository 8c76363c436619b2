import BatonCore
import BatonModel

/// A durable body as it is executed: answers from the records what they tell, and gathers what is new.
final class LiveBody: BodyWorld {
  let node: NodeIndex
  let name: String
  private unowned let engine: Engine
  private(set) var turn = BodyTurn(next: .waits(keys: [], any: false))
  private var matching: BodyMatching
  /// Operations that were asked for in this session, and have not ended yet.
  private var open = KeySet()
  /// Child steps whose result was not asked for.
  private var unheeded = KeySet()
  private(set) var artifacts: [String] = []
  /// When it began to be executed by this driver.
  let began: Instant
  /// It registered something to be undone, which it would register once more.
  private var hasCompensations = false
  /// It was put to sleep, and is executed again from its top by the same driver.
  private let wasAsleep: Bool

  init(_ engine: Engine, _ node: NodeIndex, wasAsleep: Bool = false) {
    self.wasAsleep = wasAsleep
    self.engine = engine
    self.node = node
    began = engine.ports.reactor.now
    name = engine.machine.plan.nodes[node].name
    let step = engine.machine.plan.nodes[node]
    let name = name
    matching = BodyMatching(
      body: name, file: step.file, facts: engine.machine.facts.bodies[name], policy: step.options.value.onDivergence,
      isUndoing: engine.machine.facts.steps[name]?.undoing != nil,
      hasChildResult: { engine.machine.facts.hasRecordedResult(of: $0, in: name) })
  }

  /// Whether what it does was done before.
  var isReplaying: Bool { matching.isReplaying }
  var isRepeating: Bool { wasAsleep && isReplaying }

  /// So many operations are repeated in no time.
  private static let mostRepeated = 16

  /// Whether nothing is lost when it is forgotten while it waits for this, and executed again from its top when that has
  /// come: nothing of it goes on meanwhile, and what it has done is on record.
  func maySleep(_ keys: [String]) -> Bool {
    guard !hasCompensations, !matching.isUndoing, matching.operations <= Self.mostRepeated else { return false }
    guard keys.count == 1, open.count == 1, let key = keys.first, open.contains(key) else { return false }
    // A step that it waits for would be asked for once more.
    return !key.hasPrefix("step ") && !key.hasPrefix("race ")
  }

  var now: Instant { engine.ports.reactor.now }

  /// What it did since this was last called.
  func takeTurn(_ next: BodyNext) -> BodyTurn {
    var done = turn
    done.next = next
    if case .returned = next { done.unheeded = unheeded.members.sorted() }
    turn = BodyTurn(next: .waits(keys: [], any: false))
    matching.noteRecorded(done.requests)
    return done
  }

  func ended(_ keys: [String]) { open.subtract(keys) }

  // MARK: BodyWorld

  func look(up kind: OperationKind, key: String, text: String, line: Int32) -> BodyReply {
    if kind == .step { unheeded.insert(key) }
    let match = matching.look(
      up: kind, key: key, text: text, line: line, in: engine.machine.facts.bodies[name],
      childResult: { engine.machine.facts.recordedResult(of: $0, in: name) })
    switch match {
    case .done(let result): return .done(result)
    case .pending: return .pending
    case .diverges(let message): return .diverges(message)
    case .forgets(let keys, let reason):
      engine.events.append(.bodyForgot(node, keys: keys, reason: reason))
      return .pending
    }
  }

  func isRecorded(_ key: String, as text: String) -> Bool {
    engine.machine.facts.bodies[name]?.operations[key]?.operation.text == text
  }

  func ask(_ request: BodyRequest) {
    switch request.content {
    case .done: break
    case .undo: hasCompensations = true
    case .timer, .timerAt, .signal, .child, .race: open.insert(request.key)
    }
    turn.requests.append(request)
  }

  func result(of key: String) -> OperationResult? {
    unheeded.remove(key)
    if open.contains(key) { return nil }
    return engine.machine.facts.recordedResult(of: key, in: name)
  }

  func heed(_ key: String) { unheeded.remove(key) }

  func report(_ report: BodyReport) {
    if case .artifact(let path) = report {
      if !artifacts.contains(path) { artifacts.append(path) }
      return
    }
    // What was told when it was done the first time is not told again.
    guard !isReplaying else { return }
    if case .log(let text) = report { return engine.log(text, of: self) }
    turn.reports.append(report)
  }

  func cancel(_ key: String) {
    unheeded.remove(key)
    if open.contains(key) { turn.cancelled.append(key) }
  }

  func value(of expr: Expr) -> Result<Value, BodyMistake> {
    do throws(Evaluation.Failure) {
      return .success(try engine.evaluation.value(of: expr))
    } catch {
      return .failure(BodyMistake(error.text))
    }
  }

  /// At the end of a body: what its records tell and it did not ask for.
  func unaskedAtEnd() -> String? {
    matching.unaskedAtEnd(in: engine.machine.facts.bodies[name]) {
      engine.machine.facts.recordedResult(of: $0, in: name)
    }
  }
}
