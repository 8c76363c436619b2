import BatonCore
import BatonModel

/// A random workflow for the ``Simulator``: a plan whose nodes are told by name, so that shrinking can leave some out.
public struct Scenario: Sendable {
  /// What may be said of the end of the run.
  public enum Profile: String, Sendable {
    /// It does not depend on timing: crashes and resumptions must not change it.
    case exact
    /// Timeouts, deadlines, `fail_fast`, halting and signals make it depend on timing: only the invariants hold.
    case timed
  }

  /// What someone does to the run from outside.
  public enum Control: String, Sendable, CaseIterable { case interrupt, kill, cancel }

  /// One node.
  public struct Draft: Sendable {
    public enum Kind: Sendable {
      /// What its command begins with; a change of it is an edit.
      case step(text: String)
      case gate(GateSpec)
      indirect case service(ServiceSpec)
      case group(max: Int?, failFast: Bool)
      /// A durable body.
      case body([BodyAct])
      /// The cells are made from the list that this step emits.
      case matrix(over: String, max: Int?, failFast: Bool)
    }

    public var name: String
    public var kind: Kind
    public var parent: String?
    public var depends: [String] = []
    /// Steps among `depends` whose value stands in the command.
    public var refs: [String] = []
    public var options = StepOptions()
  }

  public var seed: UInt64
  public var profile: Profile
  public var drafts: [Draft]
  public var pool: [String: Double]
  public var failFast = false
  public var deadline: Span?
  public var notifications: [NotificationSpec] = []
  /// After how many milliseconds of virtual time something comes from outside.
  public var control: (what: Control, after: Int)?

  /// The first driver ends the run as waiting instead of waiting for people.
  public var noWait = false
  /// After how many milliseconds of virtual time signals come.
  public var signals: [Int] = []

  /// The plan that a script would have made.
  public var plan: Plan {
    var workflow = WorkflowSpec(name: "simulated", file: "/simulated.lua")
    workflow.failFast = failFast
    workflow.deadline = deadline
    var index: [String: NodeIndex] = [:]
    for position in drafts.indices { index[drafts[position].name] = position }
    var members: [String: [NodeIndex]] = [:]
    for position in drafts.indices {
      if let parent = drafts[position].parent { members[parent, default: []].append(position) }
    }
    let nodes = drafts.enumerated().map { position, draft in
      Node(
        name: draft.name, kind: kind(of: draft, position, members[draft.name] ?? []), file: workflow.file,
        line: Int32(position + 1), parent: draft.parent.flatMap { index[$0] },
        dependencies: draft.depends.compactMap { index[$0] }, options: StepOptions.Shared(draft.options))
    }
    return Plan(workflow: workflow, nodes: nodes, notifications: notifications)
  }

  private func kind(of draft: Draft, _ position: Int, _ members: [NodeIndex]) -> Node.Kind {
    switch draft.kind {
    case .step(let text):
      guard !draft.refs.isEmpty else { return .step(.shell(.plain(text))) }
      var parts: [Expr] = [.literal(.string(text))]
      for ref in draft.refs { parts.append(.out(ref, "v")) }
      return .step(.shell(.dynamic(.concat(parts))))
    case .body: return .step(.body(Callback(id: Int32(position), digest: draft.name)))
    case .gate(let gate): return .gate(gate)
    case .service(let service): return .service(service)
    case .group(let max, let failFast):
      return .group(GroupSpec(style: .parallel, members: members, max: max, failFast: failFast))
    case .matrix(let over, let max, let failFast):
      let pending = PendingMatrix(
        id: Int32(position), axes: ["x": .out(over, "list")], digest: "cells of \(draft.name)")
      return .group(GroupSpec(style: .matrix, max: max, failFast: failFast, pending: pending))
    }
  }

