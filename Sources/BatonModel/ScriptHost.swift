/// The script, as the engine sees it: the place where its Lua functions are called.
///
/// Used on one thread only.
public protocol ScriptHost: AnyObject {
  /// Calls a function of the script. Never raises and never hangs: errors, `halt`, `fail` and exceeded limits come back.
  func call(_ callback: Callback, _ arguments: [Value], limit: Span) -> CallbackResult

  /// Makes the cells of a matrix once its axes are known. The nodes' indices start at `first`; the group itself is
  /// `group`, and its members' `parent` is it (or a group among the new nodes).
  func expand(
    _ matrix: PendingMatrix, group: NodeIndex, first: NodeIndex, axes: [String: Value]
  ) throws(Diagnostics) -> Expansion

  /// Runs a durable body from its top until it waits or ends.
  ///
  /// - Parameters:
  ///   - node: its step, by which the body is known from now on.
  ///   - name: the step's full name; child steps are named below it.
  func begin(_ body: Callback, of node: NodeIndex, name: String, world: any BodyWorld, limit: Span) -> BodyNext
  /// Goes on with a body that waited. What it waited for is in its world now.
  func proceed(_ node: NodeIndex, limit: Span) -> BodyNext
  /// Forgets a body.
  func drop(_ node: NodeIndex)
}

extension ScriptHost {
  public func begin(_ body: Callback, of node: NodeIndex, name: String, world: any BodyWorld, limit: Span) -> BodyNext {
    .ended(.scriptError("this host runs no durable bodies"), causes: [])
  }
  public func proceed(_ node: NodeIndex, limit: Span) -> BodyNext {
    .ended(.scriptError("this host runs no durable bodies"), causes: [])
  }
  public func drop(_ node: NodeIndex) {}
}

/// What came of a call into the script.
public enum CallbackResult: Sendable, Hashable {
  /// What the function returned, at least one value (`nil` when it returned nothing).
  case returned([Value])
  /// It raised: message with `file:line`.
  case raised(String)
  case halted(String)
  case failed(String)
}

/// The nodes of a matrix that was made at run time.
public struct Expansion: Sendable {
  public var nodes: [Node]
  /// Indices of the direct members of the group.
  public var members: [NodeIndex]

  public init(nodes: [Node], members: [NodeIndex]) {
    self.nodes = nodes
    self.members = members
  }
}
