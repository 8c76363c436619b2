import BatonModel

/// From the queue to a running attempt: slots, resources, limits of groups, mutexes.
extension RunMachine {
  /// How many starts are written ahead at once, and below which number more are: a free slot then never waits for the disk.
  private static let aheadBatch = 64
  private static let aheadLow = 16

  private func entry(_ index: NodeIndex) -> ReadyQueue.Entry {
    let options = plan.nodes[index].options
    // Most have no tags.
    let urgency = options.value.tags.isEmpty ? 2 : Urgency.rank(Urgency(tags: options.value.tags))
    return ReadyQueue.Entry(priority: options.value.priority, urgency: urgency, path: paths[index], node: index)
  }

  func demand(of index: NodeIndex) -> ResourcePool.Demand {
    let options = plan.nodes[index].options
    let key = ObjectIdentifier(options)
    if let known = demands[key] { return known }
    let demand = pool.demand(of: options.value.resources)
    demands[key] = demand
    return demand
  }

  /// What a step holds of the pool while it runs; nil: one processor.
  func particularDemand(of index: NodeIndex) -> [String: Double]? {
    let options = plan.nodes[index].options
    guard options !== StepOptions.Shared.standard else { return nil }
    let asked = options.value.resources
    guard asked.count != 1 || asked["cpu"] != 1 else { return nil }
    return Dictionary(uniqueKeysWithValues: demand(of: index).map { (pool.names[$0.resource], $0.amount) })
  }

  private var cpu: Int? { pool.names.firstIndex(of: "cpu") }

  private func needsCPU(_ index: NodeIndex) -> Bool { (plan.nodes[index].options.value.resources["cpu"] ?? 0) > 0 }

  func putIntoQueue(_ index: NodeIndex) {
    if seated.contains(index) { giveUpSeat(index) }
    setPhase(index, .queued)
    queue.insert(entry(index))
    if !needsCPU(index) { queuedWithoutCPU += 1 }
    if nodes[index].intent != 0 { intendedAhead += 1 }
  }

  private func takeFromQueue() -> ReadyQueue.Entry? {
    guard let entry = queue.removeFirst() else { return nil }
    if !needsCPU(entry.node) { queuedWithoutCPU -= 1 }
    if nodes[entry.node].intent != 0 { intendedAhead -= 1 }
    return entry
  }

  /// Starts all that fits, the most urgent first. A step that waits for more than is free keeps what there is from narrower
  /// ones behind it.
  func schedule() {
    // When the run is halted or cancelled, what has not started has left the queue, compensations apart.
    if case .interrupting = mode { return }
    guard !queue.isEmpty, !isFinished, judgedEarly.isEmpty else { return }
    pool.beginRound()
    var tooWide: [ReadyQueue.Entry] = []
    while !queue.isEmpty {
      if let cpu, pool.isExhausted(cpu), queuedWithoutCPU == 0 { break }
      guard let entry = takeFromQueue() else { break }
      let index = entry.node
      guard case .queued = nodes[index].phase else { continue }
      var late: NodeIndex?
      if !services.isEmpty {
        switch servicesOf(index) {
        case .pass: break
        case .start(let service): late = service
        case .wait, .never: continue
        }
      }
      if let full = fullGroup(around: index) {
        park(index)
        parkedByGroup[full, default: ReadyQueue()].insert(entry)
        offerTurn(of: index)
        continue
      }
      guard acquireMutex(index, entry) else { continue }
      let demand = demand(of: index)
      guard pool.fits(demand) else {
        pool.reserve(demand)
        tooWide.append(entry)
        continue
      }
      if let late { takeSeat(index, late, demand) } else { launch(index, demand) }
    }
    for entry in tooWide { putBack(entry) }
    if intendedAhead < Self.aheadLow, queue.count > intendedAhead { writeAhead() }
  }

  /// Whether the services that a step runs on are ready; else it waits for them, or ends.
  private func servicesOf(_ index: NodeIndex) -> ServiceGate {
    let gate = serviceGate(index)
    switch gate {
    case .pass, .start: break
    case .wait(let service):
      park(index)
      parkedByService[service, default: []].append(index)
      offerTurn(of: index)
    case .never(let reason): end(index, .skipped, reason: reason)
    }
    return gate
  }

