import BatonCore
import BatonModel

/// What must always hold in a simulated run, whatever happens in which order.
struct SessionChecks {
  typealias Violation = SimulatedSession.Violation

  private let scenario: Scenario
  private let mayRunAgain: Set<String>
  /// Attempts that were alive when the driver before this one died.
  private let cutOff: Set<String>
  private let keepsLeftovers: Bool
  private let invalidated: Set<String>
  private var index: [String: NodeIndex]
  /// By node: whether its end is durable.
  private var hasEnded: [Bool]
  /// By node: whether it succeeded for good.
  private var hasSucceeded: [Bool]
  /// By node: the attempt that the durable records allow.
  private var intended: [Int]
  private var asked: Set<String> = []
  private var locks: Set<String> = []
  private var due: Set<String> = []
  private var isOver = false
  /// Steps of which someone said that they may run again.
  private var mayRepeat: Set<String> = []
  /// `BODY KEY` of effects that are on record.
  private var effects: Set<String> = []
  /// Bodies some of whose records count no more.
  private var forgetful: Set<String> = []

  init(
    scenario: Scenario, plan: Plan, facts: RunFacts, opening: Record, mayRunAgain: Set<String>, cutOff: [StepAttempt],
    keepsLeftovers: Bool
  ) {
    self.scenario = scenario
    self.mayRunAgain = mayRunAgain
    self.cutOff = Set(cutOff.map(\.step))
    self.keepsLeftovers = keepsLeftovers
    if case .runResumed(let resumed) = opening { invalidated = Set(resumed.invalidated.keys) } else { invalidated = [] }
    index = plan.indexByName()
    ended = facts.steps.compactMapValues { $0.end }
    hasEnded = []
    hasSucceeded = []
    intended = []
    due = Set(facts.outstanding.map(\.key))
    // As the opening record leaves them.
    var known = facts
    known.apply(StampedRecord(seq: facts.lastSeq + 1, time: facts.lastTime, record: opening))
    for (body, known) in known.bodies {
      for (key, known) in known.operations where known.operation.kind == .effect && known.operation.result != nil {
        effects.insert("\(body) \(key)")
      }
    }
    for node in plan.nodes.indices { grow(plan.nodes[node].name, node) }
  }

  /// Ends of earlier sessions, for nodes that are not made yet.
  private let ended: [String: StepEnd]

  mutating func grow(_ name: String, _ node: NodeIndex) {
    index[name] = node
    let isForgotten = forgetful.contains { name.hasPrefix($0 + "/") }
    hasEnded.append(ended[name] != nil)
    hasSucceeded.append(!isForgotten && ended[name]?.status.isSuccess ?? false)
    intended.append(0)
  }

  // MARK: What happens

  mutating func committed(_ records: [StampedRecord]) throws(Violation) {
    for record in records {
      switch record.record {
      case .intended(let attempts):
        for attempt in attempts { if let node = index[attempt.step] { intended[node] = attempt.number } }
      case .stepEnded(let end):
        guard let node = index[end.step] else { continue }
        if end.kind == .step, hasSucceeded[node], !mayRunAgain.contains(end.step) {
          throw Violation(message: "\(end.step) ends a second time, having succeeded")
        }
        hasEnded[node] = true
        hasSucceeded[node] = end.status.isSuccess
        intended[node] = 0
      case .notificationDue(_, let key, _): due.insert(key)
      case .answered(let answer) where answer.kind == .interrupted && answer.approved: mayRepeat.insert(answer.step)
      case .operated(let body, let operations):
        for operation in operations where operation.kind == .effect && operation.result != nil {
          effects.insert("\(body) \(operation.key)")
        }
      default: break
      }
    }
  }

  /// A body does something that is more than a step.
  func carriedOut(_ effect: String, of body: String) throws(Violation) {
    if effects.contains("\(body) effect \(effect)") {
      throw Violation(message: "\(body) carries out \(effect) again, which is on record")
    }
  }

  /// Records of a body that count no more.
  private mutating func forget(_ body: String, _ keys: [String]) {
    forgetful.insert(body)
    for key in keys {
      effects.remove("\(body) \(key)")
      guard let child = BodyFacts.child(of: key, in: body) else { continue }
      effects = effects.filter { !$0.hasPrefix(child + " ") && !$0.hasPrefix(child + "/") }
    }
    // The steps that run compensations are told by their names.
    let children = keys.compactMap { BodyFacts.child(of: $0, in: body) } + [body + "/undo-"]
    if keys.contains(where: { $0.hasPrefix("undo ") }) { effects = effects.filter { !$0.hasPrefix(body + "/undo-") } }
    for (name, node) in index where children.contains(where: { name.hasPrefix($0) }) { hasSucceeded[node] = false }
  }

