import BatonModel

/// What people ask of a resumption.
public struct ResumeOptions: Sendable, Hashable {
  /// These steps and what depends on them run again, whatever they were.
  public var from: [String] = []
  /// Nothing but these (and what they need and lack) starts.
  public var only: [String] = []
  public var skip: [String] = []
  /// Step → values that are taken as its own.
  public var set: [String: [String: Value]] = [:]
  /// Why, in the words of who asks for it; a gate is passed by hand with one only.
  public var reason: String?
  /// In whose name, where it is not whoever asks.
  public var by: String?

  public init() {}

  /// What refs to a step give; nil: it has no values that can be used.
  public func values(of step: String, in facts: RunFacts) -> [String: Value]? {
    guard let values = facts.steps[step]?.end?.usableValues else { return set[step] }
    return set[step].map { values.merging($0) { _, new in new } } ?? values
  }
}

/// What a resumed run would do, and why.
public struct ResumePlan: Sendable {
  public struct Decision: Sendable {
    public var step: String
    public var reason: String
    /// The parts of the fingerprint that differ, where that is the reason.
    public var differences: [(name: String, before: String?, now: String?)] = []
  }

  /// With the cells of matrices whose lists are known.
  public var plan: Plan
  /// Steps, gates and groups that start anew, in an order in which dependencies come first.
  public var again: [Decision] = []
  public var kept: Int = 0
  /// Steps that failed and stay so: the run goes on where it was cut off, and only one that has ended tries them again.
  public var failed: [String] = []
  /// Steps that stand, and whose results are read anew from the files that they left: where they are read from was edited.
  public var read: [String] = []
  /// Names of all that loses what it had.
  public var invalidated: [String: String] = [:]
  /// Body → operations that are done anew.
  public var forgotten: [String: [String]] = [:]
  /// Steps that have records, and that the workflow does not have any more.
  public var removed: [String] = []
}

/// Compares a run's records with the workflow as it is now.
///
/// A step is kept when it succeeded, its fingerprint is the same, and all that it depends on is kept. Everything else starts
/// again.
public struct ResumePlanner {
  let facts: RunFacts
  let options: ResumeOptions
  /// The digest of the contents of a step's declared inputs, now.
  let inputs: (Node) -> String?
  /// The digest of what its image is made of, now; nil where that is a name. Without it, images count as they were.
  let images: ((Node) -> String?)?
  /// Makes the cells of a matrix from what its refs are now; nil where that fails, which the run will then tell.
  let expand: (Plan, NodeIndex) -> Expansion?
  /// Why the results of a step's last attempt cannot be read anew from what it left; nil where they can. Without it, nobody asks
  /// where results were read from.
  let results: ((Node, StepEnd) -> String?)?

  public init(
    facts: RunFacts, options: ResumeOptions = ResumeOptions(), inputs: @escaping (Node) -> String?,
    images: ((Node) -> String?)? = nil, expand: @escaping (Plan, NodeIndex) -> Expansion?,
    results: ((Node, StepEnd) -> String?)? = nil
  ) {
    self.facts = facts
    self.options = options
    self.inputs = inputs
    self.images = images
    self.expand = expand
    self.results = results
  }

  public func plan(_ original: Plan) throws(BatonError) -> ResumePlan {
    var plan = original
    while true {
      var (result, expandable) = decide(plan)
      guard let group = expandable.first else {
        let names = Set(plan.nodes.map(\.name))
        try checkNames(plan, names)
        result.removed = removed(plan, names).filter { result.invalidated[$0] == nil }
        return result
      }
      guard enter(group, &plan) else { return result }
    }
  }

  /// What services were started as, beside what they are now; nothing else of the workflow is looked at.
  ///
  /// - Parameter original: with the matrices whose cells the records know in place of their lists.
  public func drift(_ original: Plan, cure: String) -> ServiceDrift {
    var plan = original
    var index = 0
    while index < plan.nodes.count {
      let node = plan.nodes[index]
      if node.group?.pending != nil, facts.expansions[node.name] != nil { _ = enter(index, &plan) }
      index += 1
    }
    let services = Self.services(of: plan)
    var drift = ServiceDrift(services: [:], cure: cure)
    for node in plan.nodes where node.service != nil {
      drift.services[node.name] = differences(ofService: node, plan, services)?.map {
        .init(field: $0.name, before: $0.before, now: $0.now)
      }
    }
    // Of cells that cannot be known now nothing is said.
    let unknown = plan.nodes.lazy.filter { $0.group?.pending != nil }.map { "\($0.name)[" }
    drift.gone = Set(facts.services.keys).subtracting(services).filter { name in
      !unknown.contains { name.hasPrefix($0) }
    }
    return drift
  }

