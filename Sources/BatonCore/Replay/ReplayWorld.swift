import BatonModel

/// What a durable body sees when it is executed against the records of a past run: nothing that it asks for is done.
final class ReplayWorld: BodyWorld {
  let name: String
  private let facts: RunFacts
  private let evaluation: Evaluation
  private var matching: BodyMatching
  private(set) var asked: [Replay.Asked] = []
  /// Bodies below this one of which the records tell, as they were asked for.
  private(set) var nested: [Node] = []
  /// What ended the execution before the body did.
  private(set) var stop: Replay.Ending?

  init(_ node: Node, _ facts: RunFacts, _ evaluation: Evaluation) {
    name = node.name
    self.facts = facts
    self.evaluation = evaluation
    matching = BodyMatching(
      body: node.name, file: node.file, facts: facts.bodies[node.name], policy: node.options.value.onDivergence,
      hasChildResult: { facts.hasRecordedResult(of: $0, in: node.name) })
  }

  /// What the records tell and the body did not ask for by its end.
  func unaskedAtEnd() -> String? {
    matching.unaskedAtEnd(in: facts.bodies[name]) { facts.recordedResult(of: $0, in: name) }
  }

  // MARK: BodyWorld

  var now: Instant { facts.lastTime }

  func look(up kind: OperationKind, key: String, text: String, line: Int32) -> BodyReply {
    func note(_ answer: Replay.Asked.Answer) {
      asked.append(Replay.Asked(kind: kind, key: key, text: text, line: line, answer: answer))
    }
    func end(_ ending: Replay.Ending) -> BodyReply {
      stop = stop ?? ending
      return .diverges("the replay ends here")
    }
    // A script may catch what ends it, and ask on.
    if stop != nil { return end(.goesOn) }
    let known = facts.bodies[name]
    let isKnown = known?.operations.position(of: key) != nil
    switch matching.look(
      up: kind, key: key, text: text, line: line, in: known, childResult: { facts.recordedResult(of: $0, in: name) })
    {
    case .done(let result):
      note(.recorded(result))
      // Only a step that is asked for tells its body.
      if let child = BodyFacts.child(of: key, in: name), facts.bodies[child] != nil { return .pending }
      return .done(result)
    case .pending:
      note(isKnown ? .open : .new)
      return isKnown && kind != .effect ? .pending : end(.goesOn)
    case .diverges(let message):
      note(.contradicted)
      return end(.diverges(message, reruns: false))
    case .forgets(_, let message):
      note(.contradicted)
      return end(.diverges(message, reruns: true))
    }
  }

  func isRecorded(_ key: String, as text: String) -> Bool {
    facts.bodies[name]?.operations[key]?.operation.text == text
  }

  func ask(_ request: BodyRequest) {
    switch request.content {
    case .child(let node): if facts.bodies[node.name] != nil { nested.append(node) }
    case .undo(let node):
      let known = facts.bodies[name]?.operations[request.key]
      asked.append(
        Replay.Asked(
          kind: .undo, key: request.key, text: request.text, line: request.line,
          answer: known?.operation.result.map { .recorded($0) } ?? .new))
      if facts.bodies[node.name] != nil { nested.append(node) }
    case .timer, .timerAt, .signal, .done, .race: break
    }
  }

  func result(of key: String) -> OperationResult? { facts.recordedResult(of: key, in: name) }

  func report(_ report: BodyReport) {}

  func heed(_ key: String) {}

  func cancel(_ key: String) {}

  func value(of expr: Expr) -> Result<Value, BodyMistake> {
    do throws(Evaluation.Failure) {
      return .success(try evaluation.value(of: expr))
    } catch {
      return .failure(BodyMistake(error.text))
    }
  }
}
