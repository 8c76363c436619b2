import BatonModel

/// What is kept of gates, groups, services and options.
extension PlanShape {
  /// What a step says beside its description that those who look at its run are shown, or that an estimate rests on.
  struct Said: Hashable {
    var timeout: Span?
    var hasCache = false
    var resources = Said.standardResources
    var mutex: String?
    var priority: Int64 = 0
    var tags: [String] = []
    var allowsFailure = false

    private static let standardResources = StepOptions.Shared.standard.value.resources

    /// nil where it says nothing of the kind.
    init?(_ options: StepOptions) {
      timeout = options.timeout
      hasCache = options.cache != .off
      resources = options.resources
      mutex = options.mutex
      priority = options.priority
      tags = options.tags
      allowsFailure = options.allowFailure
      let isNothing =
        timeout == nil && !hasCache && mutex == nil && priority == 0 && tags.isEmpty && !allowsFailure
        && resources == Self.standardResources
      if isNothing { return nil }
    }

    var value: Value {
      var fields: [String: Value] = [:]
      if let timeout { fields["timeout"] = .integer(timeout.nanoseconds) }
      if hasCache { fields["cache"] = true }
      if resources != Self.standardResources { fields["resources"] = .map(resources.mapValues { .number($0) }) }
      if let mutex { fields["mutex"] = .string(mutex) }
      if priority != 0 { fields["priority"] = .integer(priority) }
      if !tags.isEmpty { fields["tags"] = RecordCoding.list(tags) }
      if allowsFailure { fields["allow_failure"] = true }
      return .map(fields)
    }

    static func options(_ value: Value) -> StepOptions {
      var options = StepOptions()
      options.timeout = value["timeout"]?.integer.map { Span(nanoseconds: $0) }
      if value["cache"] == true { options.cache = .on }
      if let resources = value["resources"]?.map { options.resources = resources.compactMapValues(\.number) }
      options.mutex = value["mutex"]?.string
      options.priority = value["priority"]?.integer ?? 0
      options.tags = value["tags"]?.strings ?? []
      options.allowFailure = value["allow_failure"] == true
      return options
    }
  }

  /// What a gate, a group or a service is; nil: a step, of which what it runs is not kept.
  ///
  /// A group is `{"style":"matrix","max":4,"axes":{"x":[["list","files"]]}}`: how many at once, and, where its cells are not
  /// known yet, which refs each axis waits for. A gate is `{"otherwise":"halt","require":[["pass_rate",">=",0.98]],
  /// "check":true,"approval":{"by":["lead"],"quorum":1,"timeout":null}}`; a bound over a baseline is `[factor, offset]`. A
  /// service is `{"service":{"ports":["sql"]}}`: the names of its ports.
  static func value(of kind: Node.Kind) -> Value? {
    switch kind {
    case .step: return nil
    case .group(let group):
      var fields: [String: Value] = ["style": .string(group.style.rawValue)]
      if let max = group.max { fields["max"] = .integer(Int64(max)) }
      if let pending = group.pending { fields["axes"] = .map(pending.axes.mapValues(refs)) }
      return .map(fields)
    case .gate(let gate):
      var fields: [String: Value] = ["otherwise": .string(gate.otherwise.rawValue)]
      if !gate.require.isEmpty { fields["require"] = .list(gate.require.map(value)) }
      if gate.check != nil { fields["check"] = true }
      if let approval = gate.approval {
        fields["approval"] = [
          "by": RecordCoding.list(approval.by), "quorum": .integer(Int64(approval.quorum)),
          "timeout": approval.timeout.map { .integer($0.nanoseconds) } ?? .null,
        ]
      }
      return .map(fields)
    case .service(let service):
      return ["service": service.ports.isEmpty ? [:] : ["ports": RecordCoding.list(service.ports)]]
    }
  }

  /// nil where it is none of them.
  static func kind(_ value: Value) -> Node.Kind? {
    if let service = value["service"]?.map {
      return .service(ServiceSpec(command: .program([]), ports: service["ports"]?.strings ?? []))
    }
    if let style = value["style"]?.string.flatMap(GroupSpec.Style.init) {
      var group = GroupSpec(style: style, max: value["max"]?.integer.map { Int(clamping: $0) })
      if let axes = value["axes"]?.map {
        group.pending = PendingMatrix(id: -1, axes: axes.mapValues(expr), digest: "")
      }
      return .group(group)
    }
    guard let otherwise = value["otherwise"]?.string.flatMap(GateSpec.Otherwise.init) else { return nil }
    var gate = GateSpec(require: (value["require"]?.list ?? []).compactMap(requirement), otherwise: otherwise)
    if value["check"] == true { gate.check = Callback(id: -1, digest: "") }
    if let approval = value["approval"] {
      gate.approval = ApprovalSpec(
        by: approval["by"]?.strings ?? [], quorum: Int(clamping: approval["quorum"]?.integer ?? 1),
        timeout: approval["timeout"]?.integer.map { Span(nanoseconds: $0) })
    }
    return .gate(gate)
  }

  private static func value(_ requirement: Requirement) -> Value {
    let bound: Value =
      switch requirement.bound {
      case .number(let number): .number(number)
      case .baseline(let factor, let offset): [.number(factor), .number(offset)]
      }
    return [.string(requirement.metric), .string(requirement.comparison.rawValue), bound]
  }

  private static func requirement(_ value: Value) -> Requirement? {
    guard let parts = value.list, parts.count == 3, let metric = parts[0].string,
      let comparison = parts[1].string.flatMap(Requirement.Comparison.init)
    else { return nil }
    if let number = parts[2].number {
      return Requirement(metric: metric, comparison: comparison, bound: .number(number))
    }
    guard let pair = parts[2].list, pair.count == 2, let factor = pair[0].number, let offset = pair[1].number else {
      return nil
    }
    return Requirement(metric: metric, comparison: comparison, bound: .baseline(factor: factor, offset: offset))
  }

  /// The refs of an expression, each as its step and the keys below.
  private static func refs(_ expr: Expr) -> Value {
    var refs: [Value] = []
    expr.forEachRef { ref in
      let path = ref.path.map { key -> Value in
        switch key {
        case .name(let name): .string(name)
        case .index(let index): .integer(index)
        }
      }
      refs.append(.list([.string(ref.step)] + path))
    }
    return .list(refs)
  }

  private static func expr(_ value: Value) -> Expr {
    .list(
      (value.list ?? []).compactMap { ref in
        guard let parts = ref.list, let step = parts.first?.string else { return nil }
        let path = parts.dropFirst().compactMap { key -> PathKey? in
          key.string.map { .name($0) } ?? key.integer.map { .index($0) }
        }
        return .ref(Ref(step: step, path: path))
      })
  }
}
