/// A position in ``Plan/nodes``.
public typealias NodeIndex = Int

/// What a script declared: plain values, with no Lua in it but opaque ``Callback`` ids.
///
/// Nodes stand in the order of declaration. Nodes that a matrix over a ref makes at run time are appended behind them.
public struct Plan: Sendable {
  public var workflow: WorkflowSpec
  public var nodes: [Node]
  public var notifications: [NotificationSpec]

  public init(workflow: WorkflowSpec, nodes: [Node] = [], notifications: [NotificationSpec] = []) {
    self.workflow = workflow
    self.nodes = nodes
    self.notifications = notifications
  }

  /// Every node's position by its full name.
  public func indexByName() -> [String: NodeIndex] {
    var index: [String: NodeIndex] = [:]
    index.reserveCapacity(nodes.count)
    for position in nodes.indices { index[nodes[position].name] = position }
    return index
  }

  /// The steps and gates below a group, whatever groups they are in; empty: it is none.
  public func leaves(below group: NodeIndex) -> [NodeIndex] {
    var found: [NodeIndex] = []
    var open = nodes[group].group?.members ?? []
    while let member = open.popLast() {
      if let inner = nodes[member].group { open += inner.members } else { found.append(member) }
    }
    return found
  }
}

/// What `workflow "name" {…}` says, with the defaults filled in.
public struct WorkflowSpec: Sendable, Hashable {
  public var name: String
  public var description: String?
  /// The script, absolute.
  public var file: String
  public var params: [ParamSpec] = []
  /// The parameters' values in this run.
  public var values: [String: Value] = [:]
  public var env: [String: Template] = [:]
  /// How many steps at once, and what else steps may ask for: `cpu`, `memory` (bytes), and names of the user's own. What is
  /// absent (`cpu`, `memory`) is the machine's.
  public var pool: [String: Double] = [:]
  /// For the whole run, from its start; nil: none.
  public var deadline: Span?
  /// The first failure stops what has not started.
  public var failFast = false
  /// After so many failed tests nothing new starts, and what runs is cancelled.
  public var maxFailures: Int?
  /// Tests whose failures fail nothing.
  public var quarantine: [QuarantineEntry] = []

  public init(name: String, file: String) {
    self.name = name
    self.file = file
  }
}

/// One parameter of a workflow.
public struct ParamSpec: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case string(pattern: String?)
    case integer(min: Int64?, max: Int64?)
    case number(min: Double?, max: Double?)
    case boolean
    case choice([String])
    case list
    case table
  }

  public var name: String
  public var kind: Kind
  public var description: String?
  /// nil: the parameter must be given.
  public var fallback: Value?

  public init(name: String, kind: Kind, description: String? = nil, fallback: Value? = nil) {
    self.name = name
    self.kind = kind
    self.description = description
    self.fallback = fallback
  }
}

/// What kind of thing a node is, as records and people call it.
public enum NodeKind: String, Sendable, CaseIterable { case step, gate, group, service }

/// One thing that the engine schedules: a step, a gate, a group or a service.
public struct Node: Sendable {
  public enum Kind: Sendable {
    case step(Command)
    case gate(GateSpec)
    case group(GroupSpec)
    indirect case service(ServiceSpec)
  }

  /// The full name: `lint`, `e2e[browser=chrome,os=linux]`, `m[x=a]/n[y=1]`.
  public var name: String
  public var kind: Kind
  /// Where it was declared.
  public var line: Int32
  public var file: String
  /// The group that it is a member of.
  public var parent: NodeIndex?
  /// Steps, gates and groups that must have ended first, without repetition. Refs have added theirs.
  public var dependencies: [NodeIndex]
  /// What else a step says; shared among steps that say the same.
  public var options: StepOptions.Shared

  public init(
    name: String, kind: Kind, file: String = "", line: Int32 = 0, parent: NodeIndex? = nil,
    dependencies: [NodeIndex] = [], options: StepOptions.Shared = .standard
  ) {
    self.name = name
    self.kind = kind
    self.file = file
    self.line = line
    self.parent = parent
    self.dependencies = dependencies
    self.options = options
  }

  public var place: SourcePlace { SourcePlace(file: file, line: line) }

  public var nodeKind: NodeKind {
    switch kind {
    case .step: .step
    case .gate: .gate
    case .group: .group
    case .service: .service
    }
  }
  public var body: Callback? { if case .step(.body(let body)) = kind { body } else { nil } }
  public var command: Command? { if case .step(let command) = kind { command } else { nil } }
  public var group: GroupSpec? { if case .group(let group) = kind { group } else { nil } }
  public var gate: GateSpec? { if case .gate(let gate) = kind { gate } else { nil } }
  public var service: ServiceSpec? { if case .service(let service) = kind { service } else { nil } }
}

