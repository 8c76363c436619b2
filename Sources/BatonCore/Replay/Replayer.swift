import BatonModel

/// Executes the durable bodies of a past run, as the script says them now, against the run's records.
///
/// Each is executed until it ends or asks for the first thing that has no record; what they ask for is looked up, and never
/// done: no process, no effect, no write.
public struct Replayer {
  private let plan: Plan
  private let facts: RunFacts
  private let host: any ScriptHost
  private let evaluation: Evaluation
  /// How long Lua may compute in one body.
  private let limit: Span

  /// - Parameter plan: of the script as it is now, with the cells that the run's records tell.
  public init(
    plan: Plan, facts: RunFacts, host: any ScriptHost, secret: @escaping (String) -> String?,
    limit: Span = Span(seconds: 10)
  ) {
    self.plan = plan
    self.facts = facts
    self.host = host
    self.limit = limit
    evaluation = Evaluation(
      values: { step in
        if case .set(let values)? = facts.steps[step]?.repair { return values }
        return facts.steps[step]?.end?.usableValues
      }, secret: secret, call: { host.call($0, $1, limit: limit) })
  }

  /// All bodies that were begun, what is nested behind what it is nested in.
  ///
  /// - Parameter only: a step: its body, the body that asked for it, and what is below it.
  public func bodies(only: String? = nil) -> [Replay.Body] {
    var bodies: [Replay.Body] = []
    var next = plan.nodes.count
    for (index, node) in plan.nodes.enumerated() where node.body != nil && facts.bodies[node.name] != nil {
      if let only, only != node.name, !Self.isBelow(only, node.name) { continue }
      replay(node, as: index, next: &next, into: &bodies)
    }
    guard let only else { return bodies }
    let inside = bodies.filter { $0.name == only || Self.isBelow($0.name, only) }
    if !inside.isEmpty { return inside }
    // A child step that is no body: what its body asked for, and was told, of this one.
    return bodies.compactMap { body in
      var body = body
      body.asked = body.asked.filter { BodyFacts.child(of: $0.key, in: body.name) == only }
      return body.asked.isEmpty ? nil : body
    }
  }

  private static func isBelow(_ name: String, _ body: String) -> Bool { name.hasPrefix(body + "/") }

  private func replay(_ node: Node, as index: NodeIndex, next: inout NodeIndex, into bodies: inout [Replay.Body]) {
    guard let body = node.body else { return }
    let world = ReplayWorld(node, facts, evaluation)
    let told = host.begin(body, of: index, name: node.name, world: world, limit: limit)
    host.drop(index)
    var ending: Replay.Ending
    switch told {
    case .waits(let keys, _): ending = .waits(keys.filter { world.result(of: $0) == nil })
    case .returned(let values): ending = .returned(values)
    case .ended(let outcome, _, _): ending = .ended(outcome)
    }
    if let stop = world.stop {
      ending = stop
    } else if !Self.isWaiting(ending), let message = world.unaskedAtEnd() {
      ending = .diverges(message, reruns: false)
    }
    let end = facts.steps[node.name]?.end
    bodies.append(
      Replay.Body(
        name: node.name, place: node.place, asked: world.asked, ending: ending, recorded: end?.status,
        reason: end?.reason ?? end?.attempt?.outcome.text))
    for child in world.nested {
      next += 1
      replay(child, as: next, next: &next, into: &bodies)
    }
  }

  private static func isWaiting(_ ending: Replay.Ending) -> Bool { if case .waits = ending { true } else { false } }

  // MARK: What is no body

  /// The steps that a resumption would run again because the script says something else of them, or of what they depend on.
  /// Files that changed are not looked at.
  public func changes() throws(BatonError) -> [Replay.Change] {
    let planner = ResumePlanner(
      facts: facts,
      inputs: { node in
        facts.steps[node.name]?.end?.fingerprint?.parts.first { $0.name == FingerprintBuilder.contents }?.value
      }, expand: { _, _ in nil })
    let resumption = try planner.plan(plan)
    let indices = plan.indexByName()
    let isComplete = facts.ended?.status == .succeeded
    var affected: Set<NodeIndex> = []
    var changes: [Replay.Change] = []
    for decision in resumption.again {
      guard let index = indices[decision.step] else { continue }
      let node = plan.nodes[index]
      let isReplayed = node.body != nil && decision.differences.allSatisfy { $0.name == "run" }
      let isNew = isComplete && facts.steps[node.name] == nil
      var isChanged = !decision.differences.isEmpty && !isReplayed
      isChanged = isChanged || isNew || node.dependencies.contains { affected.contains($0) }
      guard isChanged else { continue }
      var around: NodeIndex? = index
      while let next = around {
        affected.insert(next)
        around = plan.nodes[next].parent
      }
      changes.append(
        Replay.Change(
          step: decision.step, reason: isNew ? "it is new" : decision.reason, differences: decision.differences))
    }
    for name in facts.steps.keys.sorted() where indices[name] == nil && isGone(name, indices) {
      changes.append(Replay.Change(step: name, reason: "the script has no such step any more", differences: []))
    }
    return changes
  }

  /// Whether a step of the records is not in the script; child steps of bodies are known by their body.
  private func isGone(_ name: String, _ indices: [String: NodeIndex]) -> Bool {
    var current = name
    while let (body, _) = BodyFacts.split(current) {
      if facts.bodies[body] != nil { return false }
      current = body
    }
    return true
  }
}