  /// Puts the cells of a matrix in; false where they cannot be known.
  private func enter(_ group: NodeIndex, _ plan: inout Plan) -> Bool {
    guard case .group(var spec) = plan.nodes[group].kind, let expansion = expand(plan, group) else { return false }
    spec.members = expansion.members
    spec.pending = nil
    plan.nodes[group].kind = .group(spec)
    plan.nodes += expansion.nodes
    return true
  }

  /// What has records and is neither in the plan, nor below a body or transaction of it.
  private func removed(_ plan: Plan, _ names: Set<String>) -> [String] {
    let unknown = facts.steps.keys.filter { !names.contains($0) }
    guard !unknown.isEmpty else { return [] }
    let hosts = Set(plan.nodes.lazy.filter { $0.body != nil || $0.group?.style == .transaction }.map(\.name))
    return unknown.filter { name in
      var current = name
      while let (host, _) = BodyFacts.split(current) {
        if hosts.contains(host) { return false }
        current = host
      }
      return true
    }.sorted()
  }

  /// Services, whose addresses are no part of what a step is made of.
  private static func services(of plan: Plan) -> Set<String> {
    Set(plan.nodes.lazy.filter { $0.service != nil }.map(\.name))
  }

  private func checkNames(_ plan: Plan, _ known: Set<String>) throws(BatonError) {
    var names = known
    for (body, known) in facts.bodies {
      for key in known.operations.keys {
        if let child = BodyFacts.child(of: key, in: body) ?? BodyFacts.compensation(of: key, in: body) {
          names.insert(child)
        }
      }
    }
    // Steps that undo members of transactions.
    for node in plan.nodes where node.group?.style == .transaction {
      names.formUnion(facts.steps.keys.filter { $0.hasPrefix("\(node.name)/undo-") })
    }
    for name in options.from + options.only + options.skip + options.set.keys.sorted() where !names.contains(name) {
      throw BatonError(
        .usage, "there is no step \"\(name)\" in this run", cure: Names.proposal(for: name, in: names.sorted()))
    }
  }

