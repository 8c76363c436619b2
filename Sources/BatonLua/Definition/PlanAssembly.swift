import BatonCore
import BatonModel

/// Turns drafts into nodes: resolves links, fills in what is inherited, adds the dependencies that refs and sequences
/// mean, and finds cycles. What is wrong is reported to the definition's mistakes.
final class PlanAssembly {
  let definition: Definition
  /// Drafts of this range become nodes; those before are nodes already.
  let range: Range<Int>
  /// The node of a draft.
  let nodeIndex: (Int) -> NodeIndex
  /// What members inherit from a draft before the range.
  let inheritedBefore: (Int) -> Inherited

  private var dependencies: [[Int]]
  private var inherited: [Int: Inherited] = [:]
  private var last: (base: Inherited, own: OwnOptions, result: Inherited)?
  private let standard: Inherited
  private var lastBody: (from: StepOptions.Shared, result: StepOptions.Shared)?

  /// Options that a group gives to its members.
  final class Inherited: Sendable {
    let options: StepOptions.Shared
    /// The fields that were said anywhere on the way.
    let said: Set<String>
    /// The steps whose values are used.
    let refs: [Ref]

    init(_ options: StepOptions, said: Set<String>) {
      var options = options
      if !said.contains("cache") { options.cache = said.isSuperset(of: ["inputs", "outputs"]) ? .on : .off }
      self.options = StepOptions.Shared(options)
      self.said = said
      refs = options.refs
    }

    static let standard = Inherited(StepOptions(), said: [])
  }

  init(
    _ definition: Definition, range: Range<Int>, standard: Inherited, nodeIndex: @escaping (Int) -> NodeIndex,
    inheritedBefore: @escaping (Int) -> Inherited
  ) {
    self.definition = definition
    self.range = range
    self.standard = standard
    self.nodeIndex = nodeIndex
    self.inheritedBefore = inheritedBefore
    dependencies = Array(repeating: [], count: range.count)
  }

  /// The nodes, in the order of the drafts.
  func nodes() -> [Node] {
    resolveMembers()
    resolveDependencies()
    var nodes: [Node] = []
    nodes.reserveCapacity(range.count)
    for number in range {
      let options = options(of: number)
      checkRetry(of: number, options.options.value)
      checkNetwork(of: number, options.options.value)
      addRefs(of: number, options)
      nodes.append(node(number, shared(options, number)))
    }
    checkSharedNetworks(of: nodes)
    return nodes
  }

  /// A retry of the failed tests alone has to know which they are. What a step inherits need not concern it.
  private func checkRetry(of number: Int, _ options: StepOptions) {
    guard let own = draft(number).own, case .step(let command) = draft(number).kind else { return }
    let policies =
      [own.values.given.contains("retry") ? own.values.retry : .none] + own.values.failover.compactMap(\.retry)
    guard policies.contains(where: { $0.tests == .failed }) else { return }
    switch command {
    case .body, .call, .request:
      reader(number).error("\"retry.tests\" is for steps that run a command", [.name("retry"), .name("tests")])
    case .shell, .program, .callback:
      guard options.results.isEmpty else { return }
      reader(number).error(
        "\"retry.tests\" needs \"results\", which say what failed", [.name("retry"), .name("tests")],
        cure: "such as results = junit \"reports/*.xml\"")
    }
  }

  /// Networks are those of processes of this machine.
  private func checkNetwork(of number: Int, _ options: StepOptions) {
    guard options.network != .host else { return }
    let others = [options.executor] + options.failover.compactMap(\.executor)
    switch draft(number).kind {
    case .gate, .group: break
    case .step, .service:
      guard let other = others.first(where: { $0 != .local }) else { break }
      reader(number).error(
        "\"network\" is for processes of this machine, and this one runs by \(other.kind)", [.name("network")],
        cure: Self.cure(of: other))
    }
  }

  /// How what runs elsewhere has a network of its own.
  private static func cure(of executor: ExecutorSpec) -> String {
    switch executor {
    case .local, .container:
      "a container says it itself: container { network = \"none\" }, or one of its engine's networks"
    case .pod: "a pod says it in its manifest: with hostNetwork: false it has one of its own"
    case .ssh: "on another host it has that host's network: leave it out"
    }
  }

  /// Who is in the network of a service is so only where the service is a process of this machine too, whatever it fails over to.
  private func checkSharedNetworks(of nodes: [Node]) {
    var elsewhere: [String: ExecutorSpec] = [:]
    for node in nodes where node.service != nil {
      let options = node.options.value
      let others = [options.executor] + options.failover.compactMap(\.executor)
      if let other = others.first(where: { $0 != .local }) { elsewhere[node.name] = other }
    }
    guard !elsewhere.isEmpty else { return }
    for (number, node) in zip(range, nodes) {
      guard node.group == nil, case .of(let service) = node.options.value.network, let other = elsewhere[service] else {
        continue
      }
      reader(number).error(
        "\"network\" is that of the service \"\(service)\", which runs by \(other.kind): only processes of this machine "
          + "share one", [.name("network")],
        cure: "leave it out: the service's refs lead to its ports, such as those that its executor publishes")
    }
  }

