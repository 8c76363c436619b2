import BatonCore
import BatonModel

/// Services with a `scope`: each group, cell or step that uses one is given its own.
///
/// The node that the script declared becomes the first of them; the others are put behind the nodes. `db` for the step `a` is
/// `db@a`, and what `a` says of `db` means that.
struct ServiceScopes {
  private let definition: Definition
  /// The drafts that the nodes were made of.
  private let range: Range<Int>
  private let nodeIndex: (Int) -> NodeIndex
  private(set) var nodes: [Node]
  /// Of the first node.
  private let first: NodeIndex

  /// A service as it was declared, before any user had its own.
  struct Declared {
    var node: Node
    var draft: Int
    /// Whether its node is somebody's.
    var isTaken = false

    var scope: ServiceSpec.Scope { node.service?.scope ?? .run }
  }

  /// Who uses a service.
  private enum User {
    case draft(Int)
    /// One of several of another service; `owner`: whose it is; `draft`: who uses that.
    case service(name: String, scope: ServiceSpec.Scope, owner: String, draft: Int)

    var draft: Int {
      switch self {
      case .draft(let draft), .service(_, _, _, let draft): draft
      }
    }
  }

  /// - Parameters:
  ///   - nodes: those that the drafts of the range became, in their order.
  ///   - nodeIndex: the node of a draft, also of one that is yet to be added.
  init(_ definition: Definition, range: Range<Int>, nodes: [Node], nodeIndex: @escaping (Int) -> NodeIndex) {
    self.definition = definition
    self.range = range
    self.nodeIndex = nodeIndex
    self.nodes = nodes
    first = nodeIndex(range.lowerBound)
  }

  /// Gives each user its own. Drafts of the nodes that are added are added to the definition.
  mutating func apply() {
    for (position, node) in nodes.enumerated() where node.service?.startsLate == true {
      definition.scopedServices[first + position] = Declared(node: node, draft: range.lowerBound + position)
    }
    guard !definition.scopedServices.isEmpty else { return }
    for draft in range { handDown(draft) }
    for draft in range { serve(draft) }
    // Nobody's yet: it is there for cells that are made later.
    for (index, declared) in definition.scopedServices where !declared.isTaken && isHere(index) {
      nodes[index - first].dependencies.removeAll { definition.scopedServices[$0] != nil }
    }
  }

  private func isHere(_ index: NodeIndex) -> Bool { nodes.indices.contains(index - first) }

  private func scoped(in dependencies: [NodeIndex]) -> [NodeIndex] {
    dependencies.filter { definition.scopedServices[$0] != nil }
  }

  /// What a group depends on is its own, or that of its members each.
  private mutating func handDown(_ draft: Int) {
    let position = draft - range.lowerBound
    guard case .group(let group) = definition.drafts[draft].kind else { return }
    group.services = scoped(in: nodes[position].dependencies)
    for index in group.pending == nil ? [] : group.services {
      let service = definition.scopedServices[index]
      var isAxis = false
      for axis in group.pending?.axes.values.map({ $0 }) ?? [] {
        axis.forEachRef { if $0.step == service?.node.name { isAxis = true } }
      }
      if isAxis, let service {
        definition.mistakes.error(
          "\(definition.drafts[draft].label): its axes can't come from \(name(of: service)), which each cell has for itself",
          at: definition.drafts[draft].place)
      }
    }
  }

  private func name(of service: Declared) -> String { "service \"\(service.node.name)\"" }

  private mutating func serve(_ draft: Int) {
    let position = draft - range.lowerBound
    // What was declared with a scope is served for each of its users.
    guard definition.scopedServices[first + position] == nil else { return }
    var used = scoped(in: nodes[position].dependencies)
    switch nodes[position].kind {
    case .group(let group):
      used.removeAll { index in
        guard isHandedDown(index, group.style) else { return false }
        nodes[position].dependencies.removeAll { $0 == index }
        return true
      }
    case .step:
      for index in handedDown(to: draft) where !used.contains(index) {
        used.append(index)
        nodes[position].dependencies.append(index)
      }
    case .gate:
      for service in used.compactMap({ definition.scopedServices[$0] }) {
        definition.mistakes.error(
          "\(definition.drafts[draft].label): a gate can't depend on \(name(of: service)), which starts for what runs on it",
          at: definition.drafts[draft].place)
      }
    case .service: break
    }
    guard !used.isEmpty else { return }
    var node = nodes[position]
    serve(&node, used, for: .draft(draft))
    nodes[position] = node
  }