  private func decide(_ plan: Plan) -> (ResumePlan, expandable: [NodeIndex]) {
    var result = ResumePlan(plan: plan)
    let repairs = BodyRepairs(facts, options)
    result.forgotten = repairs.forgotten
    for body in repairs.replays { result.invalidated[body] = RunResumed.bodyReplays }
    var expandable: [NodeIndex] = []
    let topology = Topology(plan.nodes)
    var again = [Bool](repeating: false, count: plan.nodes.count)
    // Whether what depends on a node runs again with it. What has no end needs no such thing: nothing that came after it
    // stands, or it was decided once before that it does.
    var isFelt = again
    let services = Self.services(of: plan)
    // Whether what a group itself waits for runs again, and so all its members do.
    var groupAgain = again
    func mark(_ index: NodeIndex, felt: Bool) {
      var next: NodeIndex? = index
      while let node = next, !again[node] || (felt && !isFelt[node]) {
        again[node] = true
        if felt { isFelt[node] = true }
        next = plan.nodes[node].parent
      }
    }
    // Whose results are read anew, and groups with such members.
    var isRead = again
    let from = Set(options.from)
    let skipped = Set(options.skip)
    for index in topology.order {
      let node = plan.nodes[index]
      var decision: ResumePlan.Decision?
      if from.contains(node.name) {
        decision = .init(step: node.name, reason: "asked for with --from")
      } else if let cause = node.dependencies.first(where: { isFelt[$0] }) {
        decision = .init(step: node.name, reason: "\(plan.nodes[cause].name) runs again")
      } else if let parent = node.parent, groupAgain[parent] {
        decision = .init(step: node.name, reason: "\(plan.nodes[parent].name) runs again")
      }
      if let group = node.group {
        groupAgain[index] = decision != nil
        if decision != nil {
          result.invalidated[node.name] = decision?.reason
        } else if group.pending != nil {
          if facts.expansions[node.name] != nil { expandable.append(index) } else { groupAgain[index] = true }
        }
        if groupAgain[index], group.pending != nil {
          for name in facts.steps.keys where name.hasPrefix(node.name + "[") {
            result.invalidated[name] = "\(node.name) is made anew"
          }
          result.again.append(decision ?? .init(step: node.name, reason: "its cells are not known yet"))
        }
        if groupAgain[index] { mark(index, felt: decision != nil) }
        continue
      }
      if node.service != nil {
        // It starts where something needs it, and is nothing that could be kept; what used another one is done again.
        if let decision = decision ?? edited(service: node, plan, services) {
          mark(index, felt: true)
          result.invalidated[node.name] = decision.reason
          result.again.append(decision)
        }
        continue
      }
      if let transaction = transactionToUndo(around: node, plan), facts.steps[node.name]?.end?.status == .succeeded {
        // Not invalid: it stands until it is undone.
        mark(index, felt: true)
        result.again.append(.init(step: node.name, reason: "it is undone first, because \(transaction) failed"))
        continue
      }
      let repair = facts.steps[node.name]?.end == nil ? facts.steps[node.name]?.repair : nil
      if skipped.contains(node.name) || options.set[node.name] != nil || (repair != nil && !from.contains(node.name)) {
        result.kept += 1
        continue
      }
      if decision == nil, node.gate != nil, let cause = node.dependencies.first(where: { isRead[$0] }) {
        decision = .init(step: node.name, reason: "the results of \(plan.nodes[cause].name) are read anew")
      }
      let isForced = decision != nil
      if decision == nil, let reason = repairs.reasons[node.name] { decision = .init(step: node.name, reason: reason) }
      if decision == nil { decision = own(node, plan, services) }
      if decision == nil, let results, let end = facts.steps[node.name]?.end, hasOtherSources(node, end) {
        if let problem = results(node, end) {
          decision = .init(step: node.name, reason: "its results are read from elsewhere, and \(problem)")
        } else {
          result.read.append(node.name)
          var next: NodeIndex? = index
          while let marked = next, !isRead[marked] {
            isRead[marked] = true
            next = plan.nodes[marked].parent
          }
        }
      }
      if !isForced, decision != nil, node.body != nil, Self.isReplay(decision) {
        mark(index, felt: facts.steps[node.name]?.end != nil)
        decision.map { result.again.append($0) }
        result.invalidated[node.name] = RunResumed.bodyReplays
        let causes = facts.steps[node.name]?.end?.causes ?? []
        for (body, keys) in BodyRepairs.causes(causes, of: node.name, facts) {
          if !keys.isEmpty { result.forgotten[body, default: []] += keys }
          if body != node.name { result.invalidated[body] = RunResumed.bodyReplays }
        }
        continue
      }
      guard let decision else {
        if facts.steps[node.name]?.end?.status == .failed { result.failed.append(node.name) } else { result.kept += 1 }
        continue
      }
      mark(index, felt: isForced || facts.steps[node.name]?.end != nil)
      result.again.append(decision)
      // What was asked about work that is done anew has to be asked anew.
      let isAskedAnew = isForced && (node.body != nil || facts.questions[node.name] != nil)
      if isAskedAnew || from.contains(node.name) || facts.steps[node.name]?.end.map({ facts.stands($0) }) == true {
        result.invalidated[node.name] = decision.reason
      }
    }
    // A group that ended must end again when one of its members does.
    for index in plan.nodes.indices where again[index] && plan.nodes[index].group != nil {
      if result.invalidated[plan.nodes[index].name] == nil {
        result.invalidated[plan.nodes[index].name] = RunResumed.memberRunsAgain
      }
    }
    return (result, expandable)
  }

  /// The transaction around a node that the run ended in the middle of undoing.
  private func transactionToUndo(around node: Node, _ plan: Plan) -> String? {
    if facts.isCutShort { return nil }
    var parent = node.parent
    while let group = parent {
      let name = plan.nodes[group].name
      if plan.nodes[group].group?.style == .transaction, facts.steps[name]?.undoing != nil { return name }
      parent = plan.nodes[group].parent
    }
    return nil
  }

  /// Whether a durable body can be executed against its records: nothing but its own code may be different.
  private static func isReplay(_ decision: ResumePlan.Decision?) -> Bool {
    decision?.differences.allSatisfy { $0.name == "run" } ?? false
  }

