import BatonModel

extension PlanSchedule {
  /// How long it takes with so many steps at once and what else there is for them: see ``PlanRehearsal``.
  ///
  /// - Parameter pool: `memory` in bytes and resources of the user's own; what it does not name is not bounded.
  public func length(of plan: Plan, jobs: Int, pool: [String: Double] = [:]) -> Span {
    var rehearsal = PlanRehearsal(self, plan, jobs: jobs, pool: pool)
    return rehearsal.play()
  }

  /// How many times as long it takes as if nothing but the number of steps at once were limited; at least 1.
  public func slowdown(of plan: Plan, jobs: Int, pool: [String: Double]) -> Double {
    var rehearsal = PlanRehearsal(self, plan, jobs: jobs, pool: [:], isFree: true)
    let free = rehearsal.play().nanoseconds
    return free > 0 ? max(1, Double(length(of: plan, jobs: jobs, pool: pool).nanoseconds) / Double(free)) : 1
  }
}

/// Plays a plan through with the durations that are expected, in the engine's order: by priority, then `critical` and
/// `smoke` tags, then the longest remaining path. Steps hold their resources, wait for mutexes and for a place in groups with a `max`; one that waits for more than is
/// free keeps it from narrower ones behind it.
struct PlanRehearsal {
  private let schedule: PlanSchedule
  private let plan: Plan

  /// What is free, `cpu` first.
  private var free: [Double]
  private let needs: [Needs]
  /// The place in `needs` of each node.
  private let needsOf: [Int32]

  private var waiting: [Int32]
  private var ready = PointHeap<Turn>()
  private var readyWithoutProcessor = 0
  private var running = PointHeap<Int64>()
  /// Points that are reached at this moment.
  private var reached: [Int32] = []
  private var placesLeft: [NodeIndex: Int] = [:]
  private var queuedByGroup: [NodeIndex: PointHeap<Turn>] = [:]
  private var isHeld: Set<String> = []
  private var queuedByMutex: [String: PointHeap<Turn>] = [:]

  /// Of so many steps that wait for resources, those behind are not looked at before something is given back.
  private static let looks = 64

  private struct Needs {
    var amounts: [(resource: Int, amount: Double)]
    var mutex: String?
    var priority: Int64
    var urgency: Int
  }

  /// Who comes first.
  private struct Turn: Comparable {
    var priority: Int64
    var urgency: Int
    var remaining: Int64

    static func < (left: Turn, right: Turn) -> Bool {
      if left.priority != right.priority { return left.priority > right.priority }
      return left.urgency != right.urgency ? left.urgency < right.urgency : left.remaining > right.remaining
    }
  }

  /// - Parameter isFree: mutexes and limits of groups do not count.
  init(_ schedule: PlanSchedule, _ plan: Plan, jobs: Int, pool: [String: Double], isFree: Bool = false) {
    self.schedule = schedule
    self.plan = plan
    waiting = schedule.predecessorCount
    let names = ["cpu"] + pool.keys.filter { $0 != "cpu" }.sorted()
    let capacity = [Double(max(1, jobs))] + names.dropFirst().map { pool[$0] ?? 0 }
    free = capacity
    var needs: [Needs] = []
    var known: [ObjectIdentifier: Int32] = [:]
    needsOf = plan.nodes.map { node in
      let key = ObjectIdentifier(node.options)
      if let place = known[key] { return place }
      let options = node.options.value
      let place = Int32(needs.count)
      known[key] = place
      needs.append(
        Needs(
          amounts: names.indices.compactMap { index in
            let amount = min(options.resources[names[index]] ?? 0, capacity[index])
            return amount > 0 ? (index, amount) : nil
          }, mutex: isFree ? nil : options.mutex, priority: Int64(options.priority),
          urgency: Urgency.rank(Urgency(tags: options.tags))))
      return place
    }
    self.needs = needs
    guard !isFree else { return }
    for index in plan.nodes.indices {
      if let limit = plan.nodes[index].group?.max { placesLeft[index] = max(1, limit) }
    }
  }

