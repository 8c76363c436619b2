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

  private func bodyHost() throws(LuaFailure) -> BodyHost {
    if let bodies { return bodies }
    let host = try BodyHost(vm, definition, file: file, seed: observations.seed, standard: standard)
    host.optionsOf = { [unowned self] node in nodes.indices.contains(node) ? nodes[node].options : nil }
    host.unheldService = { [unowned self] in unheldService(of: $0, $1) }
    bodies = host
    return host
  }
}
