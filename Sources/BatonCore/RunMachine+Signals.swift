import BatonModel

/// Signals and approvals, as durable bodies wait for them.
extension RunMachine {
  /// Gives a body the oldest signal of a name that nobody has taken.
  func deliverSignal(_ request: BodyRequest, to index: NodeIndex) {
    guard case .signal(let name, _) = request.content, let first = facts.signals[name]?.first else { return }
    endOperation(request.key, .value(first.delivered), of: index)
  }

  /// A signal came: the first body that waits for it takes it.
  func deliver(_ signal: Signal) {
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

  /// A body that sleeps longer than this holds up no driver that has nothing else to do.
  private static let longSleep = Span(seconds: 60)

  /// Whether a body goes on only when a person says something, or much later.
  private func waitsLong(_ index: NodeIndex) -> Bool {
    guard let body = bodies[index], body.isSuspended, body.result == nil else { return false }
    let name = plan.nodes[index].name
    return body.waitsFor.members.allSatisfy { key in
      guard let child = BodyFacts.child(of: key, in: name) else {
        guard let operation = facts.bodies[name]?.operations[key]?.operation else { return false }
        return operation.kind == .signal || operation.kind == .sleep && (operation.due ?? now) - now >= Self.longSleep
      }
      guard let node = body.children.last(where: { plan.nodes[$0].name == child }) else { return false }
      if case .waiting = nodes[node].phase { return true }
      return waitsLong(node)
    }
  }

  /// Whether every body that is left waits for a person, or sleeps long.
  var bodiesWaitLong: Bool { bodies.keys.allSatisfy { waitsLong($0) } }

  /// What they wait for, in words.
  var waitsOfBodies: [String] {
    var texts: [String] = []
    var more = 0
    for index in bodies.keys.sorted() {
      let name = plan.nodes[index].name
      for key in (bodies[index]?.waitsFor.members ?? []).sorted() {
        guard let operation = facts.bodies[name]?.operations[key]?.operation, operation.result == nil,
          let text = operation.waitText
        else { continue }
        if texts.count < 5 { texts.append("\(name) \(text)") } else { more += 1 }
      }
    }
    return more == 0 ? texts : texts + ["and \(more) more"]
  }
}

extension Operation {
  /// What a body does that waits for the operation: `waits for the signal go`, `sleeps until 2026-01-31T12:00:00Z`; nil where
  /// it is no wait of its own.
  public var waitText: String? {
    switch kind {
    case .signal: "waits for the signal \(text)"
    case .sleep: due.map { "sleeps until \($0.rfc3339)" }
    case .step, .effect, .now, .race, .undo: nil
    }
  }
}

extension Signal {
  /// A signal without a value says that it came.
  var delivered: Value { value == .null ? true : value }
}