  /// What members of the group inherit.
  func inheritance(of group: Int) -> Inherited { inheritedOptions(of: group) }

  private func draft(_ number: Int) -> Draft { definition.drafts[number] }

  private func reader(_ number: Int) -> FieldReader {
    let draft = definition.drafts[number]
    let short = draft.name.split(separator: "/").last.map(String.init) ?? draft.name
    return FieldReader(
      definition: definition,
      subject: Subject(kind: draft.kindName, name: draft.name, place: draft.place, written: short))
  }

  // MARK: Links

  private func resolve(_ link: Link, from scope: Int, _ report: (_ message: String, _ cure: String?) -> Void) -> Int? {
    switch link {
    case .node(let number): return number
    case .name(let name):
      if let number = definition.find(name, from: scope) { return number }
      if definition.unseen?.mayCome(name) == true { return nil }
      let candidates =
        definition.names.count > 5000 && definition.mistakes.errors > 20 ? [] : Array(definition.names.keys)
      report("there is no step, gate or group \"\(name)\"", Names.proposal(for: name, in: candidates))
      return nil
    }
  }

  private func resolveMembers() {
    for number in range {
      guard case .group(let group) = draft(number).kind else { continue }
      var members: [Link] = []
      for link in group.members {
        let found = resolve(link, from: draft(number).scope) { reader(number).error($0, cure: $1, code: "B009") }
        guard let member = found else { continue }
        guard range.contains(member), member != number else {
          let what =
            member == number ? "is a member of itself" : "can't take \(draft(member).label), which is planned already"
          reader(number).error(what)
          continue
        }
        if let other = draft(member).parent {
          reader(number).error(
            "\(draft(member).label) is a member of \(draft(other).label) already", cure: "at \(draft(other).place.text)"
          )
          continue
        }
        definition.drafts[member].parent = number
        if isItsOwnAncestor(member) {
          definition.drafts[member].parent = nil
          reader(number).error("\(draft(member).label) would be a member of itself")
          continue
        }
        members.append(.node(member))
      }
      group.members = members
    }
    adoptStrays()
  }

  /// What a cell's function declared and put into no group belongs to the matrix.
  private func adoptStrays() {
    for number in range where draft(number).scope != 0 && draft(number).parent == nil {
      guard let matrix = definition.scopes[draft(number).scope].matrix, matrix != number else { continue }
      definition.drafts[number].parent = matrix
      guard range.contains(matrix), case .group(let group) = draft(matrix).kind else { continue }
      group.members.append(.node(number))
    }
  }

  private func isItsOwnAncestor(_ number: Int) -> Bool {
    var current = draft(number).parent
    while let group = current {
      if group == number { return true }
      current = draft(group).parent
    }
    return false
  }

  private func resolveDependencies() {
    for number in range where !draft(number).depends.isEmpty {
      let (links, scope) = (draft(number).depends, draft(number).scope)
      for link in links {
        let found = resolve(link, from: scope) {
          reader(number).error($0, [.name("depends")], cure: $1, code: "B009")
        }
        if let found { add(found, to: number) }
      }
    }
    for further in definition.furtherDependencies {
      let reader = FieldReader(definition: definition, subject: further.subject)
      guard let target = resolve(further.target, from: further.scope, { reader.error($0, cure: $1, code: "B009") })
      else { continue }
      for link in further.links {
        let found = resolve(link, from: further.scope) { reader.error($0, cure: $1, code: "B009") }
        if let found, range.contains(target) { add(found, to: target) }
      }
    }
    for number in range {
      guard case .group(let group) = draft(number).kind, group.style.isSequential else { continue }
      let members = group.members.compactMap { if case .node(let member) = $0 { member } else { nil } }
      for (before, after) in zip(members, members.dropFirst()) { add(before, to: after) }
    }
  }

  private func add(_ dependency: Int, to number: Int) {
    dependencies[number - range.lowerBound].append(dependency)
  }

  // MARK: Options

  /// The node's own options, with what it inherits.
  private func options(of number: Int) -> Inherited {
    let base = draft(number).parent.map { inheritedOptions(of: $0) } ?? standard
    guard let own = draft(number).own else { return base }
    if let last, last.base === base, last.own.values == own.values { return last.result }
    let result = merge(own.values, into: base) { _ in true }
    last = (base, own, result)
    return result
  }

  /// A body or a call holds no processor unless it says so.
  private func shared(_ options: Inherited, _ number: Int) -> StepOptions.Shared {
    guard draft(number).needsNoProcessor, !options.said.contains("resources") else { return options.options }
    if let lastBody, lastBody.from === options.options { return lastBody.result }
    var values = options.options.value
    values.resources = [:]
    let result = StepOptions.Shared(values)
    lastBody = (options.options, result)
    return result
  }

