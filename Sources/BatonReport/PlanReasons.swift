import BatonCore
import BatonModel

/// Why a step waits, and what is special about it.
enum PlanReasons {
  /// What the node waits for: its own dependencies, then those of the groups that it is in.
  static func waits(of index: NodeIndex, in plan: Plan) -> [String] {
    let node = plan.nodes[index]
    var reasons: [String] = []
    if !node.dependencies.isEmpty {
      reasons.append(names(of: node.dependencies, in: plan))
      switch node.options.value.when {
      case .succeeded: break
      case .failed: reasons[0] += " if failed"
      case .finished: reasons[0] += " finished"
      case .callback: reasons[0] += " if its `when` says so"
      }
    }
    var parent = node.parent
    while let group = parent {
      if !plan.nodes[group].dependencies.isEmpty {
        reasons.append("\(names(of: plan.nodes[group].dependencies, in: plan)) (for group \(plan.nodes[group].name))")
      }
      parent = plan.nodes[group].parent
    }
    return reasons
  }

  private static func names(of dependencies: [NodeIndex], in plan: Plan) -> String {
    let shown = dependencies.prefix(4).map { plan.nodes[$0].name }.joined(separator: ", ")
    return dependencies.count > 4 ? "\(shown) and \(dependencies.count - 4) more" : shown
  }

  /// `retry 2`, `timeout 5m00s`, `cpu 2`, …: what the step says beside what everyone says.
  static func facts(of options: StepOptions) -> [String] {
    var facts: [String] = []
    if options.executor != .local { facts.append(options.executor.text) }
    if options.retry.attempts > 1 {
      let failed = options.retry.tests == .failed ? ", of the failed tests alone where they are known" : ""
      facts.append("up to \(options.retry.attempts) attempts\(failed)")
    }
    if !options.failover.isEmpty { facts.append(PlanText.count(options.failover.count, "alternative")) }
    if let timeout = options.timeout { facts.append("timeout \(timeout.text)") }
    if let deadline = options.deadline { facts.append("deadline \(deadline.text)") }
    for (name, amount) in options.resources.sorted(by: { $0.key < $1.key }) where !(name == "cpu" && amount == 1) {
      facts.append(name == "memory" ? "memory \(ByteSize(bytes: Int64(amount)).text)" : "\(name) \(number(amount))")
    }
    if let mutex = options.mutex { facts.append("mutex \(mutex)") }
    for lease in options.leases { facts.append(lease.text) }
    switch options.tests {
    case .literal(let list)?: facts.append(PlanText.count(list.list?.count ?? 0, "test"))
    case let tests?: facts.append("tests \(CommandText.text(tests))")
    case nil: break
    }
    if options.priority != 0 { facts.append("priority \(options.priority)") }
    if options.cache != .off { facts.append("cached by its inputs") }
    if options.allowFailure { facts.append("may fail") }
    if !options.tags.isEmpty { facts.append("tags \(options.tags.joined(separator: " "))") }
    return facts
  }

  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
  }
}
