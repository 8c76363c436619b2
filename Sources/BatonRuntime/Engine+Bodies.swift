import BatonCore
import BatonModel

/// Durable bodies: executed by the script host, a moment at a time.
extension Engine {
  func begin(_ body: Callback, _ node: NodeIndex) {
    events.append(.attemptStarted(node, pid: nil))
    let live = LiveBody(self, node)
    bodies[node] = live
    noteResults(of: node, folder: machine.plan.nodes[node].options.value.cwd)
    FaultPoint.reach("body.begins")
    turned(
      live,
      ports.host.begin(body, of: node, name: live.name, world: live, limit: limit(of: node)))
  }

  func proceed(_ node: NodeIndex, ended: [String]) {
    if asleep.remove(node) != nil { return wake(node) }
    guard let live = bodies[node] else { return }
    FaultPoint.reach("body.proceeds")
    live.ended(ended)
    turned(live, ports.host.proceed(node, limit: limit(of: node)))
  }

  /// What a sleeping body waited for has come.
  private func wake(_ node: NodeIndex) {
    guard let body = machine.plan.nodes[node].body else { return }
    let live = LiveBody(self, node, wasAsleep: true)
    bodies[node] = live
    turned(live, ports.host.begin(body, of: node, name: live.name, world: live, limit: limit(of: node)))
  }

  /// Where very many bodies wait, those that are quick to repeat are forgotten until what they wait for has come: their records
  /// tell all that there is to know, as they would to another driver.
  private func sleepIfMany(_ live: LiveBody, _ keys: [String]) {
    guard bodies.count > context.bodiesInMemory, live.maySleep(keys) else { return }
    drop(live.node)
    asleep.insert(live.node)
  }

  func drop(_ node: NodeIndex) {
    asleep.remove(node)
    guard bodies.removeValue(forKey: node) != nil else { return }
    ports.host.drop(node)
  }

  /// How long Lua may compute between two waits: an endless loop ends with the step's timeout.
  private func limit(of node: NodeIndex) -> Span {
    machine.plan.nodes[node].options.value.timeout ?? context.callLimit
  }

  private func turned(_ live: LiveBody, _ next: BodyNext) {
    var next = next
    switch next {
    case .waits: break
    case .returned(let values):
      if let message = live.unaskedAtEnd() { next = .ended(.scriptError(message), causes: [], values: values) }
    case .ended(let outcome, let causes, let values): next = .ended(masked(outcome), causes: causes, values: values)
    }
    var turn = live.takeTurn(next)
    switch next {
    case .waits: break
    case .returned, .ended: turn.fingerprint = fingerprint(live.node)
    }
    if turn.fingerprint != nil, !machine.plan.nodes[live.node].options.value.results.isEmpty {
      return readResults(live, turn)
    }
    events.append(.bodyTurned(live.node, turn))
    if case .waits(let keys, _) = next { sleepIfMany(live, keys) }
  }

  private func masked(_ outcome: Outcome) -> Outcome {
    if secrets.isEmpty { return outcome }
    switch outcome {
    case .scriptError(let text): return .scriptError(secrets.mask(text))
    case .failed(let text): return .failed(secrets.mask(text))
    case .halted(let text): return .halted(secrets.mask(text))
    default: return outcome
    }
  }

  /// A line of `ctx:log`.
  func log(_ text: String, of body: LiveBody) {
    let line = Array((secrets.mask(text) + "\n").utf8)
    let attempt = machine.facts.steps[body.name]?.attempts ?? 1
    ports.executor.append(line, toLog: context.folder.log(step: body.name, attempt: attempt))
    ports.reporter.output(step: body.name, attempt: attempt, bytes: line)
  }
}