  private func isHandedDown(_ service: NodeIndex, _ style: GroupSpec.Style) -> Bool {
    definition.scopedServices[service]?.scope == .step || style == .matrix
  }

  /// What the groups around a step depend on for each of their members.
  private func handedDown(to draft: Int) -> [NodeIndex] {
    var found: [NodeIndex] = []
    var around = definition.drafts[draft].parent
    while let number = around {
      if case .group(let group) = definition.drafts[number].kind {
        found += group.services.filter { isHandedDown($0, group.style) && !found.contains($0) }
      }
      around = definition.drafts[number].parent
    }
    return found
  }

  private mutating func serve(_ node: inout Node, _ used: [NodeIndex], for user: User) {
    var names: [String: String] = [:]
    for index in used {
      guard let declared = definition.scopedServices[index] else { continue }
      let own = instance(of: index, declared, for: user)
      names[declared.node.name] = own.name
      node.dependencies = node.dependencies.map { $0 == index ? own.index : $0 }
    }
    node.rename(names)
  }

  // MARK: Whose it is

  /// Whose a service is that somebody uses; empty: everybody's who is in no group.
  private func owner(of index: NodeIndex, _ declared: Declared, for user: User) -> String {
    switch (declared.scope, user) {
    case (.step, .draft(let draft)): return definition.drafts[draft].name
    case (.step, .service(_, .step, let owner, _)): return owner
    case (.step, .service(let name, _, _, _)): return name
    case (_, .service(_, .group, let owner, _)): return owner
    case (_, let user): return group(around: user.draft, for: index)
    }
  }

  /// The outermost group that depends on the service itself, or else the innermost, within the cell of a matrix.
  private func group(around draft: Int, for index: NodeIndex) -> String {
    var (innermost, asking): (String?, String?)
    var current = draft
    if case .group(let group) = definition.drafts[draft].kind, group.services.contains(index) {
      asking = definition.drafts[draft].name
    }
    while let parent = definition.drafts[current].parent {
      guard case .group(let group) = definition.drafts[parent].kind else { break }
      if group.style == .matrix { return asking ?? innermost ?? cell(of: current, in: parent) }
      if innermost == nil { innermost = definition.drafts[parent].name }
      if group.services.contains(index) { asking = definition.drafts[parent].name }
      current = parent
    }
    return asking ?? innermost ?? ""
  }

  /// The name of the cell that a member of a matrix is, or is in.
  private func cell(of member: Int, in matrix: Int) -> String {
    let scope = definition.scopes[definition.drafts[member].scope]
    return scope.matrix == matrix ? String(scope.prefix.dropLast()) : definition.drafts[member].name
  }

  // MARK: Its own

  private mutating func instance(
    of index: NodeIndex, _ declared: Declared, for user: User
  ) -> (name: String, index: NodeIndex) {
    let owner = owner(of: index, declared, for: user)
    let name = owner.isEmpty ? declared.node.name : "\(declared.node.name)@\(owner)"
    if let known = definition.ownServices[name] { return (name, known) }
    var node = declared.node
    guard case .service(var service) = node.kind else { return (name, index) }
    service.declared = declared.node.name
    node.kind = .service(service)
    node.name = name
    node.rename([declared.node.name: name])
    let place = place(for: index, declared, &node)
    definition.ownServices[name] = place
    let needs = scoped(in: node.dependencies)
    if !needs.isEmpty {
      serve(&node, needs, for: .service(name: name, scope: declared.scope, owner: owner, draft: user.draft))
    }
    nodes[place - first] = node
    return (name, place)
  }

  /// The declared service's own place, or one behind all others.
  private mutating func place(for index: NodeIndex, _ declared: Declared, _ node: inout Node) -> NodeIndex {
    if !declared.isTaken, isHere(index) {
      definition.scopedServices[index]?.isTaken = true
      return index
    }
    let template = definition.drafts[declared.draft]
    // Groups that are planned already take no more members.
    let parent = template.parent.flatMap { range.contains($0) || $0 == definition.expandingMatrix ? $0 : nil }
    let number = definition.drafts.count
    definition.drafts.append(
      Draft(
        name: node.name, kind: template.kind, file: template.file, line: template.line, scope: template.scope,
        depends: [], own: template.own, parent: parent))
    let place = nodeIndex(number)
    node.parent = parent.map(nodeIndex)
    if let parent, range.contains(parent), case .group(var group) = nodes[parent - range.lowerBound].kind {
      group.members.append(place)
      nodes[parent - range.lowerBound].kind = .group(group)
    }
    nodes.append(node)
    return place
  }
}
