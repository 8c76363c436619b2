import BatonModel

/// Signals and approvals, as durable bodies wait for them.
extension RunMachine {
  /// Gives a body the oldest signal of a name that nobody has taken.
  mutating func deliverSignal(_ request: BodyRequest, to index: NodeIndex) {
    guard case .signal(let name, _) = request.content, let first = facts.signals[name]?.first else { return }
    endOperation(request.key, .value(first.delivered), of: index)
  }

  /// A signal came: the first body that waits for it takes it.
  mutating func deliver(_ signal: Signal) {
    for index in bodies.keys.sorted() {
      guard bodies[index]?.result == nil, let known = facts.bodies[plan.nodes[index].name] else { continue }
      let waiting = known.operations.values.first {
        $0.operation.kind == .signal && $0.operation.text == signal.name && $0.operation.result == nil
          && bodies[index]?.waitsFor.contains($0.operation.key) == true
      }
      guard let first = waiting?.operation else { continue }
      return endOperation(first.key, .value(signal.delivered), of: index)
    }
  }

  /// Whether a body goes on only when a person says something.
  private func waitsForPeople(_ index: NodeIndex) -> Bool {
    guard let body = bodies[index], body.isSuspended, body.result == nil else { return false }
    let name = plan.nodes[index].name
    return body.waitsFor.members.allSatisfy { key in
      guard let child = BodyFacts.child(of: key, in: name) else {
        return facts.bodies[name]?.operations[key]?.operation.kind == .signal
      }
      guard let node = body.children.last(where: { plan.nodes[$0].name == child }) else { return false }
      if case .waiting = nodes[node].phase { return true }
      return waitsForPeople(node)
    }
  }

  /// Whether every body that is left waits for a person.
  var bodiesWaitForPeople: Bool { bodies.keys.allSatisfy { waitsForPeople($0) } }

  /// What they wait for, in words.
  var signalsWaitedFor: [String] {
    var texts: [String] = []
    var more = 0
    for index in bodies.keys.sorted() {
      let name = plan.nodes[index].name
      for key in (bodies[index]?.waitsFor.members ?? []).sorted() {
        guard let operation = facts.bodies[name]?.operations[key]?.operation, operation.kind == .signal else {
          continue
        }
        if texts.count < 5 { texts.append("\(name) waits for the signal \(operation.text)") } else { more += 1 }
      }
    }
    return more == 0 ? texts : texts + ["and \(more) more"]
  }
}

extension Signal {
  /// A signal without a value says that it came.
  var delivered: Value { value == .null ? true : value }
}