  private func putBack(_ entry: ReadyQueue.Entry) {
    queue.insert(entry)
    if !needsCPU(entry.node) { queuedWithoutCPU += 1 }
    if nodes[entry.node].intent != 0 { intendedAhead += 1 }
  }

  /// Writes the starts of the next steps before their turn has come.
  private func writeAhead() {
    var taken: [ReadyQueue.Entry] = []
    var attempts: [StepAttempt] = []
    while taken.count < Self.aheadBatch, let entry = takeFromQueue() {
      guard case .queued = nodes[entry.node].phase else { continue }
      taken.append(entry)
      if nodes[entry.node].intent == 0, plan.nodes[entry.node].options.value.interrupted == .rerun {
        attempts.append(nextAttempt(entry.node))
      }
    }
    if !attempts.isEmpty {
      let seq = write(.intended(attempts))
      for entry in taken where plan.nodes[entry.node].options.value.interrupted == .rerun {
        if nodes[entry.node].intent == 0 { nodes[entry.node].intent = seq }
      }
    }
    for entry in taken { putBack(entry) }
  }

  private func nextAttempt(_ index: NodeIndex) -> StepAttempt {
    let name = plan.nodes[index].name
    return StepAttempt(step: name, number: (facts.steps[name]?.attempts ?? 0) + 1)
  }

  private func launch(_ index: NodeIndex, _ demand: ResourcePool.Demand) {
    if nodes[index].intent == 0 { nodes[index].intent = write(.intended([nextAttempt(index)])) }
    let known = facts.steps[plan.nodes[index].name]
    let attempt = known?.attempts ?? 1
    if seated.remove(index) == nil { take(demand, for: index) }
    setPhase(index, .running(attempt: attempt))
    actions.append(
      .launch(index, attempt: attempt, alternative: known?.alternative, after: nodes[index].intent))
    nodes[index].intent = 0
  }

  private func take(_ demand: ResourcePool.Demand, for index: NodeIndex) {
    pool.take(demand)
    for group in limitedGroups(around: index) { nodes[group].runningMembers += 1 }
  }

  private func giveBack(_ index: NodeIndex) {
    pool.giveBack(demand(of: index))
    for group in limitedGroups(around: index) {
      nodes[group].runningMembers -= 1
      unpark(from: group)
    }
  }

  // MARK: Services that start late

  /// A step's turn has come: it keeps its place and what it asks for while a service of its own starts, so that no more of
  /// them start than steps may run.
  private func takeSeat(_ index: NodeIndex, _ service: NodeIndex, _ demand: ResourcePool.Demand) {
    take(demand, for: index)
    seated.insert(index)
    awaitLate(index, service)
  }

  private func awaitLate(_ index: NodeIndex, _ service: NodeIndex) {
    park(index)
    parkedByService[service, default: []].append(index)
    startService(service)
  }

  /// A service that a step waits for in its place is ready, or has failed.
  func goOn(_ index: NodeIndex) {
    // What a gate has begun to refuse waits for its word.
    if case .interrupting = mode { return }
    guard judgedEarly.isEmpty else { return putIntoQueue(index) }
    switch serviceGate(index) {
    case .pass: launch(index, demand(of: index))
    case .start(let service): awaitLate(index, service)
    case .wait(let service): parkedByService[service, default: []].append(index)
    case .never(let reason): end(index, .skipped, reason: reason)
    }
  }

  private func giveUpSeat(_ index: NodeIndex) { if seated.remove(index) != nil { giveBack(index) } }

  // MARK: Limits of groups

  private func limitedGroups(around index: NodeIndex) -> [NodeIndex] {
    var groups: [NodeIndex] = []
    var parent = plan.nodes[index].parent
    // What limits a body does not limit its steps, for which it waits.
    while let group = parent, let spec = plan.nodes[group].group {
      if spec.max != nil { groups.append(group) }
      parent = plan.nodes[group].parent
    }
    return groups
  }

  private func fullGroup(around index: NodeIndex) -> NodeIndex? {
    var parent = plan.nodes[index].parent
    while let group = parent, let spec = plan.nodes[group].group {
      if let limit = spec.max, nodes[group].runningMembers >= limit { return group }
      parent = plan.nodes[group].parent
    }
    return nil
  }