/// What a step runs.
public enum Command: Sendable, Hashable {
  /// A string for the shell; refs in it are quoted.
  case shell(Template)
  /// A program and its arguments, without a shell.
  case program([Template])
  /// `function(deps)` that returns one of the two.
  case callback(Callback)
  /// `function(ctx)`: a durable body, executed by the script host.
  case body(Callback)
  /// Another workflow, with a run of its own.
  case call(CallSpec)
  /// `ctx:http {…}`: a request, made by a process of Baton's own. A table of `method`, `url`, `headers`, `body` or `json`,
  /// `expect`.
  case request(Expr)
}

/// `call "name" { workflow = "file.lua", params = {…} }`.
public struct CallSpec: Sendable, Hashable {
  /// The workflow's file, relative to the folder of the calling one.
  public var file: Template
  public var params: [String: Expr]

  public init(file: Template, params: [String: Expr] = [:]) {
    self.file = file
    self.params = params
  }
}

/// Members that start together, one after the other, or once a cell.
public struct GroupSpec: Sendable {
  public enum Style: String, Sendable {
    case parallel, sequence, matrix
    /// As a sequence; what its members did is undone when one of them fails.
    case transaction

    /// Whether each member waits for the one before it.
    public var isSequential: Bool { self == .sequence || self == .transaction }
  }

  public var style: Style
  public var members: [NodeIndex]
  /// How many members may run at once.
  public var max: Int?
  /// The first failure of a member cancels the others.
  public var failFast: Bool
  /// After so many failed tests of the members that have ended, the others are cancelled.
  public var maxFailures: Int?
  /// A matrix whose axes are not known yet.
  public var pending: PendingMatrix?

  public init(
    style: Style, members: [NodeIndex] = [], max: Int? = nil, failFast: Bool = false, maxFailures: Int? = nil,
    pending: PendingMatrix? = nil
  ) {
    self.maxFailures = maxFailures
    self.style = style
    self.members = members
    self.max = max
    self.failFast = failFast
    self.pending = pending
  }
}

/// A matrix over refs: once they are known, the script host makes its cells.
public struct PendingMatrix: Sendable {
  /// Given out by the script host, for ``ScriptHost/expand``.
  public var id: Int32
  /// Axis → a list, or a ref to one.
  public var axes: [String: Expr]
  /// Hash of all that the cells are made from but the axes' values.
  public var digest: String

  public init(id: Int32, axes: [String: Expr], digest: String) {
    self.id = id
    self.axes = axes
    self.digest = digest
  }
}

/// A condition that the run must pass.
public struct GateSpec: Sendable, Hashable {
  public enum Otherwise: String, Sendable, CaseIterable {
    case halt, branch, warn
    /// Someone may let the run pass all the same.
    case ask
  }

  /// In the order of the metrics' names.
  public var require: [Requirement]
  /// `function(results)` → boolean, reason.
  public var check: Callback?
  /// Who must agree, once `require` and `check` hold.
  public var approval: ApprovalSpec?
  public var otherwise: Otherwise

  public init(
    require: [Requirement] = [], check: Callback? = nil, approval: ApprovalSpec? = nil, otherwise: Otherwise = .halt
  ) {
    self.require = require
    self.check = check
    self.approval = approval
    self.otherwise = otherwise
  }
}

/// `pass_rate = ">= 0.98"`, `["metric.p95_ms"] = "<= baseline * 1.10"`.
public struct Requirement: Sendable, Hashable {
  /// The metrics that have a meaning of their own; every other name is what steps report under it.
  public static let metrics: [String] =
    [
      "tests", "passed", "failed", "skipped", "flaky", "pass_rate", "flaky_rate", "coverage", "coverage.changed",
      "duration", "new_failures", "risk", "findings",
    ] + FindingSeverity.allCases.map { "findings.\($0.rawValue)" }

  public enum Comparison: String, Sendable, CaseIterable {
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case notEqual = "~="
    case more = ">"
    case less = "<"
  }

  public enum Bound: Sendable, Hashable {
    case number(Double)
    /// The metric's value in the newest run of this workflow that succeeded, times a factor, plus an offset.
    case baseline(factor: Double, offset: Double)
  }

  public var metric: String
  public var comparison: Comparison
  public var bound: Bound

  public init(metric: String, comparison: Comparison, bound: Bound) {
    self.metric = metric
    self.comparison = comparison
    self.bound = bound
  }
}