  mutating func spawned(_ node: NodeIndex, _ attempt: Int, _ machine: RunMachine, alive: [NodeIndex]) throws(Violation)
  {
    let plan = machine.plan
    let name = plan.nodes[node].name
    let options = plan.nodes[node].options.value
    func fail(_ text: String) -> Violation { Violation(message: "\(name)#\(attempt) \(text)") }
    if alive.contains(node) { throw fail("runs twice at once") }
    if keepsLeftovers, cutOff.contains(name) { throw fail("runs twice at once: what a dead driver left still runs") }
    if intended[node] != attempt { throw fail("starts without a durable record of its start") }
    let isService = plan.nodes[node].service != nil
    if !isService, hasSucceeded[node], !mayRunAgain.contains(name) { throw fail("runs again, having succeeded") }
    if options.interrupted != .rerun, cutOff.contains(name), !invalidated.contains(name), !mayRepeat.contains(name) {
      throw fail("runs again, having been cut off, and says interrupted = \(options.interrupted.rawValue)")
    }
    var around: NodeIndex? = node
    var isOfBody = false
    while let inner = around {
      for dependency in plan.nodes[inner].dependencies where plan.nodes[dependency].service != nil {
        let isAfterwards = plan.nodes[node].options.value.when != .succeeded
        if !isAfterwards, !machine.isReadyService(dependency) {
          throw fail("starts while its service \(plan.nodes[dependency].name) is not ready")
        }
      }
      for dependency in plan.nodes[inner].dependencies
      where !hasEnded[dependency] && plan.nodes[dependency].service == nil {
        throw fail("starts before the end of \(plan.nodes[dependency].name) is durable")
      }
      around = plan.nodes[inner].parent
      // A group limits bodies, and not their steps.
      let isOwn = around.map { plan.nodes[$0].body == nil } ?? true
      if !isOwn { isOfBody = true }
      if !isOfBody, !isService, let group = around, let limit = plan.nodes[group].group?.max {
        let members = alive.filter { isInside($0, group, plan) && plan.nodes[$0].service == nil }.count
        if members >= limit { throw fail("is one more than the \(limit) that \(plan.nodes[group].name) allows") }
      }
    }
    if let mutex = options.mutex {
      if !locks.contains(mutex) { throw fail("runs without its lock \(mutex)") }
      if let other = alive.first(where: { plan.nodes[$0].options.value.mutex == mutex }) {
        throw fail("shares \(mutex) with \(plan.nodes[other].name)")
      }
    }
    for (resource, capacity) in scenario.pool {
      func need(_ node: NodeIndex) -> Double {
        // A service takes nothing that steps could wait for.
        if plan.nodes[node].service != nil { return 0 }
        return min(capacity, plan.nodes[node].options.value.resources[resource] ?? 0)
      }
      let used = alive.reduce(need(node)) { $0 + need($1) }
      if used > capacity { throw fail("over-commits \(resource): \(used) of \(capacity)") }
    }
  }

  private func isInside(_ node: NodeIndex, _ group: NodeIndex, _ plan: Plan) -> Bool {
    var parent = plan.nodes[node].parent
    while let around = parent {
      if around == group { return true }
      if plan.nodes[around].body != nil { return false }
      parent = plan.nodes[around].parent
    }
    return false
  }

  mutating func askedForLock(_ name: String) throws(Violation) {
    guard asked.insert(name).inserted, !locks.contains(name) else {
      throw Violation(message: "the lock \(name) is asked for twice")
    }
  }

  mutating func locked(_ name: String) throws(Violation) {
    asked.remove(name)
    locks.insert(name)
  }

  mutating func unlocked(_ name: String, whileHeldBy holders: [String]) throws(Violation) {
    guard locks.remove(name) != nil else { throw Violation(message: "the lock \(name) is given back, but was not had") }
    if let holder = holders.first { throw Violation(message: "the lock \(name) is given back while \(holder) runs") }
  }

  func sent(_ outstanding: RunFacts.Outstanding, isDurable: Bool) throws(Violation) {
    guard isDurable, due.contains(outstanding.key) else {
      throw Violation(message: "the message \(outstanding.key) leaves before its record is durable")
    }
  }

  // MARK: What was decided

  /// After each event.
  mutating func handled(_ actions: [RunAction], _ machine: RunMachine) throws(Violation) {
    var launched: [NodeIndex] = []
    for action in actions {
      if case .launch(let node, _, _, _) = action {
        launched.append(node)
        let name = machine.plan.nodes[node].name
        let isUndo = name.contains("/undo-") || machine.facts.steps[name]?.undoing != nil
        if isOver, !isUndo {
          throw Violation(message: "\(machine.plan.nodes[node].name) is launched after the run was stopped")
        }
      }
    }
    for action in actions {
      if case .record(let record) = action {
        switch record.record {
        case .halting, .cancelRequested, .runEnded: isOver = true
        case .forgotten(let body, let keys, _): forget(body, keys)
        default: break
        }
      }
    }
    for node in launched { try checkTurn(of: node, machine) }
  }