  private func inheritedOptions(of group: Int) -> Inherited {
    guard range.contains(group) else { return inheritedBefore(group) }
    if let known = inherited[group] { return known }
    let base = draft(group).parent.map { inheritedOptions(of: $0) } ?? standard
    var result = base
    if let own = draft(group).own?.values {
      result = merge(own, into: base) { StepField.all[$0]?.isInherited == true }
    }
    inherited[group] = result
    return result
  }

  private func merge(_ own: StepOptions, into base: Inherited, where isTaken: (String) -> Bool) -> Inherited {
    var options = base.options.value
    options.given = own.given
    for name in own.given where isTaken(name) {
      if name == "env" {
        options.env.merge(own.env) { _, inner in inner }
      } else {
        StepField.all[name]?.copy(&options, own)
      }
    }
    return Inherited(options, said: base.said.union(own.given))
  }

  // MARK: Refs

  private func addRefs(of number: Int, _ options: Inherited) {
    if !options.refs.isEmpty, draft(number).isStep || draft(number).isService {
      for ref in options.refs { add(ref, to: number) }
    }
    switch draft(number).kind {
    case .step(let command): command.forEachRef { add($0, to: number) }
    case .gate: break
    case .service(let service): service.forEachRef { add($0, to: number) }
    case .group(let group):
      guard let pending = group.pending else { break }
      for axis in pending.axes.keys.sorted() { pending.axes[axis]?.forEachRef { add($0, to: number) } }
    }
  }

  private func add(_ ref: Ref, to number: Int) {
    // What a service says of itself.
    if definition.drafts[number].isService, ref.step == definition.drafts[number].name { return }
    guard let step = definition.names[ref.step] else {
      if definition.unseen?.mayCome(ref.step) == true { return }
      reader(number).error(
        "\(ref.text): there is no step \"\(ref.step)\"", cure: Names.proposal(for: ref.step, in: definition.names.keys),
        code: "B009")
      return
    }
    switch draft(step).kind {
    case .step: break
    case .service(let service):
      let known = ["folder", "host", "port"] + service.outputs.keys
      if case .name(let name)? = ref.path.first, !known.contains(name) {
        reader(number).error(
          "\(ref.text): \(draft(step).label) has no output \"\(name)\"",
          cure: Names.proposal(for: name, in: known) ?? "known: \(known.sorted().joined(separator: ", "))")
      } else if ref.path.first == .name("port"), ref.path.count > 1, case .name(let port) = ref.path[1],
        !service.ports.contains(port)
      {
        reader(number).error(
          "\(ref.text): \(draft(step).label) has no port \"\(port)\"",
          cure: Names.proposal(for: port, in: service.ports) ?? "known: \(service.ports.joined(separator: ", "))")
      }
    case .gate(let gate) where gate.approval?.form.isEmpty == false:
      let form = gate.approval?.form.map(\.name) ?? []
      if case .name(let name)? = ref.path.first, !form.contains(name) {
        reader(number).error(
          "\(ref.text): the form of \(draft(step).label) has no field \"\(name)\"",
          cure: Names.proposal(for: name, in: form) ?? "known: \(form.joined(separator: ", "))")
      }
    case .gate:
      reader(number).error(
        "\(ref.text): a gate emits values only when its approval has a form",
        cure: "approval = { form = { field = param.string {} } }")
      return
    case .group:
      reader(number).error("\(ref.text): a \(draft(step).kindName) emits no values", cure: "values come from steps")
      return
    }
    add(step, to: number)
  }

  // MARK: Nodes

  private func node(_ number: Int, _ options: StepOptions.Shared) -> Node {
    let draft = draft(number)
    let found = unique(dependencies[number - range.lowerBound]).map(nodeIndex)
    let kind: Node.Kind =
      switch draft.kind {
      case .step(let command): .step(command)
      case .gate(let gate): .gate(gate)
      case .service(let service): .service(service)
      case .group(let group):
        .group(
          GroupSpec(
            style: group.style,
            members: group.members.compactMap { if case .node(let member) = $0 { nodeIndex(member) } else { nil } },
            max: group.max, failFast: group.failFast, maxFailures: group.maxFailures, pending: group.pending))
      }
    if case .gate(let gate) = draft.kind, !gate.require.isEmpty, found.isEmpty, definition.unseen == nil {
      reader(number).error(
        "\"require\" has nothing to measure: the gate depends on nothing", [.name("require")],
        cure: "name what it measures: depends = { … }")
    }
    return Node(
      name: draft.name, kind: kind, file: draft.file, line: draft.line, parent: draft.parent.map(nodeIndex),
      dependencies: found, options: options)
  }

  private func unique(_ numbers: [Int]) -> [Int] {
    if numbers.count < 2 { return numbers }
    var seen = Set<Int>()
    return numbers.filter { seen.insert($0).inserted }
  }
}

extension Draft {
  /// What it does is done by others.
  var needsNoProcessor: Bool {
    switch kind {
    case .step(.body), .step(.call), .service: true
    default: false
    }
  }

  var isStep: Bool { if case .step = kind { true } else { false } }
  var isService: Bool { if case .service = kind { true } else { false } }
}
