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

  private func bodyHost() throws(LuaFailure) -> BodyHost {
    if let bodies { return bodies }
    let host = try BodyHost(vm, definition, file: file, seed: observations.seed, standard: standard)
    host.optionsOf = { [unowned self] node in nodes.indices.contains(node) ? nodes[node].options : nil }
    bodies = host
    return host
  }
}
