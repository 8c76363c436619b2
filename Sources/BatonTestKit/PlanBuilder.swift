import BatonModel

/// Builds plans in a few words, by name, for tests.
///
/// Every command is `echo NAME` unless one is given; an unknown name of a dependency or a group stops the test.
public struct PlanBuilder {
  public var plan: Plan
  private var index: [String: NodeIndex] = [:]

  public init(_ workflow: String = "flow", _ configure: (inout WorkflowSpec) -> Void = { _ in }) {
    var spec = WorkflowSpec(name: workflow, file: "/project/\(workflow).lua")
    configure(&spec)
    plan = Plan(workflow: spec)
  }

  /// The position of a node.
  public subscript(name: String) -> NodeIndex {
    guard let position = index[name] else { preconditionFailure("the plan has no node \"\(name)\"") }
    return position
  }

  @discardableResult
  public mutating func step(
    _ name: String, run: Command? = nil, depends: [String] = [], in group: String? = nil,
    _ configure: (inout StepOptions) -> Void = { _ in }
  ) -> NodeIndex {
    add(name, .step(run ?? .shell(.plain("echo \(name)"))), depends, group, configure)
  }

  @discardableResult
  public mutating func gate(
    _ name: String, require: [Requirement] = [], check: Callback? = nil, approval: ApprovalSpec? = nil,
    otherwise: GateSpec.Otherwise = .halt, depends: [String] = [], in group: String? = nil,
    _ configure: (inout StepOptions) -> Void = { _ in }
  ) -> NodeIndex {
    let gate = GateSpec(require: require, check: check, approval: approval, otherwise: otherwise)
    return add(name, .gate(gate), depends, group, configure)
  }

  /// An empty group; `in:` puts members into it.
  @discardableResult
  public mutating func group(
    _ name: String, max: Int? = nil, failFast: Bool = false, depends: [String] = [], in group: String? = nil,
    _ configure: (inout StepOptions) -> Void = { _ in }
  ) -> NodeIndex {
    add(name, .group(GroupSpec(style: .parallel, max: max, failFast: failFast)), depends, group, configure)
  }

  /// A matrix whose cells are made at run time. What makes them is the test's (``TestCells``).
  @discardableResult
  public mutating func matrix(
    _ name: String, axes: [String: Expr], digest: String = "cells", max: Int? = nil, failFast: Bool = false,
    depends: [String] = [], in group: String? = nil, _ configure: (inout StepOptions) -> Void = { _ in }
  ) -> NodeIndex {
    let pending = PendingMatrix(id: Int32(plan.nodes.count), axes: axes, digest: digest)
    return add(
      name, .group(GroupSpec(style: .matrix, max: max, failFast: failFast, pending: pending)), depends, group, configure
    )
  }

  /// A service that is ready when a probe of its only port says so, unless the test says otherwise.
  @discardableResult
  public mutating func service(
    _ name: String, depends: [String] = [], in group: String? = nil,
    _ configure: (inout ServiceSpec, inout StepOptions) -> Void = { _, _ in }
  ) -> NodeIndex {
    var service = ServiceSpec(command: .shell(.plain("serve \(name)")), ports: ["main"])
    service.traits.ready = ProbeSpec(.tcp(host: .plain("127.0.0.1"), ports: [.dynamic(.out(name, "port", "main"))]))
    service.traits.ready?.interval = Span(milliseconds: 100)
    var options = StepOptions()
    options.resources = [:]
    configure(&service, &options)
    return add(name, .service(service), depends, group) { $0 = options }
  }

  public mutating func notify(
    _ name: String, on trigger: NotificationSpec.Trigger, to channels: [String] = ["webhook"]
  ) {
    plan.notifications.append(
      NotificationSpec(
        name: name, place: SourcePlace(file: plan.workflow.file), on: trigger,
        to: channels.map { NotificationSpec.Target(channel: $0, settings: [:]) }))
  }

  /// Changes the command of a step, as an edit of the script would.
  public mutating func edit(_ name: String, run command: Command) { plan.nodes[self[name]].kind = .step(command) }

  /// Changes the options of a node, as an edit of the script would.
  public mutating func edit(_ name: String, _ configure: (inout StepOptions) -> Void) {
    var options = plan.nodes[self[name]].options.value
    configure(&options)
    plan.nodes[self[name]].options = StepOptions.Shared(options)
  }

  private mutating func add(
    _ name: String, _ kind: Node.Kind, _ depends: [String], _ group: String?, _ configure: (inout StepOptions) -> Void
  ) -> NodeIndex {
    var options = StepOptions()
    configure(&options)
    let position = plan.nodes.count
    let parent = group.map { self[$0] }
    plan.nodes.append(
      Node(
        name: name, kind: kind, file: plan.workflow.file, line: Int32(position + 1), parent: parent,
        dependencies: depends.map { self[$0] }, options: StepOptions.Shared(options)))
    index[name] = position
    if let parent, case .group(var spec) = plan.nodes[parent].kind {
      spec.members.append(position)
      plan.nodes[parent].kind = .group(spec)
    }
    return position
  }
}

/// `${step.out.a.b}`, in the way of a test.
extension Expr {
  public static func out(_ step: String, _ path: String...) -> Expr {
    .ref(Ref(step: step, path: path.map { .name($0) }))
  }
}
