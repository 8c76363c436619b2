import BatonCore
import BatonModel

extension Script {
  public func begin(
    _ body: Callback, of node: NodeIndex, name: String, world: any BodyWorld, limit: Span
  ) -> BodyNext {
    do throws(LuaFailure) {
      let host = try bodyHost()
      let scope = node < plan.nodes.count ? definition.drafts[node].scope : 0
      return host.begin(body, of: node, name: name, world: world, scope: scope, limit: limit)
    } catch {
      return .ended(.scriptError(error.text), causes: [])
    }
  }

  public func proceed(_ node: NodeIndex, limit: Span) -> BodyNext {
    bodies?.proceed(node, limit: limit) ?? .ended(.scriptError("no body was begun"), causes: [])
  }

  public func drop(_ node: NodeIndex) { bodies?.drop(node) }

  private func unheldService(of body: NodeIndex, _ dependencies: [NodeIndex]) -> String? {
    // Bodies within bodies run on what is held around them.
    guard nodes.indices.contains(body) else { return nil }
    let services = dependencies.filter { nodes.indices.contains($0) && nodes[$0].service != nil }
    guard !services.isEmpty else { return nil }
    var held: Set<NodeIndex> = []
    var around: NodeIndex? = body
    while let node = around {
      held.formUnion(nodes[node].dependencies)
      around = nodes[node].parent
    }
    return services.first { !held.contains($0) }.map { nodes[$0].name }
  }

  /// What a child says of a service with a scope means the one that its body, or a group around that, has for itself.
  private func giveServices(_ child: inout Node, _ body: NodeIndex, _ name: String) -> String? {
    guard !definition.scopedServices.isEmpty else { return nil }
    var names: [String: String] = [:]
    for index in child.dependencies {
      guard let declared = definition.scopedServices[index]?.node.name else { continue }
      guard let own = heldServices(by: body, name).first(where: { nodes[$0].service?.declared == declared }) else {
        return declared
      }
      names[declared] = nodes[own].name
      child.dependencies = child.dependencies.map { $0 == index ? own : $0 }
    }
    child.rename(names)
    return nil
  }

  /// The services that the body depends on, and the groups and bodies around it.
  private func heldServices(by body: NodeIndex, _ name: String) -> [NodeIndex] {
    var around: NodeIndex? = nodes.indices.contains(body) && nodes[body].name == name ? body : nil
    // A body within a body is known by its name alone, which begins with that of the outer one.
    var path = name[...]
    while around == nil, let slash = path.lastIndex(of: "/") {
      path = path[..<slash]
      around = definition.names[String(path)].map { expanded[$0] ?? $0 }
    }
    var held: [NodeIndex] = []
    while let node = around, nodes.indices.contains(node) {
      held += nodes[node].dependencies.filter { nodes.indices.contains($0) && nodes[$0].service != nil }
      around = nodes[node].parent
    }
    return held
  }

  private func bodyHost() throws(LuaFailure) -> BodyHost {
    if let bodies { return bodies }
    let host = try BodyHost(vm, definition, file: file, seed: observations.seed, standard: standard)
    host.optionsOf = { [unowned self] node in nodes.indices.contains(node) ? nodes[node].options : nil }
    host.unheldService = { [unowned self] in unheldService(of: $0, $1) }
    host.giveServices = { [unowned self] in giveServices(&$0, $1, $2) }
    bodies = host
    return host
  }
}