  private static let passive: Set<StepStatus> = [.skipped, .cancelled, .undone]

  /// Why a step whose surroundings are kept runs again, or nil.
  private func own(_ node: Node, _ plan: Plan, _ services: Set<String>) -> ResumePlan.Decision? {
    guard let known = facts.steps[node.name] else {
      return .init(
        step: node.name, reason: facts.questions[node.name] == nil ? "it has not run yet" : "it waits for an answer")
    }
    guard let end = known.end else {
      if facts.questions[node.name] != nil { return .init(step: node.name, reason: "it waits for an answer") }
      if facts.ended?.status == .waiting, let known = facts.bodies[node.name] {
        let waits = known.inOrder.filter { $0.result == nil }.compactMap(\.waitText)
        return .init(step: node.name, reason: "it \(waits.first ?? "waits")")
      }
      if known.cutOff != nil || (known.isOpen && known.wasStarted) {
        return .init(step: node.name, reason: "it was cut off")
      }
      guard let last = known.lastFailure, last.number == known.attempts, last.number != RunMachine.noAttempt else {
        return .init(step: node.name, reason: "it has not run yet")
      }
      return .init(
        step: node.name, reason: "attempt \(last.number) ended with \(last.outcome.text), and it is to be tried again")
    }
    // Skipped (or cancelled) because of what still stands: the run will say so again.
    if facts.isCutShort, !end.isSettled, end.status == .skipped || end.status == .cancelled { return nil }
    guard facts.stands(end) else {
      let how = end.reason.map { ": \($0)" } ?? ""
      return .init(
        step: node.name,
        reason: "it \(Self.passive.contains(end.status) ? "was " : "")\(end.status.rawValue)\(how)")
    }
    guard let before = end.fingerprint else { return nil }
    let now =
      end.status == .skipped
      ? FingerprintBuilder.fingerprint(ofCondition: node.options.value.when)
      : FingerprintBuilder.fingerprint(
        of: node, env: plan.workflow.env, values: { options.values(of: $0, in: facts) },
        inputs: node.options.value.inputs.isEmpty ? nil : inputs(node), image: image(of: node, before),
        isService: services.contains)
    // A step that was skipped with its group keeps the group's condition.
    if end.status == .skipped, node.parent != nil { return nil }
    return Self.decision(on: node, now.differences(from: before))
  }

  /// That a node is another one than it was; nil: it is the same in all.
  private static func decision(
    on node: Node, _ differences: [(name: String, before: String?, now: String?)]
  ) -> ResumePlan.Decision? {
    guard let first = differences.first else { return nil }
    let more = differences.count > 1 ? " and \(differences.count - 1) more" : ""
    return .init(step: node.name, reason: "\(first.name) changed\(more)", differences: differences)
  }

  /// Why a service is another one now than the steps had that used it; nil: it is not, or none did.
  private func edited(service node: Node, _ plan: Plan, _ services: Set<String>) -> ResumePlan.Decision? {
    differences(ofService: node, plan, services).flatMap { Self.decision(on: node, $0) }
  }

  /// In what a service is another one than it was started as; nil: it was not.
  func differences(
    ofService node: Node, _ plan: Plan, _ services: Set<String>
  ) -> [(name: String, before: String?, now: String?)]? {
    guard let before = facts.services[node.name]?.fingerprint else { return nil }
    let now = FingerprintBuilder.fingerprint(
      of: node, env: plan.workflow.env, values: { options.values(of: $0, in: facts) },
      inputs: node.options.value.given.contains("inputs") ? inputs(node) : nil, image: image(of: node, before),
      isService: services.contains)
    return now.differences(from: before)
  }

  private func image(of node: Node, _ before: Fingerprint) -> String? {
    guard let name = FingerprintBuilder.contents(of: node.options.value.executor) else { return nil }
    guard let images else { return before.parts.first { $0.name == name }?.value }
    return images(node)
  }

  /// Whether the results of a step that stands would be read from other places than they were.
  private func hasOtherSources(_ node: Node, _ end: StepEnd) -> Bool {
    let sources = node.options.value.results
    guard end.status.isSuccess, end.kind == .step, node.body == nil, !sources.isEmpty,
      let known = facts.steps[node.name], known.repair == nil, known.attempts > 0 || known.results != nil
    else { return false }
    return known.results?.sources != ResultSource.digest(of: sources)
  }
}