  /// The cells of a matrix: steps, or for every second matrix groups of two steps, one behind the other.
  static func cells(of group: NodeIndex, in plan: Plan, axes: [String: Value]) -> Expansion {
    let name = plan.nodes[group].name
    let isNested = group.isMultiple(of: 2)
    let first = plan.nodes.count
    var nodes: [Node] = []
    var members: [NodeIndex] = []
    for value in axes["x"]?.list ?? [] {
      let cell = "\(name)[x=\(value.text)]"
      let position = first + nodes.count
      members.append(position)
      guard isNested else {
        nodes.append(Node(name: cell, kind: .step(.shell(.plain(cell))), parent: group))
        continue
      }
      let inner = GroupSpec(style: .parallel, members: [position + 1, position + 2])
      nodes.append(Node(name: cell, kind: .group(inner), parent: group))
      nodes.append(Node(name: "\(cell)/a", kind: .step(.shell(.plain("a"))), parent: position))
      nodes.append(
        Node(name: "\(cell)/b", kind: .step(.shell(.plain("b"))), parent: position, dependencies: [position + 1]))
    }
    return Expansion(nodes: nodes, members: members)
  }

  /// One line a node, for people.
  public var text: String {
    var lines = [
      "seed \(seed), \(profile.rawValue), pool \(pool.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        + (failFast ? ", fail_fast" : "") + (deadline.map { ", deadline \($0.text)" } ?? "")
        + (noWait ? ", no wait" : "") + (signals.isEmpty ? "" : ", signals after \(signals) ms")
        + (control.map { ", \($0.what.rawValue) after \($0.after) ms" } ?? "")
    ]
    for draft in drafts { lines.append("  " + draft.text) }
    for spec in notifications {
      let rate = spec.rate.map { " rate \($0.count)/\($0.per.text)" } ?? ""
      lines.append("  notify \(spec.name) on \(spec.on)" + (spec.digest.map { " digest \($0.text)" } ?? "") + rate)
    }
    return lines.joined(separator: "\n")
  }
}

extension Scenario.Draft {
  var text: String {
    var parts: [String] = []
    switch kind {
    case .step: parts.append("step \(name)")
    case .body(let acts): parts.append("body \(name) \(acts)")
    case .service(let service):
      let traits = service.traits
      parts.append(
        "service \(name)\(traits.ready == nil ? "" : " ready")\(traits.health == nil ? "" : " health") starts "
          + "\(traits.restart.attempts)")
      if !traits.setup.isEmpty { parts.append("set up") }
      if !traits.teardown.isEmpty { parts.append("torn down") }
    case .gate(let gate):
      parts.append("gate \(name) \(gate.require.map { "\($0.metric) \($0.text)" }) otherwise \(gate.otherwise)")
      if let approval = gate.approval {
        parts.append("approval of \(approval.quorum)" + (approval.timeout.map { " within \($0.text)" } ?? ""))
        if !approval.form.isEmpty { parts.append("form") }
      }
    case .group(let max, let failFast):
      parts.append("group \(name)" + (max.map { " max \($0)" } ?? "") + (failFast ? " fail_fast" : ""))
    case .matrix(let over, let max, let failFast):
      parts.append("matrix \(name) over \(over)" + (max.map { " max \($0)" } ?? "") + (failFast ? " fail_fast" : ""))
    }
    if let parent { parts.append("in \(parent)") }
    if !depends.isEmpty { parts.append("depends \(depends)") }
    if !refs.isEmpty { parts.append("refs \(refs)") }
    let standard = StepOptions()
    switch options.when {
    case .succeeded: break
    case .failed, .finished: parts.append("when \(options.when)")
    case .callback: parts.append("when function")
    }
    if options.retry != standard.retry {
      let retry = options.retry
      parts.append("retry \(retry.attempts) backoff \(retry.backoff.text) jitter \(retry.jitter) when \(retry.when)")
    }
    if !options.failover.isEmpty { parts.append("failover \(options.failover.map { $0.retry?.attempts ?? 0 })") }
    if options.allowFailure { parts.append("allow_failure") }
    if options.priority != 0 { parts.append("priority \(options.priority)") }
    if options.resources != standard.resources { parts.append("resources \(options.resources)") }
    if let mutex = options.mutex { parts.append("mutex \(mutex)") }
    if options.cache != .off { parts.append("cache") }
    if let timeout = options.timeout { parts.append("timeout \(timeout.text)") }
    if let deadline = options.deadline { parts.append("deadline \(deadline.text)") }
    if options.interrupted != .rerun { parts.append("interrupted \(options.interrupted.rawValue)") }
    return parts.joined(separator: ", ")
  }
}