  /// A step must not be overtaken by one of lower priority that takes what it waits for.
  private func checkTurn(of node: NodeIndex, _ machine: RunMachine) throws(Violation) {
    let plan = machine.plan
    let options = plan.nodes[node].options.value
    // A body takes nothing that others could wait for.
    guard plan.nodes[node].body == nil, plan.nodes[node].service == nil else { return }
    for other in plan.nodes.indices where plan.nodes[other].options.value.priority > options.priority {
      guard case .ready = machine.status(of: other), plan.nodes[other].options.value.mutex == nil,
        plan.nodes[other].options.value.cache == .off, !isLimited(other, plan), !waitsForService(other, machine)
      else { continue }
      let wanted = plan.nodes[other].options.value.resources
      let shares = wanted.contains { resource, amount in
        guard amount > 0, (options.resources[resource] ?? 0) > 0, let capacity = scenario.pool[resource] else {
          return false
        }
        var free = capacity
        for running in plan.nodes.indices where running != node && occupies(running, machine) {
          free -= min(capacity, plan.nodes[running].options.value.resources[resource] ?? 0)
        }
        return free < min(capacity, amount)
      }
      let lacksElsewhere = wanted.contains { resource, amount in
        guard amount > 0, let capacity = scenario.pool[resource] else { return false }
        var free = capacity
        for running in plan.nodes.indices where occupies(running, machine) {
          free -= min(capacity, plan.nodes[running].options.value.resources[resource] ?? 0)
        }
        return free < min(capacity, amount)
      }
      if shares || !lacksElsewhere {
        throw Violation(message: "\(plan.nodes[node].name) overtakes \(plan.nodes[other].name), which is more urgent")
      }
    }
  }

  /// Whether a step, or a group around it, depends on a service that is not ready.
  private func waitsForService(_ node: NodeIndex, _ machine: RunMachine) -> Bool {
    var around: NodeIndex? = node
    while let inner = around {
      for dependency in machine.plan.nodes[inner].dependencies
      where machine.plan.nodes[dependency].service != nil && !machine.isReadyService(dependency) { return true }
      around = machine.plan.nodes[inner].parent
    }
    return false
  }

  private func occupies(_ node: NodeIndex, _ machine: RunMachine) -> Bool {
    plan(machine, node) && machine.status(of: node) == .running
  }

  private func plan(_ machine: RunMachine, _ node: NodeIndex) -> Bool { machine.plan.nodes[node].command != nil }

  private func isLimited(_ node: NodeIndex, _ plan: Plan) -> Bool {
    var parent = plan.nodes[node].parent
    while let group = parent {
      if plan.nodes[group].group?.max != nil { return true }
      parent = plan.nodes[group].parent
    }
    return false
  }

  // MARK: The end

  func ended(_ status: RunStatus?, _ machine: RunMachine, log: [StampedRecord], alive: Int, unwritten: Int)
    throws(Violation)
  {
    guard let status else { return }
    if alive > 0 { throw Violation(message: "the run is over, and \(alive) processes live") }
    if unwritten > 0 { throw Violation(message: "the run is over, and \(unwritten) records were not written") }
    for (position, record) in log.enumerated() where record.seq != Int64(position + 1) {
      throw Violation(message: "record \(position + 1) has the number \(record.seq)")
    }
    if let reason = machine.facts.ended?.reason, reason.contains("lost track") { throw Violation(message: reason) }
    if status != .interrupted, !machine.facts.outstanding.isEmpty || !machine.facts.held.isEmpty {
      let isInHurry = scenario.control.map { $0.what != .cancel } ?? false
      if !isInHurry { throw Violation(message: "the run is over, and messages were not sent") }
    }
    guard status != .interrupted, status != .waiting else { return }
    var failed = 0
    for node in machine.plan.nodes.indices {
      let name = machine.plan.nodes[node].name
      // What becomes of its steps is a body's own business.
      if let parent = machine.plan.nodes[node].parent, machine.plan.nodes[parent].body != nil { continue }
      guard machine.status(of: node).isTerminal, let end = machine.facts.steps[name]?.end else {
        throw Violation(
          message: "the run ended \(status.rawValue), and \(name) is \(machine.status(of: node).rawValue)")
      }
      switch end.status {
      case .skipped, .cancelled, .failed:
        if end.reason?.isEmpty ?? true {
          throw Violation(message: "\(name) is \(end.status.rawValue), and nothing says why")
        }
        if end.status == .failed, !end.allowed { failed += 1 }
      default: break
      }
    }
    if status == .succeeded, failed > 0 { throw Violation(message: "the run succeeded, and \(failed) nodes failed") }
    if status == .failed, failed == 0 { throw Violation(message: "the run failed, and no node did") }
  }
}