  mutating func play() -> Span {
    var now: Int64 = 0
    for point in waiting.indices where waiting[point] == 0 { reached.append(Int32(point)) }
    while true {
      while let point = reached.popLast() { pass(Int(point)) }
      start(at: now)
      guard let (end, point) = running.pop() else { return Span(nanoseconds: now) }
      now = end
      giveBack(Int(point) >> 1)
      reached.append(point)
    }
  }

  /// What waited for a point goes on: steps with a duration get ready, all else is over at once.
  private mutating func pass(_ point: Int) {
    for slot in Int(schedule.first[point])..<Int(schedule.first[point + 1]) {
      let next = Int(schedule.successors[slot])
      waiting[next] -= 1
      guard waiting[next] == 0 else { continue }
      if next & 1 == 1, schedule.expected[next >> 1] > 0 {
        makeReady(turn(next >> 1), Int32(next))
      } else {
        reached.append(Int32(next))
      }
    }
  }

  private mutating func makeReady(_ turn: Turn, _ point: Int32) {
    ready.push(turn, point)
    if !needsProcessor(Int(point) >> 1) { readyWithoutProcessor += 1 }
  }

  private func needsProcessor(_ node: NodeIndex) -> Bool { needs[Int(needsOf[node])].amounts.first?.resource == 0 }

  private func turn(_ node: NodeIndex) -> Turn {
    let needs = needs[Int(needsOf[node])]
    return Turn(priority: needs.priority, urgency: needs.urgency, remaining: schedule.remaining[node])
  }

  private mutating func start(at now: Int64) {
    var tooWide: [(Turn, Int32)] = []
    var kept = free.map { _ in 0.0 }
    while tooWide.count < Self.looks {
      // Without a processor only those go on that need none.
      if free[0] - kept[0] <= 1e-9, readyWithoutProcessor == 0 { break }
      guard let (turn, point) = ready.pop() else { break }
      let node = Int(point) >> 1
      if !needsProcessor(node) { readyWithoutProcessor -= 1 }
      let needs = needs[Int(needsOf[node])]
      let limits = limits(around: node)
      if let full = limits.first(where: { placesLeft[$0, default: 1] <= 0 }) {
        queuedByGroup[full, default: PointHeap()].push(turn, point)
        offer(limits, needs.mutex)
        continue
      }
      if let mutex = needs.mutex, isHeld.contains(mutex) {
        queuedByMutex[mutex, default: PointHeap()].push(turn, point)
        offer(limits, nil)
        continue
      }
      guard needs.amounts.allSatisfy({ free[$0.resource] - kept[$0.resource] >= $0.amount - 1e-9 }) else {
        for part in needs.amounts { kept[part.resource] += part.amount }
        tooWide.append((turn, point))
        continue
      }
      for part in needs.amounts { free[part.resource] -= part.amount }
      if let mutex = needs.mutex { isHeld.insert(mutex) }
      for group in limits { placesLeft[group, default: 1] -= 1 }
      running.push(now + schedule.expected[node], point)
    }
    for (turn, point) in tooWide { makeReady(turn, point) }
  }

  private mutating func giveBack(_ node: NodeIndex) {
    let needs = needs[Int(needsOf[node])]
    for part in needs.amounts { free[part.resource] += part.amount }
    let limits = limits(around: node)
    for group in limits { placesLeft[group, default: 0] += 1 }
    if let mutex = needs.mutex { isHeld.remove(mutex) }
    offer(limits, needs.mutex)
  }

  /// Lets the next go on that waits for a place that is free.
  private mutating func offer(_ groups: [NodeIndex], _ mutex: String?) {
    for group in groups where placesLeft[group, default: 1] > 0 {
      if let (turn, point) = queuedByGroup[group]?.pop() { makeReady(turn, point) }
    }
    if let mutex, !isHeld.contains(mutex), let (turn, point) = queuedByMutex[mutex]?.pop() { makeReady(turn, point) }
  }

  /// The groups around a node that have a `max`, inner ones first.
  private func limits(around node: NodeIndex) -> [NodeIndex] {
    guard !placesLeft.isEmpty else { return [] }
    var limits: [NodeIndex] = []
    var parent = plan.nodes[node].parent
    while let group = parent {
      if placesLeft[group] != nil { limits.append(group) }
      parent = plan.nodes[group].parent
    }
    return limits
  }
}