  private func park(_ index: NodeIndex) { setPhase(index, .parked) }

  /// A step that was let out of the queues of its groups and its mutex does not use its turn: the next of each has it.
  private func offerTurn(of index: NodeIndex) {
    for group in limitedGroups(around: index) {
      if let limit = plan.nodes[group].group?.max, nodes[group].runningMembers < limit { unpark(from: group) }
    }
    guard let name = plan.nodes[index].options.value.mutex, let mutex = mutexes[name], mutex.holder == nil else {
      return
    }
    unpark(fromMutex: name)
  }

  private func unpark(from group: NodeIndex) {
    guard var parked = parkedByGroup[group] else { return }
    unpark(from: &parked)
    parkedByGroup[group] = parked
  }

  private func unpark(fromMutex name: String) {
    guard var waiters = mutexes[name]?.waiters else { return }
    unpark(from: &waiters)
    mutexes[name]?.waiters = waiters
  }

  private func unpark(from queue: inout ReadyQueue) {
    while let entry = queue.removeFirst() {
      guard case .parked = nodes[entry.node].phase else { continue }
      return putIntoQueue(entry.node)
    }
  }

  // MARK: Mutexes

  /// Whether the step holds its mutex, or needs none; else it is parked, and the lock asked for if it is its turn.
  private func acquireMutex(_ index: NodeIndex, _ entry: ReadyQueue.Entry) -> Bool {
    guard let name = plan.nodes[index].options.value.mutex else { return true }
    let hasIt = claim(name, index, entry)
    if !hasIt {
      park(index)
      offerTurn(of: index)
    }
    return hasIt
  }

  /// Makes the step the holder of a mutex that is free, or the next in line.
  private func claim(_ name: String, _ index: NodeIndex, _ entry: ReadyQueue.Entry) -> Bool {
    var mutex = mutexes[name] ?? Mutex()
    defer { mutexes[name] = mutex }
    if let holder = mutex.holder, holder != index, isAround(holder, index) { return mutex.isLocked }
    if mutex.holder == nil {
      mutex.holder = index
      if !mutex.isLocked, !mutex.isAsked {
        mutex.isAsked = true
        actions.append(.lock(name))
      }
    } else if mutex.holder != index {
      mutex.waiters.insert(entry)
    }
    return mutex.holder == index && mutex.isLocked
  }

  /// Whether a body runs a step, itself or through others: the step may use what the body holds.
  private func isAround(_ body: NodeIndex, _ index: NodeIndex) -> Bool {
    var parent = plan.nodes[index].parent
    while let current = parent {
      if current == body { return true }
      parent = plan.nodes[current].parent
    }
    return false
  }

  func locked(_ name: String) {
    guard var mutex = mutexes[name] else { return actions.append(.unlock(name)) }
    mutex.isLocked = true
    mutex.isAsked = false
    mutexes[name] = mutex
    if let holder = mutex.holder, case .parked = nodes[holder].phase {
      putIntoQueue(holder)
    } else if mutex.holder == nil {
      passOn(name)
    }
  }

  /// The mutex is free: the next of this run asks for it anew, so that other runs have their turn.
  private func passOn(_ name: String) {
    guard var mutex = mutexes[name] else { return }
    if mutex.isLocked { actions.append(.unlock(name)) }
    mutex.isLocked = false
    mutex.holder = nil
    mutexes[name] = mutex
    unpark(fromMutex: name)
  }

  /// A step that was ready ends without having run.
  func withdraw(_ index: NodeIndex) {
    giveUpSeat(index)
    releaseMutex(index)
    offerTurn(of: index)
  }

  private func releaseMutex(_ index: NodeIndex) {
    guard let name = plan.nodes[index].options.value.mutex, let mutex = mutexes[name], mutex.holder == index else {
      return
    }
    if mutex.isLocked {
      passOn(name)
    } else {
      // The lock is on its way: ``locked(_:)`` passes it on.
      mutexes[name]?.holder = nil
    }
  }

  /// An attempt is over: what it used is free.
  func release(_ index: NodeIndex) {
    giveBack(index)
    releaseMutex(index)
  }
}
